//! Who is kept out, until when and why.

mod book;
mod key;
mod pattern;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use parking_lot::RwLock;
use tidegate_types::Text;

use book::Book;
pub use key::{BanKey, BanKeyError};
pub use pattern::{Glob, PatternError, Regex};

/// One entry of the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ban {
    /// Who.
    pub what: BanKey,
    /// The first moment it no longer holds; `None` for ever.
    pub until: Option<SystemTime>,
    /// For people.
    pub why: Text,
    /// Who made it: an operator's name, or the part of the broker that did.
    pub by: Text,
    /// When it was made.
    pub made: SystemTime,
    /// Made by the broker itself, which may fill half of the list at most and never replaces an operator's ban.
    pub automatic: bool,
}

impl Ban {
    /// Whether it no longer holds.
    #[must_use]
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// The bytes of its texts, which are what its size depends on.
    fn bytes(&self) -> usize {
        self.what.len().saturating_add(self.why.len()).saturating_add(self.by.len())
    }
}

/// How many bans there may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BanLimits {
    /// All bans. Default 100,000.
    pub bans: usize,
    /// Patterns and regular expressions among them, each of which is tried on every client: with many of them, also
    /// limit how long a client id may be. A regular expression takes some KiB, 64 at most. Default 1,000.
    pub patterns: usize,
    /// Bytes of names and reasons. Default 32 MiB.
    pub bytes: usize,
}

impl Default for BanLimits {
    fn default() -> Self {
        Self { bans: 100_000, patterns: 1_000, bytes: 32 << 20 }
    }
}

/// Why a ban was not taken. Those that hold are untouched.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BanError {
    /// As many as there may be, half as many for automatic ones.
    #[error("there are {limit} bans already")]
    Full {
        /// The limit that was met.
        limit: usize,
    },
    /// As many patterns as there may be.
    #[error("there are {limit} patterns already")]
    TooManyPatterns {
        /// The limit that was met.
        limit: usize,
    },
    /// The texts would hold too many bytes.
    #[error("the bans hold {limit} bytes of text already")]
    TooLong {
        /// The limit that was met.
        limit: usize,
    },
    /// An automatic ban of what an operator has banned: his stays.
    #[error("an operator has banned it already")]
    Stands,
}

/// Who asks to come in; what is not known yet is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Suspect<'a> {
    /// His client id.
    pub client: Option<&'a str>,
    /// His user name.
    pub user: Option<&'a str>,
    /// Where he comes from.
    pub address: Option<IpAddr>,
}

/// The list of bans, shared by all workers.
///
/// With no ban in it a look costs one atomic load. Otherwise it takes a read lock and looks once for the client id,
/// the user name and each prefix length in use, and tries every pattern. What is over is dropped when it is met and
/// by [`Bans::sweep`].
///
/// Full, it refuses new bans, those that are over being dropped first. As the broker's own bans take half of it at
/// most, no flood of clients keeps the operator from adding his.
#[derive(Debug)]
pub struct Bans {
    count: AtomicUsize,
    book: RwLock<Book>,
}

impl Default for Bans {
    fn default() -> Self {
        Self::new(BanLimits::default())
    }
}

impl Bans {
    /// No ban.
    #[must_use]
    pub fn new(limits: BanLimits) -> Self {
        Self { count: AtomicUsize::new(0), book: RwLock::new(Book::new(limits)) }
    }

    /// Adds a ban, or puts it in the place of the one with the same key, which is answered. It holds from here on for
    /// those who ask; who is in already is the caller's to put out, with [`BanKey::covers`].
    ///
    /// # Errors
    /// When there is no room, or an operator's ban stands where an automatic one was to go.
    pub fn set(&self, ban: Ban, now: SystemTime) -> Result<Option<Arc<Ban>>, BanError> {
        let mut book = self.book.write();
        let outcome = match book.set(&ban) {
            Err(BanError::Stands) => Err(BanError::Stands),
            Err(_) if !book.sweep(now).is_empty() => book.set(&ban),
            outcome => outcome,
        };
        self.count.store(book.len(), Ordering::Release);
        outcome
    }

    /// Takes a ban away.
    pub fn lift(&self, key: &BanKey) -> Option<Arc<Ban>> {
        let mut book = self.book.write();
        let lifted = book.remove(key);
        self.count.store(book.len(), Ordering::Release);
        lifted
    }

    /// The ban with exactly this key.
    #[must_use]
    pub fn get(&self, key: &BanKey) -> Option<Arc<Ban>> {
        self.book.read().get(key).cloned()
    }

    /// A ban that keeps `suspect` out now, if there is one: of his client id, user name, address, the longest
    /// network, or a pattern, the oldest first; in this order.
    #[must_use]
    pub fn find(&self, suspect: &Suspect<'_>, now: SystemTime) -> Option<Arc<Ban>> {
        if self.is_empty() {
            return None;
        }
        let mut over = Vec::new();
        let found = self.book.read().find(suspect, now, &mut over);
        if !over.is_empty() {
            self.drop_met(&over);
        }
        found
    }

    /// At most `most` bans, by the order of their keys, from the first after `after`: a page.
    #[must_use]
    pub fn list(&self, after: Option<&BanKey>, most: usize) -> Vec<Arc<Ban>> {
        let mut page: Vec<Arc<Ban>> = self
            .book
            .read()
            .all()
            .filter(|ban| after.is_none_or(|after| ban.what > *after))
            .cloned()
            .collect();
        if most < page.len() {
            page.select_nth_unstable_by(most, |a, b| a.what.cmp(&b.what));
            page.truncate(most);
        }
        page.sort_unstable_by(|a, b| a.what.cmp(&b.what));
        page
    }

    /// Drops the bans that are over and answers them. Once a minute is plenty.
    pub fn sweep(&self, now: SystemTime) -> Vec<Arc<Ban>> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut book = self.book.write();
        let over = book.sweep(now);
        self.count.store(book.len(), Ordering::Release);
        over
    }

    /// How many there are, those that are over and were not met yet too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn drop_met(&self, over: &[Arc<Ban>]) {
        let mut book = self.book.write();
        for ban in over {
            if book.get(&ban.what).is_some_and(|current| Arc::ptr_eq(current, ban)) {
                book.remove(&ban.what);
            }
        }
        self.count.store(book.len(), Ordering::Release);
    }
}
