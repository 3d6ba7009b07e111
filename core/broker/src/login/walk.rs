//! One walk along a chain of authenticators.

use std::any::Any;
use std::cell::OnceCell;
use std::sync::Arc;

use tidegate_types::Refusal;

use super::owned::Owned;
use super::recess::Hold;
use super::{Answer, Login};
use crate::door::{Authenticated, Credentials, Exchange};
use crate::hearing::{Adjourned, Hearing};
use crate::ports::{Authenticator, Verdict, refusal_of};
use crate::zone::WhenDown;

/// What a member keeps between two steps, and which member that is.
struct Step {
    member: Arc<dyn Authenticator>,
    kept: Exchange,
}

/// Where a login stands in its chain.
pub(crate) struct Walk<'a> {
    login: &'a Login,
    credentials: &'a Credentials<'a>,
    /// The credentials, where they are a copy already.
    owned: Option<&'a Arc<Owned>>,
    /// A further step of a proof: one member is asked and no other.
    alone: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(login: &'a Login, credentials: &'a Credentials<'a>) -> Self {
        Self { login, credentials, owned: None, alone: false }
    }

    /// From the beginning, or with the member that made the challenge.
    pub(crate) fn begin(&self) -> Option<Answer> {
        let Some(exchange) = self.credentials.exchange else { return self.go_on(0) };
        let Some(step) = (&*exchange.0 as &dyn Any).downcast_ref::<Step>() else {
            return Some(Err(Refusal::BadMethod));
        };
        let chain = &self.login.zone.chain;
        let same = |member: &Arc<dyn Authenticator>| {
            std::ptr::addr_eq(Arc::as_ptr(member), Arc::as_ptr(&step.member))
        };
        // The chain may have been replaced since: whoever made the challenge does not speak for it any more.
        let Some(index) = chain.iter().position(|member| same(&member.authenticator)) else {
            return Some(Err(Refusal::Unavailable));
        };
        let credentials = Credentials { exchange: Some(&step.kept), ..*self.credentials };
        Walk { credentials: &credentials, alone: true, ..*self }.go_on(index)
    }

    /// Asks the members from `index` on. When all abstain the client is refused.
    fn go_on(&self, from: usize) -> Option<Answer> {
        for (index, member) in self.login.zone.chain.iter().enumerate().skip(from) {
            let hold = OnceCell::new();
            let adjourn = || self.adjourn(index, hold.get_or_init(Arc::default));
            let said = member.authenticator.authenticate(self.credentials, &Hearing::new(&adjourn));
            let verdict = match (said, hold.get()) {
                (Verdict::Later, Some(hold)) => hold.adjourn()?,
                (said, hold) => {
                    if let Some(hold) = hold {
                        hold.close();
                    }
                    said
                }
            };
            if let Some(answer) = self.weigh(index, verdict) {
                return Some(answer);
            }
        }
        Some(Err(refusal_of(self.credentials)))
    }

    /// The right to answer in place of the member at `index` later.
    fn adjourn(&self, index: usize, hold: &Arc<Hold>) -> Adjourned {
        let copy = || Arc::new(Owned::new(self.credentials));
        let (login, hold) = (self.login.clone(), Arc::clone(hold));
        let (owned, alone) = (self.owned.map_or_else(copy, Arc::clone), self.alone);
        Adjourned::new(move |verdict| {
            let Some(verdict) = hold.answer(verdict) else { return };
            let credentials = owned.lend();
            let walk = Walk { login: &login, credentials: &credentials, owned: Some(&owned), alone };
            let answer = walk.weigh(index, verdict).or_else(|| walk.go_on(index.saturating_add(1)));
            if let Some(answer) = answer {
                login.finish_late(&credentials, answer);
            }
        })
    }

    /// What a verdict means for the login; `None`: the next member is asked.
    fn weigh(&self, index: usize, verdict: Verdict) -> Option<Answer> {
        let member = self.login.zone.chain.get(index)?;
        match verdict {
            Verdict::Answer(Ok(Authenticated::Principal(principal, last))) => {
                let whole = self.login.logins.complete(&self.login.zone, self.credentials, principal);
                Some(whole.map(|principal| Authenticated::Principal(principal, last)))
            }
            Verdict::Answer(Ok(Authenticated::Challenge(data, kept))) => {
                let step = Step { member: Arc::clone(&member.authenticator), kept };
                Some(Ok(Authenticated::Challenge(data, Exchange(Arc::new(step)))))
            }
            Verdict::Answer(Err(refusal)) => Some(Err(refusal)),
            Verdict::Abstain if self.alone => Some(Err(Refusal::BadCredentials)),
            Verdict::Abstain => None,
            Verdict::Down | Verdict::Later => match member.when_down {
                WhenDown::AskNext if !self.alone => None,
                WhenDown::AskNext | WhenDown::Refuse => Some(Err(Refusal::Unavailable)),
            },
        }
    }
}
