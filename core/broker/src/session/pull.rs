//! A channel takes what its session holds.

use std::sync::Arc;

use tidegate_types::{DropReason, Guarantee, Refusal};

use super::inflight::Again;
use super::retained_cursor::VISITS_A_PULL;
use super::{Origin, Queued, Session, State};
use crate::door::{Budget, Delivery, PullEnd, Pulled};
use crate::group::Group;
use crate::retained::Retained;
use crate::rules::Rules;
use crate::sync::{Ordering, fence};
use crate::turn::Turn;

/// What is to be done after a pull, when the lock is free again.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// Entries that could not be delivered, for the observers.
    pub(crate) dropped: Vec<(Queued, DropReason)>,
    /// Members of groups that have work.
    pub(crate) wake: Vec<Arc<Session>>,
}

impl Session {
    /// Moves deliveries into `turn.deliveries`: first what is repeated, then retained values, then the queue, then
    /// the groups' queues. `None`: the session has to be judged by the present rules before.
    pub(crate) fn pull(
        &self,
        epoch: u32,
        turn: &mut Turn,
        budget: Budget,
        (retained, rules): (&Retained, &Rules),
        after: &mut Aftermath,
    ) -> Result<Option<PullEnd>, Refusal> {
        self.leased(epoch, |state| {
            if state.standing.is_entering() {
                // Woken when it has entered.
                state.woken = false;
                return Ok(Some(PullEnd::Drained));
            }
            if !state.standing.is_judged_by(rules) {
                return Ok(None);
            }
            let mut left = Left { count: budget.count, bytes: budget.bytes, rules };
            let end = state.pull_all(turn, &mut left, retained, after);
            // What is left behind goes on after a settle or with room in the outbox; no push has to wake it.
            state.woken = end != PullEnd::Drained;
            let idle = end == PullEnd::Drained && state.has_credit();
            self.idle.store(idle, Ordering::Relaxed);
            if idle && let Some(extra) = state.extra.as_ref().filter(|extra| !extra.groups.is_empty()) {
                // What came to a group before this member was known to be idle woke nobody. The fence pairs with the
                // one of a group's dispatch: either that sees this member idle, or this sees what waits.
                fence(Ordering::SeqCst);
                after.wake.extend(extra.groups.iter().filter_map(|group| group.idle_member()));
            }
            state.ease(turn);
            Ok(Some(end))
        })
    }
}

/// What is left of a budget.
struct Left<'a> {
    count: usize,
    bytes: usize,
    rules: &'a Rules,
}

impl Left<'_> {
    fn is_used_up(&self) -> bool {
        self.count == 0 || self.bytes == 0
    }

    fn take(&mut self, delivery: &Delivery) {
        self.count = self.count.saturating_sub(1);
        let bytes = delivery.message.payload().len() + delivery.message.topic_bytes().len();
        self.bytes = self.bytes.saturating_sub(bytes.max(1));
    }
}

impl State {
    fn pull_all(
        &mut self,
        turn: &mut Turn,
        left: &mut Left<'_>,
        retained: &Retained,
        after: &mut Aftermath,
    ) -> PullEnd {
        let end = self.pull_again(turn, left);
        if end != PullEnd::Drained {
            return end;
        }
        if self.extra.is_some() {
            let end = self.pull_retained(turn, left, retained);
            if end != PullEnd::Drained {
                return end;
            }
        }
        let end = self.pull_queue(turn, left, after);
        if end != PullEnd::Drained || self.extra.is_none() {
            return end;
        }
        self.pull_groups(turn, left, after)
    }

    /// What an earlier connection left unsettled.
    fn pull_again(&mut self, turn: &mut Turn, left: &mut Left<'_>) -> PullEnd {
        let credit = self.credit;
        let Some(inflight) = self.inflight.as_mut() else { return PullEnd::Drained };
        while inflight.has_again() {
            if left.is_used_up() {
                return PullEnd::Budget;
            }
            if !inflight.has_room_again(credit) {
                return PullEnd::NoCredit;
            }
            match inflight.next_again() {
                Some(Again::Held(handle)) => turn.deliveries.push(Pulled::Held(handle)),
                Some(Again::Delivery(queued, handle)) => {
                    let delivery = delivery(queued, handle, true);
                    left.take(&delivery);
                    turn.deliveries.push(Pulled::Delivery(delivery));
                }
                None => break,
            }
        }
        self.forget_empty_inflight();
        PullEnd::Drained
    }

    fn pull_queue(&mut self, turn: &mut Turn, left: &mut Left<'_>, after: &mut Aftermath) -> PullEnd {
        let now = turn.now.at;
        while let Some(front) = self.queue.front() {
            if front.message.is_expired(now) {
                after.dropped.extend(self.queue.pop().map(|expired| (expired, DropReason::Expired)));
                continue;
            }
            if left.is_used_up() {
                return PullEnd::Budget;
            }
            let tracked = front.guarantee.is_tracked();
            if tracked && !self.has_credit() {
                return PullEnd::NoCredit;
            }
            let Some(entry) = self.queue.pop() else { break };
            self.send(entry, turn, left);
        }
        PullEnd::Drained
    }

    pub(super) fn has_credit(&self) -> bool {
        match &self.inflight {
            Some(inflight) => inflight.has_room(self.credit),
            None => self.credit > 0,
        }
    }

    /// Hands an entry to the channel; a tracked one stays until it is settled.
    fn send(&mut self, entry: Queued, turn: &mut Turn, left: &mut Left<'_>) {
        let delivery = if entry.guarantee.is_tracked() {
            let mut sent = delivery(&entry, 0, entry.repeat);
            sent.handle = self.inflight().send(entry);
            sent
        } else {
            let repeat = entry.repeat;
            into_delivery(entry, repeat)
        };
        turn.tally.delivered += 1;
        turn.tally.delivered_bytes += delivery.message.payload().len() as u64;
        left.take(&delivery);
        turn.deliveries.push(Pulled::Delivery(delivery));
    }

    /// Hands on what was taken from outside the session, unless the rules have changed since: it may be newer than
    /// they are. It waits for the judgement then, before everything else.
    fn send_foreign(&mut self, entry: Queued, turn: &mut Turn, left: &mut Left<'_>) -> Option<PullEnd> {
        if self.standing.is_judged_by(left.rules) {
            self.send(entry, turn, left);
            return None;
        }
        self.queue.push_front(entry);
        turn.wakes.extend(self.seat);
        Some(PullEnd::Later)
    }

    fn pull_retained(&mut self, turn: &mut Turn, left: &mut Left<'_>, retained: &Retained) -> PullEnd {
        let most = turn.work.saturating_add(VISITS_A_PULL);
        while self.extra.as_ref().is_some_and(|extra| !extra.cursors.is_empty()) {
            if left.is_used_up() {
                return PullEnd::Budget;
            }
            if !self.has_credit() {
                return PullEnd::NoCredit;
            }
            if let Some(entry) = self.extra().cursors.next(retained, turn, most) {
                if let Some(end) = self.send_foreign(entry, turn, left) {
                    return end;
                }
            } else if turn.work >= most {
                turn.wakes.extend(self.seat);
                return PullEnd::Later;
            }
        }
        PullEnd::Drained
    }

    fn pull_groups(&mut self, turn: &mut Turn, left: &mut Left<'_>, after: &mut Aftermath) -> PullEnd {
        let count = self.extra.as_ref().map_or(0, |extra| extra.groups.len());
        for index in 0..count {
            let Some(group) = self.extra.as_ref().and_then(|extra| extra.groups.get(index)).cloned() else {
                break;
            };
            if !group.has_waiting() {
                continue;
            }
            let end = self.pull_group(&group, turn, left, after);
            if end != PullEnd::Drained {
                return end;
            }
        }
        PullEnd::Drained
    }

    /// Takes this member's share of what waits; more than that only while no other member is idle.
    fn pull_group(
        &mut self,
        group: &Arc<Group>,
        turn: &mut Turn,
        left: &mut Left<'_>,
        after: &mut Aftermath,
    ) -> PullEnd {
        let Some(options) = self.group_options(group) else { return PullEnd::Drained };
        loop {
            for _ in 0..group.share() {
                if left.is_used_up() {
                    return PullEnd::Budget;
                }
                if !self.has_credit() {
                    after.wake.extend(group.idle_member());
                    return PullEnd::NoCredit;
                }
                let Some(mut entry) = group.take() else { return PullEnd::Drained };
                if entry.message.is_expired(turn.now.at) {
                    after.dropped.push((entry, DropReason::Expired));
                    continue;
                }
                entry.guarantee = entry.message.guarantee().min(options.guarantee);
                entry.origin = Origin::Group(Box::new((Arc::clone(group), identifier(&options))));
                entry.retained = entry.message.retain() && options.retain_as_published;
                if let Some(end) = self.send_foreign(entry, turn, left) {
                    return end;
                }
            }
            if let Some(idle) = group.idle_member() {
                after.wake.push(idle);
                return PullEnd::Drained;
            }
        }
    }
}

fn identifier(options: &crate::router::Options) -> Option<u32> {
    options.identifier.map(std::num::NonZeroU32::get)
}

fn delivery(queued: &Queued, handle: u32, repeat: bool) -> Delivery {
    Delivery {
        message: queued.message.clone(),
        handle,
        guarantee: queued.guarantee,
        retained: queued.retained,
        repeat,
        identifiers: queued.identifiers(),
    }
}

fn into_delivery(queued: Queued, repeat: bool) -> Delivery {
    debug_assert_eq!(queued.guarantee, Guarantee::AtMostOnce);
    let identifiers = match queued.origin {
        Origin::Own(identifiers) => identifiers,
        Origin::Group(group) => group.1.map_or(crate::door::Identifiers::None, crate::door::Identifiers::One),
    };
    Delivery {
        message: queued.message,
        handle: 0,
        guarantee: queued.guarantee,
        retained: queued.retained,
        repeat,
        identifiers,
    }
}
