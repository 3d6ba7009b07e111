//! Time as an argument.

use std::time::{Duration, Instant, SystemTime};

/// The time of one turn: what the driver read once and hands to everything that happens in that turn.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For durations and deadlines; never goes backwards.
    pub at: Instant,
    /// For people and for what survives a restart.
    pub wall: SystemTime,
}

impl Moment {
    /// The moment `later` after this one, on both clocks.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self { at: self.at + later, wall: self.wall + later }
    }

    /// Milliseconds since the Unix epoch; zero for a clock set before it.
    #[must_use]
    pub fn unix_millis(&self) -> u64 {
        self.wall
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
