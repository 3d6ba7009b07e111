//! From settings to what connections are accepted with, renewed while they live.

mod build;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::ProducesTickets;

use crate::{Session, Settings, TlsAlert, TlsError};

/// One listener's certificates and rules, for as many connections as come.
///
/// A reload concerns connections made after it; those that are there stay as they are. Tickets outlive a reload,
/// unless who is trusted has changed: a client whose certificate was revoked must not come back with a ticket.
pub struct Acceptor {
    current: ArcSwap<Loaded>,
    /// Held while files are read, so that the later reload is the one that stays.
    settings: Mutex<Settings>,
}

/// What the files gave.
struct Loaded {
    config: Arc<ServerConfig>,
    most: usize,
    notices: Vec<String>,
    /// SHA-256 of every file.
    files: [u8; 32],
    trust: Trust,
}

/// Tickets, and the rules under which they were given out.
struct Trust {
    tickets: Option<Arc<dyn ProducesTickets>>,
    /// SHA-256 of the files that say who is trusted.
    files: [u8; 32],
}

impl Acceptor {
    /// Reads the files. `None` without a certificate.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, does not hold what it should, or does not go with another.
    pub fn new(settings: Settings) -> Result<Option<Self>, TlsError> {
        let loaded = Loaded::new(&settings, None)?;
        Ok(loaded
            .map(|loaded| Self { current: ArcSwap::from_pointee(loaded), settings: Mutex::new(settings) }))
    }

    /// The configuration for the next connection.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// The state of a connection that has just come.
    ///
    /// # Errors
    ///
    /// If rustls cannot begin, for want of randomness for example.
    pub fn accept(&self) -> Result<Session, TlsAlert> {
        let current = self.current.load();
        Session::new(Arc::clone(&current.config), current.most)
    }

    /// What the operator should know of the files read last, in whole sentences: expired certificates, a key that
    /// everybody can read, a key log.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.current.load().notices.clone()
    }

    /// Reads the files again. Whether they have changed.
    ///
    /// # Errors
    ///
    /// As [`Self::new`]; then everything stays as it was.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.current.load_full();
        let Some(new) = Loaded::new(&settings, Some(&old))? else {
            return Ok(false);
        };
        let changed = new.files != old.files;
        if changed {
            self.current.store(Arc::new(new));
        }
        Ok(changed)
    }

    /// Takes other settings, and reads their files.
    ///
    /// # Errors
    ///
    /// As [`Self::new`], and if the settings have no certificate; then everything stays as it was.
    pub fn reconfigure(&self, settings: Settings) -> Result<(), TlsError> {
        let mut kept = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let same = settings.gives_the_same_tickets(&kept);
        let old = self.current.load_full();
        let Some(new) = Loaded::new(&settings, same.then_some(&*old))? else {
            let reason = "is gone: a listener that is open keeps its certificate; close the listener instead";
            return Err(crate::settings::setting("tls.certificate", reason));
        };
        self.current.store(Arc::new(new));
        *kept = settings;
        Ok(())
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}
