//! Time as a number.

use std::time::{Duration, Instant};

/// Nanoseconds since an [`Origin`]. Eight bytes where an `Instant` has sixteen, and fit for an atomic.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tick(pub u64);

impl Tick {
    /// The tick `later` after this one; the end of time, 584 years after the origin, when there is none.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self(self.0.saturating_add(nanos(later)))
    }

    /// How long it takes from this tick to `later`; nothing when that is past.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_nanos(later.0.saturating_sub(self.0))
    }
}

/// What ticks are counted from. The broker has one, made when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Origin(Instant);

impl Origin {
    /// Counts from `start`.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self(start)
    }

    /// The tick of `now`; zero before the start.
    #[must_use]
    pub fn tick(&self, now: Instant) -> Tick {
        Tick(nanos(now.saturating_duration_since(self.0)))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "an Instant cannot be made up")]
    fn ticks_count_from_the_origin_and_never_below_it() {
        let start = Instant::now();
        let origin = Origin::new(start);
        assert_eq!(origin.tick(start + Duration::from_millis(3)), Tick(3_000_000));
        assert_eq!(Origin::new(start + Duration::from_secs(1)).tick(start), Tick(0));
        assert_eq!(Tick(5).after(Duration::MAX), Tick(u64::MAX));
        assert_eq!(Tick(5).until(Tick(4)), Duration::ZERO);
    }
}
