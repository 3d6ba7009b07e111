//! Filters without a wildcard: a hash table in shards.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as TableEntry;
use tidegate_types::Filter;

use super::subscribers::{Subscribers, Taken};
use super::{FilterCount, Hasher, Inserted, Options, Removed, Target};
use crate::sync::RwLock;

#[cfg(not(loom))]
pub(super) const SHARDS: usize = 64;
#[cfg(loom)]
pub(super) const SHARDS: usize = 2;

/// One filter; 24 bytes when a target is one pointer and the only one.
pub(super) struct Entry<T> {
    filter: Filter,
    subscribers: Subscribers<T>,
}

/// On its own cache line, so that workers on neighbouring shards do not slow each other.
#[repr(align(64))]
struct Shard<T>(RwLock<HashTable<Entry<T>>>);

pub(super) struct Exact<T>(Box<[Shard<T>; SHARDS]>);

impl<T: Target> Exact<T> {
    pub(super) fn new() -> Self {
        Self(Box::new(std::array::from_fn(|_| Shard(RwLock::new(HashTable::new())))))
    }

    /// The table places by the lowest and the highest bits of the hash: the shard is chosen by others.
    #[inline]
    fn shard(&self, hash: u64) -> &RwLock<HashTable<Entry<T>>> {
        &self.0[number(hash)].0
    }

    pub(super) fn insert(&self, filter: &Filter, target: T, options: Options, hasher: &Hasher) -> Inserted {
        let hash = hasher.hash_one(filter.as_bytes());
        let mut table = self.shard(hash).write();
        let found = table.entry(hash, |entry| entry.filter == *filter, |entry| entry.hash(hasher));
        match found {
            TableEntry::Vacant(vacant) => {
                let subscribers = Subscribers::one(target, options);
                vacant.insert(Entry { filter: filter.clone(), subscribers });
                Inserted { first: true, replaced: None }
            }
            TableEntry::Occupied(mut occupied) => {
                let old = occupied.get_mut().subscribers.insert(target, options);
                drop(table);
                Inserted { first: false, replaced: old.map(|(options, _)| options) }
            }
        }
    }

    pub(super) fn remove(&self, filter: &Filter, key: usize, hasher: &Hasher) -> Removed {
        let hash = hasher.hash_one(filter.as_bytes());
        let mut table = self.shard(hash).write();
        let Ok(mut found) = table.find_entry(hash, |entry| entry.filter == *filter) else {
            return Removed { last: false, found: false };
        };
        match found.get_mut().subscribers.remove(key) {
            Taken::Absent => Removed { last: false, found: false },
            Taken::Some(gone) => {
                drop(table);
                drop(gone);
                Removed { last: false, found: true }
            }
            Taken::Last => {
                let (gone, _) = found.remove();
                let (len, capacity) = (table.len(), table.capacity());
                if capacity > 64 && len < capacity / 8 {
                    table.shrink_to(len * 2, |entry| entry.hash(hasher));
                }
                drop(table);
                drop(gone);
                Removed { last: true, found: true }
            }
        }
    }

    pub(super) fn read<R>(
        &self,
        filter: &Filter,
        hasher: &Hasher,
        f: impl FnOnce(&Subscribers<T>) -> R,
    ) -> Option<R> {
        let hash = hasher.hash_one(filter.as_bytes());
        let table = self.shard(hash).read();
        table.find(hash, |entry| entry.filter == *filter).map(|entry| f(&entry.subscribers))
    }

    #[inline]
    pub(super) fn each(&self, topic: &[u8], hash: u64, mut f: impl FnMut(&T, Options)) {
        let table = self.shard(hash).read();
        if let Some(entry) = table.find(hash, |entry| entry.filter.as_bytes() == topic) {
            entry.subscribers.each(&mut f);
        }
    }

    /// The next `max` filters of a shard after `after` in the order of hash, then text, with their subscribers.
    pub(super) fn page(
        &self,
        shard: usize,
        after: Option<&Filter>,
        max: usize,
        hasher: &Hasher,
    ) -> Vec<FilterCount> {
        let Some(shard) = self.0.get(shard) else { return Vec::new() };
        let after = after.map(|filter| (hasher.hash_one(filter.as_bytes()), filter));
        let table = shard.0.read();
        let all = table.iter().map(|entry| (entry.hash(hasher), &entry.filter, &entry.subscribers));
        let mut rest: Vec<_> =
            all.filter(|(hash, filter, _)| after.is_none_or(|after| (*hash, *filter) > after)).collect();
        if rest.len() > max {
            rest.select_nth_unstable_by_key(max, |(hash, filter, _)| (*hash, *filter));
            rest.truncate(max);
        }
        rest.sort_unstable_by_key(|(hash, filter, _)| (*hash, *filter));
        rest.iter()
            .map(|(_, filter, subscribers)| FilterCount {
                filter: (*filter).clone(),
                subscribers: subscribers.len(),
            })
            .collect()
    }
}

impl<T> Entry<T> {
    fn hash(&self, hasher: &Hasher) -> u64 {
        hasher.hash_one(self.filter.as_bytes())
    }
}

fn number(hash: u64) -> usize {
    usize::try_from(hash >> 40).unwrap_or(0) % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_twenty_four_bytes() {
        assert_eq!(size_of::<Entry<std::sync::Arc<u32>>>(), 24);
    }
}
