//! Connections come to a session and leave it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_types::{DoorLimits, Guarantee, Refusal, SessionKey};

use super::once::OnceKeys;
use super::{Connection, KeptWill, Origin, Queued, Session, State, Subscription, wants_will};
use crate::attachment::{Attachment, Delta};
use crate::door::{Detach, OpenOptions, WillDraft};
use crate::group::Group;
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Seat;
use crate::sync::Ordering;
use crate::timers::TimerId;
use crate::turn::Turn;
use crate::zone::{Takeover, Zone};

/// What a new connection found.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) epoch: u32,
    /// The seat that lost the session.
    pub(crate) displaced: Option<Seat>,
    /// The displaced connection's will, if it is to be published.
    pub(crate) will: Option<WillDraft>,
    /// What is not due any more.
    pub(crate) timers: Vec<TimerId>,
    /// Unsettled messages of groups whose handles are no more: others may get them.
    pub(crate) released: Vec<Queued>,
    /// What the gateway keeps with the session.
    pub(crate) attachment: Attachment,
}

/// What an ended session leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) displaced: Option<Seat>,
    pub(crate) will: Option<WillDraft>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// What is not due any more.
    pub(crate) timers: Vec<TimerId>,
    /// Entries other members of their groups may get.
    pub(crate) shared: Vec<Queued>,
}

/// What a connection leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// The will that is published now.
    pub(crate) will: Option<WillDraft>,
    /// After how long the will that stays is published.
    pub(crate) delay: Option<Duration>,
    /// How long the session stays; `None` when it ends now.
    pub(crate) stays: Option<Duration>,
    /// What the session left, if it ended with its connection.
    pub(crate) ended: Option<Ended>,
    /// Entries other members of their groups may get.
    pub(crate) shared: Vec<Queued>,
    /// Groups this member no longer pulls from.
    pub(crate) groups: Vec<Arc<Group>>,
    /// What is not due any more.
    pub(crate) timers: Vec<TimerId>,
}

impl Session {
    /// Gives the session to a new connection. The caller holds the lock of the session's table shard, so that one
    /// session is attached once at a time.
    pub(crate) fn attach(
        &self,
        (principal, zone): (&PrincipalRef, &Arc<Zone>),
        options: &mut OpenOptions,
        (deltas, limits): (&[Delta<'_>], &DoorLimits),
        seat: Seat,
        turn: &mut Turn,
    ) -> Result<Attached, Refusal> {
        let mut state = self.state.lock();
        if state.ended {
            return Err(Refusal::Unavailable);
        }
        if !state.gives_way_to(principal, zone) {
            return Err(Refusal::NotAuthorized);
        }
        let foreign = state.gateway().is_some_and(|gateway| gateway != options.protocol.gateway);
        super::attachment::fits(state.kept().filter(|_| !foreign), deltas, limits)?;
        let epoch = self.epoch.load(Ordering::Relaxed).wrapping_add(1);
        self.epoch.store(epoch, Ordering::Release);
        self.connected.store(true, Ordering::Relaxed);
        self.metered.store(zone.is_metered(), Ordering::Relaxed);
        let displaced = state.seat.replace(seat);
        // A will that waits goes with the coming back [MQTT-3.1.3-9]; one without a delay was due when the other
        // connection lost the session.
        let old_will = state.extra.as_mut().and_then(|extra| extra.will.take());
        let old_will = old_will.map(|will| will.draft);
        let will = old_will.filter(|will| displaced.is_some() && will.delay.is_zero());
        let timers = state.take_timers();
        state.release_slowed(turn);
        if foreign {
            state.forget_gateway();
        }
        let renumbered = foreign || state.handles != options.handles;
        let released = if renumbered { state.release_unsettled() } else { Vec::new() };
        state.begin(&self.key, (principal, zone), options, turn);
        if !deltas.is_empty() {
            state.extra().attachment.apply(deltas);
        }
        Ok(Attached { epoch, displaced, will, timers, released, attachment: state.attachment() })
    }

    /// Ends the connection of `epoch`. `None`: it was not its session any more.
    pub(crate) fn detach(&self, epoch: u32, how: Detach, turn: &mut Turn) -> Option<Left> {
        let left = self.leased(epoch, |state| {
            self.connected.store(false, Ordering::Relaxed);
            self.idle.store(false, Ordering::Relaxed);
            let mut left = state.leave(&self.key, how, turn);
            if left.stays.is_none() {
                left.ended = Some(self.finish(state));
            }
            Ok(left)
        });
        left.ok()
    }

    /// Remembers what is due while the session is away. Gives it back when its client is there again.
    pub(crate) fn note_timers(&self, epoch: u32, timers: Vec<TimerId>) -> Vec<TimerId> {
        let mut state = self.state.lock();
        if state.seat.is_none() && !state.ended && self.epoch.load(Ordering::Relaxed) == epoch {
            state.extra().timers = timers;
            return Vec::new();
        }
        timers
    }

    /// Remembers what is due for the connection of `epoch`; answers what is not due any more.
    pub(crate) fn note_proof(&self, epoch: u32, due: Option<TimerId>) -> Vec<TimerId> {
        let mut state = self.state.lock();
        if state.seat.is_none() || state.ended || self.epoch.load(Ordering::Relaxed) != epoch {
            return due.into_iter().collect();
        }
        let old = state.take_timers();
        if let Some(due) = due {
            state.extra().timers.push(due);
        }
        old
    }

    /// Where the connection of `epoch` sits, if what it was proved with is over at `now`.
    pub(crate) fn unproven(&self, epoch: u32, now: Instant) -> Option<Seat> {
        let state = self.state.lock();
        let over = self.epoch.load(Ordering::Relaxed) == epoch && state.principal.is_expired(now);
        state.seat.filter(|_| over && !state.ended)
    }

    /// Takes the will if the session is still away since the connection of `epoch` ended.
    pub(crate) fn take_will(&self, epoch: u32) -> Option<WillDraft> {
        let mut state = self.state.lock();
        let still = state.seat.is_none() && self.epoch.load(Ordering::Relaxed) == epoch;
        let extra = state.extra.as_mut().filter(|_| still)?;
        Some(extra.will.take()?.draft)
    }

    /// Ends the session if it is still away since the connection of `epoch` ended.
    pub(crate) fn expire(&self, epoch: u32) -> Option<Ended> {
        let mut state = self.state.lock();
        let still = state.seat.is_none() && self.epoch.load(Ordering::Relaxed) == epoch && !state.ended;
        still.then(|| self.finish(&mut state))
    }

    /// Whether somebody may take the session.
    pub(crate) fn gives_way_to(&self, principal: &Principal, zone: &Zone) -> bool {
        self.state.lock().gives_way_to(principal, zone)
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
        state.leave_meter(&self.key);
        state.ended = true;
        self.over.store(true, Ordering::Relaxed);
        self.connected.store(false, Ordering::Relaxed);
        self.idle.store(false, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        let mut shared = state.inflight.take().map(|mut inflight| inflight.take_shared()).unwrap_or_default();
        shared.extend(state.queue.take_shared());
        state.queue = super::Queue::default();
        Ended {
            displaced: state.seat.take(),
            timers: state.take_timers(),
            will: state.extra.take().and_then(|extra| Some(extra.will?.draft)),
            subscriptions: std::mem::take(&mut state.subscriptions).to_vec(),
            shared,
        }
    }
}

impl State {
    fn take_timers(&mut self) -> Vec<TimerId> {
        self.extra.as_mut().map(|extra| std::mem::take(&mut extra.timers)).unwrap_or_default()
    }

    /// Whether somebody may have the session: its user, or anybody where both its zone and his say so.
    fn gives_way_to(&self, principal: &Principal, zone: &Zone) -> bool {
        let open = |zone: &Zone| zone.takeover == Takeover::Anybody;
        self.is_of(principal, zone) || (open(&self.zone) && open(zone))
    }

    /// Whether it is the session of `principal`, who comes through `zone`. Those without a name are one somebody within
    /// a zone, and others in others.
    fn is_of(&self, principal: &Principal, zone: &Zone) -> bool {
        self.principal.same(principal) && (principal.user.is_some() || self.zone.name == zone.name)
    }

    fn begin(
        &mut self,
        key: &SessionKey,
        (principal, zone): (&PrincipalRef, &Arc<Zone>),
        options: &mut OpenOptions,
        turn: &Turn,
    ) {
        if self.inflight.is_some() && !self.is_of(principal, zone) {
            self.standing.change_hands();
        }
        if !zone.meters.shares_clients_with(&self.zone.meters) {
            self.leave_meter(key);
        }
        self.act_as(principal);
        self.zone = Arc::clone(zone);
        self.woken = true;
        self.credit = options.credit;
        self.expiry = super::seconds(options.expiry);
        self.handles = options.handles;
        if let Some(inflight) = self.inflight.as_mut() {
            inflight.rewind();
        }
        self.connection = Some(Connection { since: turn.now.at, protocol: options.protocol });
        if let Some(will) = options.will.take() {
            self.extra().will = Some(KeptWill::new(will));
        }
    }

    /// Another gateway takes the session: keys and attachment mean nothing to it.
    fn forget_gateway(&mut self) {
        if let Some(extra) = self.extra.as_mut() {
            extra.once = OnceKeys::default();
            extra.attachment = super::attachment::Kept::default();
        }
    }

    /// The handles of a new connection are others. What was sent under the old ones goes back to where it came from:
    /// here to the head of the queue, in order; what is of groups is answered, but what is exactly-once stays with the
    /// member it was sent to [MQTT-4.8.2-5].
    fn release_unsettled(&mut self) -> Vec<Queued> {
        self.next_handle = 0;
        let unsettled = self.inflight.take().map(|inflight| inflight.into_unsettled()).unwrap_or_default();
        let leaves = |entry: &Queued| {
            matches!(entry.origin, Origin::Group(_)) && entry.guarantee != Guarantee::ExactlyOnce
        };
        let (released, own): (Vec<_>, Vec<_>) = unsettled.into_iter().partition(leaves);
        for mut entry in own.into_iter().rev() {
            entry.repeat = true;
            entry.origin = Origin::Own(entry.identifiers());
            self.queue.push_front(entry);
        }
        released
    }

    fn leave(&mut self, key: &SessionKey, how: Detach, turn: &mut Turn) -> Left {
        self.note_gateway();
        self.leave_meter(key);
        self.seat = None;
        self.woken = false;
        self.connection = None;
        self.memory = None;
        self.release_slowed(turn);
        let expiry = Duration::from_secs(u64::from(self.expiry));
        let mut left = Left { stays: (self.expiry > 0).then_some(expiry), ..Left::default() };
        self.leave_queues(&mut left);
        let Some(extra) = self.extra.as_mut() else { return left };
        left.groups = extra.groups.clone();
        left.timers = std::mem::take(&mut extra.timers);
        extra.cursors.clear();
        let delay = extra.will.as_ref().map_or(Duration::ZERO, |will| will.draft.delay.min(expiry));
        if !wants_will(how) {
            extra.will = None;
        } else if delay.is_zero() {
            left.will = extra.will.take().map(|will| will.draft);
        } else {
            // Stays with the session until its delay is over; the caller sets the timer.
            left.delay = Some(delay);
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
