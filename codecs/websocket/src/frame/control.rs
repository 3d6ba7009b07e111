//! Control frames: what they say, what answers them, and the rare one that came in pieces.

use super::head::ControlKind;
use super::mask::unmask;
use crate::encode::{self, MAX_CONTROL};
use crate::error::fault;
use crate::{CloseCode, Error};

/// A control frame (RFC 6455 §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control<'a> {
    /// Answer with a Pong of the same bytes, unless a Close was sent.
    Ping(&'a [u8]),
    /// An answer to a Ping of ours, or a sign of life nobody asked for.
    Pong(&'a [u8]),
    /// The client ends the WebSocket. What comes after it is no longer looked at. Answer with a Close, unless
    /// one was sent, and end the connection (RFC 6455 §5.5.1).
    Close {
        /// Why, if it said.
        code: Option<CloseCode>,
        /// The same in words that it chose.
        reason: &'a str,
    },
}

impl Control<'_> {
    /// Appends what has to be answered: a Pong to a Ping, to a Close a Close with its code, to a Pong nothing.
    /// Not to be called once a Close was sent.
    pub fn reply(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ping(payload) => encode::pong(payload, out),
            Self::Pong(_) => {}
            Self::Close { code, .. } => encode::close(*code, "", out),
        }
    }
}

/// Reads the payload of a control frame.
pub(super) fn read(kind: ControlKind, payload: &[u8]) -> Result<Control<'_>, Error> {
    match kind {
        ControlKind::Ping => Ok(Control::Ping(payload)),
        ControlKind::Pong => Ok(Control::Pong(payload)),
        ControlKind::Close => close(payload),
    }
}

fn close(payload: &[u8]) -> Result<Control<'_>, Error> {
    let (code, reason) = match payload {
        [] => return Ok(Control::Close { code: None, reason: "" }),
        [high, low, reason @ ..] => (CloseCode(u16::from_be_bytes([*high, *low])), reason),
        [_] => return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.5.1", "a close code has one byte")),
    };
    if !code.may_be_sent() {
        return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §7.4", "a close code is one that no frame may have"));
    }
    match std::str::from_utf8(reason) {
        Ok(reason) => Ok(Control::Close { code: Some(code), reason }),
        Err(_) => Err(fault!(INVALID_PAYLOAD, "RFC 6455 §5.5.1, §8.1", "the reason of a Close is not UTF-8")),
    }
}

/// A control frame of which a part has come. It is the one thing that is ever kept back, 133 bytes at most,
/// from the read that ends within it to the call after the one that completes it.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) kind: ControlKind,
    mask: [u8; 4],
    len: u8,
    have: u8,
    payload: [u8; MAX_CONTROL],
}

impl Partial {
    pub(super) fn new(kind: ControlKind, mask: [u8; 4], len: u64) -> Self {
        let len = u8::try_from(len).unwrap_or(0);
        Self { kind, mask, len, have: 0, payload: [0; MAX_CONTROL] }
    }

    /// Takes what it lacks from the front of `bytes`; gives how much that was.
    pub(super) fn fill(&mut self, bytes: &[u8]) -> usize {
        let room = self.payload.get_mut(usize::from(self.have)..usize::from(self.len)).unwrap_or_default();
        let taken = room.len().min(bytes.len());
        let (Some(room), Some(bytes)) = (room.get_mut(..taken), bytes.get(..taken)) else { return 0 };
        room.copy_from_slice(bytes);
        unmask(room, &mut self.mask);
        self.have = self.have.saturating_add(u8::try_from(taken).unwrap_or(u8::MAX));
        taken
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.have == self.len
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.payload.get(..usize::from(self.have)).unwrap_or_default()
    }
}
