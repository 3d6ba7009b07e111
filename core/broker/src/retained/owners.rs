//! For whom a retained value counts.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use tidegate_guard::{Kind, Quotas};
use tidegate_types::{Message, Text};

use super::RetainedFull;

/// The user who published a value, and how many such he may have.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) user: Text,
    /// Values; `u64::MAX` is without limit.
    pub(crate) messages: u64,
    /// Bytes they hold; `u64::MAX` is without limit.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
struct Owned {
    message: Message,
    user: Text,
}

/// The values that count for somebody. Empty where nobody counts.
#[derive(Debug, Default)]
pub(super) struct Owners {
    quotas: Arc<Quotas>,
    hasher: foldhash::fast::RandomState,
    owned: HashTable<Owned>,
}

fn bytes(message: &Message) -> u64 {
    u64::try_from(message.held_bytes()).unwrap_or(u64::MAX)
}

impl Owners {
    pub(super) fn new(quotas: Arc<Quotas>) -> Self {
        Self { quotas, ..Self::default() }
    }

    /// Counts a new value instead of the one before; the one before goes on counting when that is refused.
    pub(super) fn replace(&mut self, message: &Message, owner: Option<&Owner>) -> Result<(), RetainedFull> {
        let before = self.take(message.topic_bytes());
        let Some(owner) = owner else { return Ok(()) };
        if self.count(message, owner) {
            return Ok(());
        }
        if let Some(Owned { message, user }) = before {
            self.count(&message, &Owner { user, messages: u64::MAX, bytes: u64::MAX });
        }
        Err(RetainedFull)
    }

    fn count(&mut self, message: &Message, owner: &Owner) -> bool {
        let (user, size) = (&owner.user, bytes(message));
        if self.quotas.count(user, Kind::RetainedMessages, 1, owner.messages).is_err() {
            return false;
        }
        if self.quotas.count(user, Kind::RetainedBytes, size, owner.bytes).is_err() {
            self.quotas.give_back(user, Kind::RetainedMessages, 1);
            return false;
        }
        let hasher = &self.hasher;
        let hash = hasher.hash_one(message.topic_bytes());
        let owned = Owned { message: message.clone(), user: user.clone() };
        self.owned.insert_unique(hash, owned, |owned| hasher.hash_one(owned.message.topic_bytes()));
        true
    }

    /// Whether the value of a topic counts for a user.
    pub(super) fn counts(&self, topic: &[u8], user: &Text) -> bool {
        let hash = self.hasher.hash_one(topic);
        let owned = self.owned.find(hash, |owned| owned.message.topic_bytes() == topic);
        owned.is_some_and(|owned| owned.user == *user)
    }

    /// The value of a topic counts for nobody any more.
    pub(super) fn forget(&mut self, topic: &[u8]) {
        self.take(topic);
    }

    fn take(&mut self, topic: &[u8]) -> Option<Owned> {
        if self.owned.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one(topic);
        let found = self.owned.find_entry(hash, |owned| owned.message.topic_bytes() == topic).ok()?;
        let (owned, _) = found.remove();
        self.quotas.give_back(&owned.user, Kind::RetainedMessages, 1);
        self.quotas.give_back(&owned.user, Kind::RetainedBytes, bytes(&owned.message));
        Some(owned)
    }
}
