use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn rate(amount: u64, per: Duration, burst: u64) -> Rate {
    Rate::new(amount, per, burst).unwrap()
}

#[test]
fn what_is_no_rate_is_refused() {
    let second = Duration::from_secs(1);
    assert_eq!(Rate::new(0, second, 1), Err(RateError::Zero));
    assert_eq!(Rate::new(1, Duration::ZERO, 1), Err(RateError::Zero));
    assert_eq!(Rate::new(1, second, 0), Err(RateError::Zero));
    assert_eq!(Rate::new(1, Duration::MAX, 1), Err(RateError::TooLong));
    assert_eq!(Rate::new(u64::MAX, second, 1), Err(RateError::TooFast));
    assert!(Rate::new(1 << 33, second, u64::MAX).is_ok());
    assert!(Rate::new(1, LONGEST, u64::MAX).is_ok());
}

#[test]
fn the_burst_comes_at_once_and_the_rest_evenly() {
    let rate = rate(10, Duration::from_secs(1), 3);
    let mut bucket = Bucket::default();
    let now = Tick(5 * SECOND);
    assert!((0..3).all(|_| bucket.take(&rate, now, 1).is_ok()));
    let wait = bucket.take(&rate, now, 1).unwrap_err();
    assert!(wait >= Duration::from_millis(100) && wait < Duration::from_micros(100_001), "{wait:?}");
    assert!(bucket.take(&rate, Tick(now.0 + SECOND / 10 - 10), 1).is_err());
    assert!(bucket.take(&rate, now.after(wait), 1).is_ok());
    assert!(bucket.take(&rate, now.after(wait), 1).is_err());
    assert!(bucket.is_full(&rate, Tick(now.0 + SECOND)));
}

#[test]
fn more_than_the_burst_is_charged_and_waited_for_but_not_taken() {
    let rate = rate(1000, Duration::from_secs(1), 1000);
    let mut bucket = Bucket::default();
    assert_eq!(bucket.take(&rate, Tick(0), 1001), Err(Duration::MAX));
    assert_eq!(bucket.charge(&rate, Tick(0), 1000), Duration::ZERO);
    let wait = bucket.charge(&rate, Tick(0), 4000);
    assert_eq!(wait.as_millis(), 4000);
    assert_eq!(bucket.wait(&rate, Tick(SECOND)).as_millis(), 3000);
    assert_eq!(bucket.wait(&rate, Tick(0).after(wait)), Duration::ZERO);
    assert!(bucket.take(&rate, Tick(0).after(wait), 1).is_err());
}

#[test]
fn a_hundred_thousand_takes_do_not_drift() {
    for (amount, nanos, burst) in
        [(3, SECOND, 2), (7, 11, 5), (999_999_937, SECOND, 10), (1, 86_400 * SECOND, 2)]
    {
        let rate = rate(amount, Duration::from_nanos(nanos), burst);
        let (mut bucket, mut now, count) = (Bucket::default(), Tick(0), 100_000_u64);
        for _ in 0..count {
            if let Err(wait) = bucket.take(&rate, now, 1) {
                now = now.after(wait);
                bucket.take(&rate, now, 1).expect("the wait was long enough");
            }
        }
        let exact = u128::from(count - burst) * u128::from(nanos) / u128::from(amount);
        let late = u128::from(now.0) - exact;
        // A quantum of one an hour is a microsecond.
        assert!(late <= 1 + u128::from((nanos / amount) >> 32), "{amount} in {nanos} ns: {late} ns late");
    }
}

#[test]
fn another_rate_starts_full() {
    let (slow, fast) = (rate(1, Duration::from_secs(60), 1), rate(1000, Duration::from_secs(1), 10));
    let mut bucket = Bucket::default();
    assert!(bucket.take(&slow, Tick(SECOND), 1).is_ok());
    assert!(bucket.take(&slow, Tick(SECOND), 1).is_err());
    assert!(bucket.is_full(&fast, Tick(SECOND)));
    assert!((0..10).all(|_| bucket.take(&fast, Tick(SECOND), 1).is_ok()));
    assert!(bucket.take(&fast, Tick(SECOND), 1).is_err());
    assert!(bucket.is_full(&slow, Tick(SECOND)), "and back");
    assert!(bucket.take(&slow, Tick(SECOND), 1).is_ok());
}

#[test]
fn threads_take_the_burst_and_not_one_more() {
    let shared = SharedBucket::new(rate(1_000_000, Duration::from_secs(1), 500_000));
    let (clock, start) = (AtomicU64::new(0), Barrier::new(4));
    let end = 20 * SECOND / 1000;
    let taken: u64 = std::thread::scope(|scope| {
        let taker = || {
            let mut taken = 0;
            start.wait();
            loop {
                let now = clock.load(Ordering::Relaxed);
                match shared.take(Tick(now), 1) {
                    Ok(()) => taken += 1,
                    Err(_) if now >= end => return taken,
                    Err(wait) => {
                        let later = Tick(now).after(wait).0.min(end);
                        clock.fetch_max(later, Ordering::Relaxed);
                    }
                }
            }
        };
        let takers: Vec<_> = (0..4).map(|_| scope.spawn(taker)).collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).sum()
    });
    assert_eq!(taken, 500_000 + 20_000);
}

#[test]
fn charges_of_many_threads_add_up() {
    let shared = SharedBucket::new(rate(1000, Duration::from_secs(1), 1));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let waits: Vec<Duration> = (0..100_000).map(|_| shared.charge(Tick(0), 1)).collect();
                assert!(waits.is_sorted(), "the level only rises");
            });
        }
    });
    assert_eq!(shared.wait(Tick(0)).as_millis(), 399_999);
}

/// The same rule in exact fractions: levels are units times the period's nanoseconds.
struct Exact {
    level: u128,
}

impl Exact {
    /// By how much the burst is exceeded once `cost` is taken; negative when there is room.
    fn over(&self, rate: &Rate, now: u64, cost: u64) -> i128 {
        let arrived = u128::from(now) * u128::from(rate.amount);
        let level = self.level.max(arrived) + u128::from(cost) * rate.per.as_nanos();
        (level - arrived) as i128 - (u128::from(rate.burst) * rate.per.as_nanos()) as i128
    }

    fn take(&mut self, rate: &Rate, now: u64, cost: u64) {
        let arrived = u128::from(now) * u128::from(rate.amount);
        self.level = self.level.max(arrived) + u128::from(cost) * rate.per.as_nanos();
    }
}

fn rates() -> impl Strategy<Value = Rate> {
    let amount = prop_oneof![1..100_u64, 1..10_000_000_000_u64];
    let nanos = prop_oneof![1..1000_u64, SECOND..=SECOND, 1..31_000_000 * SECOND];
    let burst = prop_oneof![1..10_u64, 1..100_000_000_u64];
    (amount, nanos, burst).prop_filter_map("a rate", |(amount, nanos, burst)| {
        Rate::new(amount, Duration::from_nanos(nanos), burst).ok()
    })
}

proptest! {
    #[test]
    fn decides_as_exact_fractions_do(
        rate in rates(),
        start in 0..1_u64 << 60,
        steps in prop::collection::vec((0..1_u64 << 40, 0..64_u32, 1..1000_u64, any::<bool>()), 1..200),
    ) {
        let (mut bucket, mut exact, mut now) = (Bucket::default(), Exact { level: 0 }, start);
        // A quantum, and the rounding of "now" after decades.
        let slack = (rate.per.as_nanos() >> rate.fine) + 1 + 4 * u128::from(rate.amount);
        for (gap, shift, cost, charge) in steps {
            now += gap >> shift.min(40);
            let cost = cost.min(rate.burst);
            let over = exact.over(&rate, now, cost);
            if charge {
                let wait = bucket.charge(&rate, Tick(now), cost);
                exact.take(&rate, now, cost);
                let precise = over.max(0) as u128 / u128::from(rate.amount);
                prop_assert!(wait.as_nanos().abs_diff(precise) <= slack / u128::from(rate.amount) + 4);
            } else if bucket.take(&rate, Tick(now), cost).is_ok() {
                prop_assert!(over <= slack as i128, "took {} too much", over);
                exact.take(&rate, now, cost);
            } else {
                prop_assert!(over > -(slack as i128), "refused with {} to spare", -over);
            }
        }
    }

    #[test]
    fn the_wait_is_long_enough(rate in rates(), start in 0..1_u64 << 60, first in 0..100_000_u64, cost in 1..1000_u64) {
        let cost = cost.min(rate.burst);
        let mut bucket = Bucket::default();
        bucket.charge(&rate, Tick(start), first);
        if let Err(wait) = bucket.take(&rate, Tick(start), cost) {
            prop_assume!(wait.as_nanos() < 1 << 62, "centuries");
            bucket.take(&rate, Tick(start).after(wait), cost).expect("the wait was long enough");
        }
    }

    #[test]
    fn nothing_overflows(
        amount: u64, per: Duration, burst: u64, calls in prop::collection::vec((any::<u64>(), any::<u64>()), 1..20)
    ) {
        let fitting = Duration::from_nanos(u64::try_from(per.as_nanos() % LONGEST.as_nanos()).unwrap());
        for rate in [Rate::new(amount, per, burst), Rate::new(amount, fitting, burst)].into_iter().flatten() {
            let (mut bucket, shared) = (Bucket::default(), SharedBucket::new(rate));
            for (now, cost) in &calls {
                let now = Tick(*now);
                prop_assert_eq!(bucket.take(&rate, now, *cost), shared.take(now, *cost));
                prop_assert_eq!(bucket.charge(&rate, now, *cost), shared.charge(now, *cost));
                prop_assert_eq!(bucket.wait(&rate, now), shared.wait(now));
            }
        }
    }

    #[test]
    fn a_clock_that_lags_takes_no_more(rate in rates(), start in 1_u64 << 40..1 << 60, lag in 0..1_u64 << 40) {
        let mut bucket = Bucket::default();
        bucket.charge(&rate, Tick(start), rate.burst);
        prop_assert!(bucket.take(&rate, Tick(start - lag), 1).is_err());
    }
}
