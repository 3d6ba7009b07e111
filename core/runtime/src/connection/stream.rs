//! What a peer's bytes travel through: a socket, and what lies over it.
//!
//! Over a plain TCP or Unix socket lies nothing, and nothing is held or copied for it. The peer and everything that
//! is counted see plaintext; what TLS and WebSocket hold besides is in [`Layers`].

mod framing;
mod layers;
mod opening;
mod sealing;

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tidegate_types::CloseReason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub(crate) use framing::Frames;
pub(crate) use layers::Layers;
pub(crate) use sealing::Unwritten;

/// A worker's room for what is under way between a socket and a peer; nothing is in it between turns.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What came from the socket.
    wire: Vec<u8>,
    /// Plaintext, on its way in or out.
    plain: Vec<u8>,
    /// What goes to the socket.
    sealed: Vec<u8>,
}

/// What one read brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Got {
    /// Bytes for the peer. There may be none although something came.
    pub(super) count: usize,
    /// Whether more may be there at once.
    pub(super) more: bool,
}

/// Why nothing more can be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The other side has closed, or the connection broke.
    #[error("connection lost")]
    Lost,
    /// A layer was ended by the other side, in order.
    #[error("closed by the peer")]
    Ended,
    /// The other side broke a layer's rules.
    #[error("{0}")]
    Broken(String),
    /// All connections together keep too much.
    #[error("the broker keeps too many bytes of unfinished records")]
    NoRoom,
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

/// See the module.
pub(crate) struct Stream {
    socket: TcpStream,
    layers: Option<Box<Layers>>,
}

impl Stream {
    pub(crate) fn new(socket: TcpStream, layers: Option<Box<Layers>>) -> Self {
        Self { socket, layers }
    }

    /// For another worker's reactor.
    pub(crate) fn into_std(self) -> io::Result<(std::net::TcpStream, Option<Box<Layers>>)> {
        Ok((self.socket.into_std()?, self.layers))
    }

    pub(super) fn peer_address(&self) -> Option<SocketAddr> {
        self.socket.peer_addr().ok()
    }

    pub(super) fn parts(&mut self) -> (&mut TcpStream, &mut Option<Box<Layers>>) {
        (&mut self.socket, &mut self.layers)
    }

    // Inlined, so that a plain stream pays no more than a look at a pointer.
    /// Reads into `into`. Pending means that neither the socket nor what lies over it has anything more to give.
    #[inline]
    pub(super) fn read(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        into: &mut [u8],
        now: Instant,
    ) -> Poll<Result<Got, Fault>> {
        if let Some(layers) = &mut self.layers {
            return layers.read(&mut self.socket, cx, scratch, into, now);
        }
        let count = std::task::ready!(poll_read(&mut self.socket, cx, into))?;
        if count == 0 {
            return Poll::Ready(Err(Fault::Lost));
        }
        Poll::Ready(Ok(Got { count, more: count == into.len() }))
    }

    /// Writes some of `bytes`: how many need not be kept any longer.
    #[inline]
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        bytes: &[u8],
    ) -> Poll<Result<usize, Fault>> {
        let written = match &mut self.layers {
            Some(layers) => layers.write(&mut self.socket, cx, scratch, &[IoSlice::new(bytes)]),
            None => Pin::new(&mut self.socket).poll_write(cx, bytes).map_err(Fault::from),
        };
        written.map(taken)
    }

    /// As [`Stream::write`], from several pieces.
    #[inline]
    pub(super) fn write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Fault>> {
        let written = match &mut self.layers {
            Some(layers) => layers.write(&mut self.socket, cx, scratch, pieces),
            None => Pin::new(&mut self.socket).poll_write_vectored(cx, pieces).map_err(Fault::from),
        };
        written.map(taken)
    }

    /// Bytes that a layer holds because the socket did not take them.
    #[inline]
    pub(super) fn unwritten(&self) -> usize {
        self.layers.as_ref().map_or(0, |layers| layers.unwritten.len())
    }

    /// Writes what a layer holds, as far as the socket takes it.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> Result<(), Fault> {
        match &mut self.layers {
            Some(layers) => layers.unwritten.flush(&mut self.socket, cx),
            None => Ok(()),
        }
    }

    /// Says in each layer that nothing follows; the socket stays open.
    pub(super) fn say_goodbye(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Result<(), Fault> {
        match &mut self.layers {
            Some(layers) => layers.say_goodbye(&mut self.socket, cx, scratch),
            None => Ok(()),
        }
    }

    /// Whether the other side is to hear something before the socket closes, after `fault`.
    pub(super) fn has_last_word(&self, fault: &Fault) -> bool {
        self.layers.is_some() && !matches!(fault, Fault::Lost)
    }

    /// The greeting is over: what is left over the socket stays there.
    pub(super) fn settle(&mut self) {
        if self.layers.as_ref().is_some_and(|layers| layers.tls.is_none() && layers.frames.is_none()) {
            self.layers = None;
        }
    }

    /// Whether the next read will only say why there is none.
    pub(super) fn has_fault(&self) -> bool {
        self.layers.as_ref().is_some_and(|layers| layers.fault.is_some())
    }

    /// Whether the other side is not read, because it does not read what the layers answer.
    #[inline]
    pub(super) fn holds_back(&self) -> bool {
        self.layers.as_ref().is_some_and(|layers| layers.unwritten.has_many_replies())
    }

    /// Whether anything lies over the socket.
    #[inline]
    pub(super) fn is_layered(&self) -> bool {
        self.layers.is_some()
    }

    /// What a layer is to say at the end.
    pub(super) fn will_end(&mut self, why: CloseReason) {
        if let Some(layers) = &mut self.layers {
            layers.will_end(why);
        }
    }

    /// A layer's own deadline has perhaps passed; it counts as `heard` whom we do not read.
    pub(super) fn tick(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        now: Instant,
        heard: bool,
    ) -> Result<(), Fault> {
        match &mut self.layers {
            Some(layers) if heard => {
                layers.hear(now);
                Ok(())
            }
            Some(layers) => layers.tick(&mut self.socket, cx, scratch, now),
            None => Ok(()),
        }
    }

    /// When [`Stream::tick`] is due, or the greeting has to be over.
    #[inline]
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.layers.as_ref()?.deadline()
    }

    /// Throws away what comes; whether the other side may still be there.
    pub(super) fn discard(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<bool> {
        match poll_read(&mut self.socket, cx, buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(read) => Poll::Ready(read.is_ok_and(|count| count > 0)),
        }
    }

    /// Says that no byte follows.
    pub(super) fn shut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.socket).poll_shutdown(cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(()),
        }
    }
}

/// A socket that takes nothing without saying why is lost.
#[inline]
fn taken(written: Result<usize, Fault>) -> Result<usize, Fault> {
    written.and_then(|count| if count == 0 { Err(Fault::Lost) } else { Ok(count) })
}

/// Reads into `into`; 0 bytes at the end.
#[inline]
pub(crate) fn poll_read(
    socket: &mut TcpStream,
    cx: &mut Context<'_>,
    into: &mut [u8],
) -> Poll<Result<usize, Fault>> {
    let mut buffer = ReadBuf::new(into);
    match Pin::new(socket).poll_read(cx, &mut buffer) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(())) => Poll::Ready(Ok(buffer.filled().len())),
        Poll::Ready(Err(_)) => Poll::Ready(Err(Fault::Lost)),
    }
}
