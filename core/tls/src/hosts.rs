//! Which certificate a client gets: by the host that it asks for (SNI, RFC 6066 §3).

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tidegate_types::Text;

/// Certificates by host, and the one for everybody else.
#[derive(Debug)]
pub(crate) struct Hosts {
    fallback: Arc<CertifiedKey>,
    whole: HashMap<String, Arc<CertifiedKey>>,
    /// By what follows the star: `.example.org`.
    wild: HashMap<String, Arc<CertifiedKey>>,
}

thread_local! {
    /// The host that the client whose first message is being handled on this thread asked for. rustls does not
    /// tell the owner of an unbuffered connection, but it does tell the one who chooses the certificate, within the
    /// same call.
    static ASKED_FOR: Cell<Option<Text>> = const { Cell::new(None) };
}

/// The host asked for since the last call on this thread.
pub(crate) fn asked_for() -> Option<Text> {
    ASKED_FOR.take()
}

impl Hosts {
    pub(crate) fn new(fallback: Arc<CertifiedKey>) -> Self {
        Self { fallback, whole: HashMap::new(), wild: HashMap::new() }
    }

    /// `key` for `host`. Whether nobody else had that host.
    pub(crate) fn insert(&mut self, host: &str, key: Arc<CertifiedKey>) -> bool {
        let host = host.to_ascii_lowercase();
        match host.strip_prefix('*') {
            Some(rest) => self.wild.insert(rest.to_owned(), key).is_none(),
            None => self.whole.insert(host, key).is_none(),
        }
    }

    fn find(&self, host: &str) -> &Arc<CertifiedKey> {
        // A host comes in lower case from rustls or not at all; DNS names do not differ by case.
        let lower = host.to_ascii_lowercase();
        let wild = || lower.find('.').and_then(|dot| self.wild.get(lower.get(dot..)?));
        self.whole.get(&lower).or_else(wild).unwrap_or(&self.fallback)
    }
}

impl ResolvesServerCert for Hosts {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(host) = hello.server_name() else {
            return Some(Arc::clone(&self.fallback));
        };
        ASKED_FOR.set(Some(Text::from(host)));
        Some(Arc::clone(self.find(host)))
    }
}
