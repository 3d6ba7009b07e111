//! How much in how long.
//!
//! A rate is kept as two numbers: how many *quanta* one unit is made of, and how many quanta come back in a
//! nanosecond. Quanta are the smaller the slower the rate is, so that a rate of one a day and one of four
//! thousand million a second are both held to better than a 2³²nd part of a unit or of a second. A bucket counts
//! quanta since the origin, and "now" is turned into quanta afresh each time: nothing is rounded twice, so
//! nothing adds up.

mod bucket;
mod shared;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use bucket::Bucket;
pub use shared::SharedBucket;

use crate::Tick;

/// The most units a second: beyond it a limit says nothing that a machine could notice.
const FASTEST: u128 = 1 << 33;
/// The longest period.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// The most quanta a burst or a single cost is made of: eight years at the fastest, far more than anybody waits.
const MOST_QUANTA: u64 = 1 << 62;
const NANOS: u128 = 1_000_000_000;

/// So many units (messages, bytes, connects) in a period, and how many may come at once.
///
/// A bucket that was idle lets `burst` units through at once and from then on `amount` in every `per`, evenly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    amount: u64,
    per: Duration,
    burst: u64,
    /// A unit is `1 << fine` quanta.
    fine: u32,
    /// Quanta a nanosecond, as `step / 2^down`; `step` has 63 significant bits.
    step: u64,
    down: u32,
}

/// Why a rate is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RateError {
    /// An amount, a period or a burst of zero lets nothing through. To refuse everything is not a rate's work.
    #[error("a rate needs an amount, a period and a burst above zero")]
    Zero,
    /// More than 2³³ units a second.
    #[error("more than 8,589,934,592 a second is no limit")]
    TooFast,
    /// A period above 366 days.
    #[error("the period of a rate is 366 days at most")]
    TooLong,
}

impl Rate {
    /// `amount` units in every `per`, `burst` of them at once.
    ///
    /// A burst that would take more than eight years to come back is taken as one that takes that long.
    ///
    /// # Errors
    /// When one of them is zero, or the rate is outside what can be counted.
    pub fn new(amount: u64, per: Duration, burst: u64) -> Result<Self, RateError> {
        let nanos = per.as_nanos();
        if amount == 0 || nanos == 0 || burst == 0 {
            return Err(RateError::Zero);
        }
        if per > LONGEST {
            return Err(RateError::TooLong);
        }
        if u128::from(amount) * NANOS > FASTEST * nanos {
            return Err(RateError::TooFast);
        }
        let mut fine = 0;
        while fine < 32 && (u128::from(amount) << (fine + 1)) * NANOS <= FASTEST * nanos {
            fine += 1;
        }
        let quanta = u128::from(amount) << fine;
        let up = quanta.leading_zeros() - 1;
        // Rounded up, in the 63rd significant bit, so that what is due at a nanosecond is there then.
        let step = (quanta << up).div_ceil(nanos);
        let surplus = 65 - step.leading_zeros();
        let step = u64::try_from(step.div_ceil(1 << surplus)).unwrap_or(u64::MAX);
        let down = up - surplus;
        Ok(Self { amount, per, burst, fine, step, down })
    }

    /// `amount` units a second, as many at once.
    ///
    /// # Errors
    /// As [`Rate::new`].
    pub fn per_second(amount: u64) -> Result<Self, RateError> {
        Self::new(amount, Duration::from_secs(1), amount)
    }

    /// Units in a period.
    #[must_use]
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// The period.
    #[must_use]
    pub fn per(&self) -> Duration {
        self.per
    }

    /// Units at once.
    #[must_use]
    pub fn burst(&self) -> u64 {
        self.burst
    }

    /// Quanta that came since the origin.
    fn arrived(&self, now: Tick) -> u64 {
        let quanta = (u128::from(now.0) * u128::from(self.step)) >> self.down;
        u64::try_from(quanta).unwrap_or(u64::MAX)
    }

    /// The quanta of so many units.
    fn quanta(&self, units: u64) -> u64 {
        if units > MOST_QUANTA >> self.fine { MOST_QUANTA } else { units << self.fine }
    }

    /// How long `quanta` take to come: never too short, and too long by less than a quantum and a
    /// nanosecond.
    fn time_of(&self, quanta: u64) -> Duration {
        if quanta == 0 {
            return Duration::ZERO;
        }
        let nanos = (u128::from(quanta) * self.per.as_nanos()).div_ceil(u128::from(self.amount) << self.fine);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// What became of a bucket that stood at `level` when `cost` units are taken: the new level, or how long
    /// to wait first.
    fn take(&self, level: u64, now: Tick, cost: u64) -> Result<u64, Duration> {
        if cost > self.burst {
            return Err(Duration::MAX);
        }
        let (level, over) = self.charge(level, now, cost);
        if over == 0 { Ok(level) } else { Err(self.time_of(over)) }
    }

    /// The level after `cost` units were taken whatever it was, and the quanta by which it is above the burst.
    fn charge(&self, level: u64, now: Tick, cost: u64) -> (u64, u64) {
        let arrived = self.arrived(now);
        let level = level.max(arrived).saturating_add(self.quanta(cost));
        (level, self.over(level, arrived))
    }

    /// Quanta by which `level` is above the burst.
    fn over(&self, level: u64, arrived: u64) -> u64 {
        level.saturating_sub(arrived).saturating_sub(self.quanta(self.burst))
    }

    /// How long a bucket at `level` needs until it is within the rate.
    fn wait(&self, level: u64, now: Tick) -> Duration {
        self.time_of(self.over(level, self.arrived(now)))
    }

    /// What tells this rate's levels from another's.
    fn mark(&self) -> u32 {
        let mixed = self.step ^ (u64::from(self.fine) << 56) ^ (u64::from(self.down) << 48);
        let mixed = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        u32::try_from(mixed >> 32).unwrap_or(u32::MAX)
    }
}
