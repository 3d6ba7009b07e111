//! Rules change, and what was allowed under the old ones ends.
//!
//! A session is judged anew before anything is handed out of it ([`Broker::pull_session`] compares one number), so that
//! a change holds from the moment [`Broker::set_rules`] returns. The sweep judges those that nobody pulls, so that they
//! leave the router too; until it reaches one, what comes for it waits in its queue and is looked through then.
//!
//! What had been sent before the change and is not settled yet is not recalled, and may be repeated to its receiver.
//! Where another user has the session since, it is judged as well, and what he may not read is not sent to him.
//!
//! A subscription that a rule wants to see the connection closed for ends, and the connection is told to go.

use std::sync::Arc;

use tidegate_types::{CloseReason, DropReason, Guarantee, Message, Refusal};

use crate::broker::Broker;
use crate::inbox::Reads;
use crate::ports::{Action, Decision, Fabric, Record};
use crate::principal::Principal;
use crate::router::{Options, Router, Target};
use crate::rules::Access;
use crate::session::{Case, Origin, Queued, Session, Subscription};
use crate::sync::Mutex;
use crate::turn::Turn;

/// From so many filters on, topics are looked up instead of compared with each.
const FEW: usize = 16;

/// Where the sweep stands.
#[derive(Debug)]
pub(crate) struct Sweep(
    /// Nothing while somebody is at work.
    Mutex<Option<Stand>>,
);

impl Default for Sweep {
    fn default() -> Self {
        Self(Mutex::new(Some(Stand::default())))
    }
}

/// The right to go on from where the sweep stands, which it gives back when it is dropped.
struct Shift<'a> {
    sweep: &'a Sweep,
    stand: Stand,
}

impl Sweep {
    /// Taken out, as nobody is called under a lock. `None`: somebody else has it.
    fn begin(&self) -> Option<Shift<'_>> {
        let stand = self.0.lock().take()?;
        Some(Shift { sweep: self, stand })
    }
}

impl Drop for Shift<'_> {
    fn drop(&mut self) {
        *self.sweep.0.lock() = Some(std::mem::take(&mut self.stand));
    }
}

#[derive(Debug, Default)]
struct Stand {
    /// The generation of rules it has judged everybody by.
    done: u32,
    /// The generation it is at work for.
    at: u32,
    shard: usize,
    sessions: Vec<Arc<Session>>,
}

impl<F: Fabric> Broker<F> {
    /// Goes on judging sessions by changed rules, `budget` sessions, subscriptions and topics at most (and one session
    /// at least). Answers whether all have been judged. [`Broker::tick`] calls it; one caller at a time does anything, and
    /// others are answered `false` meanwhile.
    pub fn sweep(&self, turn: &mut Turn, budget: usize) -> bool {
        let Some(mut shift) = self.sweep.begin() else { return false };
        self.sweep_on(turn, &mut shift.stand, self.rules.generation(), budget)
    }

    fn sweep_on(&self, turn: &mut Turn, stand: &mut Stand, generation: u32, budget: usize) -> bool {
        if stand.done == generation {
            return true;
        }
        if stand.at != generation {
            *stand = Stand { at: generation, done: stand.done, ..Stand::default() };
        }
        let mut left = budget;
        while left > 0 {
            let Some(session) = stand.sessions.pop() else {
                match self.sessions.shard(stand.shard) {
                    Some(sessions) => (stand.sessions, stand.shard) = (sessions, stand.shard + 1),
                    None => {
                        *stand = Stand { done: generation, ..Stand::default() };
                        return true;
                    }
                }
                continue;
            };
            left = left.saturating_sub(1);
            if !session.is_judged_by(&self.rules) {
                left = left.saturating_sub(self.rejudge(turn, &session));
            }
        }
        false
    }

    /// Judges a session's subscriptions and its queue by the present rules; answers how much there was to judge.
    pub(crate) fn rejudge(&self, turn: &mut Turn, session: &Arc<Session>) -> usize {
        // Read before the rules are, see there.
        let generation = self.rules.generation();
        let access = self.rules.access();
        let Some(mut case) = session.case(!access.is_open()) else { return 0 };
        let mut work = 0;
        if !access.is_open() && !case.principal.superuser {
            work = case.subscriptions.len();
            let who = Arc::clone(&case.principal);
            let mut expelled = false;
            case.subscriptions.retain(|subscription| {
                let decision = self.judge(&access, &who, session, subscription);
                expelled |= decision == Decision::Expel;
                if decision != Decision::Allow {
                    self.end_subscription(turn, session, subscription);
                }
                decision == Decision::Allow
            });
            if expelled {
                self.close_connection(turn, session, CloseReason::Refused(Refusal::NotAuthorized));
            }
            work = work.saturating_add(self.look_through(turn, session, &access, &case, &who));
            turn.charge(work);
        }
        session.note_judged(&case, generation);
        work
    }

    fn judge(&self, access: &Access, who: &Principal, session: &Session, kept: &Subscription) -> Decision {
        match self.inboxes.reads(kept.filter.as_str(), session.id) {
            Reads::Own => Decision::Allow,
            Reads::Foreign => Decision::Deny,
            Reads::None => access.decide(who, kept.action()),
        }
    }

    /// Drops from the queue what its owner may not read any more: what no subscription brings, unless the rules allow
    /// its topic by itself. It may have come under a subscription that its owner gave up. The same with what was sent
    /// to another owner and is not settled.
    fn look_through(
        &self,
        turn: &mut Turn,
        session: &Arc<Session>,
        access: &Access,
        case: &Case,
        who: &Principal,
    ) -> usize {
        let readable = Readable::new(&case.subscriptions);
        let may_read = |entry: &Queued| {
            let (topic, message) = (entry.message.topic(), &entry.message);
            let filter = Action::Subscribe { filter: topic, group: None, guarantee: Guarantee::AtMostOnce };
            let own = || self.inboxes.reads(topic, session.id) == Reads::Own;
            readable.has(message) || own() || access.decide(who, filter) == Decision::Allow
        };
        let hidden = |entries: &[Queued]| -> Vec<Message> {
            entries.iter().filter(|entry| !may_read(entry)).map(|entry| entry.message.clone()).collect()
        };
        let waiting = session.waiting_topics();
        let (refused, foreign) = session.purge(&hidden(&waiting));
        self.drop_refused(turn, session, refused);
        self.give_back(turn, foreign, false);
        if !case.changed_hands {
            return waiting.len();
        }
        let unsettled = session.unsettled_topics();
        let taken = session.purge_unsettled(&hidden(&unsettled));
        self.drop_unsettled(turn, session, taken);
        waiting.len().saturating_add(unsettled.len())
    }

    /// What was sent to another owner: that of groups goes to others, but what is exactly-once may have been seen, and
    /// stays with whom it was sent to [MQTT-4.8.2-5], where nobody is.
    fn drop_unsettled(&self, turn: &mut Turn, session: &Session, taken: Vec<(u32, Queued)>) {
        let durable = self.journaled && session.is_durable();
        let (mut refused, mut shared) = (Vec::new(), Vec::new());
        for (handle, entry) in taken {
            if durable {
                self.journal.write(&Record::Settle { session: session.id, handle, held: false });
            }
            let goes_on =
                matches!(entry.origin, Origin::Group(_)) && entry.guarantee != Guarantee::ExactlyOnce;
            if goes_on { shared.push(entry) } else { refused.push(entry) }
        }
        self.drop_refused(turn, session, refused);
        self.give_back(turn, shared, true);
    }

    fn drop_refused(&self, turn: &mut Turn, session: &Session, refused: Vec<Queued>) {
        for entry in refused {
            let reason = DropReason::Refused(Refusal::NotAuthorized);
            self.dropped(turn, Some(&session.key), &entry.message, reason);
        }
    }
}

/// What subscriptions bring.
enum Readable<'a> {
    Few(&'a [Subscription]),
    Many(Router<Anyone>),
}

/// Who subscribes does not matter.
#[derive(Clone)]
struct Anyone;

impl Target for Anyone {
    fn key(&self) -> usize {
        0
    }
}

impl<'a> Readable<'a> {
    fn new(kept: &'a [Subscription]) -> Self {
        if kept.len() <= FEW {
            return Self::Few(kept);
        }
        let router = Router::new();
        for subscription in kept.iter().filter(|kept| kept.group.is_none()) {
            router.insert(&subscription.filter, Anyone, Options::default());
        }
        Self::Many(router)
    }

    fn has(&self, message: &Message) -> bool {
        let topic = message.topic_bytes();
        match self {
            Self::Few(kept) => kept.iter().any(|one| one.group.is_none() && one.filter.matches(topic)),
            Self::Many(router) => {
                let mut found = false;
                router.exact(topic, |_, _| found = true);
                router.wildcards(topic, |_, _| found = true);
                found
            }
        }
    }
}
