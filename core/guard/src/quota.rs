//! How much of what exists is one user's.

#[cfg(test)]
mod tests;

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use tidegate_types::Text;

/// What is counted for a user.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Sessions, connected or kept.
    Sessions,
    /// Subscriptions of all his sessions.
    Subscriptions,
    /// Retained messages he published last.
    RetainedMessages,
    /// Bytes of them, as held.
    RetainedBytes,
}

const KINDS: usize = 4;
const SHARDS: usize = 16;

/// It would be more than the user may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{used} of {limit} in use, {wanted} more wanted")]
pub struct Exceeded {
    /// What he has.
    pub used: u64,
    /// What he may have.
    pub limit: u64,
    /// What was asked for.
    pub wanted: u64,
}

/// Counts by user name. An entry exists while its user has something: the table is as large as what it counts, which
/// is bounded elsewhere.
///
/// Clients without a user name are counted under whatever name the caller gives them, or not at all.
#[derive(Debug)]
pub struct Quotas {
    shards: [Mutex<Shard>; SHARDS],
    hash: RandomState,
}

type Shard = HashMap<Text, [u64; KINDS], RandomState>;

impl Default for Quotas {
    fn default() -> Self {
        Self::new()
    }
}

impl Quotas {
    /// Nobody has anything.
    #[must_use]
    pub fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), hash: RandomState::default() }
    }

    /// Counts `n` more for `user` until the hold is dropped, unless that made more than `limit`. `u64::MAX` is no
    /// limit: what is restored after a restart is counted whatever the limit is now.
    ///
    /// # Errors
    /// When it would be too many. Nothing is counted then.
    pub fn take(self: &Arc<Self>, user: &Text, kind: Kind, n: u64, limit: u64) -> Result<Hold, Exceeded> {
        self.count(user, kind, n, limit)?;
        Ok(Hold { quotas: Arc::clone(self), user: user.clone(), kind, n })
    }

    /// As [`Quotas::take`], for an owner who says [`Quotas::give_back`] himself: for things too many and too small
    /// to carry a hold each.
    ///
    /// # Errors
    /// When it would be too many. Nothing is counted then.
    pub fn count(&self, user: &Text, kind: Kind, n: u64, limit: u64) -> Result<(), Exceeded> {
        let mut shard = self.shard(user).lock();
        let used = shard.get(user).map_or(0, |counts| counts[kind as usize]);
        match used.checked_add(n) {
            Some(sum) if sum <= limit => {
                if n > 0 {
                    shard.entry(user.clone()).or_default()[kind as usize] = sum;
                }
                Ok(())
            }
            _ => Err(Exceeded { used, limit, wanted: n }),
        }
    }

    /// Counts `n` less for `user`.
    pub fn give_back(&self, user: &Text, kind: Kind, n: u64) {
        let mut shard = self.shard(user).lock();
        let Some(counts) = shard.get_mut(user) else { return };
        let count = &mut counts[kind as usize];
        debug_assert!(n <= *count, "more was given back than taken");
        *count = count.saturating_sub(n);
        if counts.iter().all(|count| *count == 0) {
            shard.remove(user);
        }
    }

    /// What `user` has.
    #[must_use]
    pub fn used(&self, user: &Text, kind: Kind) -> u64 {
        self.shard(user).lock().get(user).map_or(0, |counts| counts[kind as usize])
    }

    /// Users who have something.
    #[must_use]
    pub fn users(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    fn shard(&self, user: &Text) -> &Mutex<Shard> {
        let hash = self.hash.hash_one(user);
        &self.shards[usize::try_from(hash >> 32).unwrap_or(0) % SHARDS]
    }
}

/// Something counted for a user, given back when dropped.
#[derive(Debug)]
#[must_use = "dropped at once it counts nothing"]
pub struct Hold {
    quotas: Arc<Quotas>,
    user: Text,
    kind: Kind,
    n: u64,
}

impl Hold {
    /// How many it holds.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.n
    }

    /// Holds `n` more: a session's one hold for all its subscriptions.
    ///
    /// # Errors
    /// When it would be too many for the user. Nothing changes then.
    pub fn add(&mut self, n: u64, limit: u64) -> Result<(), Exceeded> {
        self.quotas.count(&self.user, self.kind, n, limit)?;
        self.n = self.n.saturating_add(n);
        Ok(())
    }

    /// Gives `n` back, all of them at most.
    pub fn give_back(&mut self, n: u64) {
        let n = n.min(self.n);
        self.n -= n;
        self.quotas.give_back(&self.user, self.kind, n);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.quotas.give_back(&self.user, self.kind, self.n);
    }
}
