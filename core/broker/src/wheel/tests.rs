use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

const TICK: Duration = Duration::from_millis(100);

#[expect(clippy::disallowed_methods, reason = "a test may read the clock")]
fn origin() -> Instant {
    Instant::now()
}

/// Milliseconds at every distance: within a tick, a level, a block and beyond.
fn distance() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..1_000,
        0_u64..100_000,
        0_u64..30_000_000,
        0_u64..100_000_000_000,
        0_u64..10_000_000_000_000,
        Just(100 * 64),
        Just(100 * 64 * 64),
        Just(100 << 30),
    ]
}

#[derive(Clone, Debug)]
enum Deed {
    Insert(u64),
    Advance(u64),
    /// To the time the wheel asks for.
    Follow,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        3 => distance().prop_map(Deed::Insert),
        1 => distance().prop_map(Deed::Advance),
        2 => Just(Deed::Follow),
    ];
    prop::collection::vec(deed, 1..200)
}

/// The wheel beside a heap that knows the deadlines.
struct Pair {
    wheel: Wheel<u32>,
    heap: BinaryHeap<Reverse<(Instant, u32)>>,
    deadlines: Vec<Instant>,
    waiting: Vec<bool>,
    now: Instant,
}

impl Pair {
    fn new() -> Self {
        let now = origin();
        Self {
            wheel: Wheel::new(now, TICK),
            heap: BinaryHeap::new(),
            deadlines: Vec::new(),
            waiting: Vec::new(),
            now,
        }
    }

    fn insert(&mut self, deadline: Instant) {
        let key = u32::try_from(self.deadlines.len()).unwrap();
        self.deadlines.push(deadline);
        self.waiting.push(true);
        self.heap.push(Reverse((deadline, key)));
        self.wheel.insert(deadline, key);
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let mut due = Vec::new();
        self.wheel.advance(self.now, &mut due);
        for key in due {
            let at = usize::try_from(key).unwrap();
            assert!(self.deadlines[at] <= self.now, "{key} fires early");
            assert!(std::mem::take(&mut self.waiting[at]), "{key} fires twice");
        }
        while let Some(Reverse((deadline, key))) = self.heap.peek().copied() {
            let late = deadline + TICK <= self.now;
            if self.waiting[usize::try_from(key).unwrap()] {
                assert!(!late, "{key} is more than a tick late");
                break;
            }
            self.heap.pop();
        }
        assert_eq!(self.wheel.len(), self.waiting.iter().filter(|it| **it).count());
    }

    /// What waits longest unfired is never due before the wheel asks for its turn.
    fn check_next(&self) {
        let first = self
            .deadlines
            .iter()
            .zip(&self.waiting)
            .filter(|(_, waiting)| **waiting)
            .map(|(at, _)| *at)
            .min();
        match (first, self.wheel.next()) {
            (None, next) => assert_eq!(next, None),
            (Some(first), Some(next)) => assert!(next <= first.max(self.now) + TICK, "asks too late"),
            (Some(_), None) => panic!("something waits and no time is asked for"),
        }
    }
}

proptest! {
    #[test]
    fn fires_what_a_heap_would(deeds in deeds()) {
        let mut pair = Pair::new();
        for deed in deeds {
            match deed {
                Deed::Insert(millis) => pair.insert(pair.now + Duration::from_millis(millis)),
                Deed::Advance(millis) => pair.advance(pair.now + Duration::from_millis(millis)),
                Deed::Follow => {
                    if let Some(next) = pair.wheel.next() {
                        pair.advance(next);
                    }
                }
            }
            pair.check_next();
        }
        // Following its own wishes, the wheel empties in a few steps an entry.
        let most = pair.wheel.len() * (LEVELS + 2);
        for _ in 0..most {
            let Some(next) = pair.wheel.next() else { break };
            pair.advance(next);
        }
        prop_assert!(pair.wheel.is_empty());
        prop_assert_eq!(pair.wheel.next(), None);
    }
}

#[test]
fn an_entry_costs_four_bytes_beside_its_key() {
    assert_eq!(size_of::<(u32, u32)>(), 8);
}

#[test]
fn a_passed_deadline_fires_at_the_next_advance() {
    let mut pair = Pair::new();
    pair.advance(pair.now + Duration::from_secs(10));
    pair.insert(pair.now);
    pair.insert(pair.now - Duration::from_secs(5));
    assert!(pair.wheel.next().is_some_and(|next| next <= pair.now));
    pair.advance(pair.now);
    assert!(pair.wheel.is_empty());
}

#[test]
fn time_that_goes_backwards_is_ignored() {
    let start = origin();
    let mut wheel = Wheel::new(start, TICK);
    let mut due = Vec::new();
    wheel.advance(start + Duration::from_secs(100), &mut due);
    wheel.insert(start + Duration::from_secs(101), 1);
    wheel.advance(start, &mut due);
    wheel.advance(start + Duration::from_secs(50), &mut due);
    assert!(due.is_empty());
    wheel.advance(start + Duration::from_secs(101), &mut due);
    assert_eq!(due, [1]);
}

/// A century at a tick of a nanosecond: stepping through it would not end.
#[test]
fn a_long_gap_is_one_step() {
    let start = origin();
    let mut wheel = Wheel::new(start, Duration::from_nanos(1));
    let century = Duration::from_secs(100 * 365 * 24 * 3600);
    wheel.insert(start + century, 1);
    let mut due = Vec::new();
    wheel.advance(start + century - Duration::from_nanos(1), &mut due);
    assert!(due.is_empty());
    wheel.advance(start + century, &mut due);
    assert_eq!(due, [1]);
}

#[test]
fn the_latest_instant_there_is() {
    let start = origin();
    let mut latest = start;
    for bit in (0..63).rev() {
        latest = latest.checked_add(Duration::from_secs(1 << bit)).unwrap_or(latest);
    }
    let mut wheel = Wheel::new(start, Duration::from_secs(7));
    wheel.insert(latest, 1);
    let mut due = Vec::new();
    wheel.advance(start + Duration::from_secs(1_000_000), &mut due);
    assert!(due.is_empty());
    assert!(wheel.next().is_some_and(|next| next > start));
}

#[test]
fn a_crowd_leaves_no_memory_behind() {
    let start = origin();
    let mut wheel = Wheel::new(start, TICK);
    for key in 0..100_000_u32 {
        wheel.insert(start + Duration::from_secs(5), key);
    }
    let mut due = Vec::new();
    wheel.advance(start + Duration::from_secs(5), &mut due);
    assert_eq!(due.len(), 100_000);
    let kept: usize = wheel.levels.iter().flat_map(|level| &level.slots).map(Vec::capacity).sum();
    assert!(kept <= LEVELS * SLOTS * KEEP, "{kept}");
}
