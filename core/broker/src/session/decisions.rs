//! What the rules said to one client, remembered.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use tidegate_types::Guarantee;

use super::{Session, State};
use crate::lease::Lease;
use crate::ports::{Action, Decision};
use crate::sync::Ordering;
use crate::zone::DecisionLimits;

/// One client's memory. A hit allocates nothing; when a bound is reached it starts anew.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// The generation of the rules it belongs to.
    generation: u32,
    bytes: usize,
    hasher: foldhash::fast::RandomState,
    entries: HashTable<Entry>,
}

#[derive(Debug)]
struct Entry {
    head: u8,
    decision: Decision,
    text: Box<[u8]>,
    group: Option<Box<[u8]>>,
}

/// A question as bytes: what kind it is, the topic or filter, the group.
type Question<'a> = (u8, &'a [u8], Option<&'a [u8]>);

fn question<'a>(action: Action<'a>) -> Question<'a> {
    let number = |guarantee| match guarantee {
        Guarantee::AtMostOnce => 0,
        Guarantee::AtLeastOnce => 1,
        Guarantee::ExactlyOnce => 2,
    };
    match action {
        Action::Publish { topic, guarantee, retain } => {
            (number(guarantee) | u8::from(retain) << 2, topic.as_bytes(), None)
        }
        Action::Subscribe { filter, group, guarantee } => {
            (number(guarantee) | 1 << 3, filter.as_bytes(), group.map(str::as_bytes))
        }
    }
}

impl Entry {
    fn question(&self) -> Question<'_> {
        (self.head, &self.text, self.group.as_deref())
    }
}

impl Decisions {
    fn get(&self, asked: Question<'_>) -> Option<Decision> {
        let hash = self.hasher.hash_one(asked);
        self.entries.find(hash, |entry| entry.question() == asked).map(|entry| entry.decision)
    }

    fn put(&mut self, asked: Question<'_>, decision: Decision, generation: u32, limits: DecisionLimits) {
        let bytes = asked.1.len() + asked.2.map_or(0, <[u8]>::len);
        if limits.entries == 0 || bytes > limits.bytes {
            return;
        }
        let full = self.entries.len() >= limits.entries || self.bytes.saturating_add(bytes) > limits.bytes;
        if full || self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
        let hash = self.hasher.hash_one(asked);
        if self.entries.find(hash, |entry| entry.question() == asked).is_some() {
            return;
        }
        let (head, text, group) = asked;
        let entry = Entry { head, decision, text: text.into(), group: group.map(Box::from) };
        self.bytes = self.bytes.saturating_add(bytes);
        let hasher = &self.hasher;
        self.entries.insert_unique(hash, entry, |entry| hasher.hash_one(entry.question()));
    }
}

impl Session {
    /// What the rules of `generation` said to the holder of `lease`.
    pub(crate) fn recall(&self, lease: &Lease, generation: u32, action: Action<'_>) -> Option<Decision> {
        let state = self.state.lock();
        let known = &state.memory.as_ref()?.decisions;
        let valid = known.generation == generation && self.remembers(&state, lease);
        if valid { known.get(question(action)) } else { None }
    }

    /// Remembers what the rules of `generation` said.
    pub(crate) fn remember(&self, lease: &Lease, generation: u32, action: Action<'_>, decision: Decision) {
        let mut state = self.state.lock();
        if self.remembers(&state, lease) {
            let limits = state.zone.decisions;
            let memory = state.memory.get_or_insert_default();
            memory.decisions.put(question(action), decision, generation, limits);
        }
    }

    /// Whether the memory is that of the lease's principal.
    fn remembers(&self, state: &State, lease: &Lease) -> bool {
        self.epoch.load(Ordering::Relaxed) == lease.epoch && Arc::ptr_eq(&state.principal, &lease.principal)
    }
}

impl State {
    /// Somebody else acts from now on, or the same with other rights.
    pub(super) fn forget_decisions(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.decisions = Decisions::default();
        }
    }
}
