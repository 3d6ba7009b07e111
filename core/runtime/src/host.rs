//! What the runtime asks of the broker it drives.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use tidegate_broker::{Tally, Turn, Verbs};
use tidegate_gateway::Listener;
use tidegate_tls::Acceptor;
use tidegate_types::Refusal;

/// The broker behind the peers. Called from every worker; none of it may block.
pub trait Host: Send + Sync {
    /// The kernel's verbs, lent to peers.
    fn verbs(&self) -> &dyn Verbs;

    /// Adds what one turn counted.
    fn count(&self, tally: Tally);

    /// The kernel's own timers (session expiry, delayed wills). Answers when it wants to be called next; it is
    /// called a quarter of a second later at the latest, because a verb may have brought that moment forward.
    fn tick(&self, turn: &mut Turn) -> Option<Instant>;

    /// Whether a peer may come from `remote` through `listener` (its whole name) (bans, failed logins, the rate of connections). Asked once a connection,
    /// with the client's address: before anything is read, or, where a trusted proxy is to name it, when it has. A
    /// peer on a Unix socket comes from loopback. An IPv4 address is never written as an IPv6 one.
    ///
    /// # Errors
    /// Why not: the connection is closed without a word.
    fn admit(&self, listener: &str, remote: IpAddr) -> Result<(), Refusal> {
        let _ = (listener, remote);
        Ok(())
    }

    /// Where a TLS listener's connections get their configuration, asked when listeners are applied; `None` while
    /// there is no certificate, so that the listener stays closed. May block: it is called by whoever applies.
    ///
    /// # Errors
    /// What is wrong with its certificates, and what to do.
    fn tls(&self, gateway: &str, listener: &Listener) -> Result<Option<Arc<Acceptor>>, String> {
        let _ = (gateway, listener);
        Ok(None)
    }
}
