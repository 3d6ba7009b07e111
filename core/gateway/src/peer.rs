//! The face a driver sees.

use std::time::Instant;

use tidegate_broker::{Notice, Seat, Turn, Verbs};
use tidegate_types::CloseReason;

use crate::Outbox;

/// What the driver lends a peer for one call.
#[expect(missing_debug_implementations, reason = "borrows of what the driver owns; printed there")]
pub struct Lent<'a> {
    /// The kernel.
    pub verbs: &'a dyn Verbs,
    /// The worker's turn.
    pub turn: &'a mut Turn,
    /// What to send.
    pub out: &'a mut Outbox,
}

/// What became of the bytes a peer was given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// How many were used; the driver keeps the rest and puts them in front of the next.
    pub used: usize,
    /// How many bytes must be there, from the first unused one, before anything new can be said.
    pub need: usize,
}

/// Any protocol's state machine for one peer, object-safe: one virtual call a turn, not one a packet.
pub trait Peer: Send {
    /// Bytes came. Stops early when the peer is blocked or finished.
    fn receive(&mut self, lent: &mut Lent<'_>, bytes: &[u8]) -> Progress;

    /// Of a packet that is not whole yet `bytes` more came. It is not given them until it can be.
    fn progress(&mut self, _lent: &mut Lent<'_>, _bytes: usize) {}

    /// Something from outside the turn. After an answer that unblocks it, the driver gives it the bytes it keeps.
    fn notice(&mut self, lent: &mut Lent<'_>, notice: Notice);

    /// Its session may hold something, or there is room again.
    fn pull(&mut self, lent: &mut Lent<'_>);

    /// Instead of [`Peer::pull`], while earlier output waits for the socket: others are to take what it cannot.
    fn stalled(&mut self, lent: &mut Lent<'_>) {
        let _ = lent;
    }

    /// A deadline has passed.
    fn timeout(&mut self, lent: &mut Lent<'_>);

    /// The connection ends. With [`CloseReason::Lost`] and [`CloseReason::Goodbye`] nothing can be sent any more.
    fn close(&mut self, lent: &mut Lent<'_>, why: CloseReason);

    /// When [`Peer::timeout`] is due. A driver asks after each turn.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether it must not be given bytes now.
    fn is_blocked(&self) -> bool;

    /// Whether the driver closes the connection once the outbox is written.
    fn is_finished(&self) -> bool;

    /// It sits elsewhere now.
    fn reseat(&mut self, verbs: &dyn Verbs, seat: Seat);
}
