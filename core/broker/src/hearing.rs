//! A login that is being judged, and how its judge may take his time.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use tidegate_types::{Refusal, Text};

use crate::outcome::Reply;
use crate::ports::Verdict;
use crate::seat::Ticket;

/// Called with the verdict of an adjourned hearing.
type Resume = Box<dyn FnOnce(Verdict) + Send>;

/// One authenticator's hearing of one login.
pub struct Hearing<'a> {
    adjourns: Adjourns<'a>,
    tried: Cell<Option<Text>>,
}

enum Adjourns<'a> {
    By(&'a dyn Fn() -> Adjourned),
    To(&'a Ticket),
}

impl<'a> Hearing<'a> {
    /// A hearing that is adjourned by `adjourn`.
    pub(crate) fn new(adjourn: &'a dyn Fn() -> Adjourned) -> Self {
        Self { adjourns: Adjourns::By(adjourn), tried: Cell::default() }
    }

    /// A hearing without a chain behind it: for tests of one authenticator.
    #[must_use]
    pub fn of(ticket: &'a Ticket) -> Self {
        Self { adjourns: Adjourns::To(ticket), tried: Cell::default() }
    }

    /// Lets the authenticator answer later, from any thread; it says [`Verdict::Later`] then. The chain goes on from
    /// where it stands when the verdict comes.
    #[must_use]
    pub fn adjourn(&self) -> Adjourned {
        match self.adjourns {
            Adjourns::By(adjourn) => adjourn(),
            Adjourns::To(ticket) => Adjourned::to(ticket.clone()),
        }
    }
}

impl Hearing<'_> {
    /// Says who is tried to be, where that is not the user name the client sent: a method of proof has names of its
    /// own, and failures are counted for the name that was tried. To be said before [`Authenticator::authenticate`]
    /// returns; it holds for the further steps of a method too.
    ///
    /// [`Authenticator::authenticate`]: crate::Authenticator::authenticate
    pub fn tries(&self, user: &str) {
        self.tried.set(Some(Text::from(user)));
    }

    /// The name that was said.
    pub(crate) fn tried(self) -> Option<Text> {
        self.tried.into_inner()
    }
}

impl fmt::Debug for Hearing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing").finish_non_exhaustive()
    }
}

/// The right to answer a login later. Dropped unanswered it says [`Verdict::Down`], so that no client waits for ever.
pub struct Adjourned {
    resume: Option<Resume>,
}

impl Adjourned {
    /// What `resume` makes of the verdict.
    pub fn new(resume: impl FnOnce(Verdict) + Send + 'static) -> Self {
        Self { resume: Some(Box::new(resume)) }
    }

    /// An answer that goes to a seat as it is, without a chain behind it: for tests of one authenticator.
    #[must_use]
    pub fn to(ticket: Ticket) -> Self {
        let ticket = Arc::new(ticket);
        Self::new(move |verdict| {
            let answer = match verdict {
                Verdict::Answer(answer) => answer,
                Verdict::Abstain => Err(Refusal::NotAuthorized),
                Verdict::Down | Verdict::Later => Err(Refusal::Unavailable),
            };
            ticket.answer(Reply::Authenticated(answer));
        })
    }

    /// Answers.
    pub fn answer(mut self, verdict: Verdict) {
        if let Some(resume) = self.resume.take() {
            resume(verdict);
        }
    }
}

impl Drop for Adjourned {
    fn drop(&mut self) {
        if let Some(resume) = self.resume.take() {
            resume(Verdict::Down);
        }
    }
}

impl fmt::Debug for Adjourned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adjourned").finish_non_exhaustive()
    }
}
