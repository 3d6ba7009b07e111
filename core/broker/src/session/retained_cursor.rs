//! A subscription reads the values that were there before it.

use std::time::Instant;

use hashbrown::HashMap;
use tidegate_types::{Filter, Message};

use super::{Origin, Queued};
use crate::door::Identifiers;
use crate::retained::{Cursor, Retained, ScanEnd};
use crate::router::Options;

/// Values read ahead of the channel at a time.
const BATCH: usize = 16;

/// Entries of the store visited at a time, found or not.
const VISITS: usize = 256;

/// Topics whose live values are remembered while the cursor is open.
const REMEMBERED: usize = 4_096;

/// Where a subscription's reading of retained values stands.
///
/// The subscription is in the router before the cursor reads, so no value is missed. What comes live while the
/// cursor is open is remembered by revision: a value that is not newer than one already pushed is skipped, so that
/// the last the receiver gets is the one that is retained.
#[derive(Debug)]
pub(crate) struct RetainedCursor {
    filter: Filter,
    options: Options,
    at: Option<Cursor>,
    finished: bool,
    ready: Vec<Message>,
    pushed: HashMap<u64, u64, foldhash::fast::RandomState>,
    /// More was pushed than is remembered: each value is looked up again before it is handed out.
    overflowed: bool,
}

impl RetainedCursor {
    pub(crate) fn new(filter: Filter, options: Options) -> Self {
        Self {
            filter,
            options,
            at: None,
            finished: false,
            ready: Vec::new(),
            pushed: HashMap::default(),
            overflowed: false,
        }
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// A live value went to the same session.
    pub(crate) fn note_pushed(&mut self, message: &Message) {
        if !self.filter.matches(message.topic_bytes()) {
            return;
        }
        if self.pushed.len() >= REMEMBERED {
            self.overflowed = true;
            return;
        }
        let newest = self.pushed.entry(self.hash(message.topic_bytes())).or_default();
        *newest = message.revision().max(*newest);
    }

    fn hash(&self, topic: &[u8]) -> u64 {
        use std::hash::BuildHasher;
        self.pushed.hasher().hash_one(topic)
    }

    /// The next value to deliver; `None` when all were.
    pub(crate) fn next(&mut self, retained: &Retained, now: Instant) -> Option<Queued> {
        loop {
            while let Some(message) = self.ready.pop() {
                if !message.is_expired(now) && self.is_news(&message, retained) {
                    return Some(self.entry(message));
                }
            }
            if self.finished {
                return None;
            }
            self.read(retained);
        }
    }

    fn is_news(&self, message: &Message, retained: &Retained) -> bool {
        let topic = message.topic_bytes();
        let newest = self.pushed.get(&self.hash(topic)).copied().unwrap_or(0);
        let current = !self.overflowed || retained.get(topic).is_some_and(|now| now.same(message));
        message.revision() > newest && current
    }

    fn read(&mut self, retained: &Retained) {
        match retained.scan(&self.filter, self.at.as_ref(), VISITS, BATCH, &mut self.ready) {
            ScanEnd::Done => self.finished = true,
            ScanEnd::More(cursor) => self.at = Some(cursor),
        }
        // Handed out from the end.
        self.ready.reverse();
    }

    fn entry(&self, message: Message) -> Queued {
        Queued {
            guarantee: message.guarantee().min(self.options.guarantee),
            message,
            retained: true,
            repeat: false,
            origin: Origin::Own(
                self.options.identifier.map_or(Identifiers::None, |id| Identifiers::One(id.get())),
            ),
        }
    }
}
