//! Counting towards a limit within a window.

use std::time::Duration;

use crate::{Tick, Worth};

/// So many events within a window are too many.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Threshold {
    /// The event that is one too many; 1 means the first.
    pub count: u32,
    /// How long events are counted together, from the first on.
    pub window: Duration,
    /// How long whoever reached it is kept out.
    pub keep_out: Duration,
}

impl Threshold {
    /// What keeps as long as the longest of `many`, to sweep by where several rules count in one table. Of none,
    /// nothing is kept but who is kept out already.
    #[must_use]
    pub fn longest_of<'a>(many: impl IntoIterator<Item = &'a Self>) -> Self {
        let none = Self { count: 1, window: Duration::ZERO, keep_out: Duration::ZERO };
        many.into_iter().fold(none, |longest, one| Self {
            count: longest.count.max(one.count),
            window: longest.window.max(one.window),
            keep_out: longest.keep_out.max(one.keep_out),
        })
    }
}

/// Events of one name. The window begins with the first event and the next one with the first after it, so that
/// a steady rate above the threshold's is found within one window, and a burst that straddles two windows may be
/// up to twice as large.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    since: Tick,
    kept_out: Tick,
    count: u32,
}

impl Tally {
    /// Counts an event and says whether it was one too many. Then counting begins anew.
    pub(crate) fn note(&mut self, threshold: &Threshold, now: Tick) -> bool {
        if !self.counting(threshold, now) {
            (self.since, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        if self.count < threshold.count {
            return false;
        }
        (self.count, self.kept_out) = (0, now.after(threshold.keep_out));
        true
    }

    /// How long the name is kept out from now on.
    pub(crate) fn left(&self, now: Tick) -> Duration {
        now.until(self.kept_out)
    }

    /// Forgets the events counted, not that the name is kept out.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    fn counting(&self, threshold: &Threshold, now: Tick) -> bool {
        self.count > 0 && self.since.until(now) < threshold.window
    }
}

impl Worth for Tally {
    type Rule = Threshold;

    /// Who is kept out is worth the most, the longer the more; then who is close to it.
    fn worth(&self, threshold: &Threshold, now: Tick) -> u64 {
        let left = u64::try_from(self.left(now).as_nanos()).unwrap_or(u64::MAX);
        if left > 0 {
            left.saturating_add(u64::from(u32::MAX))
        } else if self.counting(threshold, now) {
            u64::from(self.count)
        } else {
            0
        }
    }
}
