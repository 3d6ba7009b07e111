//! A subscription reads the values that were there before it.

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

/// Topics whose live values are remembered while the cursor is open. A session may open thousands of cursors, so
/// few; what comes after them costs a look-up a value.
const REMEMBERED: usize = 64;

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
    pushed: Pushed,
}

impl RetainedCursor {
    pub(crate) fn new(filter: Filter, options: Options) -> Self {
        Self { filter, options, at: None, finished: false, ready: Vec::new(), pushed: Pushed::default() }
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// A live value went to the same session.
    pub(crate) fn note_pushed(&mut self, message: &Message) {
        if !self.pushed.overflowed && self.filter.matches(message.topic_bytes()) {
            self.pushed.note(message);
        }
    }

    /// The next value to deliver. `None` when all were, or when `turn.work` has come to `most`: see
    /// [`Self::is_finished`].
    pub(super) fn next(&mut self, retained: &Retained, turn: &mut Turn, most: usize) -> Option<Queued> {
        loop {
            while let Some(message) = self.ready.pop() {
                if !message.is_expired(turn.now.at) && self.pushed.is_older_than(&message, retained) {
                    return Some(self.entry(message));
                }
            }
            if self.finished || turn.work >= most {
                return None;
            }
            self.read(retained, turn);
        }
    }

    /// Whether nothing is left to read.
    pub(super) fn is_finished(&self) -> bool {
        self.finished && self.ready.is_empty()
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

/// Retained values that were pushed live: the newest revision of each topic.
#[derive(Debug, Default)]
struct Pushed {
    revisions: HashMap<u64, u64, foldhash::fast::RandomState>,
    /// More was pushed than is remembered: each value is looked up again before it is handed out.
    overflowed: bool,
}

impl Pushed {
    fn note(&mut self, message: &Message) {
        if self.revisions.len() >= REMEMBERED {
            self.overflowed = true;
            return;
        }
        let newest = self.revisions.entry(self.hash(message)).or_default();
        *newest = message.revision().max(*newest);
    }

    /// Whether `message` is newer than what was pushed of its topic.
    fn is_older_than(&self, message: &Message, retained: &Retained) -> bool {
        let newest = self.revisions.get(&self.hash(message)).copied().unwrap_or(0);
        let is_current = || retained.get(message.topic_bytes()).is_some_and(|now| now.same(message));
        message.revision() > newest && (!self.overflowed || is_current())
    }

    fn hash(&self, message: &Message) -> u64 {
        use std::hash::BuildHasher;
        self.revisions.hasher().hash_one(message.topic_bytes())
    }
}
