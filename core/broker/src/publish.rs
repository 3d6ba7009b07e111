//! A message comes, is authorized, routed and queued.

use std::collections::BTreeSet;
use tidegate_types::{Draft, DropReason, HeldBytes, Message, PublisherId, Refusal, SessionKey, Stamp, Topic};

use crate::access::{Actor, Authorized};
use crate::broker::Broker;
use crate::door::Published;
use crate::inbox;
use crate::lease::Lease;
use crate::matches::{Match, Receiver, identifiers, merge, note};
use crate::outcome::{Outcome, Reply, RequestId};
use crate::ports::{Event, EventKind, Fabric, Position, Proposal, Record};
use crate::principal::Principal;
use crate::retained::Owner;
use crate::router::Options;
use crate::seat::Seat;
use crate::session::{Origin, Push, Queued, Seen, Session};
use crate::sync::{Mutex, MutexGuard, Ordering};
use crate::turn::Turn;
use crate::zone::{UserQuotas, Zone};

/// One order per topic for storing and routing retained values: a topic belongs to one of these locks.
pub(crate) struct Stripes(Vec<Mutex<()>>);

impl Stripes {
    pub(crate) fn new() -> Self {
        Self((0..256).map(|_| Mutex::new(())).collect())
    }

    fn index(&self, topic: &[u8]) -> usize {
        let sum =
            topic.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        sum % self.0.len()
    }

    fn of(&self, topic: &[u8]) -> Option<&Mutex<()>> {
        self.0.get(self.index(topic))
    }

    /// Locks what several topics belong to, in one order for everybody.
    pub(crate) fn lock_all<'t>(&self, topics: impl Iterator<Item = &'t [u8]>) -> Vec<MutexGuard<'_, ()>> {
        let indexes: BTreeSet<_> = topics.map(|topic| self.index(topic)).collect();
        indexes.into_iter().filter_map(|index| self.0.get(index)).map(Mutex::lock).collect()
    }
}

/// Those receivers of a message that outlive their connections.
pub(crate) fn durable_receivers(message: &Message, matches: &[Match]) -> Vec<PublisherId> {
    matches
        .iter()
        .filter(|found| message.guarantee().min(found.options.guarantee).is_tracked())
        .filter_map(|found| match &found.receiver {
            Receiver::Session(session) if session.is_durable() => Some(session.id),
            _ => None,
        })
        .collect()
}

/// For whom a retained message counts; for nobody where nobody counts.
pub(crate) fn owner(who: &Principal, quotas: UserQuotas) -> Option<Owner> {
    let UserQuotas { retained_messages: messages, retained_bytes: bytes, .. } = quotas;
    let user = who.user.clone().filter(|_| messages.is_some() || bytes.is_some())?;
    Some(Owner { user, messages: messages.unwrap_or(u64::MAX), bytes: bytes.unwrap_or(u64::MAX) })
}

/// Who publishes.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) publisher: PublisherId,
    pub(crate) lease: Option<&'a Lease>,
    pub(crate) once: Option<u32>,
    pub(crate) question: Option<(Seat, RequestId)>,
    /// The zone that says what its user may have; its session's, if it has none here.
    pub(crate) zone: Option<&'a Zone>,
}

impl<'a> From<'a> {
    /// Who acts, as rules are asked about him.
    fn actor(&self, turn: &Turn) -> Actor<'a> {
        let seat = self.lease.and(turn.seat).or(self.question.map(|(seat, _)| seat));
        Actor { who: self.principal, lease: self.lease, seat }
    }

    fn owner(&self, draft: &Draft<'_>) -> Option<Owner> {
        if !draft.retain || draft.payload.is_empty() {
            return None;
        }
        let quotas = match (self.zone, self.lease) {
            (Some(zone), _) => zone.quotas,
            (None, Some(lease)) => lease.session.zone().quotas,
            (None, None) => return None,
        };
        owner(self.principal, quotas)
    }
}

impl<F: Fabric> Broker<F> {
    /// The whole way of a publish, from its check to its answer.
    pub(crate) fn take(&self, turn: &mut Turn, from: From<'_>, draft: &Draft<'_>) -> Outcome<Published> {
        // The repeat of a message that was taken is answered as it was, whatever has changed since.
        if let (Some(lease), Some(once)) = (from.lease, from.once)
            && lease.session.knows_once(lease.epoch, once)
        {
            return Outcome::Done(Ok(Published { receivers: 1 }));
        }
        if !self.intercepted.load(Ordering::Acquire) {
            return self.take_authorized(turn, from, *draft);
        }
        // What an interceptor changed is authorized as it stands then; what came in, as it came.
        if let Err(refusal) = self.check(turn, from.actor(turn), *draft) {
            return Outcome::Done(Err(refusal));
        }
        let mut proposal = Proposal::of(draft);
        for interceptor in self.interceptors().iter() {
            if let Err(refusal) = interceptor.publish(from.principal, &mut proposal) {
                return Outcome::Done(Err(refusal));
            }
        }
        match proposal.draft() {
            Some(draft) => self.take_authorized(turn, from, draft),
            None => Outcome::Done(Err(Refusal::Implementation)),
        }
    }

    pub(crate) fn check<'a>(
        &self,
        turn: &mut Turn,
        actor: Actor<'_>,
        draft: Draft<'a>,
    ) -> Result<Authorized<Draft<'a>>, Refusal> {
        Topic::new(draft.topic, &self.limits.topic).map_err(|_| Refusal::BadTopic)?;
        if (draft.guarantee.is_tracked() || draft.retain) && HeldBytes::now() > self.limits.held_bytes {
            return Err(Refusal::QuotaExceeded);
        }
        self.authorize_publish(turn, actor, draft)
    }

    fn take_authorized(&self, turn: &mut Turn, from: From<'_>, draft: Draft<'_>) -> Outcome<Published> {
        let authorized = match self.check(turn, from.actor(turn), draft) {
            Ok(authorized) => authorized,
            Err(refusal) => return Outcome::Done(Err(refusal)),
        };
        let owner = from.owner(authorized.get());
        if let Some(owner) = &owner
            && !self.retained.has_room_for(draft.topic.as_bytes(), owner, &self.defences().quotas)
        {
            return Outcome::Done(Err(Refusal::QuotaExceeded));
        }
        if let (Some(lease), Some(once)) = (from.lease, from.once) {
            match lease.session.note_once(lease.epoch, once) {
                Ok(true) => {}
                // The repeat of a message that was taken goes nowhere and is answered as it was.
                Ok(false) => return Outcome::Done(Ok(Published { receivers: 1 })),
                Err(refusal) => return Outcome::Done(Err(refusal)),
            }
        }
        turn.tally.published += 1;
        turn.tally.published_bytes += draft.payload.len() as u64;
        let (receivers, position) = self.route(turn, from, &authorized, owner.as_ref());
        self.answer(from, Published { receivers }, position)
    }

    fn answer(&self, from: From<'_>, published: Published, position: Option<Position>) -> Outcome<Published> {
        let (Some(position), Some(question)) = (position, from.question) else {
            return Outcome::Done(Ok(published));
        };
        let reply = Reply::Published(Ok(published));
        match self.journal.when_committed(position, self.ticket(question), reply) {
            Some(_) => Outcome::Done(Ok(published)),
            None => Outcome::Pending(question.1),
        }
    }

    /// Stores and routes what was authorized; the only way into the router.
    fn route(
        &self,
        turn: &mut Turn,
        from: From<'_>,
        authorized: &Authorized<Draft<'_>>,
        owner: Option<&Owner>,
    ) -> (u32, Option<Position>) {
        let draft = authorized.get();
        let mut stamp = Stamp { publisher: from.publisher, arrived: turn.now, revision: 0 };
        if inbox::is_reply(draft.topic) {
            let message = Message::new(draft, stamp, &mut turn.scratch);
            let position = self.record(from, &message, &[]);
            let receivers = self.respond(turn, &message);
            self.after_fan_out(turn, draft, stamp, Some(message), receivers);
            return (receivers, position);
        }
        if !draft.retain {
            return self.fan_out(turn, from, authorized, stamp, None);
        }
        let stripe = self.stripes.of(draft.topic.as_bytes()).map(Mutex::lock);
        stamp.revision = self.revision.fetch_add(1, Ordering::Relaxed);
        let message = Message::new(draft, stamp, &mut turn.scratch);
        self.retain(turn, &message, owner);
        let stored = self.journaled.then(|| self.journal.write(&Record::Retain { message: &message }));
        let (receivers, position) = self.fan_out(turn, from, authorized, stamp, Some(message));
        drop(stripe);
        (receivers, position.max(stored))
    }

    /// Makes a message its topic's retained value; an empty one clears it.
    pub(crate) fn retain(&self, turn: &mut Turn, message: &Message, owner: Option<&Owner>) {
        if message.payload().is_empty() {
            self.retained.clear(message.topic_bytes());
        } else if self.retained.set_for(message.clone(), owner).is_err() {
            // Routed, not retained: and what was retained before is not the last value any more.
            self.retained.clear(message.topic_bytes());
            self.dropped(turn, None, message, DropReason::Refused(Refusal::QuotaExceeded));
        }
    }

    fn fan_out(
        &self,
        turn: &mut Turn,
        from: From<'_>,
        authorized: &Authorized<Draft<'_>>,
        stamp: Stamp,
        message: Option<Message>,
    ) -> (u32, Option<Position>) {
        let draft = authorized.get();
        let topic = draft.topic.as_bytes();
        let mut scratch = std::mem::take(&mut turn.scratch);
        let mut message = message;
        let mut matches = std::mem::take(&mut turn.matches);
        let mut work = 0;
        let seen = Seen::Router(&self.router, self.router.generation());
        if self.router.has_wildcards() {
            let mut found = 0;
            work = self.router.wildcards(topic, |receiver, options| {
                found += 1;
                note(&mut matches, receiver, options, from.publisher);
            });
            work += found;
        }
        let mut receivers = 0;
        let mut position = None;
        // Straight from the table while its lock is held, unless something would be called out to.
        if matches.is_empty() && !self.journaled && !self.is_observed(EventKind::Dropped) {
            self.router.exact(topic, |receiver, options| {
                work += 1;
                let message = message.get_or_insert_with(|| Message::new(draft, stamp, &mut scratch));
                receivers +=
                    self.deliver(turn, from.publisher, (receiver, Seen::Now), &options, &[], message);
            });
        } else {
            self.router.exact(topic, |receiver, options| {
                work += 1;
                note(&mut matches, receiver, options, from.publisher);
            });
            merge(&mut matches, from.publisher);
            if !matches.is_empty() || (self.journaled && from.once.is_some()) {
                let message = message.get_or_insert_with(|| Message::new(draft, stamp, &mut scratch));
                position = self.record(from, message, &matches);
                for found in matches.drain(..) {
                    receivers += self.deliver_match(turn, from.publisher, &found, seen, message);
                }
            }
        }
        turn.charge(work);
        turn.scratch = scratch;
        turn.matches = matches;
        self.after_fan_out(turn, draft, stamp, message, receivers);
        (receivers, position)
    }

    pub(crate) fn after_fan_out(
        &self,
        turn: &mut Turn,
        draft: &Draft<'_>,
        stamp: Stamp,
        message: Option<Message>,
        receivers: u32,
    ) {
        let wanted = F::CLUSTERED
            || self.is_observed(EventKind::Publish)
            || (receivers == 0 && self.is_observed(EventKind::Dropped));
        if !wanted {
            return;
        }
        let message = message.unwrap_or_else(|| Message::new(draft, stamp, &mut turn.scratch));
        self.emit(EventKind::Publish, &Event::MessagePublish { message: &message });
        if F::CLUSTERED {
            self.fabric.forward(&message);
        }
        if receivers == 0 {
            let reason = DropReason::NoSubscriber;
            self.emit(EventKind::Dropped, &Event::MessageDropped { key: None, message: &message, reason });
        }
    }

    /// Records a message with those of its receivers that outlive their connections.
    fn record(&self, from: From<'_>, message: &Message, matches: &[Match]) -> Option<Position> {
        if !self.journaled {
            return None;
        }
        let receivers = durable_receivers(message, matches);
        if receivers.is_empty() {
            let (lease, once) = (from.lease?, from.once?);
            let durable = lease.session.is_durable();
            return durable.then(|| self.journal.write(&Record::Once { session: lease.session.id, once }));
        }
        let epoch = from.lease.map_or(0, |lease| lease.epoch);
        Some(self.journal.write(&Record::Message { message, epoch, once: from.once, receivers: &receivers }))
    }

    pub(crate) fn deliver_match(
        &self,
        turn: &mut Turn,
        publisher: PublisherId,
        found: &Match,
        seen: Seen<'_>,
        message: &Message,
    ) -> u32 {
        let receiver = (&found.receiver, seen);
        self.deliver(turn, publisher, receiver, &found.options, &found.more_identifiers, message)
    }

    fn deliver(
        &self,
        turn: &mut Turn,
        publisher: PublisherId,
        (receiver, seen): (&Receiver, Seen<'_>),
        options: &Options,
        more: &[u32],
        message: &Message,
    ) -> u32 {
        let session = match receiver {
            Receiver::Session(session) => session,
            Receiver::Group(group) => return u32::from(self.deliver_group(turn, group, message)),
        };
        if options.no_local && session.id == publisher {
            return 0;
        }
        let entry = Queued {
            message: message.clone(),
            guarantee: message.guarantee().min(options.guarantee),
            retained: message.retain() && options.retain_as_published,
            repeat: false,
            origin: Origin::Own(identifiers(options, more)),
        };
        self.push(turn, session, entry, seen)
    }

    /// Queues an entry for a session; answers how many receivers that makes.
    pub(crate) fn push(&self, turn: &mut Turn, session: &Session, entry: Queued, seen: Seen<'_>) -> u32 {
        let message = self.is_observed(EventKind::Dropped).then(|| entry.message.clone());
        let pushed = session.push(entry, turn, seen);
        match (&pushed, message) {
            (Push::Queued, _) => 1,
            (_, Some(message)) => self.pushed(turn, session, pushed, &message),
            (Push::Passed(_), None) => 0,
            (Push::Refused, None) => {
                turn.tally.dropped += 1;
                1
            }
            (Push::DroppedOldest(oldest), None) => {
                turn.tally.dropped += u64::try_from(oldest.len()).unwrap_or(0);
                1
            }
        }
    }

    pub(crate) fn pushed(&self, turn: &mut Turn, session: &Session, pushed: Push, message: &Message) -> u32 {
        match pushed {
            Push::Queued => 1,
            Push::Passed(_) => 0,
            Push::DroppedOldest(oldest) => {
                for entry in oldest {
                    self.dropped(turn, Some(&session.key), &entry.message, DropReason::QueueFull);
                }
                1
            }
            Push::Refused => {
                self.dropped(turn, Some(&session.key), message, DropReason::QueueFull);
                1
            }
        }
    }

    pub(crate) fn dropped(
        &self,
        turn: &mut Turn,
        key: Option<&SessionKey>,
        message: &Message,
        reason: DropReason,
    ) {
        turn.tally.dropped += 1;
        self.emit(EventKind::Dropped, &Event::MessageDropped { key, message, reason });
    }
}
