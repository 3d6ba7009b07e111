//! Users and password hashes in a file, for tidegate: an [`Authenticator`] over lines `user:argon2id-hash`.
//!
//! A hash takes its time, so it is computed on a few threads of its own behind a bounded queue; a full queue says
//! busy and nobody waits. Who is not in the file is refused after the same work as for a wrong password. A proof that
//! succeeded is remembered, per user and as a digest keyed with a number of this process, so that a client that comes
//! again costs no second hash.
//!
//! It deliberately lacks rules (who may do what) and watches nothing: a changed file is opened anew.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod edit;
mod hash;
mod pool;
mod proof;
mod users;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_broker::{
    Adjourned, Authenticated, Authenticator, Credentials, Hearing, Principal, PrincipalRef, Verdict,
};
use tidegate_types::{Refusal, Text};

pub use edit::{EditError, remove_user, set_user};
pub use hash::Cost;
pub use users::{FileError, LineError, Users};

use pool::Pool;
use proof::Proofs;
use users::User;

/// The longest password that is looked at, in bytes; a longer one is wrong.
const LONGEST_PASSWORD: usize = 1024;

/// Bounds of the threads that compute hashes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads. Each holds the memory of one hash (19 MiB by default) while it works.
    pub threads: usize,
    /// Logins that wait for a thread; one more is told that the broker is busy.
    pub queue: usize,
    /// A login that has waited for longer is told that the broker is busy, without the work: by then its peer is
    /// likely gone.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { threads: (cores / 2).clamp(1, 4), queue: 256, patience: Duration::from_secs(8) }
    }
}

/// A password file that was read.
#[derive(Debug)]
pub struct AuthFile {
    users: Arc<Users>,
    proofs: Arc<Proofs>,
    pool: Pool,
    patience: Duration,
}

impl AuthFile {
    /// Reads a password file.
    ///
    /// # Errors
    /// When it cannot be read, or a line is none; and when the system gives no threads or randomness.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, FileError> {
        Self::new(Users::read(path)?, settings)
    }

    /// An authenticator for these users.
    ///
    /// # Errors
    /// When the system gives no threads or randomness.
    pub fn new(users: Users, settings: Settings) -> Result<Self, FileError> {
        let proofs = Arc::new(Proofs::new()?);
        let pool = Pool::start(settings.threads, settings.queue).map_err(FileError::System)?;
        Ok(Self { users: Arc::new(users), proofs, pool, patience: settings.patience })
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Has a hash computed, if there is room.
    fn ask(&self, name: &str, user: Option<&Arc<User>>, password: &[u8], hearing: &Hearing<'_>) -> Verdict {
        // Who is not there is compared with a hash that nothing matches.
        let user = user.map_or_else(|| Arc::clone(self.users.nobody()), Arc::clone);
        let (proofs, password) = (Arc::clone(&self.proofs), password.to_vec());
        let name = Text::from(if user.is_nobody() { "" } else { name });
        let (asked, patience) = (Instant::now(), self.patience);
        let adjourned: Adjourned = hearing.adjourn();
        let job = move || {
            let answer = if asked.elapsed() > patience {
                Err(Refusal::Busy)
            } else if user.matches(&password) {
                proofs.remember(&user, name.as_str(), &password);
                believed(&name)
            } else {
                Err(Refusal::BadCredentials)
            };
            adjourned.answer(Verdict::Answer(answer));
        };
        if self.pool.give(Box::new(job)) { Verdict::Later } else { Verdict::Answer(Err(Refusal::Busy)) }
    }
}

impl Authenticator for AuthFile {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let (Some(name), None) = (credentials.user, credentials.method) else { return Verdict::Abstain };
        let Some(password) = credentials.password.filter(|password| password.len() <= LONGEST_PASSWORD)
        else {
            return Verdict::Answer(Err(Refusal::BadCredentials));
        };
        let user = self.users.get(name);
        if let Some(user) = user
            && self.proofs.knows(user, name, password)
        {
            return Verdict::Answer(believed(&Text::from(name)));
        }
        self.ask(name, user, password, hearing)
    }
}

fn believed(name: &Text) -> Result<Authenticated, Refusal> {
    let principal = Principal { user: Some(name.clone()), ..Principal::default() };
    Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default()))
}

#[cfg(test)]
mod tests;
