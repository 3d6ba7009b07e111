//! Deliveries a receiver has not settled yet.
//!
//! A ring: the handle of an entry is its place, so that settling is arithmetic and no map.
//!
//! ```text
//!   send ──▶ Sent ──accept, reject──▶ Done ──at the front──▶ gone, its handle can be used again
//!             │ hold                   ▲
//!             ▼                        │ free
//!            Held ─────────────────────┘
//! ```

use std::collections::VecDeque;

use tidegate_types::Guarantee;

use super::queue::{Origin, Queued};
use crate::door::Settlement;

#[derive(Debug)]
enum State {
    Sent(Queued),
    Held,
    Done,
}

/// What is to be sent again after a connection was lost.
#[derive(Debug)]
pub(crate) enum Again<'a> {
    /// A delivery not yet accepted.
    Delivery(&'a Queued, u32),
    /// A handle whose content was accepted.
    Held(u32),
}

/// The unsettled deliveries of one session.
#[derive(Debug)]
pub(crate) struct Inflight {
    ring: VecDeque<State>,
    /// Handle of the ring's front, from zero.
    base: u32,
    /// How many handles there are.
    handles: u32,
    /// Entries before this one were sent over the present connection.
    sent: usize,
    /// Entries sent over the present connection and not done.
    live: u32,
}

impl Inflight {
    pub(crate) fn new(handles: u32) -> Self {
        Self { ring: VecDeque::new(), base: 0, handles: handles.max(1), sent: 0, live: 0 }
    }

    /// Whether it can be forgotten: nothing is unsettled. (The next handle is kept by the caller.)
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.iter().filter(|state| !matches!(state, State::Done)).count()
    }

    /// Whether one more may be sent to a receiver that takes `credit` at once.
    pub(crate) fn has_room(&self, credit: u16) -> bool {
        self.live < u32::from(credit) && self.ring.len() < self.handles as usize
    }

    /// Whether one more may be sent again to a receiver that takes `credit` at once.
    pub(crate) fn has_room_again(&self, credit: u16) -> bool {
        self.live < u32::from(credit)
    }

    fn handle_at(&self, index: usize) -> u32 {
        let place = (u64::from(self.base) + index as u64) % u64::from(self.handles);
        u32::try_from(place).unwrap_or(0) + 1
    }

    fn index_of(&self, handle: u32) -> Option<usize> {
        let place = handle.checked_sub(1)?;
        if place >= self.handles {
            return None;
        }
        let index =
            (u64::from(place) + u64::from(self.handles) - u64::from(self.base)) % u64::from(self.handles);
        usize::try_from(index).ok().filter(|index| *index < self.ring.len())
    }

    /// Sends something new; answers its handle. Everything to be repeated has been sent before.
    pub(crate) fn send(&mut self, queued: Queued) -> u32 {
        let handle = self.handle_at(self.ring.len());
        self.ring.push_back(State::Sent(queued));
        self.sent = self.ring.len();
        self.live += 1;
        handle
    }

    /// Starts over for a new connection: everything unsettled will be sent again.
    pub(crate) fn rewind(&mut self) {
        self.sent = 0;
        self.live = 0;
    }

    /// Whether something is still to be sent again.
    pub(crate) fn has_again(&self) -> bool {
        self.sent < self.ring.len()
    }

    /// The next thing to send again, which then counts as sent.
    pub(crate) fn next_again(&mut self) -> Option<Again<'_>> {
        while let Some(State::Done) = self.ring.get(self.sent) {
            self.sent += 1;
        }
        let handle = self.handle_at(self.sent);
        let state = self.ring.get(self.sent)?;
        self.sent += 1;
        self.live += 1;
        match state {
            State::Sent(queued) => Some(Again::Delivery(queued, handle)),
            State::Held => Some(Again::Held(handle)),
            State::Done => None,
        }
    }

    /// Ends a delivery; answers what was sent, `None` when the handle names nothing that can be settled.
    pub(crate) fn finish(&mut self, handle: u32) -> Option<Queued> {
        let index = self.index_of(handle)?;
        let state = self.ring.get_mut(index)?;
        if !matches!(state, State::Sent(_)) {
            return None;
        }
        let State::Sent(queued) = std::mem::replace(state, State::Done) else { return None };
        self.done(index);
        Some(queued)
    }

    /// Whether a settlement of `handle` would be taken.
    pub(crate) fn takes(&self, handle: u32, settlement: Settlement) -> bool {
        let holds = settlement == Settlement::Hold;
        match self.index_of(handle).and_then(|index| self.ring.get(index)) {
            Some(State::Sent(queued)) => !holds || queued.guarantee == Guarantee::ExactlyOnce,
            Some(State::Held) => holds,
            Some(State::Done) | None => false,
        }
    }

    /// What was sent and not accepted, in order; the ring is given up.
    pub(crate) fn into_unsettled(self) -> Vec<Queued> {
        let unsettled = self.ring.into_iter().filter_map(|state| match state {
            State::Sent(queued) => Some(queued),
            State::Held | State::Done => None,
        });
        unsettled.collect()
    }

    /// Accepts a delivery's content and keeps its handle. A repeat of the same is no error.
    pub(crate) fn hold(&mut self, handle: u32) -> Option<Option<Queued>> {
        let index = self.index_of(handle)?;
        let state = self.ring.get_mut(index)?;
        match state {
            State::Sent(queued) if queued.guarantee == Guarantee::ExactlyOnce => {
                let State::Sent(queued) = std::mem::replace(state, State::Held) else { return None };
                Some(Some(queued))
            }
            State::Held => Some(None),
            _ => None,
        }
    }

    /// Frees a held handle.
    pub(crate) fn free(&mut self, handle: u32) -> bool {
        let Some(index) = self.index_of(handle) else { return false };
        match self.ring.get_mut(index) {
            Some(state @ State::Held) => {
                *state = State::Done;
                self.done(index);
                true
            }
            _ => false,
        }
    }

    fn done(&mut self, index: usize) {
        if index < self.sent {
            self.live = self.live.saturating_sub(1);
        }
        while let Some(State::Done) = self.ring.front() {
            self.ring.pop_front();
            self.sent = self.sent.saturating_sub(1);
            self.base = (self.base + 1) % self.handles;
        }
        if self.ring.is_empty() && self.ring.capacity() > 64 {
            self.ring.shrink_to(16);
        }
    }

    /// Takes out what another member of a group may still get: at-least-once deliveries of groups. What is
    /// exactly-once stays with the member it was sent to [MQTT-4.8.2-5].
    pub(crate) fn take_shared(&mut self) -> Vec<Queued> {
        let mut taken = Vec::new();
        for index in 0..self.ring.len() {
            let Some(state) = self.ring.get_mut(index) else { break };
            let shared = matches!(state, State::Sent(queued)
                if queued.guarantee == Guarantee::AtLeastOnce && matches!(queued.origin, Origin::Group(_)));
            if shared && let State::Sent(queued) = std::mem::replace(state, State::Done) {
                taken.push(queued);
            }
        }
        self.done(usize::MAX);
        taken
    }

    /// What was sent and not accepted, in order.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &Queued> {
        self.ring.iter().filter_map(|state| match state {
            State::Sent(queued) => Some(queued),
            State::Held | State::Done => None,
        })
    }

    /// Takes out of that what matches, with its handles, which are free.
    pub(crate) fn take_if(&mut self, matches: impl Fn(&Queued) -> bool) -> Vec<(u32, Queued)> {
        let mut taken = Vec::new();
        for index in 0..self.ring.len() {
            let handle = self.handle_at(index);
            let Some(state) = self.ring.get_mut(index) else { break };
            let found = matches!(state, State::Sent(queued) if matches(queued));
            if found && let State::Sent(queued) = std::mem::replace(state, State::Done) {
                self.live = self.live.saturating_sub(u32::from(index < self.sent));
                taken.push((handle, queued));
            }
        }
        self.done(usize::MAX);
        taken
    }

    /// The handle the next delivery would get, to go on from when the ring is rebuilt.
    pub(crate) fn next_base(&self) -> u32 {
        (self.base + u32::try_from(self.ring.len()).unwrap_or(0)) % self.handles
    }

    /// Goes on from a handle kept by [`Inflight::next_base`].
    pub(crate) fn starting_at(mut self, base: u32) -> Self {
        self.base = base % self.handles;
        self
    }
}
