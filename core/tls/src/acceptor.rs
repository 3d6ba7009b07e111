//! From settings to what connections are accepted with.

mod build;
mod clients;

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ProducesTickets;

use crate::{Session, Settings, TlsAlert, TlsError};

/// One listener's certificates and rules, for as many connections as come.
///
/// It never changes. New settings, and files with new contents, give a [successor](Acceptor::successor), which
/// concerns the connections made after it has been put into this one's place; those that are there stay as they are.
pub struct Acceptor {
    settings: Settings,
    config: Arc<ServerConfig>,
    notices: Vec<String>,
    tickets: Option<Arc<dyn ProducesTickets>>,
}

impl Acceptor {
    /// Reads the files. `None` without a certificate.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, does not hold what it should, or does not go with another.
    pub fn new(settings: Settings) -> Result<Option<Self>, TlsError> {
        Self::build(settings, None)
    }

    /// What comes after this one: reads the files of `settings`, which may be the same as before. `None` without a
    /// certificate. This acceptor stays as it is, for the case that something else refuses the new settings.
    ///
    /// Tickets that clients have are good for the successor too, if its settings give the same ones.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn successor(&self, settings: Settings) -> Result<Option<Self>, TlsError> {
        Self::build(settings, Some(self))
    }

    /// The configuration for the next connection.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The state of a connection that has just come.
    ///
    /// # Errors
    ///
    /// If rustls cannot begin, for want of randomness for example.
    pub fn accept(&self) -> Result<Session, TlsAlert> {
        Session::new(self.config(), self.settings.tls().max_handshake_size.as_usize())
    }

    /// What the operator should know of the files, in whole sentences: expired certificates, a key that everybody can
    /// read or that is slow, a key log.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}
