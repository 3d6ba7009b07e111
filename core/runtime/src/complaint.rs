//! A log line that a stranger can cause is written once a second at most.

use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(1);

/// Keeps one kind of line rare.
#[derive(Debug, Default)]
pub(crate) struct Complaint {
    last: Option<Instant>,
    unsaid: u64,
}

impl Complaint {
    /// Calls `write` with how many lines were left out since the last one, unless it is too early.
    pub(crate) fn say(&mut self, write: impl FnOnce(u64)) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < EVERY) {
            self.unsaid += 1;
            return;
        }
        self.last = Some(now);
        write(std::mem::take(&mut self.unsaid));
    }
}
