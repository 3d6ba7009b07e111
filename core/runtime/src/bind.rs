//! Listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// After so long without a word the operating system asks whether the other side is still there. Only for peers whose
/// protocol has no such question or who switched it off.
const KEEPALIVE: Duration = Duration::from_secs(300);

/// A socket that listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The listener's name.
    pub listener: Arc<str>,
    /// The address asked for.
    pub asked: SocketAddr,
    /// The address it has: the same but for the port, when 0 was asked for.
    pub local: SocketAddr,
}

/// An address that could not be bound, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{gateway}: listener {listener} cannot bind {address}: {source}; {}", hint(source))]
pub struct BindError {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The listener's name.
    pub listener: Arc<str>,
    /// The address asked for.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: end it, or choose another port",
        io::ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address: choose one that exists"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need a privilege: choose a higher one, or grant the privilege to the program"
        }
        _ => "choose another address",
    }
}

/// Binds and listens. An IPv6 socket takes IPv4 peers too, unless `only_v6`.
pub(crate) fn bind(address: SocketAddr, only_v6: bool, backlog: u32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    // Elsewhere than on Unix this option would let two programs share the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    // Where accepted sockets inherit these, they need no system call each.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

/// Whether an IPv6 socket at `address` must leave IPv4 to another socket of the same listener.
pub(crate) fn only_v6(address: SocketAddr, all: &[SocketAddr]) -> bool {
    address.is_ipv6() && all.iter().any(|other| other.is_ipv4() && other.port() == address.port())
}
