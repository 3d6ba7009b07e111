//! Something comes for a session.

use tidegate_types::OfflinePolicy;

use super::{Origin, Pushed, Queued, Session, State};
use crate::matches::Receiver;
use crate::router::Router;
use crate::seat::{Notice, Seat};
use crate::sync::Ordering;
use crate::turn::Turn;
use crate::zone::SessionLimits;

/// Publishers slowed by one session at a time; one more is not told when there is room and waits out the grace.
const SLOWED: usize = 1_024;

/// A receiver keeps up if it takes this part of its queue's limit within a grace: its publishers are then slowed to
/// its pace instead of losing what it has no room for. One that takes less costs them one grace.
const KEEPS_UP: usize = 100;

/// What a push did.
#[derive(Debug)]
pub(crate) enum Push {
    /// The receiver has it queued.
    Queued,
    /// Queued; older ones had to go.
    DroppedOldest(Vec<Queued>),
    /// Not queued.
    Refused,
    /// Not queued, and nobody expected it to be: the session is over, or away and the message at most once.
    Passed(Queued),
}

/// When it was found that a session gets an entry. A subscription that ended since, by a change of rules for one,
/// brings nothing any more.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    /// Now: what it was found in is locked, or it is no subscription's affair.
    Now,
    /// When the router had this generation.
    Router(&'a Router<Receiver>, u64),
    /// When so many had left the group.
    Group(u32),
}

impl Session {
    /// Queues an entry and notes whom to wake.
    pub(crate) fn push(&self, entry: Queued, turn: &mut Turn, seen: Seen<'_>) -> Push {
        let mut state = self.state.lock();
        self.idle.store(false, Ordering::Relaxed);
        let away = state.seat.is_none();
        if state.ended
            || (away && !entry.guarantee.is_tracked() && !state.zone.session.keep_at_most_once)
            || self.is_past(&state, &entry, seen)
        {
            return Push::Passed(entry);
        }
        if let (Some(extra), true) = (state.extra.as_mut(), entry.message.revision() > 0) {
            extra.cursors.note_pushed(&entry.message);
        }
        let State { queue, zone, .. } = &mut *state;
        let refuse = away && zone.session.offline == OfflinePolicy::Refuse;
        match queue.push(entry, &zone.session, refuse) {
            Pushed::Refused => Push::Refused,
            Pushed::DroppedOldest(oldest) => {
                state.slow(turn);
                state.note_wake(turn);
                Push::DroppedOldest(oldest)
            }
            Pushed::Crowded => {
                state.slow(turn);
                state.note_wake(turn);
                Push::Queued
            }
            Pushed::Queued => {
                state.note_wake(turn);
                Push::Queued
            }
        }
    }

    /// Whether the subscription that brings an entry is gone.
    fn is_past(&self, state: &State, entry: &Queued, seen: Seen<'_>) -> bool {
        match (seen, &entry.origin) {
            (Seen::Router(router, generation), Origin::Own(_)) => {
                router.generation() != generation && !state.subscriptions.bring(entry.message.topic_bytes())
            }
            (Seen::Group(left), Origin::Group(origin)) => {
                origin.0.left() != left && !origin.0.has_member(self)
            }
            _ => false,
        }
    }

    /// Notes a wake for something that waits outside the session: a group's queue.
    pub(crate) fn wake(&self, turn: &mut Turn) {
        self.idle.store(false, Ordering::Relaxed);
        self.state.lock().note_wake(turn);
    }

    /// Puts something back at the head.
    pub(crate) fn push_back_in_front(&self, entry: Queued, turn: &mut Turn) {
        let mut state = self.state.lock();
        if !state.ended {
            state.queue.push_front(entry);
            state.note_wake(turn);
        }
    }
}

impl State {
    pub(super) fn note_wake(&mut self, turn: &mut Turn) {
        if let (Some(seat), false) = (self.seat, self.woken) {
            self.woken = true;
            turn.wakes.push(seat);
        }
    }

    /// Slows the publisher whose turn it is, for the grace this session still has.
    fn slow(&mut self, turn: &mut Turn) {
        let (Some(publisher), true) = (turn.seat, self.seat.is_some()) else { return };
        let now = turn.now.at;
        let SessionLimits { queue_messages, grace, .. } = *self.limits();
        let extra = self.extra();
        let kept_up = extra.taken >= (queue_messages / KEEPS_UP).max(1);
        if kept_up || extra.crowded_since.is_none() {
            extra.crowded_since = Some(now);
            extra.taken = 0;
        }
        let until = extra.crowded_since.unwrap_or(now) + grace;
        if until > now {
            turn.slow_until(until);
            if extra.slowed.len() < SLOWED && !extra.slowed.contains(&publisher) {
                extra.slowed.push(publisher);
            }
        }
    }

    /// Lets slowed publishers go on once there is room.
    pub(super) fn ease(&mut self, turn: &mut Turn) {
        let Some(extra) = self.extra.as_mut().filter(|extra| extra.crowded_since.is_some()) else { return };
        extra.taken = extra.taken.saturating_add(turn.deliveries.len());
        if self.queue.has_room(&self.zone.session) {
            self.release_slowed(turn);
        }
    }

    pub(super) fn release_slowed(&mut self, turn: &mut Turn) {
        if let Some(extra) = self.extra.as_mut() {
            extra.crowded_since = None;
            extra.taken = 0;
            turn.notices.extend(extra.slowed.drain(..).map(|seat: Seat| (seat, Notice::Resume)));
        }
    }
}
