//! Several operations as one: all of them happen, or none.
//!
//! ```text
//!   bounds ─▶ every publish checked, intercepted, authorized ─▶ session: keys, settles, deltas tried, then done
//!      │                       │                                        │                                │
//!      └───────────────────────┴── refused: nothing happened ───────────┘                                ▼
//!                                              one answer ◀─ retained, queued for receivers ◀─ one record
//! ```
//!
//! What is tried and done in the session is one step under its lock. Nothing after it can be refused, so the record,
//! which holds all the parts, is written once and replays whole. Receivers may pull a first message before a last one
//! is queued for them: one is atomic to its publisher and to what survives, not to who watches.

use tidegate_types::{Draft, Message, PublisherId, Refusal, Stamp};

use crate::access::{Actor, Authorized};
use crate::attachment::Delta;
use crate::broker::Broker;
use crate::door::Settlement;
use crate::inbox;
use crate::lease::Lease;
use crate::matches::{Match, merge};
use crate::outcome::{Outcome, RequestId};
use crate::ports::{Fabric, Position, Proposal, Record};
use crate::publish::{durable_receivers, owner};
use crate::session::{Effect, Seen, Settled};
use crate::sync::Ordering;
use crate::turn::Turn;
use crate::zone::Load;

/// One operation of a transaction.
#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    /// Publishes a message.
    Publish {
        /// It.
        draft: Draft<'a>,
        /// The session's own key for it, where it is sent exactly once.
        once: Option<u32>,
    },
    /// Says what became of a delivery.
    Settle {
        /// Its handle.
        handle: u32,
        /// What became of it.
        settlement: Settlement,
    },
    /// Changes the session's attachment.
    Attach(&'a [Delta<'a>]),
}

impl Operation<'_> {
    fn load(&self) -> Load {
        if let Self::Publish { draft, .. } = self { Load::publish(draft) } else { Load::default() }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Publish { draft, .. } => {
                draft.topic.len() + draft.properties.block().len() + draft.payload.len()
            }
            Self::Settle { .. } => 0,
            Self::Attach(deltas) => {
                deltas.iter().map(|delta| delta.key.len() + delta.value.map_or(0, <[u8]>::len)).sum()
            }
        }
    }
}

/// What became of a transaction that was judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transacted {
    /// Everything was done. An entry an operation: how many sessions and groups its message was queued for; zero for
    /// what is no message.
    Applied(Vec<u32>),
    /// Nothing was done, because of one operation.
    Refused {
        /// Which, from zero.
        index: usize,
        /// Why.
        refusal: Refusal,
    },
}

/// A publish on its way through a transaction.
struct Planned<'a> {
    draft: Draft<'a>,
    once: Option<u32>,
    message: Message,
    matches: Vec<Match>,
    /// The router's generation when they were found.
    found_at: u64,
    /// Receivers that outlive their connections.
    durable: Vec<PublisherId>,
}

impl Planned<'_> {
    /// What of it must survive.
    fn records(&self, lease: &Lease, durable: bool) -> impl Iterator<Item = Record<'_>> {
        let (message, session, epoch) = (&self.message, lease.session.id, lease.epoch);
        let kept = self.draft.retain.then_some(Record::Retain { message });
        let taken = match self.once {
            once if !self.durable.is_empty() => {
                Some(Record::Message { message, epoch, once, receivers: &self.durable })
            }
            Some(once) if durable => Some(Record::Once { session, once }),
            _ => None,
        };
        kept.into_iter().chain(taken)
    }
}

type Judged<T> = Result<T, Transacted>;

fn refused(index: usize) -> impl Fn(Refusal) -> Transacted {
    move |refusal| Transacted::Refused { index, refusal }
}

impl<F: Fabric> Broker<F> {
    pub(crate) fn transact_all(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        operations: &[Operation<'_>],
        request: RequestId,
    ) -> Outcome<Transacted> {
        if !lease.is_current() {
            return Outcome::Done(Err(Refusal::TakenOver));
        }
        let bytes = operations.iter().fold(0_usize, |sum, one| sum.saturating_add(one.bytes()));
        if operations.len() > self.door.transaction_operations || bytes > self.door.transaction_bytes {
            return Outcome::Done(Err(Refusal::QuotaExceeded));
        }
        self.charge(turn, lease, || {
            operations.iter().fold(Load::default(), |load, one| load.and(one.load()))
        });
        let proposals = match self.propose(turn, lease, operations) {
            Ok(proposals) => proposals,
            Err(refused) => return Outcome::Done(Ok(refused)),
        };
        match self.authorize(turn, lease, &proposals) {
            Ok(drafts) => self.commit(turn, lease, operations, &drafts, request),
            Err(refused) => Outcome::Done(Ok(refused)),
        }
    }

    /// Shows every publish to the interceptors; what came in is authorized as it came.
    fn propose<'a>(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        operations: &[Operation<'a>],
    ) -> Judged<Vec<Option<Proposal<'a>>>> {
        let actor = Actor::leased(turn, lease);
        let intercepted = self.intercepted.load(Ordering::Acquire);
        let proposals = operations.iter().enumerate().map(|(index, operation)| {
            let Operation::Publish { draft, .. } = operation else { return Ok(None) };
            let mut proposal = Proposal::of(draft);
            if intercepted {
                self.check(turn, actor, *draft).map_err(refused(index))?;
                for interceptor in self.interceptors().iter() {
                    interceptor.publish(&lease.principal, &mut proposal).map_err(refused(index))?;
                }
            }
            Ok(Some(proposal))
        });
        proposals.collect()
    }

    fn authorize<'p>(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        proposals: &'p [Option<Proposal<'_>>],
    ) -> Judged<Vec<Option<Authorized<Draft<'p>>>>> {
        let actor = Actor::leased(turn, lease);
        let drafts = proposals.iter().enumerate().map(|(index, proposal)| {
            let Some(proposal) = proposal else { return Ok(None) };
            let draft = proposal.draft().ok_or(Refusal::Implementation);
            draft.and_then(|draft| self.check(turn, actor, draft)).map(Some).map_err(refused(index))
        });
        drafts.collect()
    }

    /// Does everything, or nothing.
    fn commit(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        operations: &[Operation<'_>],
        drafts: &[Option<Authorized<Draft<'_>>>],
        request: RequestId,
    ) -> Outcome<Transacted> {
        if self.deliveries_of(drafts) > self.door.transaction_deliveries {
            return Outcome::Done(Err(Refusal::QuotaExceeded));
        }
        let retained = drafts.iter().flatten().map(Authorized::get).filter(|draft| draft.retain);
        // Held to the end: storing and routing take one order per topic.
        let _stripes = self.stripes.lock_all(retained.map(|draft| draft.topic.as_bytes()));
        let messages: Vec<_> =
            drafts.iter().map(|draft| draft.as_ref().map(|draft| self.stamped(turn, lease, draft))).collect();
        let session = &lease.session;
        let done = session.transact(lease.epoch, operations, &self.door);
        let (gateway, effects) = match done {
            Ok(done) => done,
            Err((Some(index), refusal)) => return Outcome::Done(Ok(Transacted::Refused { index, refusal })),
            Err((None, refusal)) => return Outcome::Done(Err(refusal)),
        };
        // Stored first, then routed: who subscribes meanwhile gets the one or the other.
        let new = messages.iter().zip(&effects).filter(|(_, effect)| matches!(effect, Effect::New));
        for message in new.filter_map(|(message, _)| message.as_ref()).filter(|message| message.retain()) {
            // One too many for its user is routed and not retained.
            let keeps = !message.payload().is_empty();
            let owner = keeps.then(|| owner(&lease.principal, session.zone().quotas)).flatten();
            self.retain(turn, message, owner.as_ref());
        }
        let asked = operations.iter().zip(drafts).zip(messages).zip(&effects);
        let planned: Vec<_> = asked
            .map(|(((operation, draft), message), effect)| match (operation, draft, message, effect) {
                (Operation::Publish { once, .. }, Some(draft), Some(message), Effect::New) => {
                    Some(self.plan(lease, draft, message, *once))
                }
                _ => None,
            })
            .collect();
        let position = self.record_transaction(lease, gateway, operations, &planned, &effects);
        let receivers = self.carry_out(turn, lease, planned, effects);
        self.when_committed(turn, Transacted::Applied(receivers), position, request)
    }

    /// How many deliveries the messages make as things are, before anything is kept for them.
    fn deliveries_of(&self, drafts: &[Option<Authorized<Draft<'_>>>]) -> usize {
        let mut count = 0_usize;
        for topic in drafts.iter().flatten().map(|draft| draft.get().topic.as_bytes()) {
            self.router.wildcards(topic, |_, _| count = count.saturating_add(1));
            self.router.exact(topic, |_, _| count = count.saturating_add(1));
        }
        count
    }

    fn stamped(&self, turn: &mut Turn, lease: &Lease, draft: &Authorized<Draft<'_>>) -> Message {
        let draft = draft.get();
        let revision = if draft.retain { self.revision.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let stamp = Stamp { publisher: lease.session.id, arrived: turn.now, revision };
        Message::new(draft, stamp, &mut turn.scratch)
    }

    /// Finds who gets a message.
    fn plan<'a>(
        &self,
        lease: &Lease,
        draft: &Authorized<Draft<'a>>,
        message: Message,
        once: Option<u32>,
    ) -> Planned<'a> {
        let draft = *draft.get();
        let (mut matches, found_at) = (Vec::new(), self.router.generation());
        if !inbox::is_reply(draft.topic) {
            let topic = draft.topic.as_bytes();
            self.router.wildcards(topic, |receiver, options| matches.push(Match::new(receiver, options)));
            self.router.exact(topic, |receiver, options| matches.push(Match::new(receiver, options)));
            merge(&mut matches, lease.session.id);
        }
        let durable = if self.journaled { durable_receivers(&message, &matches) } else { Vec::new() };
        Planned { draft, once, message, matches, found_at, durable }
    }

    /// Writes what must survive as one record; nothing when there is nothing.
    fn record_transaction(
        &self,
        lease: &Lease,
        gateway: &str,
        operations: &[Operation<'_>],
        planned: &[Option<Planned<'_>>],
        effects: &[Effect],
    ) -> Option<Position> {
        if !self.journaled {
            return None;
        }
        let (session, epoch) = (lease.session.id, lease.epoch);
        let durable = lease.session.is_durable();
        let mut parts = Vec::with_capacity(operations.len());
        for ((operation, planned), effect) in operations.iter().zip(planned).zip(effects) {
            match (operation, effect) {
                (Operation::Publish { .. }, _) => {
                    parts.extend(planned.iter().flat_map(|planned| planned.records(lease, durable)));
                }
                (Operation::Settle { handle, .. }, Effect::Settled(settled)) if durable => {
                    let held = matches!(settled, Settled::Held(_));
                    parts.push(Record::Settle { session, handle: *handle, held });
                }
                (Operation::Attach(deltas), Effect::Attached(version)) if durable => {
                    parts.push(Record::Attach { session, gateway, version: *version, deltas });
                }
                _ => {}
            }
        }
        let record = Record::Transaction { session, epoch, parts: &parts };
        (!parts.is_empty()).then(|| self.journal.write(&record))
    }

    /// Does for others what the operations mean to them; answers the receivers of each.
    fn carry_out(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        planned: Vec<Option<Planned<'_>>>,
        effects: Vec<Effect>,
    ) -> Vec<u32> {
        let mut released = Vec::new();
        let receivers = planned.into_iter().zip(effects).map(|(planned, effect)| match (effect, planned) {
            (Effect::New, Some(planned)) => self.send_planned(turn, lease, planned),
            // The repeat of a message that was taken is answered as it was.
            (Effect::Repeat, _) => 1,
            (Effect::Settled(Settled::Released(entry)), _) => {
                turn.tally.settled += 1;
                released.push(entry);
                0
            }
            (Effect::Settled(settled), _) => {
                turn.tally.settled += 1;
                self.after_settle(turn, lease, settled);
                0
            }
            (Effect::New | Effect::Attached(_), _) => 0,
        });
        let receivers = receivers.collect();
        self.release_all(turn, &lease.session, released);
        receivers
    }

    fn send_planned(&self, turn: &mut Turn, lease: &Lease, planned: Planned<'_>) -> u32 {
        let Planned { draft, message, matches, found_at, .. } = planned;
        turn.tally.published += 1;
        turn.tally.published_bytes += draft.payload.len() as u64;
        let publisher = lease.session.id;
        let receivers = if inbox::is_reply(draft.topic) {
            self.respond(turn, &message)
        } else {
            let seen = Seen::Router(&self.router, found_at);
            matches.iter().map(|found| self.deliver_match(turn, publisher, found, seen, &message)).sum()
        };
        let stamp = Stamp { publisher, arrived: message.arrived(), revision: message.revision() };
        self.after_fan_out(turn, &draft, stamp, Some(message), receivers);
        receivers
    }
}
