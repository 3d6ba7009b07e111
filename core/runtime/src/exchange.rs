//! The way to every seat, from any thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tidegate_broker::{Notice, Seat, Switchboard};

use crate::config::RuntimeConfig;
use crate::inbox::{Inbox, Letter};

/// Brings notices to the workers' inboxes. Made before the runtime, because the kernel needs it to be built and
/// the runtime needs the kernel.
pub struct Exchange {
    desks: Vec<Desk>,
}

#[derive(Default)]
struct Desk {
    inbox: Inbox,
    /// Busy share over the last measurement, in thousandths.
    share: AtomicU32,
    /// Whether a [`Letter::Shed`] is on its way: one is enough.
    shedding: AtomicBool,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("workers", &self.desks.len()).finish()
    }
}

impl Exchange {
    /// An exchange for the workers that a runtime of this configuration will have.
    #[must_use]
    pub fn new(config: &RuntimeConfig) -> Self {
        Self { desks: (0..config.worker_count()).map(|_| Desk::default()).collect() }
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> u16 {
        u16::try_from(self.desks.len()).unwrap_or(u16::MAX)
    }

    pub(crate) fn inbox(&self, worker: u16) -> Option<&Inbox> {
        self.desks.get(usize::from(worker)).map(|desk| &desk.inbox)
    }

    /// Sends letters to a worker; those for a worker that does not exist are dropped.
    pub(crate) fn post(&self, worker: u16, letters: impl IntoIterator<Item = Letter>) {
        if let Some(inbox) = self.inbox(worker) {
            inbox.post(letters);
        }
    }

    /// Asks a worker to give connections away, unless it has been asked already.
    pub(crate) fn shed(&self, from: u16, to: u16, share: u32, most: usize) {
        if let Some(desk) = self.desks.get(usize::from(from))
            && !desk.shedding.swap(true, Ordering::AcqRel)
        {
            desk.inbox.post([Letter::Shed { to, share, most }]);
        }
    }

    /// A worker does what it was asked for by [`Exchange::shed`].
    pub(crate) fn sheds(&self, worker: u16) {
        if let Some(desk) = self.desks.get(usize::from(worker)) {
            desk.shedding.store(false, Ordering::Release);
        }
    }

    /// A worker's busy share, in thousandths.
    pub(crate) fn share(&self, worker: u16) -> u32 {
        self.desks.get(usize::from(worker)).map_or(0, |desk| desk.share.load(Ordering::Relaxed))
    }

    pub(crate) fn set_share(&self, worker: u16, share: u32) {
        if let Some(desk) = self.desks.get(usize::from(worker)) {
            desk.share.store(share, Ordering::Relaxed);
        }
    }

    /// The worker for a new connection: the first with room, or else the least busy.
    pub(crate) fn with_room(&self, below: u32) -> u16 {
        let all = 0..self.workers();
        let first = all.clone().find(|worker| self.share(*worker) < below);
        first.or_else(|| all.min_by_key(|worker| self.share(*worker))).unwrap_or(0)
    }
}

impl Switchboard for Exchange {
    fn notify(&self, seat: Seat, notice: Notice) {
        self.post(seat.worker, [Letter::Notice(seat, notice)]);
    }
}
