//! What waits for a receiver.

use std::collections::VecDeque;
use std::sync::Arc;

use tidegate_types::{Guarantee, Message};

use crate::door::Identifiers;
use crate::group::Group;
use crate::zone::SessionLimits;

/// Bytes an entry costs beside its message.
const ENTRY_BYTES: usize = size_of::<Queued>();

/// Under which subscriptions an entry comes.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The receiver's own, with the numbers it gave them.
    Own(Identifiers),
    /// A group's, and the number this member gave it.
    Group(Box<(Arc<Group>, Option<u32>)>),
}

/// A message waiting for one receiver.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) message: Message,
    pub(crate) guarantee: Guarantee,
    pub(crate) retained: bool,
    /// It was sent to somebody before, who may have seen it.
    pub(crate) repeat: bool,
    pub(crate) origin: Origin,
}

impl Queued {
    fn bytes(&self) -> usize {
        let numbers = match &self.origin {
            Origin::Own(Identifiers::Many(many)) => size_of_val::<[u32]>(many),
            _ => 0,
        };
        self.message.held_bytes() + ENTRY_BYTES + numbers
    }

    pub(crate) fn identifiers(&self) -> Identifiers {
        match &self.origin {
            Origin::Own(identifiers) => identifiers.clone(),
            Origin::Group(group) => group.1.map_or(Identifiers::None, Identifiers::One),
        }
    }
}

/// What became of a push.
#[derive(Debug)]
pub(crate) enum Pushed {
    /// It waits.
    Queued,
    /// It waits; the queue is close to its limit.
    Crowded,
    /// It waits; these went for it.
    DroppedOldest(Vec<Queued>),
    /// It does not wait: the queue was full.
    Refused,
}

/// A bounded queue, in count and bytes. No queue holds more than 4 GiB, whatever its limit says.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: VecDeque<Queued>,
    bytes: u32,
    at_most_once_bytes: u32,
}

/// Whether `more` has room beside `held` under a limit.
fn fits(held: u32, more: u32, limit: usize) -> bool {
    held.checked_add(more).is_some_and(|bytes| bytes as usize <= limit)
}

/// What an entry counts for.
fn count(entry: &Queued) -> u32 {
    u32::try_from(entry.bytes()).unwrap_or(u32::MAX)
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Whether publishers are to be slowed: three quarters of a limit are used.
    pub(crate) fn is_crowded(&self, limits: &SessionLimits) -> bool {
        self.entries.len() >= limits.queue_messages / 4 * 3 || self.bytes() >= limits.queue_bytes / 4 * 3
    }

    /// Whether slowed publishers may go on: half of each limit is free.
    pub(crate) fn has_room(&self, limits: &SessionLimits) -> bool {
        self.entries.len() <= limits.queue_messages / 2 && self.bytes() <= limits.queue_bytes / 2
    }

    /// Appends an entry. At-most-once entries beyond their own limit are refused; a full queue drops its oldest
    /// entries, or with `refuse` the new one. An empty queue takes an entry of any size: what the protocol let in
    /// can be delivered.
    pub(crate) fn push(&mut self, entry: Queued, limits: &SessionLimits, refuse: bool) -> Pushed {
        let bytes = count(&entry);
        let untracked = !entry.guarantee.is_tracked();
        let crowds = untracked && !fits(self.at_most_once_bytes, bytes, limits.at_most_once_bytes);
        let full = self.is_full_for(bytes, limits);
        if !self.is_empty() && (crowds || (full && (refuse || untracked))) {
            return Pushed::Refused;
        }
        let mut oldest = Vec::new();
        while self.is_full_for(bytes, limits)
            && let Some(entry) = self.pop()
        {
            oldest.push(entry);
        }
        self.add(&entry);
        self.entries.push_back(entry);
        if !oldest.is_empty() {
            Pushed::DroppedOldest(oldest)
        } else if self.is_crowded(limits) {
            Pushed::Crowded
        } else {
            Pushed::Queued
        }
    }

    fn is_full_for(&self, bytes: u32, limits: &SessionLimits) -> bool {
        self.entries.len() >= limits.queue_messages || !fits(self.bytes, bytes, limits.queue_bytes)
    }

    /// Puts an entry back where it came from. Never refused: it was counted before.
    pub(crate) fn push_front(&mut self, entry: Queued) {
        self.add(&entry);
        self.entries.push_front(entry);
    }

    fn add(&mut self, entry: &Queued) {
        let bytes = count(entry);
        self.bytes = self.bytes.saturating_add(bytes);
        if !entry.guarantee.is_tracked() {
            self.at_most_once_bytes = self.at_most_once_bytes.saturating_add(bytes);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.entries.iter()
    }

    pub(crate) fn front(&self) -> Option<&Queued> {
        self.entries.front()
    }

    pub(crate) fn pop(&mut self) -> Option<Queued> {
        let entry = self.entries.pop_front()?;
        let bytes = count(&entry);
        self.bytes = self.bytes.saturating_sub(bytes);
        if !entry.guarantee.is_tracked() {
            self.at_most_once_bytes = self.at_most_once_bytes.saturating_sub(bytes);
        }
        if self.entries.is_empty() {
            // An idle session holds no buffer; measured to cost nothing at rate.
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    /// Takes out what came through groups.
    pub(crate) fn take_shared(&mut self) -> Vec<Queued> {
        self.take_if(|entry| matches!(entry.origin, Origin::Group(_)))
    }

    /// Takes out what matches, in order.
    pub(crate) fn take_if(&mut self, matches: impl Fn(&Queued) -> bool) -> Vec<Queued> {
        let mut taken = Vec::new();
        for entry in std::mem::take(self).entries {
            if matches(&entry) {
                taken.push(entry);
            } else {
                self.add(&entry);
                self.entries.push_back(entry);
            }
        }
        taken
    }
}
