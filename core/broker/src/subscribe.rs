//! Subscriptions come and go.

use std::sync::Arc;

use tidegate_types::{Filter, GroupName, Guarantee, Refusal};

use crate::access::Authorized;

use crate::broker::Broker;
use crate::door::{Granted, Removed, RetainedOn, SubscribeDraft};
use crate::lease::Lease;
use crate::matches::Receiver;
use crate::outcome::{Answer, Outcome, RequestId};
use crate::ports::{Event, EventKind, Fabric, Position, Record};
use crate::session::{Entering, RetainedCursor, Session, Subscription, options_of};
use crate::turn::Turn;
use crate::zone::Load;

impl<F: Fabric> Broker<F> {
    pub(crate) fn subscribe_all(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        drafts: &[SubscribeDraft<'_>],
        request: RequestId,
    ) -> Outcome<Granted> {
        if !lease.is_current() {
            return Outcome::Done(Err(Refusal::TakenOver));
        }
        self.charge(turn, lease, || Load::subscribe(drafts.len()));
        let mut position = None;
        let granted: Granted =
            drafts.iter().map(|draft| self.subscribe_one(turn, lease, draft, &mut position)).collect();
        self.when_committed(turn, granted, position, request)
    }

    /// Answers at once, or when `position` is committed.
    pub(crate) fn when_committed<T: Answer + Clone>(
        &self,
        turn: &Turn,
        answer: T,
        position: Option<Position>,
        request: RequestId,
    ) -> Outcome<T> {
        let (Some(position), Some(seat)) = (position, turn.seat) else { return Outcome::Done(Ok(answer)) };
        let reply = T::into_reply(Ok(answer.clone()));
        match self.journal.when_committed(position, self.ticket((seat, request)), reply) {
            Some(_) => Outcome::Done(Ok(answer)),
            None => Outcome::Pending(request),
        }
    }

    fn subscribe_one(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &SubscribeDraft<'_>,
        position: &mut Option<Position>,
    ) -> Result<Guarantee, Refusal> {
        let session = &lease.session;
        self.emit(EventKind::Ask, &Event::ClientSubscribe { key: &session.key, filter: draft.filter });
        let filter = Filter::new(draft.filter, &self.limits.topic).map_err(|_| Refusal::BadFilter)?;
        let group = match draft.group {
            Some(name) => Some(GroupName::new(name).ok_or(Refusal::BadFilter)?),
            None => None,
        };
        let subscription = Subscription { filter, group, options: options_of(draft) };
        let entering = session.announce(lease.epoch, &subscription)?;
        // Read before the rules are, see there.
        let generation = self.rules.generation();
        let authorized = match self.authorize_subscription(turn, lease, subscription) {
            Ok(authorized) => authorized,
            Err(refusal) => {
                entering.give_up(turn);
                return Err(refusal);
            }
        };
        let entering = (entering, generation);
        *position = (*position).max(self.enter(turn, session, entering, &authorized, draft.retained)?);
        Ok(draft.guarantee)
    }

    /// Puts an authorized subscription into router and session; the only way into the router.
    fn enter(
        &self,
        turn: &mut Turn,
        session: &Arc<Session>,
        (entering, generation): (Entering<'_>, u32),
        authorized: &Authorized<Subscription>,
        retained: RetainedOn,
    ) -> Result<Option<Position>, Refusal> {
        let subscription = authorized.get();
        let Subscription { filter, group, options } = subscription;
        let durable = session.is_durable();
        let (joined, new, interest) = match group {
            None => {
                let receiver = Receiver::Session(Arc::clone(session));
                let inserted = self.router.insert(filter, receiver, *options);
                (None, inserted.replaced.is_none(), inserted.first)
            }
            Some(name) => {
                let change = self.groups.join(&self.router, (filter, name), session, *options, durable);
                (Some(change.group), change.new, change.interest)
            }
        };
        // Subscribed first, then read: nothing published meanwhile is missed. Groups get no retained values.
        let reads = group.is_none()
            && match retained {
                RetainedOn::Subscribe => true,
                RetainedOn::NewSubscription => new,
                RetainedOn::Never => false,
            }
            && !self.retained.is_empty();
        let cursor = reads.then(|| RetainedCursor::new(filter.clone(), *options));
        let rules = (&self.rules, generation);
        if let Err(refusal) = entering.note(turn, rules, subscription.clone(), joined, cursor) {
            self.leave(turn, session, subscription);
            return Err(refusal);
        }
        if new {
            self.count_subscription(true);
        }
        if interest && F::CLUSTERED {
            self.fabric.interest(filter, true);
        }
        self.emit(
            EventKind::Session,
            &Event::SessionSubscribed { key: &session.key, filter: filter.as_str() },
        );
        let (session, group) = (session.id, group.as_ref());
        let record = Record::Subscribe { session, filter, group, options: *options };
        Ok((self.journaled && durable).then(|| self.journal.write(&record)))
    }

    /// Takes a subscription out of the router.
    pub(crate) fn leave(&self, turn: &mut Turn, session: &Session, subscription: &Subscription) {
        let Subscription { filter, group, .. } = subscription;
        let last = match group {
            None => self.router.remove(filter, std::ptr::from_ref(session).addr()).last,
            Some(name) => {
                let left = self.groups.leave(&self.router, (filter, name), session);
                // It may have been the one that was woken for what waits.
                if let Some(member) = left.as_ref().and_then(|left| left.group.idle_member()) {
                    member.wake(turn);
                }
                left.is_some_and(|left| left.interest)
            }
        };
        if last && F::CLUSTERED {
            self.fabric.interest(filter, false);
        }
    }

    pub(crate) fn unsubscribe_all(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        filters: &[(Option<&str>, &str)],
        request: RequestId,
    ) -> Outcome<Removed> {
        if !lease.is_current() {
            return Outcome::Done(Err(Refusal::TakenOver));
        }
        let mut position = None;
        let removed: Removed = filters
            .iter()
            .map(|(group, filter)| self.unsubscribe_one(turn, &lease.session, *group, filter, &mut position))
            .collect();
        self.when_committed(turn, removed, position, request)
    }

    fn unsubscribe_one(
        &self,
        turn: &mut Turn,
        session: &Session,
        group: Option<&str>,
        filter: &str,
        position: &mut Option<Position>,
    ) -> Result<bool, Refusal> {
        self.emit(EventKind::Ask, &Event::ClientUnsubscribe { key: &session.key, filter });
        let filter = Filter::new(filter, &self.limits.topic).map_err(|_| Refusal::BadFilter)?;
        let group = match group {
            Some(name) => Some(GroupName::new(name).ok_or(Refusal::BadFilter)?),
            None => None,
        };
        let subscription = Subscription { filter, group, options: Default::default() };
        let ended = self.end_subscription(turn, session, &subscription);
        *position = (*position).max(ended.flatten());
        Ok(ended.is_some())
    }

    /// Ends a subscription. `None`: there is no such one; else what was recorded of it.
    pub(crate) fn end_subscription(
        &self,
        turn: &mut Turn,
        session: &Session,
        subscription: &Subscription,
    ) -> Option<Option<Position>> {
        let Subscription { filter, group, .. } = subscription;
        if !session.note_unsubscribed(filter, group.as_ref()) {
            return None;
        }
        self.leave(turn, session, subscription);
        self.count_subscription(false);
        let (key, text) = (&session.key, filter.as_str());
        self.emit(EventKind::Session, &Event::SessionUnsubscribed { key, filter: text });
        let record = Record::Unsubscribe { session: session.id, filter, group: group.as_ref() };
        Some((self.journaled && session.is_durable()).then(|| self.journal.write(&record)))
    }
}
