//! Whether a session's subscriptions are what the rules allow now.
//!
//! `judged` is the generation of the rules they were judged by; nothing is handed out while it is not the present one.
//! Whatever may change the outcome meanwhile (another principal, a subscription judged by older rules) counts `doubts`
//! up, and a judgement counts only if no doubt came since it began.

use std::sync::Arc;

use hashbrown::HashSet;
use tidegate_types::{Message, Refusal};

use super::{Origin, Queued, RetainedCursor, Session, State, Subscription};
use crate::group::Group;
use crate::principal::PrincipalRef;
use crate::rules::Rules;
use crate::sync::Ordering;
use crate::turn::Turn;

/// Where a session stands with the rules.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    judged: u32,
    doubts: u32,
    /// Subscriptions that are judged and in the router, and not noted here yet. Nothing is handed out meanwhile: what
    /// comes through one may be what another lease must not see.
    entering: u16,
    /// The session went to another user, who has not been judged for what was sent to the one before.
    changed_hands: bool,
}

impl Standing {
    /// What was judged has to be judged anew.
    pub(super) fn doubt(&mut self) {
        self.doubts = self.doubts.wrapping_add(1);
        self.judged = Rules::NEVER;
    }

    /// What was sent and is not settled was for somebody else.
    pub(super) fn change_hands(&mut self) {
        self.changed_hands = true;
    }

    pub(super) fn is_entering(self) -> bool {
        self.entering > 0
    }

    pub(super) fn is_judged_by(self, rules: &Rules) -> bool {
        self.judged == rules.generation()
    }
}

/// What is judged: a session as it was at one moment.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) principal: PrincipalRef,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Whether what is not settled is judged too: it was sent to somebody else.
    pub(crate) changed_hands: bool,
    doubts: u32,
}

/// A subscription on its way into the router. Dropped, it is on its way no more.
#[derive(Debug)]
pub(crate) struct Entering<'a> {
    session: &'a Session,
    epoch: u32,
    done: bool,
}

impl Drop for Entering<'_> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.session.state.lock();
            state.standing.entering = state.standing.entering.saturating_sub(1);
        }
    }
}

impl Entering<'_> {
    /// Ends the way: nothing comes of it.
    pub(crate) fn give_up(mut self, turn: &mut Turn) {
        self.done = true;
        let mut state = self.session.state.lock();
        self.arrive(&mut state, turn);
    }

    /// Wakes whoever was kept waiting by it.
    fn arrive(&self, state: &mut State, turn: &mut Turn) {
        state.standing.entering = state.standing.entering.saturating_sub(1);
        if self.session.epoch.load(Ordering::Relaxed) != self.epoch {
            state.note_wake(turn);
        }
    }

    /// Remembers the subscription, which the router has. Refused, because the lease ended meanwhile or its user has as
    /// many as he may, it is for the caller to take out of the router again; what came through it is looked through
    /// before it is handed out.
    pub(crate) fn note(
        mut self,
        turn: &mut Turn,
        (rules, generation): (&Rules, u32),
        subscription: Subscription,
        group: Option<Arc<Group>>,
        cursor: Option<RetainedCursor>,
    ) -> Result<(), Refusal> {
        self.done = true;
        let mut state = self.session.state.lock();
        self.arrive(&mut state, turn);
        if state.ended || self.session.epoch.load(Ordering::Relaxed) != self.epoch {
            state.standing.doubt();
            return Err(Refusal::TakenOver);
        }
        let put = state.put_subscription(subscription, group, cursor);
        if put.is_err() || rules.generation() != generation {
            state.standing.doubt();
        }
        put
    }
}

impl Session {
    /// A subscription is about to be judged, if there is room for it; always for one that is known.
    pub(crate) fn announce(&self, epoch: u32, subscription: &Subscription) -> Result<Entering<'_>, Refusal> {
        self.leased(epoch, |state| {
            state.check_room(subscription)?;
            state.standing.entering = state.standing.entering.saturating_add(1);
            Ok(())
        })?;
        Ok(Entering { session: self, epoch, done: false })
    }

    /// Whether it was judged by the present rules.
    pub(crate) fn is_judged_by(&self, rules: &Rules) -> bool {
        let state = self.state.lock();
        state.ended || state.standing.is_judged_by(rules)
    }

    /// What is to be judged; nothing when the session is over. Where there are no rules nobody looks at what is
    /// subscribed to.
    pub(crate) fn case(&self, rules: bool) -> Option<Case> {
        let state = self.state.lock();
        (!state.ended).then(|| Case {
            principal: Arc::clone(&state.principal),
            subscriptions: if rules { state.subscriptions.to_vec() } else { Vec::new() },
            changed_hands: state.standing.changed_hands,
            doubts: state.standing.doubts,
        })
    }

    /// It was judged by the rules of `generation`.
    pub(crate) fn note_judged(&self, case: &Case, generation: u32) {
        let mut state = self.state.lock();
        if state.standing.doubts == case.doubts {
            state.standing.judged = generation;
            state.standing.changed_hands = false;
        }
    }

    /// Messages that wait in its own queue, one of each topic.
    pub(crate) fn waiting_topics(&self) -> Vec<Queued> {
        let state = self.state.lock();
        let mut seen = HashSet::<&[u8], foldhash::fast::RandomState>::default();
        let own = state.queue.iter().filter(|entry| matches!(entry.origin, Origin::Own(_)));
        own.filter(|entry| seen.insert(entry.message.topic_bytes())).cloned().collect()
    }

    /// What was sent and is not settled: of its own, one of each topic.
    pub(crate) fn unsettled_topics(&self) -> Vec<Queued> {
        let state = self.state.lock();
        let mut seen = HashSet::<&[u8], foldhash::fast::RandomState>::default();
        let unsettled = state.inflight.iter().flat_map(|inflight| inflight.unsettled());
        let own = unsettled.filter(|entry| matches!(entry.origin, Origin::Own(_)));
        own.filter(|entry| seen.insert(entry.message.topic_bytes())).cloned().collect()
    }

    /// Takes out of what is not settled what lies under `topics`, and what came through groups it is not in any more;
    /// each with its handle, which is free.
    pub(crate) fn purge_unsettled(&self, topics: &[Message]) -> Vec<(u32, Queued)> {
        let mut state = self.state.lock();
        let topics: HashSet<_, foldhash::fast::RandomState> =
            topics.iter().map(Message::topic_bytes).collect();
        let State { inflight, subscriptions, .. } = &mut *state;
        let hidden = |entry: &Queued| match &entry.origin {
            Origin::Own(_) => topics.contains(entry.message.topic_bytes()),
            Origin::Group(origin) => {
                let (filter, name) = origin.0.key();
                subscriptions.get(filter, Some(name)).is_none()
            }
        };
        let taken = inflight.as_mut().map(|inflight| inflight.take_if(hidden)).unwrap_or_default();
        state.forget_empty_inflight();
        taken
    }

    /// Takes out of the queue what lies under `topics`, and what came through groups it is not in any more.
    pub(crate) fn purge(&self, topics: &[Message]) -> (Vec<Queued>, Vec<Queued>) {
        let mut state = self.state.lock();
        let topics: HashSet<_, foldhash::fast::RandomState> =
            topics.iter().map(Message::topic_bytes).collect();
        let State { queue, subscriptions, .. } = &mut *state;
        let hidden = |entry: &Queued| {
            matches!(entry.origin, Origin::Own(_)) && topics.contains(entry.message.topic_bytes())
        };
        let foreign = |entry: &Queued| match &entry.origin {
            Origin::Own(_) => false,
            Origin::Group(origin) => {
                let (filter, name) = origin.0.key();
                subscriptions.get(filter, Some(name)).is_none()
            }
        };
        // A queue is made anew only when something goes.
        let refused = if topics.is_empty() { Vec::new() } else { queue.take_if(hidden) };
        let foreign = if queue.iter().any(foreign) { queue.take_if(foreign) } else { Vec::new() };
        (refused, foreign)
    }
}
