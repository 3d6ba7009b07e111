//! From what comes through the socket to what the peer is given.

use std::task::{Context, Poll};
use std::time::Instant;

use tidegate_tls::Progress;
use tokio::net::TcpStream;

use super::{Fault, Got, Layers, Scratch, poll_read};
use crate::worker::READ_BYTES;

/// One record of TLS at most (RFC 5246 §6.2.3), which may become whole by a read and comes on top of it.
const RECORD: usize = (16 << 10) + 2048 + 5;

/// Reads in a row that brought nothing for the peer before the others come first.
const FRUITLESS: usize = 4;

impl Layers {
    #[inline(never)]
    pub(super) fn read(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        into: &mut [u8],
        now: Instant,
    ) -> Poll<Result<Got, Fault>> {
        let mut wire = std::mem::take(&mut scratch.wire);
        wire.resize(READ_BYTES, 0);
        let got = self.read_through(socket, cx, scratch, (&mut wire, into), now);
        scratch.wire = wire;
        got
    }

    fn read_through(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        (wire, into): (&mut [u8], &mut [u8]),
        now: Instant,
    ) -> Poll<Result<Got, Fault>> {
        // What comes out is never longer than what goes in, but for a record that becomes whole.
        let room = into.len().saturating_sub(RECORD).min(wire.len());
        if let Some(fault) = self.fault.take() {
            return Poll::Ready(Err(fault));
        }
        for _ in 0..FRUITLESS {
            if self.unwritten.has_many_replies() {
                self.unwritten.flush(socket, cx)?;
                if self.unwritten.has_many_replies() {
                    return Poll::Pending;
                }
            }
            let wire = wire.get_mut(..room).unwrap_or_default();
            let read = std::task::ready!(poll_read(socket, cx, wire))?;
            if read == 0 {
                return Poll::Ready(Err(Fault::Lost));
            }
            let wire = wire.get_mut(..read).unwrap_or_default();
            let (count, result) = self.open(wire, scratch, into, now);
            self.unwritten.reply(socket, cx, &scratch.sealed)?;
            self.count_held()?;
            // What was whole before the end is the peer's; the end comes with the next read.
            match result {
                Err(fault) if count == 0 => return Poll::Ready(Err(fault)),
                result => self.fault = result.err(),
            }
            if count > 0 {
                return Poll::Ready(Ok(Got { count, more: self.fault.is_some() || read == room }));
            }
        }
        Poll::Ready(Ok(Got { count: 0, more: true }))
    }

    /// Opens what came: how many bytes for the peer are in `into`. Answers are in the scratch, sealed.
    fn open(
        &mut self,
        wire: &mut [u8],
        scratch: &mut Scratch,
        into: &mut [u8],
        now: Instant,
    ) -> (usize, Result<(), Fault>) {
        let Scratch { plain, sealed, .. } = scratch;
        plain.clear();
        sealed.clear();
        let (bytes, mut result) = match &mut self.tls {
            Some(session) => {
                let result = match session.receive(wire, usize::MAX, plain, sealed) {
                    Ok(Progress::Closed) => Err(Fault::Ended),
                    Ok(_) => Ok(()),
                    Err(alert) => Err(Fault::Broken(format!("TLS: {alert}"))),
                };
                (plain.as_mut_slice(), result)
            }
            None => (wire, Ok(())),
        };
        let mut count = bytes.len();
        // Nearly always there are none, and it allocates nothing.
        let mut replies = Vec::new();
        if let Some(frames) = &mut self.frames {
            let (payload, unframed) = frames.open(bytes, &mut replies, now);
            count = payload;
            result = unframed.and(result);
        }
        match into.get_mut(..count).zip(bytes.get(..count)) {
            Some((into, bytes)) => into.copy_from_slice(bytes),
            None => return (0, Err(Fault::Broken("more came out of a layer than went in".to_owned()))),
        }
        let sent = self.seal(&replies, sealed);
        (count, result.and(sent))
    }
}
