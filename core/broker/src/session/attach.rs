//! Connections come to a session and leave it.

use std::sync::Arc;
use std::time::Duration;

use tidegate_types::Refusal;

use super::{Connection, Queued, Session, State, Subscription, wants_will};
use crate::door::{Detach, OpenOptions, WillDraft};
use crate::group::Group;
use crate::principal::PrincipalRef;
use crate::seat::Seat;
use crate::sync::Ordering;
use crate::turn::Turn;

/// What a new connection found.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) epoch: u32,
    /// The seat that lost the session.
    pub(crate) displaced: Option<Seat>,
    /// The displaced connection's will, if it is to be published.
    pub(crate) will: Option<WillDraft>,
}

/// What an ended session leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) displaced: Option<Seat>,
    pub(crate) will: Option<WillDraft>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Entries other members of their groups may get.
    pub(crate) shared: Vec<Queued>,
}

/// What a connection leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// The will, and after how long it is published.
    pub(crate) will: Option<(WillDraft, Duration)>,
    /// How long the session stays; `None` when it ends now.
    pub(crate) stays: Option<Duration>,
    /// What the session left, if it ended with its connection.
    pub(crate) ended: Option<Ended>,
    /// Entries other members of their groups may get.
    pub(crate) shared: Vec<Queued>,
    /// Groups this member no longer pulls from.
    pub(crate) groups: Vec<Arc<Group>>,
}

impl Session {
    /// Gives the session to a new connection. The caller holds the lock of the session's table shard, so that one
    /// session is attached once at a time.
    pub(crate) fn attach(
        &self,
        principal: &PrincipalRef,
        options: &mut OpenOptions,
        seat: Seat,
        turn: &mut Turn,
    ) -> Result<Attached, Refusal> {
        let mut state = self.state.lock();
        if state.ended {
            return Err(Refusal::Unavailable);
        }
        if !state.principal.same(principal) {
            return Err(Refusal::NotAuthorized);
        }
        let epoch = self.epoch.load(Ordering::Relaxed).wrapping_add(1);
        self.epoch.store(epoch, Ordering::Release);
        self.connected.store(true, Ordering::Relaxed);
        let displaced = state.seat.replace(seat);
        // A will that waits goes with the coming back [MQTT-3.1.3-9]; one without a delay was due when the other
        // connection lost the session.
        let old_will = state.extra.as_mut().and_then(|extra| extra.will.take());
        let will = old_will.filter(|will| displaced.is_some() && will.delay.is_zero());
        state.release_slowed(turn);
        state.begin(principal, options, turn);
        Ok(Attached { epoch, displaced, will })
    }

    /// Ends the connection of `epoch`. `None`: it was not its session any more.
    pub(crate) fn detach(&self, epoch: u32, how: Detach, turn: &mut Turn) -> Option<Left> {
        let left = self.leased(epoch, |state| {
            self.connected.store(false, Ordering::Relaxed);
            self.idle.store(false, Ordering::Relaxed);
            let mut left = state.leave(how, turn);
            if left.stays.is_none() {
                left.ended = Some(self.finish(state));
            }
            Ok(left)
        });
        left.ok()
    }

    /// Takes the will if the session is still away since the connection of `epoch` ended.
    pub(crate) fn take_will(&self, epoch: u32) -> Option<WillDraft> {
        let mut state = self.state.lock();
        let still = state.seat.is_none() && self.epoch.load(Ordering::Relaxed) == epoch;
        if still { state.extra.as_mut().and_then(|extra| extra.will.take()) } else { None }
    }

    /// Ends the session if it is still away since the connection of `epoch` ended.
    pub(crate) fn expire(&self, epoch: u32) -> Option<Ended> {
        let mut state = self.state.lock();
        let still = state.seat.is_none() && self.epoch.load(Ordering::Relaxed) == epoch && !state.ended;
        still.then(|| self.finish(&mut state))
    }

    /// Whether the session is over.
    pub(crate) fn is_ended(&self) -> bool {
        self.state.lock().ended
    }

    /// Ends the session whoever has it. `None`: it had ended before.
    pub(crate) fn end(&self, turn: &mut Turn) -> Option<Ended> {
        let mut state = self.state.lock();
        if state.ended {
            return None;
        }
        state.release_slowed(turn);
        Some(self.finish(&mut state))
    }

    fn finish(&self, state: &mut State) -> Ended {
        state.ended = true;
        self.connected.store(false, Ordering::Relaxed);
        self.idle.store(false, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        let mut shared = state.inflight.take().map(|mut inflight| inflight.take_shared()).unwrap_or_default();
        shared.extend(state.queue.take_shared());
        state.queue = super::Queue::default();
        Ended {
            displaced: state.seat.take(),
            will: state.extra.take().and_then(|extra| extra.will),
            subscriptions: std::mem::take(&mut state.subscriptions),
            shared,
        }
    }
}

impl State {
    fn begin(&mut self, principal: &PrincipalRef, options: &mut OpenOptions, turn: &Turn) {
        self.principal = Arc::clone(principal);
        self.woken = true;
        self.credit = options.credit;
        self.expiry = super::seconds(options.expiry);
        if self.handles != options.handles {
            self.handles = options.handles;
            self.inflight = None;
            self.next_handle = 0;
        }
        if let Some(inflight) = self.inflight.as_mut() {
            inflight.rewind();
        }
        self.connection = Some(Connection {
            remote: (options.remote.ip(), options.remote.port()),
            since: turn.now.at,
            protocol: options.protocol,
        });
        if let Some(will) = options.will.take() {
            self.extra().will = Some(will);
        }
    }

    fn leave(&mut self, how: Detach, turn: &mut Turn) -> Left {
        self.seat = None;
        self.woken = false;
        self.connection = None;
        self.release_slowed(turn);
        let expiry = Duration::from_secs(u64::from(self.expiry));
        let mut left = Left { stays: (self.expiry > 0).then_some(expiry), ..Left::default() };
        self.leave_queues(&mut left);
        let Some(extra) = self.extra.as_mut() else { return left };
        left.groups = extra.groups.clone();
        extra.cursors.clear();
        let delay = extra.will.as_ref().map_or(Duration::ZERO, |will| will.delay.min(expiry));
        if !wants_will(how) {
            extra.will = None;
        } else if delay.is_zero() {
            left.will = extra.will.take().map(|will| (will, Duration::ZERO));
        } else {
            // Stays with the session until its delay is over; the caller sets the timer.
            left.will = extra.will.clone().map(|will| (will, delay));
        }
        left
    }

    fn leave_queues(&mut self, left: &mut Left) {
        // What is at most once is for those who are there.
        self.queue.take_if(|entry| !entry.guarantee.is_tracked());
        if left.stays.is_none() {
            return;
        }
        if let Some(inflight) = self.inflight.as_mut() {
            left.shared = inflight.take_shared();
        }
        left.shared.extend(self.queue.take_shared());
        self.forget_empty_inflight();
    }
}
