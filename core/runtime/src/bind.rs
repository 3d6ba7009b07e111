//! Listening sockets.

#[cfg(unix)]
mod unix;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tidegate_config::{ListenerConfig, SocketConfig};

#[cfg(unix)]
pub(crate) use unix::{SocketFile, UnixSocket, as_tcp};

/// The address that stands for peers and listeners without one: those on a Unix socket.
pub(crate) const NO_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A socket that listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The listener's name.
    pub listener: Arc<str>,
    /// The address asked for; loopback and port 0 for a Unix socket.
    pub asked: SocketAddr,
    /// The address it has: the same but for the port, when 0 was asked for.
    pub local: SocketAddr,
    /// The Unix socket's file.
    pub path: Option<PathBuf>,
}

impl Bound {
    /// Where peers find it, for people: an address, or a file.
    #[must_use]
    pub fn place(&self) -> String {
        self.path.as_ref().map_or_else(|| self.local.to_string(), |path| path.display().to_string())
    }
}

/// A listener that is to be open and is not, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Closed {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The listener's name.
    pub listener: Arc<str>,
    /// What it lacks.
    pub reason: &'static str,
}

/// A listener that cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address or file cannot be bound.
    #[error("{gateway}: listener {listener} cannot bind {place}: {source}; {}", hint(source))]
    Place {
        /// The gateway's name.
        gateway: &'static str,
        /// The listener's name.
        listener: Arc<str>,
        /// The address or file asked for.
        place: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Its certificates cannot be used.
    #[error("{gateway}: listener {listener} has no usable TLS: {reason}")]
    Tls {
        /// The gateway's name.
        gateway: &'static str,
        /// The listener's name.
        listener: Arc<str>,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// No request could match what its WebSocket wants.
    #[error("{gateway}: listener {listener}: {reason}")]
    WebSocket {
        /// The gateway's name.
        gateway: &'static str,
        /// The listener's name.
        listener: Arc<str>,
        /// What is wrong.
        reason: String,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: end it, or choose another port or file",
        io::ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address: choose one that exists"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 and folders of others need a privilege: choose another, or grant it to the program"
        }
        io::ErrorKind::AlreadyExists => {
            "a file that is no socket has that name: move it away, or choose another"
        }
        io::ErrorKind::NotFound => "the folder does not exist: create it",
        io::ErrorKind::Unsupported => "this system has no Unix sockets: use an address",
        _ => "choose another address",
    }
}

/// Where a socket listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// TCP.
    Address(SocketAddr),
    /// A Unix socket.
    File(PathBuf),
}

impl Place {
    /// The places a listener asks for.
    pub(crate) fn all(config: &ListenerConfig) -> Vec<Self> {
        match &config.path {
            Some(path) => vec![Self::File(path.clone())],
            None => config.addresses().into_iter().map(Self::Address).collect(),
        }
    }

    /// Whether a listener does without this one when the machine has no such address: `localhost` where there is no
    /// IPv6.
    pub(crate) fn is_spare(&self, config: &ListenerConfig) -> bool {
        matches!(self, Self::Address(address) if *address != config.bind.first() && address.is_ipv6())
    }

    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::Address(address) => Some(address.port()),
            Self::File(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A socket that has been bound.
#[derive(Debug)]
pub(crate) enum BoundSocket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixSocket),
}

impl BoundSocket {
    /// Binds and listens. An IPv6 socket takes IPv4 peers too, unless the listener has another for those.
    pub(crate) fn bind(place: &Place, config: &ListenerConfig) -> io::Result<Self> {
        match place {
            Place::Address(address) => tcp(*address, config).map(Self::Tcp),
            #[cfg(unix)]
            Place::File(path) => UnixSocket::bind(path, config).map(Self::Unix),
            #[cfg(not(unix))]
            Place::File(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The address it has; `None` for a Unix socket.
    pub(crate) fn local(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }
}

fn tcp(address: SocketAddr, config: &ListenerConfig) -> io::Result<TcpListener> {
    let open = |address| Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP));
    let (socket, address) = match (open(address), config.bind.fallback()) {
        // A machine without IPv6.
        (Err(_), Some(other)) if config.bind.first() == address => (open(other)?, other),
        (socket, _) => (socket?, address),
    };
    if address.is_ipv6() {
        socket.set_only_v6(only_v6(address, &config.addresses()))?;
    }
    // Elsewhere than on Unix this option would let two programs share the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    // Where accepted sockets inherit these, they need no system call each.
    tune(SockRef::from(&socket), &config.socket)?;
    socket.bind(&address.into())?;
    socket.listen(backlog(config))?;
    Ok(socket.into())
}

/// The backlog as the system takes it.
pub(crate) fn backlog(config: &ListenerConfig) -> i32 {
    i32::try_from(config.backlog).unwrap_or(i32::MAX)
}

/// Sets a TCP socket's options.
pub(crate) fn tune(socket: SockRef<'_>, config: &SocketConfig) -> io::Result<()> {
    socket.set_tcp_nodelay(config.no_delay)?;
    match config.keep_alive {
        Some(time) => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(time.get()))?,
        None => socket.set_keepalive(false)?,
    }
    set_buffers(socket, config)
}

/// Sets the system's buffers, where there is something to set.
pub(crate) fn set_buffers(socket: SockRef<'_>, config: &SocketConfig) -> io::Result<()> {
    let bytes = |size: tidegate_config::ByteSize| usize::try_from(size.get()).unwrap_or(usize::MAX);
    if let Some(size) = config.receive_buffer {
        socket.set_recv_buffer_size(bytes(size))?;
    }
    if let Some(size) = config.send_buffer {
        socket.set_send_buffer_size(bytes(size))?;
    }
    Ok(())
}

/// Whether an IPv6 socket at `address` must leave IPv4 to another socket of the same listener.
fn only_v6(address: SocketAddr, all: &[SocketAddr]) -> bool {
    address.is_ipv6() && all.iter().any(|other| other.is_ipv4() && other.port() == address.port())
}
