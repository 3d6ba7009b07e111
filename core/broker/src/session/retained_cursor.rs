//! A subscription reads the values that were there before it.

use std::collections::VecDeque;

use hashbrown::HashMap;
use tidegate_types::{Filter, Message};

use super::{Origin, Queued};
use crate::door::Identifiers;
use crate::retained::{Cursor, Retained, ScanEnd};
use crate::router::Options;
use crate::turn::Turn;

/// Values a pull may look at, found or not, over all cursors of a session: about a millisecond.
pub(super) const VISITS_A_PULL: usize = 2_048;

/// Values looked at in one hold of the store's lock.
const VISITS: usize = 64;

/// Values read ahead of the channel at a time.
const BATCH: usize = 16;

/// Topics whose live values a session remembers while cursors are open.
const REMEMBERED: usize = 4_096;

/// The subscriptions of a session that still read, the oldest first.
///
/// A subscription is in the router before its cursor reads, so no value is missed. What comes live meanwhile is
/// remembered by revision: a value that is not newer than one pushed since its cursor was opened is skipped, so that
/// the last the receiver gets is the one that is retained.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    open: VecDeque<RetainedCursor>,
    pushed: Pushed,
}

impl Cursors {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// A subscription begins to read, or begins again.
    pub(crate) fn add(&mut self, mut cursor: RetainedCursor) {
        self.open.retain(|open| open.filter != cursor.filter);
        cursor.opened = self.pushed.count;
        self.open.push_back(cursor);
    }

    /// A subscription reads no further.
    pub(crate) fn remove(&mut self, filter: &Filter) {
        self.open.retain(|open| open.filter != *filter);
        self.let_go();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A live value goes to the session.
    pub(crate) fn note_pushed(&mut self, message: &Message) {
        if !self.open.is_empty() {
            self.pushed.note(message);
        }
    }

    /// The next value to deliver. `None` when none is left, or when `turn.work` has come to `most`.
    pub(super) fn next(&mut self, retained: &Retained, turn: &mut Turn, most: usize) -> Option<Queued> {
        while let Some(cursor) = self.open.front_mut() {
            if let Some(entry) = cursor.next(&self.pushed, retained, turn, most) {
                return Some(entry);
            }
            if !cursor.finished {
                return None;
            }
            self.open.pop_front();
            self.let_go();
        }
        None
    }

    /// Nothing has to be remembered when nobody reads.
    fn let_go(&mut self) {
        if self.open.is_empty() {
            self.clear();
        }
    }
}

/// Where a subscription's reading of retained values stands.
#[derive(Debug)]
pub(crate) struct RetainedCursor {
    filter: Filter,
    options: Options,
    at: Option<Cursor>,
    finished: bool,
    ready: Vec<Message>,
    /// How many values had been pushed when it was opened.
    opened: u64,
}

impl RetainedCursor {
    pub(crate) fn new(filter: Filter, options: Options) -> Self {
        Self { filter, options, at: None, finished: false, ready: Vec::new(), opened: 0 }
    }

    fn next(&mut self, pushed: &Pushed, retained: &Retained, turn: &mut Turn, most: usize) -> Option<Queued> {
        loop {
            while let Some(message) = self.ready.pop() {
                if !message.is_expired(turn.now.at) && pushed.is_news(&message, self.opened, retained) {
                    return Some(self.entry(message));
                }
            }
            if self.finished || turn.work >= most {
                return None;
            }
            self.read(retained, turn);
        }
    }

    fn read(&mut self, retained: &Retained, turn: &mut Turn) {
        // The most this can look at; the seeks of a scan that looks at less cost something too.
        turn.charge(if self.filter.has_wildcard() { VISITS } else { 1 });
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

/// Retained values that were pushed live: of each topic the newest revision, and which push it was.
#[derive(Debug, Default)]
struct Pushed {
    newest: HashMap<u64, (u64, u64), foldhash::fast::RandomState>,
    count: u64,
    /// More was pushed than is remembered: each value is looked up again before it is handed out.
    overflowed: bool,
}

impl Pushed {
    fn note(&mut self, message: &Message) {
        if self.overflowed {
            return;
        }
        self.count += 1;
        let key = self.hash(message);
        if self.newest.len() >= REMEMBERED && !self.newest.contains_key(&key) {
            // Lookups alone from here on.
            (self.newest, self.overflowed) = (HashMap::default(), true);
            return;
        }
        let newest = self.newest.entry(key).or_default();
        if message.revision() >= newest.0 {
            *newest = (message.revision(), self.count);
        }
    }

    /// Whether `message` is newer than what was pushed of its topic after the first `opened` values.
    fn is_news(&self, message: &Message, opened: u64, retained: &Retained) -> bool {
        if self.overflowed {
            return retained.get(message.topic_bytes()).is_some_and(|now| now.same(message));
        }
        let newest = self.newest.get(&self.hash(message)).copied();
        newest.is_none_or(|(revision, push)| push <= opened || message.revision() > revision)
    }

    fn hash(&self, message: &Message) -> u64 {
        use std::hash::BuildHasher;
        self.newest.hasher().hash_one(message.topic_bytes())
    }
}
