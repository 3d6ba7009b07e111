//! What a connection holds between turns, when there is something to hold.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Instant;

use tidegate_gateway::{Outbox, Segment};

use super::kept::Kept;

/// At most this many pieces go into one write.
pub(super) const WRITE_PIECES: usize = 32;

/// A connection's memory of its last turn.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Bytes read and not yet used.
    pub(super) kept: Kept,
    /// How many bytes `kept` must have before the peer can say anything new of it.
    pub(super) need: usize,
    /// Bytes to be written when the socket takes them.
    pub(super) unsent: Unsent,
    /// How many of them were not pulled but are answers to what the peer sent since it stopped reading.
    pub(super) answers: usize,
    /// The peer is not read before this.
    pub(super) slowed_until: Option<Instant>,
    /// If nothing has moved by then, the connection ends.
    pub(super) give_up: Option<Instant>,
}

impl Backlog {
    pub(super) fn is_idle(&self) -> bool {
        self.kept.is_empty()
            && self.unsent.is_empty()
            && self.slowed_until.is_none()
            && self.give_up.is_none()
    }
}

/// Output the socket did not take: an outbox's worth, plus answers up to a limit. Large payloads stay shared.
#[derive(Default)]
pub(super) struct Unsent {
    pieces: VecDeque<Piece>,
    /// Bytes of the first piece that are written already.
    written: usize,
}

enum Piece {
    Own(Vec<u8>),
    Shared(Arc<[u8]>),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Unsent {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Appends an outbox.
    pub(super) fn append(&mut self, out: &Outbox) {
        for segment in out.segments() {
            match segment {
                Segment::Buffer(bytes) => self.append_bytes(bytes),
                Segment::Shared(payload) if payload.is_empty() => {}
                Segment::Shared(payload) => self.pieces.push_back(Piece::Shared(Arc::clone(payload))),
            }
        }
    }

    /// Appends a copy of `bytes`.
    pub(super) fn append_bytes(&mut self, bytes: &[u8]) {
        match self.pieces.back_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::Own(last)) => last.extend_from_slice(bytes),
            _ => self.pieces.push_back(Piece::Own(bytes.to_vec())),
        }
    }

    /// The first pieces, for one write; how many.
    pub(super) fn slices<'a>(&'a self, into: &mut [IoSlice<'a>; WRITE_PIECES]) -> usize {
        let mut skip = self.written;
        let mut count = 0;
        for (piece, slice) in self.pieces.iter().zip(into) {
            *slice = IoSlice::new(piece.bytes().get(skip..).unwrap_or_default());
            skip = 0;
            count += 1;
        }
        count
    }

    /// Takes `written` bytes off the front.
    pub(super) fn advance(&mut self, written: usize) {
        self.written += written;
        while let Some(first) = self.pieces.front() {
            let length = first.bytes().len();
            if self.written < length {
                return;
            }
            self.written -= length;
            self.pieces.pop_front();
        }
        self.written = 0;
    }
}
