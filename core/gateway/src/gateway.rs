//! What a protocol brings.

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_broker::Seat;

use crate::Peer;

/// What carries a listener's peers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// A byte stream.
    Tcp,
}

/// One thing a gateway listens on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listener {
    /// The listener's name, unique in its gateway.
    pub name: Arc<str>,
    /// What carries it.
    pub transport: Transport,
    /// Where it binds: one socket an address.
    pub bind: Vec<SocketAddr>,
    /// Connections it holds at most; one more is refused.
    pub max_connections: u32,
}

/// A peer that has just come.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Where its channel sits.
    pub seat: Seat,
    /// Its address.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// The listener it came through.
    pub listener: Arc<str>,
    /// When it came.
    pub now: std::time::Instant,
}

/// A protocol: what it listens on, and what it builds for a peer.
pub trait Gateway: Send + Sync {
    /// The gateway's name, as in the configuration.
    fn name(&self) -> &'static str;

    /// What it listens on now. The driver compares with what is open and opens and closes the difference.
    fn listeners(&self) -> Vec<Listener>;

    /// A stream peer came: builds its state machine.
    fn accept(&self, peer: Accepted) -> Box<dyn Peer>;
}
