//! Users in a file, for tidegate: an [`tidegate_broker::Authenticator`] over lines `user:credential`, where a credential is a password
//! hash (argon2id, or what mosquitto's tool writes) or a SCRAM-SHA-256 verifier.
//!
//! A hash takes its time, so it is computed on a few threads of their own behind a bounded queue that addresses share
//! fairly; who finds no room is told that the broker is busy. A proof that succeeded is remembered, per user and as a
//! digest keyed with a number of this process, so that a client that comes again costs no second hash. SCRAM costs
//! the client the slow hash and the broker next to nothing: it needs no queue.
//!
//! Who is not in the file is passed on to the next authenticator, after the same work as for a wrong password; who is
//! in it and shows a wrong one, or none, is refused: no later authenticator that believes names is asked about him.
//!
//! It deliberately lacks rules (who may do what), channel binding, and a watch on the file: it is read again when it
//! is told to ([`AuthFile::reload`]).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

mod authenticate;
mod edit;
mod hash;
mod import;
mod pool;
mod proof;
mod scram;
mod store;
mod user;
mod users;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

pub use edit::{DEFAULT_SCRAM_ITERATIONS, EditError, remove_user, set_scram, set_user};
pub use hash::Cost;
pub use import::{Import, import_mosquitto};
pub use pool::HashPool;
pub use users::{FileError, LineError, Replaced, Users};

use proof::Proofs;
use scram::Key;

/// The longest password that is looked at, in bytes; a longer one is wrong.
const LONGEST_PASSWORD: usize = 1024;

/// Bounds of the threads that compute hashes, and what the file is.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads. Each holds the memory of one hash (19 MiB by default) while it works.
    pub threads: usize,
    /// Logins that wait for a thread, of all addresses; one address holds at most as many as are left free. Who finds
    /// no room is told that the broker is busy.
    pub queue: usize,
    /// A login that has waited for longer is told that the broker is busy, without the work: by then its peer is
    /// likely gone. It is told so within this and the time of one hash, which together should stay below the time in
    /// which a client has to be let in (10 s by default).
    pub patience: Duration,
    /// The file knows everybody who has a name: a user who is not in it is refused and no other authenticator is
    /// asked.
    pub authoritative: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let threads = (cores / 2).clamp(1, 4);
        Self { threads, queue: 512, patience: Duration::from_secs(5), authoritative: false }
    }
}

/// A password file that was read.
#[derive(Debug)]
pub struct AuthFile {
    users: Arc<ArcSwap<Users>>,
    proofs: Arc<Proofs>,
    pool: Arc<HashPool>,
    /// Makes the salts of those who are not in the file. It stays when the file is read again, so that their salts
    /// do not change when others' do not.
    secret: Key,
    path: Option<PathBuf>,
    /// Held while the file is read again, so that what was read last is what holds.
    reading: Mutex<()>,
    patience: Duration,
    authoritative: bool,
}

impl AuthFile {
    /// Reads a password file.
    ///
    /// # Errors
    /// When it cannot be read, or a line is none; and when the system gives no threads or randomness.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, FileError> {
        let users = Users::read(path)?;
        Ok(Self { path: Some(path.to_owned()), ..Self::new(users, settings)? })
    }

    /// Reads a password file whose hashes are computed by a pool that others use too; threads and queue are the
    /// pool's, not those of `settings`.
    ///
    /// # Errors
    /// When it cannot be read, or a line is none; and when the system gives no randomness.
    pub fn open_sharing(path: &Path, settings: Settings, pool: Arc<HashPool>) -> Result<Self, FileError> {
        let users = Users::read(path)?;
        Ok(Self { path: Some(path.to_owned()), ..Self::with(users, settings, pool)? })
    }

    /// An authenticator for these users.
    ///
    /// # Errors
    /// When the system gives no threads or randomness.
    pub fn new(users: Users, settings: Settings) -> Result<Self, FileError> {
        let pool = HashPool::start(settings.threads, settings.queue).map_err(FileError::System)?;
        Self::with(users, settings, Arc::new(pool))
    }

    fn with(users: Users, settings: Settings, pool: Arc<HashPool>) -> Result<Self, FileError> {
        let Settings { patience, authoritative, .. } = settings;
        let (proofs, secret) = (Arc::new(Proofs::new()?), users.secret());
        let users = Arc::new(ArcSwap::from_pointee(users));
        Ok(Self {
            users,
            proofs,
            pool,
            secret,
            path: None,
            reading: Mutex::default(),
            patience,
            authoritative,
        })
    }

    /// Reads the file again; answers who changed. Users of whom it says the same stay proved, so that a
    /// fleet that comes back costs no hashes. Logins on their way are judged by the new file.
    ///
    /// A file that cannot be read, or has a line that is none, changes nothing: who could log in before still can,
    /// and nobody else. The authenticator does not count as down then.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is none.
    pub fn reload(&self) -> Result<Replaced, FileError> {
        let _reading = self.reading.lock();
        match &self.path {
            Some(path) => Ok(self.replace(Users::read(path)?)),
            None => Ok(Replaced { users: self.users(), ..Replaced::default() }),
        }
    }

    /// Puts users that were read already in force, as [`AuthFile::reload`] does; answers who changed. Logins that were
    /// answered before this returns may open their sessions after it.
    pub fn replace(&self, mut users: Users) -> Replaced {
        let replaced = users.keep_from(&self.users.load());
        self.users.store(Arc::new(users));
        replaced
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<tidegate_types::Text> {
        self.users.load().names().map(tidegate_types::Text::from).collect()
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.load().len()
    }
}

#[cfg(test)]
mod tests;
