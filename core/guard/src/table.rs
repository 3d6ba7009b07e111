//! A bounded table of what is known of many names.
//!
//! A name that is not in a full table takes the place of another: of the least worth among the next few under a
//! moving hand, those that say nothing any more first. So nobody is ever refused for want of room, memory does not
//! grow, and who floods the table with new names overwrites his own: a name about which little was noted goes
//! before one about which much was.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use parking_lot::Mutex;

use crate::Tick;

#[cfg(test)]
mod tests;

/// What a table holds of a name, in sixteen bytes: an address's prefix, or a keyed hash.
pub(crate) type Key = [u8; 16];

/// How much would be lost by forgetting something.
pub trait Worth {
    /// What it is measured by.
    type Rule;

    /// Zero when nothing is lost; the higher, the longer it is kept.
    fn worth(&self, rule: &Self::Rule, now: Tick) -> u64;
}

/// How many entries are looked at to find the least worth.
const LOOKED_AT: usize = 16;
/// Parts of a table, each under its own lock.
const SHARDS: usize = 16;

#[derive(Debug)]
pub(crate) struct Table<T> {
    shards: Box<[Mutex<Shard<T>>]>,
    hash: RandomState,
    forgotten: AtomicU64,
}

#[derive(Debug)]
struct Shard<T> {
    index: HashTable<u32>,
    slots: Vec<Slot<T>>,
    most: usize,
    hand: usize,
    births: u32,
}

#[derive(Debug)]
struct Slot<T> {
    key: Key,
    /// Tells an entry from an earlier one of the same name that was forgotten.
    birth: u32,
    state: T,
}

impl<T: Default + Worth> Table<T> {
    /// A table of at most `most` entries (one at least; rounded up to a multiple of the number of parts).
    pub(crate) fn new(most: usize) -> Self {
        let shards = (most / 64).clamp(1, SHARDS);
        let most = most.div_ceil(shards).clamp(1, 1 << 28);
        let shard = || Shard { index: HashTable::new(), slots: Vec::new(), most, hand: 0, births: 0 };
        Self {
            shards: std::iter::repeat_with(|| Mutex::new(shard())).take(shards).collect(),
            hash: RandomState::default(),
            forgotten: AtomicU64::new(0),
        }
    }

    /// Does `act` with what is known of `key`, from nothing if need be; it is given the entry's birth too.
    pub(crate) fn with<R>(
        &self,
        key: Key,
        rule: &T::Rule,
        now: Tick,
        act: impl FnOnce(&mut T, u32) -> R,
    ) -> R {
        let hash = self.hash.hash_one(key);
        let mut shard = self.shard(hash).lock();
        let at = match shard.find(hash, &key) {
            Some(at) => at,
            None => {
                let (at, lost) = shard.admit(key, hash, |other| self.hash.hash_one(other), rule, now);
                self.forgotten.fetch_add(u64::from(lost), Ordering::Relaxed);
                at
            }
        };
        let slot = &mut shard.slots[at];
        act(&mut slot.state, slot.birth)
    }

    /// Does `act` with what is known of `key`, if anything is.
    pub(crate) fn known<R>(&self, key: Key, act: impl FnOnce(&mut T, u32) -> R) -> Option<R> {
        let hash = self.hash.hash_one(key);
        let mut shard = self.shard(hash).lock();
        let at = shard.find(hash, &key)?;
        shard.slots.get_mut(at).map(|slot| act(&mut slot.state, slot.birth))
    }

    /// Drops what is worth nothing and gives its memory back.
    pub(crate) fn sweep(&self, rule: &T::Rule, now: Tick) {
        for shard in &self.shards {
            let shard = &mut *shard.lock();
            let before = shard.slots.len();
            shard.slots.retain(|slot| slot.state.worth(rule, now) > 0);
            if shard.slots.len() < before {
                shard.rebuild(|key| self.hash.hash_one(key));
            }
        }
    }

    /// Entries held.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().slots.len()).sum()
    }

    /// Entries that had to go although they were worth something.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard<T>> {
        // The index takes the lowest and the highest bits.
        let at = usize::try_from(hash >> 32).unwrap_or(0) % self.shards.len();
        &self.shards[at]
    }
}

impl<T: Default + Worth> Shard<T> {
    fn find(&self, hash: u64, key: &Key) -> Option<usize> {
        let same = |at: &u32| self.slots.get(place(*at)).is_some_and(|slot| slot.key == *key);
        self.index.find(hash, same).map(|at| place(*at))
    }

    /// Makes an entry for `key`, and says where and whether one that was worth something had to go.
    fn admit(
        &mut self,
        key: Key,
        hash: u64,
        hash_of: impl Fn(&Key) -> u64,
        rule: &T::Rule,
        now: Tick,
    ) -> (usize, bool) {
        self.births = self.births.wrapping_add(1);
        let slot = Slot { key, birth: self.births, state: T::default() };
        let (at, lost) = if self.slots.len() < self.most {
            self.slots.push(slot);
            (self.slots.len() - 1, false)
        } else {
            let (at, worth) = self.least(rule, now);
            if let Some(old) = self.slots.get_mut(at) {
                let old = std::mem::replace(old, slot);
                if let Ok(entry) = self.index.find_entry(hash_of(&old.key), |found| place(*found) == at) {
                    entry.remove();
                }
            }
            (at, worth > 0)
        };
        let slots = &self.slots;
        let rehash = |at: &u32| slots.get(place(*at)).map_or(0, |slot| hash_of(&slot.key));
        self.index.insert_unique(hash, u32::try_from(at).unwrap_or(u32::MAX), rehash);
        (at, lost)
    }

    /// Where the entry is that is worth the least of the next few, and its worth.
    fn least(&mut self, rule: &T::Rule, now: Tick) -> (usize, u64) {
        let mut least = (self.hand, u64::MAX);
        for _ in 0..LOOKED_AT.min(self.slots.len()) {
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 0 };
            let worth = self.slots.get(self.hand).map_or(u64::MAX, |slot| slot.state.worth(rule, now));
            if worth < least.1 {
                least = (self.hand, worth);
            }
            if worth == 0 {
                break;
            }
        }
        least
    }

    fn rebuild(&mut self, hash_of: impl Fn(&Key) -> u64) {
        self.slots.shrink_to(self.slots.len().saturating_mul(2));
        self.index = HashTable::with_capacity(self.slots.len());
        self.hand = 0;
        let slots = &self.slots;
        let rehash = |at: &u32| slots.get(place(*at)).map_or(0, |slot| hash_of(&slot.key));
        for (at, slot) in slots.iter().enumerate() {
            self.index.insert_unique(hash_of(&slot.key), u32::try_from(at).unwrap_or(u32::MAX), rehash);
        }
    }
}

fn place(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
