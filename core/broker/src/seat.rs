//! Where a channel sits, and how it is told something.

use std::fmt;
use std::sync::Arc;

use tidegate_types::CloseReason;

use crate::outcome::{Reply, RequestId};

/// The place of a live channel: a worker and a slot in it. The generation tells a slot's earlier occupants apart.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Seat {
    /// The worker's number.
    pub worker: u16,
    /// Counts the slot's occupants, wrapping.
    pub generation: u16,
    /// The slot in the worker's table.
    pub slot: u32,
}

/// What a channel is told from outside its own turn.
#[derive(Debug)]
pub enum Notice {
    /// Its session has something to pull.
    Wake,
    /// The receiver it was slowed for has room again.
    Resume,
    /// An answer it was owed.
    Reply(RequestId, Reply),
    /// It has to go.
    Close(CloseReason),
}

/// Brings notices to seats; the driver is one. Never blocks, never calls back.
pub trait Switchboard: Send + Sync {
    /// Hands `notice` to whoever sits at `seat`; drops it when nobody does.
    fn notify(&self, seat: Seat, notice: Notice);
}

/// The right to answer one question later, from any thread.
///
/// Dropped unused, it answers nothing: its holder states what a lost answer means.
#[derive(Clone)]
pub struct Ticket {
    /// Who asked.
    pub seat: Seat,
    /// What was asked.
    pub request: RequestId,
    /// The way there.
    pub switchboard: Arc<dyn Switchboard>,
}

impl Ticket {
    /// Answers.
    pub fn answer(&self, reply: Reply) {
        self.switchboard.notify(self.seat, Notice::Reply(self.request, reply));
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("seat", &self.seat).field("request", &self.request).finish()
    }
}
