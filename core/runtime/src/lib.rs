//! tidegate's drivers: what carries bytes between sockets and peers.
//!
//! A [`Runtime`] has one thread and one reactor a worker. Each connection is a future written by hand, which holds
//! a socket, a [`Peer`](tidegate_gateway::Peer) and nothing else while it is idle. The [`Exchange`] is the
//! switchboard the kernel speaks through; a [`Host`] is the broker as the runtime sees it.
//!
//! A peer sees plaintext, whatever carries it: TCP or a Unix socket, TLS in it or not, a WebSocket in that or not,
//! and in front of all, where a listener wants it, a PROXY header. Its gateway hears of it when all that is ready.
//!
//! It deliberately knows no protocol and no rule: those are the gateways' and the kernel's. No type of the reactor
//! below (tokio) shows in this interface. There are no datagrams yet.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod accept;
mod balance;
mod bind;
mod complaint;
mod config;
mod connection;
mod entrance;
mod exchange;
mod greeting;
mod host;
mod inbox;
mod platform;
mod runtime;
mod worker;

pub use bind::{BindError, Bound, Closed};
pub use config::{BalanceConfig, RuntimeConfig};
pub use entrance::{ListenerCounts, TurnedAway};
pub use exchange::Exchange;
pub use host::Host;
pub use runtime::{Drained, ListenerReport, Runtime};
