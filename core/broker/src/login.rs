//! Logins: the chain of authenticators is walked, at once or over several recesses, and what comes of it is told.
//!
//! ```text
//!   credentials ─▶ names of the zone ─▶ member ──abstains, or is down and may be──▶ next member … ──▶ refused
//!                                         │ answers                  │ adjourns
//!                                         ▼                          ▼
//!                              principal made whole           answered later, on any thread;
//!                              counted, told                  the walk goes on from there
//! ```
//!
//! A challenge is judged by the member that made it and by no other: what it keeps between two steps bears its mark.

use std::sync::Arc;

use tidegate_types::{ClientId, Limits, Moment, Refusal, Text};

use crate::defences::Defences;
use crate::door::{Authenticated, Credentials};
use crate::observers::Observers;
use crate::outcome::Reply;
use crate::ports::{Event, EventKind};
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Ticket;
use crate::sync::{AtomicU64, Mutex, Ordering};
use crate::zone::Zone;

mod owned;
mod recess;
mod walk;

pub(crate) use walk::{Heard, Walk};

type Answer = Result<Authenticated, Refusal>;

/// What all logins share; late answers need it when nobody else is there.
#[derive(Default)]
pub(crate) struct Logins {
    pub(crate) observers: Arc<Observers>,
    pub(crate) defences: Defences,
    refused: AtomicU64,
    /// The names of listeners, each once: they come from the configuration, so they are few.
    listeners: Mutex<Vec<Arc<str>>>,
}

impl Logins {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { defences: Defences::new(limits), ..Self::default() }
    }

    /// Logins refused since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// One copy of a listener's name.
    fn listener(&self, name: &str) -> Arc<str> {
        let mut known = self.listeners.lock();
        if let Some(found) = known.iter().find(|known| ***known == *name) {
            return Arc::clone(found);
        }
        let new: Arc<str> = name.into();
        known.push(Arc::clone(&new));
        new
    }

    /// Adds to what was proved how the client came.
    fn complete(
        &self,
        zone: &Zone,
        came: &Credentials<'_>,
        proved: PrincipalRef,
    ) -> Result<PrincipalRef, Refusal> {
        let proved = Arc::try_unwrap(proved).unwrap_or_else(|shared| Principal::clone(&shared));
        let client = zone.naming.client(came.client, proved.user.as_ref())?;
        let mut principal = Principal {
            client: Some(ClientId::new(client.as_str())),
            remote: Some(came.remote),
            listener: Some(self.listener(came.listener)),
            certificate: came.certificate.cloned(),
            ..proved
        };
        zone.give_attributes(&mut principal);
        Ok(PrincipalRef::new(principal))
    }

    /// Counts an answer and shows it to the observers.
    fn tell(&self, client: &str, answer: &Answer) {
        let refused = answer.as_ref().err().copied();
        if refused.is_some() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        self.observers.emit(EventKind::Access, &Event::ClientAuthenticate { client, refused });
    }
}

/// One login: what it needs to go on wherever it is answered.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) logins: Arc<Logins>,
    pub(crate) zone: Arc<Zone>,
    pub(crate) ticket: Ticket,
    pub(crate) asked: Moment,
}

impl Login {
    /// Judges credentials; `None`: the answer comes through the ticket.
    pub(crate) fn judge(&self, sent: &Credentials<'_>) -> Option<Answer> {
        let renamed = match self.zone.naming.rename(sent) {
            Ok(renamed) => renamed,
            Err(refusal) => return Some(self.finish(sent, Heard { answer: Err(refusal), tried: None })),
        };
        let credentials = renamed.of(sent);
        let walk = Walk::new(self, &credentials);
        let tried = walk.tried().or(credentials.user);
        let heard = match self.logins.defences.may_try(&self.zone, &credentials, tried, self.asked) {
            Ok(()) => walk.begin()?,
            Err(refusal) => Heard { answer: Err(refusal), tried: None },
        };
        Some(self.finish(&credentials, heard))
    }

    /// What a member answered, as a client is told it: whoever he proved to be may be banned, and whoever he tried to
    /// be may have been tried too often, which is not known before a member said who that is.
    fn finish(&self, came: &Credentials<'_>, Heard { answer, tried }: Heard) -> Answer {
        let (zone, defences) = (&self.zone, &self.logins.defences);
        let answer = match &tried {
            Some(tried) => defences.may_try_as(zone, came, Some(tried.as_str()), self.asked).and(answer),
            None => answer,
        };
        let tried = tried.as_ref().map(Text::as_str).or(came.user);
        defences.note(zone, came, tried, &answer, self.asked);
        let answer = answer.and_then(|authenticated| {
            if let Authenticated::Principal(principal, _) = &authenticated {
                defences.check(principal, self.asked)?;
            }
            Ok(authenticated)
        });
        self.logins.tell(came.client, &answer);
        answer
    }

    /// Gives the answer to whoever waits for it.
    fn finish_late(&self, came: &Credentials<'_>, heard: Heard) {
        let answer = self.finish(came, heard);
        self.ticket.answer(Reply::Authenticated(answer));
    }
}
