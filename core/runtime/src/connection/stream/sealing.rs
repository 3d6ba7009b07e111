//! From what the peer sends to what goes through the socket.

use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::{Fault, Frames, Layers, Scratch};

/// One frame, and one write, has so much payload at most. A layer holds one, sealed, when the socket does not take it.
const PIECE: usize = 64 << 10;

impl Layers {
    /// Seals as much as makes one piece and writes it: how much. Pending while an earlier one is not gone.
    #[inline(never)]
    pub(super) fn write(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Fault>> {
        self.unwritten.flush(socket, cx)?;
        if self.unwritten.len() > 0 {
            return Poll::Pending;
        }
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>().min(PIECE);
        let mut plain = std::mem::take(&mut scratch.plain);
        scratch.sealed.clear();
        let sealed = match pieces {
            // No copy is needed.
            [piece] if self.frames.is_none() => {
                self.seal(piece.get(..length).unwrap_or_default(), &mut scratch.sealed)
            }
            _ => {
                plain.clear();
                if self.frames.is_some() {
                    Frames::begin(length, &mut plain);
                }
                let end = plain.len().saturating_add(length);
                for piece in pieces {
                    let rest = end.saturating_sub(plain.len());
                    plain.extend_from_slice(piece.get(..rest).unwrap_or(piece));
                }
                self.seal(&plain, &mut scratch.sealed)
            }
        };
        scratch.plain = plain;
        sealed?;
        self.unwritten.send(socket, cx, &scratch.sealed)?;
        Poll::Ready(Ok(length))
    }

    /// Appends `plain`, a layer further out, to `sealed`.
    pub(crate) fn seal(&mut self, plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), Fault> {
        match &mut self.tls {
            Some(session) => {
                session.send(plain, sealed).map_err(|alert| Fault::Broken(format!("TLS: {alert}")))
            }
            None => {
                sealed.extend_from_slice(plain);
                Ok(())
            }
        }
    }

    /// Seals what is plain in the scratch.
    pub(super) fn seal_plain(&mut self, scratch: &mut Scratch) -> Result<(), Fault> {
        scratch.sealed.clear();
        self.seal(&scratch.plain, &mut scratch.sealed)
    }

    /// Says in each layer that nothing follows: a Close frame, a close_notify. Said once.
    pub(super) fn say_goodbye(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), Fault> {
        let Scratch { plain, sealed, .. } = scratch;
        plain.clear();
        sealed.clear();
        if let Some(frames) = &mut self.frames {
            frames.close(plain);
        }
        // A session that has ended has nothing to say.
        let _ended = self.seal(plain, sealed);
        if let Some(session) = &mut self.tls {
            let _ended = session.close(sealed);
        }
        self.unwritten.send(socket, cx, sealed)
    }
}

/// While so much of what the layers answered waits for the socket, nothing is read.
const UNREAD_REPLIES: usize = 16 << 10;

/// Sealed bytes that the socket did not take.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    bytes: Vec<u8>,
    written: usize,
    /// How many of them at most are answers of the layers themselves: pongs, alerts.
    replies: usize,
}

impl Unwritten {
    pub(super) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.written)
    }

    /// Whether so many answers of the layers wait that no more may be asked for. What the peer itself sent does not
    /// count here: while that waits, its answers are counted before they are sealed.
    #[inline]
    pub(super) fn has_many_replies(&self) -> bool {
        self.replies >= UNREAD_REPLIES
    }

    /// As [`Unwritten::send`], for what the layers themselves answer.
    pub(super) fn reply(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        sealed: &[u8],
    ) -> Result<(), Fault> {
        self.send(socket, cx, sealed)?;
        self.replies = self.replies.saturating_add(sealed.len()).min(self.len());
        Ok(())
    }

    /// Writes `sealed`, behind what is here, and keeps what the socket does not take.
    pub(crate) fn send(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        mut sealed: &[u8],
    ) -> Result<(), Fault> {
        if self.len() > 0 {
            self.append(sealed);
            return self.flush(socket, cx);
        }
        while !sealed.is_empty() {
            let Some(written) = write_some(socket, cx, sealed)? else {
                self.append(sealed);
                return Ok(());
            };
            sealed = sealed.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Appends, and lets go first what is written, once that is half of all: a socket that always takes some and
    /// never all does not make the buffer grow.
    fn append(&mut self, sealed: &[u8]) {
        if self.written >= self.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        self.bytes.extend_from_slice(sealed);
    }

    pub(crate) fn flush(&mut self, socket: &mut TcpStream, cx: &mut Context<'_>) -> Result<(), Fault> {
        while self.len() > 0 {
            let rest = self.bytes.get(self.written..).unwrap_or_default();
            match write_some(socket, cx, rest)? {
                Some(written) => self.written += written,
                None => {
                    // What the socket took was in front of them.
                    self.replies = self.replies.min(self.len());
                    return Ok(());
                }
            }
        }
        *self = Self::default();
        Ok(())
    }
}

/// How much the socket took; `None` when nothing, and the task is woken when it takes more.
fn write_some(socket: &mut TcpStream, cx: &mut Context<'_>, bytes: &[u8]) -> Result<Option<usize>, Fault> {
    match Pin::new(socket).poll_write(cx, bytes) {
        Poll::Pending => Ok(None),
        Poll::Ready(Ok(written)) if written > 0 => Ok(Some(written)),
        Poll::Ready(_) => Err(Fault::Lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_let_go_though_some_is_always_left() {
        let mut unwritten = Unwritten::default();
        let piece = [7; 60 << 10];
        unwritten.append(&piece);
        for _ in 0..1000 {
            unwritten.append(&piece);
            // The socket takes as much as comes, and never all.
            unwritten.written += piece.len();
            assert_eq!(unwritten.len(), piece.len());
        }
        assert!(unwritten.bytes.capacity() <= 256 << 10, "{} bytes", unwritten.bytes.capacity());
    }
}
