//! The last value of each topic that asked to be retained.
//!
//! One tree in the order of levels (the separator sorts below every character), so that a topic is followed by what
//! lies under it. A message is its own key: a value costs its message and some twelve bytes. A scan jumps from
//! match to match, is bounded in each call, and goes on where it ended whatever changed meanwhile.
//!
//! It deliberately lacks rules about who may read a value, and the order of a value's storing and routing: both are
//! the door's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tidegate_guard::{Kind, Quotas};
use tidegate_types::{Filter, Limits, Message};

use crate::sync::{Mutex, RwLock};

mod order;
mod owners;
mod scan;

pub use scan::{Cursor, ScanEnd};

use order::{Entry, Probe};
pub(crate) use owners::Owner;
use owners::Owners;

/// The store is full: a message of its bytes, or one more, does not fit. Nothing has changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the store of retained messages is full")]
pub struct RetainedFull;

/// The store, shared by all workers; its lock is held for one value's change or one bounded part of a scan.
#[derive(Debug)]
pub struct Retained {
    max_messages: usize,
    max_bytes: usize,
    state: RwLock<State>,
    /// Where the last sweep ended.
    swept: Mutex<Option<Cursor>>,
}

#[derive(Debug, Default)]
struct State {
    values: BTreeSet<Entry>,
    bytes: usize,
    /// Values that expire some day.
    expiring: usize,
    owners: Owners,
}

impl Retained {
    /// An empty store that takes [`Limits::retained_messages`] and [`Limits::retained_bytes`].
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            max_messages: limits.retained_messages,
            max_bytes: limits.retained_bytes,
            state: RwLock::new(State::default()),
            swept: Mutex::new(None),
        }
    }

    /// The same store, whose values count for users.
    pub(crate) fn counted_by(self, quotas: Arc<Quotas>) -> Self {
        self.state.write().owners = Owners::new(quotas);
        self
    }

    /// Stores `message` as the value of its topic, in place of the one before.
    ///
    /// # Errors
    /// When it does not fit; the value before stays.
    pub fn set(&self, message: Message) -> Result<(), RetainedFull> {
        self.set_for(message, None)
    }

    /// Whether a further value of `topic` is within what its publisher may have, bytes apart.
    pub(crate) fn has_room_for(&self, topic: &[u8], owner: &Owner, quotas: &Quotas) -> bool {
        quotas.used(&owner.user, Kind::RetainedMessages) < owner.messages
            || self.state.read().owners.counts(topic, &owner.user)
    }

    /// The same for a value that counts for a user.
    ///
    /// # Errors
    /// When it does not fit, or is more than he may have; the value before stays.
    pub(crate) fn set_for(&self, message: Message, owner: Option<&Owner>) -> Result<(), RetainedFull> {
        let mut state = self.state.write();
        let old = state.values.get(Probe(message.topic_bytes()).as_key()).map(|entry| entry.0.clone());
        let messages = state.values.len() + usize::from(old.is_none());
        let given_back = old.as_ref().map_or(0, Message::held_bytes);
        let bytes = state.bytes.saturating_sub(given_back).saturating_add(message.held_bytes());
        // A smaller value may always replace a larger one, also after a limit was lowered.
        if (messages > self.max_messages && old.is_none()) || (bytes > self.max_bytes && bytes > state.bytes)
        {
            return Err(RetainedFull);
        }
        state.owners.replace(&message, owner)?;
        state.bytes = bytes;
        state.expiring += usize::from(message.expires().is_some());
        state.expiring -= usize::from(old.as_ref().is_some_and(|old| old.expires().is_some()));
        let replaced = state.values.replace(Entry(message));
        drop(state);
        drop((replaced, old));
        Ok(())
    }

    /// Forgets the value of `topic`; answers whether there was one.
    pub fn clear(&self, topic: &[u8]) -> bool {
        let gone = self.state.write().take(topic);
        gone.is_some()
    }

    /// The value of `topic`, expired or not.
    #[must_use]
    pub fn get(&self, topic: &[u8]) -> Option<Message> {
        self.state.read().values.get(Probe(topic).as_key()).map(|entry| entry.0.clone())
    }

    /// Values stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.read().values.len()
    }

    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes their messages hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state.read().bytes
    }

    /// Adds values whose topic matches `filter` to `out`, expired ones too, in the order of levels, from the
    /// beginning or from where an earlier call ended.
    ///
    /// One call looks at `max_visited` values and finds `max_found` at most (at least one each). A topic that has a
    /// value during all calls of a scan is found exactly once, with one of the values it had. Filters that begin with
    /// a wildcard do not see topics that begin with `$` [MQTT-4.7.2-1].
    pub fn scan(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        max_visited: usize,
        max_found: usize,
        out: &mut Vec<Message>,
    ) -> ScanEnd {
        if !filter.has_wildcard() {
            if after.is_none() {
                out.extend(self.get(filter.as_bytes()));
            }
            return ScanEnd::Done;
        }
        scan::scan(&self.state.read().values, filter, after, (max_visited, max_found), out).end
    }

    /// Looks at the next `max_visited` values, from where the last sweep ended, and drops those that have expired at
    /// `now`; answers how many. Costs nothing while no value expires.
    pub fn sweep(&self, now: Instant, max_visited: usize) -> usize {
        let mut swept = self.swept.lock();
        let state = self.state.read();
        if state.expiring == 0 {
            return 0;
        }
        let mut expired = Vec::new();
        *swept = scan::visit(&state.values, swept.as_ref(), max_visited, |message| {
            if message.is_expired(now) {
                expired.push(message.clone());
            }
        });
        drop(state);
        let mut dropped = 0;
        for message in &expired {
            let mut state = self.state.write();
            // A newer value may have come between the two locks.
            let same = state.values.get(Probe(message.topic_bytes()).as_key());
            if same.is_some_and(|entry| entry.0.same(message)) {
                state.take(message.topic_bytes());
                dropped += 1;
            }
        }
        dropped
    }
}

impl State {
    fn take(&mut self, topic: &[u8]) -> Option<Message> {
        self.owners.forget(topic);
        let Entry(gone) = self.values.take(Probe(topic).as_key())?;
        self.bytes = self.bytes.saturating_sub(gone.held_bytes());
        self.expiring -= usize::from(gone.expires().is_some());
        Some(gone)
    }
}

#[cfg(test)]
mod tests;
