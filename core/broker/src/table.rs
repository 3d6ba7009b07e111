//! Which session a key has.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use tidegate_types::{ClientId, Realm, SessionKey};

use crate::session::Session;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

const SHARDS: usize = 64;

/// The sessions of this node, by key. An entry is one pointer: the key is read from the session.
pub(crate) struct Table {
    hasher: foldhash::fast::RandomState,
    shards: Vec<Mutex<HashTable<Arc<Session>>>>,
    count: AtomicUsize,
}

/// One key's place, locked.
pub(crate) struct Place<'a> {
    table: &'a Table,
    hash: u64,
    shard: MutexGuard<'a, HashTable<Arc<Session>>>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            hasher: foldhash::fast::RandomState::default(),
            shards: (0..SHARDS).map(|_| Mutex::new(HashTable::new())).collect(),
            count: AtomicUsize::new(0),
        }
    }

    fn hash(&self, realm: Realm, client: &[u8]) -> u64 {
        self.hasher.hash_one((realm.0, client))
    }

    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Locks the place of a key.
    pub(crate) fn place(&self, key: &SessionKey) -> Option<Place<'_>> {
        let hash = self.hash(key.realm, key.client.as_bytes());
        let index = usize::try_from(hash >> 40).unwrap_or(0) % SHARDS;
        Some(Place { table: self, hash, shard: self.shards.get(index)?.lock() })
    }

    /// The session of a key.
    pub(crate) fn get(&self, realm: Realm, client: &ClientId) -> Option<Arc<Session>> {
        let key = SessionKey { realm, client: client.clone() };
        self.place(&key)?.get(&key).cloned()
    }

    /// Removes `session`, unless another has its key by now.
    pub(crate) fn remove(&self, session: &Arc<Session>) {
        let Some(mut place) = self.place(&session.key) else { return };
        let hash = place.hash;
        if let Ok(entry) = place.shard.find_entry(hash, |known| Arc::ptr_eq(known, session)) {
            entry.remove();
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The sessions of one shard; `None` past the last.
    pub(crate) fn shard(&self, index: usize) -> Option<Vec<Arc<Session>>> {
        Some(self.shards.get(index)?.lock().iter().cloned().collect())
    }

    /// All sessions at about this time, a shard at a time.
    pub(crate) fn for_each(&self, mut act: impl FnMut(&Arc<Session>)) {
        for shard in &self.shards {
            let sessions: Vec<_> = shard.lock().iter().cloned().collect();
            sessions.iter().for_each(&mut act);
        }
    }
}

impl Place<'_> {
    pub(crate) fn get(&self, key: &SessionKey) -> Option<&Arc<Session>> {
        self.shard.find(self.hash, |known| known.key == *key)
    }

    /// Puts a session here, in place of any other.
    pub(crate) fn put(&mut self, session: Arc<Session>) {
        let hasher = &self.table.hasher;
        let hash = |known: &Arc<Session>| hasher.hash_one((known.key.realm.0, known.key.client.as_bytes()));
        match self.shard.entry(self.hash, |known| known.key == session.key, hash) {
            hashbrown::hash_table::Entry::Occupied(mut other) => *other.get_mut() = session,
            hashbrown::hash_table::Entry::Vacant(free) => {
                free.insert(session);
                self.table.count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
