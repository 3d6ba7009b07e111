//! Inbound exactly-once keys.

use hashbrown::HashSet;

/// Keys of messages a client sent exactly once and has not forgotten yet. A repeat under one of them is the same
/// message.
#[derive(Debug, Default)]
pub(crate) struct OnceKeys(HashSet<u32, foldhash::fast::RandomState>);

/// What a key was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Once {
    New,
    Known,
    Full,
}

impl OnceKeys {
    pub(crate) fn insert(&mut self, key: u32, limit: usize) -> Once {
        if self.0.contains(&key) {
            Once::Known
        } else if self.0.len() >= limit {
            Once::Full
        } else {
            self.0.insert(key);
            Once::New
        }
    }

    pub(crate) fn contains(&self, key: u32) -> bool {
        self.0.contains(&key)
    }

    pub(crate) fn remove(&mut self, key: u32) -> bool {
        let known = self.0.remove(&key);
        if self.0.is_empty() && self.0.capacity() > 64 {
            self.0 = HashSet::default();
        }
        known
    }
}
