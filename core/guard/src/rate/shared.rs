//! A rate's state for many takers at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Rate;
use crate::Tick;

/// One [`Rate`] that all workers take from: of a listener, a zone, the broker. One atomic, no lock.
///
/// It keeps its rate. To change that, put a new bucket in its place; it starts full.
#[derive(Debug)]
pub struct SharedBucket {
    rate: Rate,
    level: AtomicU64,
}

impl SharedBucket {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, level: AtomicU64::new(0) }
    }

    /// What it was made with.
    #[must_use]
    pub fn rate(&self) -> &Rate {
        &self.rate
    }

    /// Takes `cost` units if they are there. Workers whose clocks differ by a little only make it stricter.
    ///
    /// # Errors
    /// How long to wait until they are, when nobody else takes; `Duration::MAX` for more than the burst.
    pub fn take(&self, now: Tick, cost: u64) -> Result<(), Duration> {
        let mut level = self.level.load(Ordering::Relaxed);
        loop {
            let next = self.rate.take(level, now, cost)?;
            match self.level.compare_exchange_weak(level, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(met) => level = met,
            }
        }
    }

    /// Takes `cost` units whether they are there or not, also more than the burst, and says how long the taker
    /// has to pause until the bucket is within its rate again.
    pub fn charge(&self, now: Tick, cost: u64) -> Duration {
        let mut level = self.level.load(Ordering::Relaxed);
        loop {
            let (next, over) = self.rate.charge(level, now, cost);
            match self.level.compare_exchange_weak(level, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return self.rate.time_of(over),
                Err(met) => level = met,
            }
        }
    }

    /// How long until the bucket is within its rate.
    #[must_use]
    pub fn wait(&self, now: Tick) -> Duration {
        self.rate.wait(self.level.load(Ordering::Relaxed), now)
    }
}
