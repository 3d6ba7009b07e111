//! Who may do what, and the mark that says it was asked.

use tidegate_types::{CloseReason, Draft, Refusal, Text};

use crate::broker::Broker;
use crate::door::{Authenticated, Credentials};
use crate::hearing::Hearing;
use crate::inbox::{self, Reads};
use crate::lease::Lease;
use crate::ports::{Action, Authenticator, Decision, Event, EventKind, Fabric, Verdict};
use crate::principal::{Principal, PrincipalRef};
use crate::seat::{Notice, Seat};
use crate::session::Subscription;
use crate::turn::Turn;

/// What was authorized. Made in this file alone, and nothing else reaches the router.
#[derive(Debug)]
pub(crate) struct Authorized<T>(T);

impl<T> Authorized<T> {
    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}

/// Who acts.
#[derive(Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) who: &'a Principal,
    /// The session he acts for; its memory of decisions is used.
    pub(crate) lease: Option<&'a Lease>,
    /// Whose connection ends when a rule wants that.
    pub(crate) seat: Option<Seat>,
}

impl<'a> Actor<'a> {
    /// Whoever has a lease, in his turn.
    pub(crate) fn leased(turn: &Turn, lease: &'a Lease) -> Self {
        Self { who: &lease.principal, lease: Some(lease), seat: turn.seat }
    }
}

impl<F: Fabric> Broker<F> {
    /// Authorizes a publish. Everybody may publish to an inbox.
    pub(crate) fn authorize_publish<'d>(
        &self,
        turn: &mut Turn,
        actor: Actor<'_>,
        draft: Draft<'d>,
    ) -> Result<Authorized<Draft<'d>>, Refusal> {
        if !self.rules.is_guarded() {
            return Ok(Authorized(inbox::unretained(draft)));
        }
        let Draft { topic, guarantee, retain, .. } = draft;
        let decision = if inbox::is_inbox(topic) {
            Decision::Allow
        } else {
            self.decide(actor, Action::Publish { topic, guarantee, retain })
        };
        self.obey(turn, actor, topic, decision)?;
        Ok(Authorized(inbox::unretained(draft)))
    }

    /// Authorizes a subscription. An inbox is read by its owner and by nobody else, whatever rules say.
    pub(crate) fn authorize_subscription(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        subscription: Subscription,
    ) -> Result<Authorized<Subscription>, Refusal> {
        let actor = Actor::leased(turn, lease);
        let filter = subscription.filter.as_str();
        let decision = match self.inboxes.reads(filter, lease.session.id) {
            Reads::Own => Decision::Allow,
            Reads::Foreign => Decision::Deny,
            Reads::None if self.rules.is_guarded() => self.decide(actor, subscription.action()),
            Reads::None => Decision::Allow,
        };
        self.obey(turn, actor, filter, decision)?;
        Ok(Authorized(subscription))
    }

    /// What the rules say, from memory where they said it before.
    fn decide(&self, actor: Actor<'_>, action: Action<'_>) -> Decision {
        if actor.who.superuser {
            return Decision::Allow;
        }
        // Read before the rules are: what is remembered under it can be older than it says, never newer.
        let generation = self.rules.generation();
        let Some(lease) = actor.lease else { return self.rules.access().decide(actor.who, action) };
        if let Some(known) = lease.session.recall(lease, generation, action) {
            return known;
        }
        let access = self.rules.access();
        let decision = access.decide(actor.who, action);
        if access.holds() {
            lease.session.remember(lease, generation, action, decision);
        }
        decision
    }

    /// Tells what was decided, and makes it so.
    fn obey(
        &self,
        turn: &mut Turn,
        actor: Actor<'_>,
        topic: &str,
        decision: Decision,
    ) -> Result<(), Refusal> {
        let allowed = decision == Decision::Allow;
        if self.rules.is_guarded() {
            self.emit(EventKind::Access, &Event::ClientAuthorize { who: actor.who, topic, allowed });
        }
        if let (Decision::Expel, Some(seat)) = (decision, actor.seat) {
            let reason = CloseReason::Refused(Refusal::NotAuthorized);
            turn.notices.push((seat, Notice::Close(reason)));
            if let Some(lease) = actor.lease {
                self.emit(EventKind::Client, &Event::ClientClosed { key: lease.key(), reason });
            }
        }
        if allowed { Ok(()) } else { Err(Refusal::NotAuthorized) }
    }
}

/// Lets in who claims no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anonymous {
    /// Only those who come over a loopback address.
    pub loopback_only: bool,
    /// Those who claim a name are let in too, under it and unproven: for a broker without any other authenticator.
    pub names_unproven: bool,
}

impl Authenticator for Anonymous {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let named = credentials.user.is_some() && !self.names_unproven;
        if named || credentials.method.is_some() || (self.loopback_only && !credentials.loopback) {
            return Verdict::Abstain;
        }
        let principal = Principal { user: credentials.user.map(Text::from), ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
    }
}
