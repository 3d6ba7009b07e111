//! A rate's state for one owner.

use std::time::Duration;

use super::Rate;
use crate::{Tick, Worth};

/// What one owner (a client, an address) has used of a [`Rate`]; sixteen bytes, kept under its owner's lock.
///
/// The rate is given with every call. A bucket that meets another rate than before, because the configuration
/// changed, starts anew: full.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// Quanta since the origin up to which everything is used.
    level: u64,
    /// The rate `level` is of.
    mark: u32,
}

impl Bucket {
    /// Takes `cost` units if they are there.
    ///
    /// # Errors
    /// How long to wait until they are, when nobody else takes; `Duration::MAX` for more than the burst.
    pub fn take(&mut self, rate: &Rate, now: Tick, cost: u64) -> Result<(), Duration> {
        let level = rate.take(self.level_of(rate), now, cost)?;
        *self = Self { level, mark: rate.mark() };
        Ok(())
    }

    /// Takes `cost` units whether they are there or not, also more than the burst, and says how long the owner
    /// has to pause until it is within its rate again. For what is slowed and not refused: stop reading so long.
    pub fn charge(&mut self, rate: &Rate, now: Tick, cost: u64) -> Duration {
        let (level, over) = rate.charge(self.level_of(rate), now, cost);
        *self = Self { level, mark: rate.mark() };
        rate.time_of(over)
    }

    /// How long until the owner is within its rate.
    #[must_use]
    pub fn wait(&self, rate: &Rate, now: Tick) -> Duration {
        rate.wait(self.level_of(rate), now)
    }

    /// Whether the whole burst is there again, so that the bucket may as well be forgotten.
    #[must_use]
    pub fn is_full(&self, rate: &Rate, now: Tick) -> bool {
        self.worth(rate, now) == 0
    }

    fn level_of(&self, rate: &Rate) -> u64 {
        if self.mark == rate.mark() { self.level } else { 0 }
    }
}

impl Worth for Bucket {
    type Rule = Rate;

    /// What was used and did not come back yet.
    fn worth(&self, rate: &Rate, now: Tick) -> u64 {
        self.level_of(rate).saturating_sub(rate.arrived(now))
    }
}
