//! The port for operators: health, metrics and the REST API.
//!
//! It runs on a thread and a reactor of its own, so that a busy broker does not keep its operator waiting and an
//! operator's question does not hold up a worker. Everything is bounded: connections, the time a request takes to
//! come, its size.

mod bans;
mod call;
mod clients;
mod gateways;
mod health;
mod http;
mod messages;
mod metrics;
mod openapi;
mod routes;
mod token;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use parking_lot::RwLock;
use tidegate_config::Bind;
use tidegate_config::sections::Admin as Section;

use crate::Server;

pub use call::{Call, Reply};
pub use routes::{GatewayRoute, Method};
pub use token::Token;

/// What handlers work on.
pub(crate) struct Operator {
    pub(crate) server: Arc<Server>,
    token: RwLock<Token>,
}

/// The open port; closed when this is dropped.
#[derive(Debug)]
pub struct Admin {
    address: SocketAddr,
    operator: Arc<Operator>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Admin {
    /// Opens the port, if the configuration has one.
    ///
    /// # Errors
    /// When its address cannot be bound, or the system gives no thread.
    pub fn start(section: &Section, server: Arc<Server>, token: Token) -> anyhow::Result<Option<Self>> {
        if !section.enabled {
            return Ok(None);
        }
        let sockets = bind(section.bind)?;
        let address = sockets.first().context("admin.bind names no address")?.local_addr()?;
        let operator = Arc::new(Operator { server, token: RwLock::new(token) });
        let router = routes::router(&operator);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || reactor.block_on(http::serve(sockets, router, stopped)))
            .context("no thread for the admin port")?;
        Ok(Some(Self { address, operator, _stop: stop }))
    }

    /// Where it listens; the first address if there are two.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what callers have to show.
    pub fn set_token(&self, token: Token) {
        *self.operator.token.write() = token;
    }
}

impl Operator {
    fn admits(&self, shown: &[u8]) -> bool {
        self.token.read().is(shown)
    }
}

/// The sockets of an address. Both loopback addresses are wanted, and one is enough.
fn bind(wanted: Bind) -> anyhow::Result<Vec<TcpListener>> {
    let first = listen(wanted.first()).or_else(|error| match wanted.fallback() {
        Some(other) => listen(other),
        None => Err(error),
    });
    let first = first.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "another program listens there: end it, or choose another port with",
            _ => "choose another address with",
        };
        anyhow!("the admin port cannot bind {wanted}: {error}; {hint} --set admin.bind=ADDRESS")
    })?;
    let port = first.local_addr()?.port();
    let second = wanted.second(port).and_then(|second| match listen(second) {
        Ok(socket) => Some(socket),
        Err(error) => {
            tracing::debug!(address = %second, %error, "the admin port has one address only");
            None
        }
    });
    Ok(std::iter::once(first).chain(second).collect())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
