//! Who may do what: the chains of authenticators and authorizers, and the mark that says they were asked.

use std::sync::Arc;

use tidegate_types::{Draft, Refusal, Text};

use crate::door::{Authenticated, Credentials};
use crate::inbox::{self, Reads};
use crate::hearing::{Adjourned, Hearing};
use crate::ports::{Action, Authenticator, Authorizer, Decision, Verdict, refusal_of};
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Ticket;

/// What was authorized. Made here alone, so that nothing else reaches the router.
#[derive(Debug)]
pub(crate) struct Authorized<T>(T);

impl<T> Authorized<T> {
    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}

/// The chains.
#[derive(Default)]
pub(crate) struct Access {
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    pub(crate) authorizers: Vec<Arc<dyn Authorizer>>,
}

impl Access {
    /// Asks the authenticators in order. When all abstain the client is refused.
    pub(crate) fn authenticate(&self, credentials: &Credentials<'_>, ticket: &Ticket) -> Verdict {
        for authenticator in &self.authenticators {
            let adjourn = || Adjourned::to(ticket.clone());
            match authenticator.authenticate(credentials, &Hearing::new(&adjourn)) {
                Verdict::Abstain => {}
                Verdict::Down => return Verdict::Answer(Err(Refusal::Unavailable)),
                verdict => return verdict,
            }
        }
        Verdict::Answer(Err(refusal_of(credentials)))
    }

    fn allows(&self, who: &Principal, action: Action<'_>) -> bool {
        if self.authorizers.is_empty() || who.superuser {
            return true;
        }
        let decided = self.authorizers.iter().map(|authorizer| authorizer.authorize(who, action));
        decided.into_iter().find(|decision| *decision != Decision::Abstain) == Some(Decision::Allow)
    }

    /// Authorizes a publish. Everybody may publish to an inbox.
    pub(crate) fn publish<'a>(
        &self,
        who: &Principal,
        draft: Draft<'a>,
    ) -> Result<Authorized<Draft<'a>>, Refusal> {
        if inbox::is_inbox(draft.topic) {
            return Ok(Authorized(inbox::unretained(draft)));
        }
        let action = Action::Publish { topic: draft.topic, guarantee: draft.guarantee, retain: draft.retain };
        if self.allows(who, action) { Ok(Authorized(draft)) } else { Err(Refusal::NotAuthorized) }
    }

    /// Authorizes a subscription. An inbox is read by its owner and by nobody else, whatever rules say.
    pub(crate) fn subscribe<T>(
        &self,
        who: &Principal,
        (filter, group, guarantee): (&str, Option<&str>, tidegate_types::Guarantee),
        reads: Reads,
        subscription: T,
    ) -> Result<Authorized<T>, Refusal> {
        let action = Action::Subscribe { filter, group, guarantee };
        let allowed = match reads {
            Reads::None => self.allows(who, action),
            Reads::Own => true,
            Reads::Foreign => false,
        };
        if allowed { Ok(Authorized(subscription)) } else { Err(Refusal::NotAuthorized) }
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

impl<F: crate::ports::Fabric> crate::broker::Broker<F> {
    /// The chains, or an empty one when nobody guards anything: an ordinary publish takes no lock for it.
    pub(crate) fn access_for(&self, guarded: bool) -> Arc<Access> {
        static OPEN: std::sync::LazyLock<Arc<Access>> = std::sync::LazyLock::new(Arc::default);
        if guarded { self.access() } else { Arc::clone(&OPEN) }
    }
}
