//! Judging a login.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tidegate_broker::{
    Authenticated, Authenticator, Credentials, Exchange, Hearing, Principal, PrincipalRef, Verdict,
};
use tidegate_types::{Refusal, Text};
use zeroize::Zeroizing;

use crate::pool::Chance;
use crate::scram::{self, Pending};
use crate::user::User;
use crate::users::Users;
use crate::{AuthFile, LONGEST_PASSWORD};

/// Bytes of the server's part of a nonce.
const NONCE_BYTES: usize = 18;

/// Between the two messages of a client. It is used up by the first answer.
struct Step {
    file: Arc<ArcSwap<Users>>,
    pending: Mutex<Option<Pending>>,
}

impl Authenticator for AuthFile {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        match (credentials.method, credentials.user) {
            (None, Some(name)) => self.judge_password(name, credentials, hearing),
            (Some((scram::METHOD, data)), _) => self.judge_exchange(data, credentials, hearing),
            (Some(_), _) | (None, None) => Verdict::Abstain,
        }
    }
}

impl AuthFile {
    fn judge_password(&self, name: &str, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let users = self.users.load();
        let user = users.get(name);
        let Some(password) = credentials.password else {
            // A name that has to be proved here is not believed anywhere else.
            return user.map_or_else(|| self.verdict_on_strangers(), |_| refused());
        };
        if password.len() > LONGEST_PASSWORD {
            return user.map_or_else(|| self.verdict_on_strangers(), |_| refused());
        }
        if let Some(user) = user
            && self.proofs.knows(user, name, password)
        {
            return believed(name, Box::default());
        }
        // Who is not there is compared with a hash that nothing matches.
        let nobody = Arc::clone(users.nobody());
        let user = user.map_or_else(|| Arc::clone(&nobody), Arc::clone);
        drop(users);
        self.have_it_compared((user, nobody), name, password, credentials, hearing)
    }

    fn verdict_on_strangers(&self) -> Verdict {
        if self.authoritative { refused() } else { Verdict::Abstain }
    }

    /// Has a hash computed, if there is room.
    fn have_it_compared(
        &self,
        (user, nobody): (Arc<User>, Arc<User>),
        name: &str,
        password: &[u8],
        credentials: &Credentials<'_>,
        hearing: &Hearing<'_>,
    ) -> Verdict {
        let from = credentials.remote.ip();
        // Asked first, because a hearing that is adjourned costs a copy of the credentials.
        if !self.pool.has_room(from) {
            return Verdict::Answer(Err(Refusal::Busy));
        }
        let (users, proofs) = (Arc::clone(&self.users), Arc::clone(&self.proofs));
        let (name, password) = (name.to_owned(), Zeroizing::new(password.to_vec()));
        let until = Instant::now().checked_add(self.patience);
        let on_strangers = self.authoritative;
        let adjourned = hearing.adjourn();
        let job = move |chance| {
            let verdict = if chance == Chance::Never {
                Verdict::Answer(Err(Refusal::Busy))
            } else if user.is_proved_by(&password, &nobody) && stands(&users, &name, &user) {
                proofs.remember(&user, &name, &password);
                believed(&name, Box::default())
            } else if user.is_nobody() && !on_strangers {
                Verdict::Abstain
            } else {
                refused()
            };
            adjourned.answer(verdict);
        };
        self.pool.give(from, until, Box::new(job));
        Verdict::Later
    }

    fn judge_exchange(&self, data: &[u8], credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let judged = match credentials.exchange {
            Some(exchange) => self.end_exchange(data, exchange),
            None => match self.begin_exchange(data, credentials.user, hearing) {
                Ok(None) => return Verdict::Abstain,
                Ok(Some(challenge)) => Ok(challenge),
                Err(why) => Err(why),
            },
        };
        match judged {
            Ok(authenticated) => Verdict::Answer(Ok(authenticated)),
            Err(why) => {
                tracing::debug!(why, remote = %credentials.remote, "SCRAM login refused");
                refused()
            }
        }
    }

    /// Nothing when the file has no verifiers at all: another authenticator may have some.
    fn begin_exchange(
        &self,
        data: &[u8],
        claimed: Option<&str>,
        hearing: &Hearing<'_>,
    ) -> Result<Option<Authenticated>, &'static str> {
        let users = self.users.load();
        let Some(look) = users.look() else { return Ok(None) };
        let mut random = [0; NONCE_BYTES];
        getrandom::fill(&mut random).map_err(|_| "the system gives no randomness")?;
        let nonce = <base64ct::Base64 as base64ct::Encoding>::encode_string(&random);
        let (challenge, pending) = Pending::begin(data, &nonce, |name| {
            // The name that a failure counts for.
            hearing.tries(name);
            // Made for everybody, so that it takes as long for those who need none.
            let unprovable = scram::unprovable(name, look, &self.secret);
            let user = users.get(name).filter(|user| user.scram().is_some());
            let verifier = user.and_then(|user| user.scram().cloned());
            (user.cloned(), verifier.unwrap_or(unprovable))
        })?;
        if claimed.is_some_and(|claimed| claimed != pending.name) {
            return Err("another user name beside the exchange");
        }
        let step = Step { file: Arc::clone(&self.users), pending: Mutex::new(Some(pending)) };
        Ok(Some(Authenticated::Challenge(challenge.into_bytes().into(), Exchange(Arc::new(step)))))
    }

    fn end_exchange(&self, data: &[u8], exchange: &Exchange) -> Result<Authenticated, &'static str> {
        let step: &Step = exchange.0.downcast_ref().ok_or("an exchange of somebody else")?;
        if !Arc::ptr_eq(&step.file, &self.users) {
            return Err("an exchange of another file");
        }
        let pending = step.pending.lock().take().ok_or("an exchange that was answered before")?;
        let answer = pending.finish(data)?;
        let user = pending.user.as_ref().filter(|user| stands(&self.users, &pending.name, user));
        user.ok_or("the user was changed meanwhile")?;
        Ok(principal(&pending.name, answer.into_bytes().into()))
    }
}

/// Whether the file still says this of `name`.
fn stands(users: &ArcSwap<Users>, name: &str, user: &Arc<User>) -> bool {
    users.load().get(name).is_some_and(|now| Arc::ptr_eq(now, user))
}

fn believed(name: &str, last_word: Box<[u8]>) -> Verdict {
    Verdict::Answer(Ok(principal(name, last_word)))
}

fn principal(name: &str, last_word: Box<[u8]>) -> Authenticated {
    let principal = Principal { user: Some(Text::from(name)), ..Principal::default() };
    Authenticated::Principal(PrincipalRef::new(principal), last_word)
}

fn refused() -> Verdict {
    Verdict::Answer(Err(Refusal::BadCredentials))
}
