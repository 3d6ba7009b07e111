//! A receiver says what became of its deliveries; a sender's exactly-once keys.

use tidegate_types::Refusal;

use super::once::Once;
use super::{Queued, Session, State};
use crate::door::Settlement;

/// What a settlement means for somebody else.
#[derive(Debug)]
pub(crate) enum Settled {
    /// The delivery is done.
    Done(Queued),
    /// Its content is accepted, its handle reserved.
    Held(Option<Queued>),
    /// It goes back to where it came from.
    Released(Queued),
    /// Its receiver does not want it.
    Rejected(Queued),
}

impl Session {
    pub(crate) fn settle(&self, epoch: u32, handle: u32, settlement: Settlement) -> Result<Settled, Refusal> {
        self.leased(epoch, |state| state.settle_one(handle, settlement))
    }

    pub(crate) fn free(&self, epoch: u32, handle: u32) -> Result<(), Refusal> {
        self.leased(epoch, |state| {
            let freed = state.inflight.as_mut().is_some_and(|inflight| inflight.free(handle));
            state.forget_empty_inflight();
            if freed { Ok(()) } else { Err(Refusal::NotFound) }
        })
    }

    /// Whether a message under this exactly-once key was taken.
    pub(crate) fn knows_once(&self, epoch: u32, key: u32) -> bool {
        let known = self
            .leased(epoch, |state| Ok(state.extra.as_ref().is_some_and(|extra| extra.once.contains(key))));
        known.unwrap_or(false)
    }

    /// Whether a message under this exactly-once key is new.
    pub(crate) fn note_once(&self, epoch: u32, key: u32) -> Result<bool, Refusal> {
        self.leased(epoch, |state| {
            let limit = state.limits().once_keys;
            match state.extra().once.insert(key, limit) {
                Once::New => Ok(true),
                Once::Known => Ok(false),
                Once::Full => Err(Refusal::QuotaExceeded),
            }
        })
    }

    pub(crate) fn forget_once(&self, epoch: u32, key: u32) -> Result<(), Refusal> {
        self.leased(epoch, |state| {
            let known = state.extra.as_mut().is_some_and(|extra| extra.once.remove(key));
            if known { Ok(()) } else { Err(Refusal::NotFound) }
        })
    }
}

impl State {
    pub(super) fn settle_one(&mut self, handle: u32, settlement: Settlement) -> Result<Settled, Refusal> {
        let inflight = self.inflight.as_mut().ok_or(Refusal::NotFound)?;
        let settled = match settlement {
            Settlement::Accept => inflight.finish(handle).map(Settled::Done),
            Settlement::Reject => inflight.finish(handle).map(Settled::Rejected),
            Settlement::Release => inflight.finish(handle).map(Settled::Released),
            Settlement::Hold => inflight.hold(handle).map(Settled::Held),
        };
        self.forget_empty_inflight();
        settled.ok_or(Refusal::NotFound)
    }
}
