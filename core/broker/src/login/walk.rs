//! One walk along a chain of authenticators.

use std::any::Any;
use std::cell::OnceCell;
use std::sync::Arc;

use tidegate_types::{Refusal, Text};

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
    /// Who is tried to be.
    tried: Option<Text>,
}

impl Step {
    fn of<'a>(credentials: &Credentials<'a>) -> Option<&'a Self> {
        (&*credentials.exchange?.0 as &dyn Any).downcast_ref()
    }
}

/// What came of a walk.
pub(crate) struct Heard {
    pub(crate) answer: Answer,
    /// Who was tried to be, where that is not the user name the client sent.
    pub(crate) tried: Option<Text>,
}

/// Where a login stands in its chain.
pub(crate) struct Walk<'a> {
    login: &'a Login,
    credentials: &'a Credentials<'a>,
    /// The credentials, where they are a copy already.
    owned: Option<&'a Arc<Owned>>,
    /// A further step of a proof: one member is asked and no other.
    alone: bool,
    /// The name tried, as far as it was said.
    tried: Option<Text>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(login: &'a Login, credentials: &'a Credentials<'a>) -> Self {
        let tried = Step::of(credentials).and_then(|step| step.tried.clone());
        Self { login, credentials, owned: None, alone: false, tried }
    }

    /// Who the step before said is tried to be.
    pub(crate) fn tried(&self) -> Option<&str> {
        self.tried.as_ref().map(Text::as_str)
    }

    fn heard(self, answer: Answer) -> Heard {
        Heard { answer, tried: self.tried }
    }

    /// From the beginning, or with the member that made the challenge.
    pub(crate) fn begin(self) -> Option<Heard> {
        if self.credentials.exchange.is_none() {
            return self.go_on(0);
        }
        let Some(step) = Step::of(self.credentials) else {
            return Some(self.heard(Err(Refusal::BadMethod)));
        };
        let chain = &self.login.zone.chain;
        let same = |member: &Arc<dyn Authenticator>| {
            std::ptr::addr_eq(Arc::as_ptr(member), Arc::as_ptr(&step.member))
        };
        // The chain may have been replaced since: whoever made the challenge does not speak for it any more.
        let Some(index) = chain.iter().position(|member| same(&member.authenticator)) else {
            return Some(self.heard(Err(Refusal::Unavailable)));
        };
        let credentials = Credentials { exchange: Some(&step.kept), ..*self.credentials };
        Walk { login: self.login, credentials: &credentials, owned: None, alone: true, tried: self.tried }
            .go_on(index)
    }

    /// Asks the members from `index` on. When all abstain the client is refused.
    fn go_on(mut self, from: usize) -> Option<Heard> {
        for (index, member) in self.login.zone.chain.iter().enumerate().skip(from) {
            let hold = OnceCell::new();
            let adjourn = || self.adjourn(index, hold.get_or_init(Arc::default));
            let hearing = Hearing::new(&adjourn);
            let said = member.authenticator.authenticate(self.credentials, &hearing);
            let tried = hearing.tried();
            self.tried = tried.or(self.tried.take());
            let verdict = match (said, hold.get()) {
                (Verdict::Later, Some(hold)) => hold.adjourn(self.tried.as_ref())?,
                (said, hold) => {
                    if let Some(hold) = hold {
                        hold.close();
                    }
                    said
                }
            };
            if let Some(answer) = self.weigh(index, verdict) {
                return Some(self.heard(answer));
            }
        }
        let answer = Err(refusal_of(self.credentials));
        Some(self.heard(answer))
    }

    /// The right to answer in place of the member at `index` later.
    fn adjourn(&self, index: usize, hold: &Arc<Hold>) -> Adjourned {
        let copy = || Arc::new(Owned::new(self.credentials));
        let (login, hold) = (self.login.clone(), Arc::clone(hold));
        let (owned, alone) = (self.owned.map_or_else(copy, Arc::clone), self.alone);
        Adjourned::new(move |verdict| {
            let Some((verdict, tried)) = hold.answer(verdict) else { return };
            let credentials = owned.lend();
            let walk = Walk { login: &login, credentials: &credentials, owned: Some(&owned), alone, tried };
            let heard = match walk.weigh(index, verdict) {
                Some(answer) => Some(walk.heard(answer)),
                None => walk.go_on(index.saturating_add(1)),
            };
            if let Some(heard) = heard {
                login.finish_late(&credentials, heard);
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
                let (member, tried) = (Arc::clone(&member.authenticator), self.tried.clone());
                let step = Step { member, kept, tried };
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
