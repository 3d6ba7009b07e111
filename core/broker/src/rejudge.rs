//! Rules change, and what was allowed under the old ones ends.
//!
//! A session is judged anew before anything is handed out of it ([`Broker::pull_session`] compares one number), so that
//! a change holds from the moment [`Broker::set_rules`] returns. The sweep judges those that nobody pulls, so that they
//! leave the router too; until it reaches one, what comes for it waits in its queue and is looked through then.
//!
//! What had been sent before the change and is not settled yet is not recalled, and may be repeated to its receiver.

use std::sync::Arc;

use tidegate_types::{DropReason, Guarantee, Message, Refusal};

use crate::broker::Broker;
use crate::inbox::Reads;
use crate::ports::{Action, Decision, Fabric};
use crate::principal::Principal;
use crate::router::{Options, Router, Target};
use crate::rules::Access;
use crate::session::{Queued, Session, Subscription};
use crate::sync::Mutex;
use crate::turn::Turn;

/// From so many filters on, topics are looked up instead of compared with each.
const FEW: usize = 16;

/// Where the sweep stands.
#[derive(Debug, Default)]
pub(crate) struct Sweep(Mutex<Stand>);

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
    /// at least). Answers whether all have been judged. [`Broker::tick`] calls it; one caller at a time does anything.
    pub fn sweep(&self, turn: &mut Turn, budget: usize) -> bool {
        let generation = self.rules.generation();
        // Taken out, as nobody is called under a lock.
        let mut stand = std::mem::take(&mut *self.sweep.0.lock());
        let done = self.sweep_on(turn, &mut stand, generation, budget);
        *self.sweep.0.lock() = stand;
        done
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
            case.subscriptions.retain(|subscription| {
                let keeps = self.may_keep(&access, &who, session, subscription);
                if !keeps {
                    self.end_subscription(turn, session, subscription);
                }
                keeps
            });
            work = work.saturating_add(self.look_through(turn, session, &access, &case.subscriptions, &who));
            turn.charge(work);
        }
        session.note_judged(&case, generation);
        work
    }

    fn may_keep(&self, access: &Access, who: &Principal, session: &Session, kept: &Subscription) -> bool {
        match self.inboxes.reads(kept.filter.as_str(), session.id) {
            Reads::Own => true,
            Reads::Foreign => false,
            Reads::None => access.decide(who, kept.action()) == Decision::Allow,
        }
    }

    /// Drops from the queue what its owner may not read any more: what no subscription brings, unless the rules allow
    /// its topic by itself. It may have come under a subscription that its owner gave up.
    fn look_through(
        &self,
        turn: &mut Turn,
        session: &Arc<Session>,
        access: &Access,
        kept: &[Subscription],
        who: &Principal,
    ) -> usize {
        let waiting = session.waiting_topics();
        let readable = Readable::new(kept);
        let may_read = |entry: &Queued| {
            let (topic, message) = (entry.message.topic(), &entry.message);
            let filter = Action::Subscribe { filter: topic, group: None, guarantee: Guarantee::AtMostOnce };
            let own = || self.inboxes.reads(topic, session.id) == Reads::Own;
            readable.has(message) || own() || access.decide(who, filter) == Decision::Allow
        };
        let hidden = waiting.iter().filter(|entry| !may_read(entry)).map(|entry| entry.message.clone());
        let hidden: Vec<Message> = hidden.collect();
        let (refused, foreign) = session.purge(&hidden);
        for entry in refused {
            let reason = DropReason::Refused(Refusal::NotAuthorized);
            self.dropped(turn, Some(&session.key), &entry.message, reason);
        }
        self.give_back(turn, foreign, false);
        waiting.len()
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
