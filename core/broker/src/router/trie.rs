//! Filters with a wildcard: a trie by level, in shards by the first level.
//!
//! ```text
//! filters            shard of "a"            shard of leading wildcards
//! a/b/+              a ── b ── +             + ── x ── #
//! a/b/#                    └── #
//! a/c/d/+              └─ c/d/+
//! +/x/#
//! ```
//!
//! A node's label is one level or more: nodes stand only where a filter ends or where filters part, so there are
//! at most two a filter, however many levels they have, and a removal touches three nodes.

use std::hash::BuildHasher;

use tidegate_types::Filter;

use super::subscribers::Subscribers;
use super::{FilterCount, Hasher, Inserted, Options, Removed, Target};
use crate::sync::{AtomicUsize, Ordering, RwLock};

mod branch;
mod change;
mod level;
mod node;
mod page;
mod walk;

use branch::Branch;
use level::{Kind, Level};

#[cfg(not(loom))]
const NAMED: usize = 64;
#[cfg(loom)]
const NAMED: usize = 2;

/// The shards by name, and the one of filters that begin with a wildcard.
pub(super) const SHARDS: usize = NAMED + 1;

#[repr(align(64))]
struct Shard<T> {
    /// Filters in it; an empty shard is passed by without its lock.
    filters: AtomicUsize,
    root: RwLock<Branch<T>>,
}

pub(super) struct Trie<T> {
    filters: AtomicUsize,
    leading: Shard<T>,
    named: Box<[Shard<T>; NAMED]>,
}

impl<T> Shard<T> {
    fn new() -> Self {
        Self { filters: AtomicUsize::new(0), root: RwLock::new(Branch::new()) }
    }
}

impl<T: Target> Trie<T> {
    pub(super) fn new() -> Self {
        Self {
            filters: AtomicUsize::new(0),
            leading: Shard::new(),
            named: Box::new(std::array::from_fn(|_| Shard::new())),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.filters.load(Ordering::Relaxed) == 0
    }

    fn shard(&self, filter: &Filter, hasher: &Hasher) -> &Shard<T> {
        let level = Level::at(filter.as_bytes(), 0, hasher);
        if level.kind == Kind::Name { self.named(level.hash) } else { &self.leading }
    }

    fn named(&self, hash: u32) -> &Shard<T> {
        &self.named[usize::try_from(hash).unwrap_or(0) % NAMED]
    }

    pub(super) fn insert(&self, filter: &Filter, target: T, options: Options, hasher: &Hasher) -> Inserted {
        let shard = self.shard(filter, hasher);
        let mut root = shard.root.write();
        let subscribers = change::insert(&mut root, filter, hasher);
        let (first, old) = match subscribers {
            None => return Inserted { first: false, replaced: None },
            Some(Some(subscribers)) => (false, subscribers.insert(target, options)),
            Some(empty) => {
                *empty = Some(Subscribers::one(target, options));
                (true, None)
            }
        };
        if first {
            shard.filters.fetch_add(1, Ordering::Relaxed);
            self.filters.fetch_add(1, Ordering::Relaxed);
        }
        drop(root);
        Inserted { first, replaced: old.map(|(options, _)| options) }
    }

    pub(super) fn remove(&self, filter: &Filter, key: usize, hasher: &Hasher) -> Removed {
        let shard = self.shard(filter, hasher);
        let mut root = shard.root.write();
        let Some(gone) = change::remove(&mut root, filter, key, hasher) else {
            return Removed { last: false, found: false };
        };
        let last = gone.is_last();
        if last {
            shard.filters.fetch_sub(1, Ordering::Relaxed);
            self.filters.fetch_sub(1, Ordering::Relaxed);
        }
        drop(root);
        drop(gone);
        Removed { last, found: true }
    }

    pub(super) fn read<R>(
        &self,
        filter: &Filter,
        hasher: &Hasher,
        f: impl FnOnce(&Subscribers<T>) -> R,
    ) -> Option<R> {
        let root = self.shard(filter, hasher).root.read();
        change::find(&root, filter.as_bytes(), hasher)?.subscribers.as_ref().map(f)
    }

    /// Calls `f` for each match; answers how many nodes it visited.
    pub(super) fn each(&self, topic: &[u8], hasher: &Hasher, mut f: impl FnMut(&T, Options)) -> usize {
        let first = topic.split(|byte| *byte == b'/').next().unwrap_or(topic);
        let mut visited = 0;
        if topic.first() != Some(&b'$') {
            visited += self.leading.each(topic, hasher, &mut f);
        }
        visited + self.named(level::hash(first, hasher)).each(topic, hasher, &mut f)
    }

    /// The next `max` filters of a shard after `after`, with their subscribers.
    pub(super) fn page(
        &self,
        shard: usize,
        after: Option<&Filter>,
        max: usize,
        hasher: &Hasher,
    ) -> Vec<FilterCount> {
        let shard = if shard == NAMED { Some(&self.leading) } else { self.named.get(shard) };
        let Some(shard) = shard else { return Vec::new() };
        page::page(&shard.root.read(), after.map(Filter::as_bytes), max, hasher)
    }
}

impl<T: Target> Shard<T> {
    fn each(&self, topic: &[u8], hasher: &Hasher, f: &mut impl FnMut(&T, Options)) -> usize {
        if self.filters.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        walk::walk(&self.root.read(), topic, hasher, f)
    }
}

#[cfg(test)]
mod tests;
