//! What happens in one turn of a worker and is settled at its end.

use std::time::Instant;

use tidegate_types::Moment;

use crate::seat::{Notice, Seat};

/// Counters a worker keeps for itself and adds to the broker's at the end of a turn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Messages published.
    pub published: u64,
    /// Bytes of their payloads.
    pub published_bytes: u64,
    /// Deliveries pulled by channels.
    pub delivered: u64,
    /// Bytes of their payloads.
    pub delivered_bytes: u64,
    /// Deliveries settled.
    pub settled: u64,
    /// Deliveries that did not reach their receiver.
    pub dropped: u64,
}

/// One turn: the time, whom to wake when it ends, buffers that live as long as the worker.
///
/// A driver makes one a worker, sets `now` and clears `work` when a turn begins, and empties `wakes` and `notices` when it ends.
#[derive(Debug)]
pub struct Turn {
    /// The time of this turn.
    pub now: Moment,
    /// Whose turn it is.
    pub seat: Option<Seat>,
    /// Seats whose session got something to pull: each once a turn.
    pub wakes: Vec<Seat>,
    /// Other things to tell.
    pub notices: Vec<(Seat, Notice)>,
    /// Set when the peer whose turn it is filled a receiver's queue, or did more than its rate lets it: it is to be
    /// read no further until this moment comes or, for the former, until it gets [`Notice::Resume`].
    pub slowed_until: Option<Instant>,
    /// Why the peer whose turn it is was refused or broke its rules: the driver's log line about it.
    pub complaint: Option<Box<str>>,
    /// What this turn has cost so far: nodes of the router's tree visited, receivers found, retained values looked
    /// at. A peer whose few bytes make much of it is read on in later turns, after the others ([`Turn::MUCH_WORK`]).
    pub work: usize,
    /// Not yet added to the broker's counters.
    pub tally: Tally,
    /// For [`tidegate_types::Message::new`].
    pub(crate) scratch: Vec<u8>,
    /// Deliveries between pull and encode; empty between turns.
    pub deliveries: Vec<crate::door::Pulled>,
    /// Matches of one publish.
    pub(crate) matches: Vec<crate::matches::Match>,
}

impl Turn {
    /// Work after which what is left of a peer's input waits for a later turn, in the units of [`Turn::work`]: some
    /// milliseconds, and more than a read of ordinary messages makes.
    pub const MUCH_WORK: usize = 20_000;

    /// A worker's turn, to be used again and again.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        Self {
            now,
            seat: None,
            wakes: Vec::new(),
            notices: Vec::new(),
            slowed_until: None,
            complaint: None,
            work: 0,
            tally: Tally::default(),
            scratch: Vec::new(),
            deliveries: Vec::new(),
            matches: Vec::new(),
        }
    }

    /// Whether the turn has cost so much that the others come first.
    #[must_use]
    pub fn has_done_much(&self) -> bool {
        self.work >= Self::MUCH_WORK
    }

    /// Whether this turn has told the channel at `seat` to go: what else it has sent is not for anybody.
    #[must_use]
    pub fn tells_to_go(&self, seat: Seat) -> bool {
        self.notices.iter().any(|(whom, notice)| *whom == seat && matches!(notice, Notice::Close(_)))
    }

    /// Reads the peer whose turn it is no further until then, or longer.
    pub(crate) fn slow_until(&mut self, until: Instant) {
        self.slowed_until = Some(self.slowed_until.map_or(until, |other| other.max(until)));
    }

    /// Adds to what the turn has cost.
    pub(crate) fn charge(&mut self, units: usize) {
        self.work = self.work.saturating_add(units);
    }
}
