//! How fast a listener accepts.

use std::time::{Duration, Instant};

use tidegate_config::Rate;

/// When the next peer is due if all come as fast as they may (the "theoretical arrival time" of GCRA).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace(Option<Instant>);

impl Pace {
    /// How long to wait before the next peer is accepted.
    pub(crate) fn wait(&self, rate: Rate, now: Instant) -> Option<Duration> {
        let due = self.0?;
        let ahead = due.saturating_duration_since(now);
        let may_be =
            one_in(rate).saturating_mul(u32::try_from(rate.burst - rate.burst.min(1)).unwrap_or(u32::MAX));
        ahead.checked_sub(may_be).filter(|wait| !wait.is_zero())
    }

    /// A peer was accepted.
    pub(crate) fn count(&mut self, rate: Rate, now: Instant) {
        let from = self.0.map_or(now, |due| due.max(now));
        self.0 = Some(from.checked_add(one_in(rate)).unwrap_or(from));
    }
}

/// In how much time one comes.
fn one_in(rate: Rate) -> Duration {
    let nanoseconds = rate.per.get().as_nanos() / u128::from(rate.amount.max(1));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_in_its_time() {
        let rate: Rate = "10/s burst 3".parse().unwrap();
        let start = Instant::now();
        let mut pace = Pace::default();
        for _ in 0..3 {
            assert_eq!(pace.wait(rate, start), None);
            pace.count(rate, start);
        }
        assert_eq!(pace.wait(rate, start), Some(Duration::from_millis(100)));
        let later = start + Duration::from_millis(60);
        assert_eq!(pace.wait(rate, later), Some(Duration::from_millis(40)));
        let later = start + Duration::from_millis(100);
        assert_eq!(pace.wait(rate, later), None);
        pace.count(rate, later);
        assert_eq!(pace.wait(rate, later), Some(Duration::from_millis(100)));
        let idle = start + Duration::from_secs(60);
        for _ in 0..3 {
            assert_eq!(pace.wait(rate, idle), None);
            pace.count(rate, idle);
        }
        assert!(pace.wait(rate, idle).is_some());
    }

    #[test]
    fn rates_at_the_edge() {
        let now = Instant::now();
        let days = Duration::from_secs(86_400 * 100);
        for (amount, per, burst) in [
            (1, days, 1),
            (1, Duration::MAX, u64::MAX),
            (u64::MAX, Duration::from_secs(1), 1),
            (u64::MAX, Duration::from_nanos(1), u64::MAX),
            (0, days, 0),
        ] {
            let rate = Rate { amount, per: per.into(), burst };
            let mut pace = Pace::default();
            for _ in 0..10 {
                pace.wait(rate, now);
                pace.count(rate, now);
            }
        }
    }
}
