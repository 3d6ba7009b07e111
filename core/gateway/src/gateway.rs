//! What a protocol brings.

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_broker::Seat;
use tidegate_config::ListenerConfig;
use tidegate_types::Certificate;

use crate::Peer;

/// One thing a gateway listens on.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// The listener's name, unique in its gateway.
    pub name: Arc<str>,
    /// What the operator said of it.
    pub config: ListenerConfig,
}

impl Listener {
    /// Its name among the listeners of all gateways: `gateway.name`.
    #[must_use]
    pub fn whole_name(&self, gateway: &str) -> Arc<str> {
        format!("{gateway}.{}", self.name).into()
    }
}

/// A peer that has just come. Its transport is ready: what a PROXY header, a TLS or a WebSocket handshake had to say
/// is said.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Where its channel sits.
    pub seat: Seat,
    /// Its address; that of the client, where a trusted proxy speaks for it: 0.0.0.0 and port 0 when the proxy does not
    /// say where that is. A peer on a Unix socket has the loopback address and port 0.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// The listener it came through, by its whole name: the gateway's, a dot, its own (`gateway.name`).
    pub listener: Arc<str>,
    /// The certificate it showed, verified.
    pub certificate: Option<Arc<Certificate>>,
    /// When it came.
    pub now: std::time::Instant,
}

impl Accepted {
    /// Whether it comes from this machine and by no other way.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.remote.ip().to_canonical().is_loopback() && self.local.ip().to_canonical().is_loopback()
    }
}

/// A protocol: what it listens on, and what it builds for a peer.
pub trait Gateway: Send + Sync {
    /// The gateway's name, as in the configuration.
    fn name(&self) -> &'static str;

    /// What it listens on now, without what is not enabled. The driver compares with what is open and opens and closes
    /// the difference.
    fn listeners(&self) -> Vec<Listener>;

    /// A stream peer came: builds its state machine.
    fn accept(&self, peer: Accepted) -> Box<dyn Peer>;

    /// The WebSocket sub-protocols it speaks, the best first.
    fn subprotocols(&self) -> &'static [&'static str] {
        &[]
    }
}
