//! Deliveries are taken, settled and freed.

use tidegate_types::{DropReason, Guarantee, Refusal};

use crate::broker::Broker;
use crate::door::{Budget, PullEnd, Pulled, Settlement};
use crate::lease::Lease;
use crate::outcome::{Outcome, RequestId};
use crate::ports::{Event, EventKind, Fabric, Record};
use crate::session::{Aftermath, Origin, Queued, Session, Settled};
use crate::turn::Turn;

/// How often a pull judges its session before it comes again: the rules change while it does.
const JUDGEMENTS: usize = 3;

impl<F: Fabric> Broker<F> {
    pub(crate) fn pull_session(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        budget: Budget,
    ) -> Result<PullEnd, Refusal> {
        let mut after = Aftermath::default();
        let session = &lease.session;
        let end = self.pull_judged(turn, lease, budget, &mut after)?;
        for (entry, reason) in after.dropped {
            self.dropped(turn, Some(&session.key), &entry.message, reason);
        }
        for member in after.wake {
            member.wake(turn);
        }
        if self.is_observed(EventKind::Delivered) {
            for pulled in &turn.deliveries {
                if let Pulled::Delivery(delivery) = pulled {
                    let (key, message) = (&session.key, &delivery.message);
                    self.emit(EventKind::Delivered, &Event::MessageDelivered { key, message });
                }
            }
        }
        if self.journaled && session.is_durable() {
            self.record_sent(turn, lease);
        }
        Ok(end)
    }

    /// Pulls from a session that the present rules have judged.
    fn pull_judged(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        budget: Budget,
        after: &mut Aftermath,
    ) -> Result<PullEnd, Refusal> {
        let (session, sources) = (&lease.session, (&self.retained, &self.rules));
        for _ in 0..JUDGEMENTS {
            if let Some(end) = session.pull(lease.epoch, turn, budget, sources, after)? {
                return Ok(end);
            }
            self.rejudge(turn, session);
        }
        turn.wakes.extend(turn.seat);
        Ok(PullEnd::Later)
    }

    fn record_sent(&self, turn: &Turn, lease: &Lease) {
        for pulled in &turn.deliveries {
            if let Pulled::Delivery(delivery) = pulled
                && delivery.guarantee == Guarantee::ExactlyOnce
                && !delivery.repeat
            {
                let session = lease.session.id;
                let record = Record::Sent { session, handle: delivery.handle, message: &delivery.message };
                self.journal.write(&record);
            }
        }
    }

    pub(crate) fn settle_one(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        handle: u32,
        settlement: Settlement,
        request: RequestId,
    ) -> Outcome<()> {
        let session = &lease.session;
        let settled = match session.settle(lease.epoch, handle, settlement) {
            Ok(settled) => settled,
            Err(refusal) => return Outcome::Done(Err(refusal)),
        };
        turn.tally.settled += 1;
        let held = matches!(settled, Settled::Held(_));
        let position = (self.journaled && session.is_durable())
            .then(|| self.journal.write(&Record::Settle { session: session.id, handle, held }));
        self.after_settle(turn, lease, settled);
        // Only holding a handle promises something to its receiver.
        let position = position.filter(|_| held);
        self.when_committed(turn, (), position, request)
    }

    /// Does for others what a settlement means to them.
    pub(crate) fn after_settle(&self, turn: &mut Turn, lease: &Lease, settled: Settled) {
        let session = &lease.session;
        match settled {
            Settled::Done(entry) | Settled::Held(Some(entry)) => {
                let (key, message) = (&session.key, &entry.message);
                self.emit(EventKind::Acked, &Event::MessageAcked { key, message });
            }
            Settled::Held(None) => {}
            // What a member of a group refuses is given to nobody else [MQTT-4.8.2-6].
            Settled::Rejected(entry) => {
                self.dropped(turn, Some(&session.key), &entry.message, DropReason::Rejected);
            }
            Settled::Released(entry) => self.release_all(turn, &lease.session, vec![entry]),
        }
    }

    /// Puts deliveries back where they came from, before what waits there and in their order.
    pub(crate) fn release_all(&self, turn: &mut Turn, session: &Session, entries: Vec<Queued>) {
        let group = |entry: &Queued| matches!(entry.origin, Origin::Group(_));
        let (shared, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(group);
        self.give_back(turn, shared, true);
        for mut entry in own.into_iter().rev() {
            entry.repeat = true;
            session.push_back_in_front(entry, turn);
        }
    }

    pub(crate) fn free_one(
        &self,
        turn: &Turn,
        lease: &Lease,
        handle: u32,
        request: RequestId,
    ) -> Outcome<()> {
        let session = &lease.session;
        if let Err(refusal) = session.free(lease.epoch, handle) {
            return Outcome::Done(Err(refusal));
        }
        if self.journaled && session.is_durable() {
            self.journal.write(&Record::Free { session: session.id, handle });
        }
        self.when_committed(turn, (), None, request)
    }

    pub(crate) fn forget_one(
        &self,
        turn: &Turn,
        lease: &Lease,
        once: u32,
        request: RequestId,
    ) -> Outcome<()> {
        let session = &lease.session;
        if let Err(refusal) = session.forget_once(lease.epoch, once) {
            return Outcome::Done(Err(refusal));
        }
        let position = (self.journaled && session.is_durable())
            .then(|| self.journal.write(&Record::Forget { session: session.id, once }));
        self.when_committed(turn, (), position, request)
    }
}
