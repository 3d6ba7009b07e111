//! The socket of an accept loop, whichever kind it is.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use socket2::SockRef;
use tidegate_config::ListenerConfig;
use tokio::net::{TcpListener, TcpStream};

use crate::bind::{self, BoundSocket};
#[cfg(unix)]
use crate::bind::{NO_ADDRESS, SocketFile, as_tcp};

/// A socket that listens on this worker's reactor.
pub(super) enum Door {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        file: SocketFile,
    },
}

impl Door {
    pub(super) fn open(socket: BoundSocket) -> io::Result<Self> {
        match socket {
            BoundSocket::Tcp(listener) => TcpListener::from_std(listener).map(Self::Tcp),
            #[cfg(unix)]
            BoundSocket::Unix(bind::UnixSocket { listener, file }) => {
                let listener = tokio::net::UnixListener::from_std(listener)?;
                Ok(Self::Unix { listener, file })
            }
        }
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(cx),
            #[cfg(unix)]
            Self::Unix { listener, .. } => listener.poll_accept(cx).map(|accepted| {
                let (stream, _unnamed) = accepted?;
                Ok((TcpStream::from_std(as_tcp(stream.into_std()?))?, NO_ADDRESS))
            }),
        }
    }

    /// Sets the options that accepted sockets inherit, and the backlog.
    pub(super) fn tune(&self, config: &ListenerConfig) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                let socket = SockRef::from(listener);
                socket.listen(bind::backlog(config))?;
                bind::tune(socket, &config.socket)
            }
            #[cfg(unix)]
            Self::Unix { listener, file } => {
                let socket = SockRef::from(listener);
                socket.listen(bind::backlog(config))?;
                file.set_mode(config.path_mode)?;
                bind::set_buffers(socket, &config.socket)
            }
        }
    }
}

/// Sets an accepted socket's options, where it does not inherit them.
pub(super) fn tune_accepted(stream: &TcpStream, config: &ListenerConfig) -> io::Result<()> {
    match config.path {
        Some(_) => bind::set_buffers(SockRef::from(stream), &config.socket),
        None => bind::tune(SockRef::from(stream), &config.socket),
    }
}
