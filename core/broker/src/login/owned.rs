//! Credentials that wait with an adjourned login.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_types::{Certificate, Realm};
use zeroize::Zeroizing;

use crate::door::{Credentials, Exchange};

/// Overwritten when it is let go.
type Secret = Zeroizing<Box<[u8]>>;

/// A copy of credentials. What is secret in it is overwritten when it is let go.
pub(super) struct Owned {
    realm: Realm,
    client: Box<str>,
    user: Option<Box<str>>,
    password: Option<Secret>,
    method: Option<(Box<str>, Secret)>,
    exchange: Option<Exchange>,
    remote: SocketAddr,
    listener: Box<str>,
    loopback: bool,
    certificate: Option<Arc<Certificate>>,
}

impl Owned {
    pub(super) fn new(credentials: &Credentials<'_>) -> Self {
        let secret = |bytes: &[u8]| Zeroizing::new(Box::<[u8]>::from(bytes));
        Self {
            realm: credentials.realm,
            client: credentials.client.into(),
            user: credentials.user.map(Box::from),
            password: credentials.password.map(secret),
            method: credentials.method.map(|(method, data)| (method.into(), secret(data))),
            exchange: credentials.exchange.cloned(),
            remote: credentials.remote,
            listener: credentials.listener.into(),
            loopback: credentials.loopback,
            certificate: credentials.certificate.cloned(),
        }
    }

    pub(super) fn lend(&self) -> Credentials<'_> {
        Credentials {
            realm: self.realm,
            client: &self.client,
            user: self.user.as_deref(),
            password: self.password.as_ref().map(|password| &***password),
            method: self.method.as_ref().map(|(method, data)| (&**method, &***data)),
            exchange: self.exchange.as_ref(),
            remote: self.remote,
            listener: &self.listener,
            loopback: self.loopback,
            certificate: self.certificate.as_ref(),
        }
    }
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned").field("client", &self.client).finish_non_exhaustive()
    }
}
