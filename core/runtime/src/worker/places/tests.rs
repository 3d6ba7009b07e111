use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use tidegate_types::CloseReason;

use super::*;

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn seated(places: &mut Places) -> (Seat, Arc<Counter>) {
    let seat = places.take(1, None);
    let counter = Arc::new(Counter::default());
    places.begin(seat, &Waker::from(Arc::clone(&counter)));
    (seat, counter)
}

fn kick() -> Notice {
    Notice::Close(CloseReason::Kicked)
}

#[test]
fn many_wakes_are_one_call_a_turn() {
    let mut places = Places::new(0);
    let (seat, called) = seated(&mut places);
    for _ in 0..5 {
        assert!(places.wake(seat));
    }
    assert_eq!(called.0.load(Ordering::Relaxed), 1);
    places.begin(seat, Waker::noop());
    assert!(places.wake(seat));
    assert_eq!(called.0.load(Ordering::Relaxed), 2);
}

#[test]
fn a_place_is_used_again_under_another_generation() {
    let mut places = Places::new(0);
    let (first, called) = seated(&mut places);
    assert!(matches!(places.notice(first, kick()), Handed::Here));
    let (origin, late) = places.release(first);
    assert_eq!((origin, late.map(|late| late.len())), (None, Some(1)));
    let (second, _) = seated(&mut places);
    assert_eq!(first.slot, second.slot);
    assert!(matches!(places.notice(first, kick()), Handed::Nobody(_)));
    assert!(places.begin(second, Waker::noop()).notices.is_none());
    assert_eq!(called.0.load(Ordering::Relaxed), 1);
}

#[test]
fn only_the_earliest_entry_of_the_wheel_counts() {
    let mut places = Places::new(0);
    let (seat, called) = seated(&mut places);
    assert!(places.arm(seat, 10));
    assert!(!places.arm(seat, 20), "the entry at 10 asks again then");
    assert!(places.arm(seat, 5));
    places.due(seat.slot, 5);
    assert_eq!(called.0.load(Ordering::Relaxed), 1);
    places.begin(seat, Waker::noop());
    assert!(places.arm(seat, 30));
    places.due(seat.slot, 10);
    assert_eq!(called.0.load(Ordering::Relaxed), 1, "the entry at 10 means nothing now");
    places.due(seat.slot, 30);
    assert_eq!(called.0.load(Ordering::Relaxed), 2);
}

#[test]
fn what_comes_for_one_who_moved_follows() {
    let mut places = Places::new(0);
    let (seat, _) = seated(&mut places);
    places.leave(seat);
    assert!(matches!(places.notice(seat, kick()), Handed::Here), "kept until it has arrived");
    let there = Seat { worker: 1, generation: 3, slot: 8 };
    assert_eq!(places.forward(seat, there).len(), 1);
    assert!(!places.wake(seat));
    assert!(matches!(places.notice(seat, kick()), Handed::Elsewhere(to, _) if to == there));
    places.release(seat);
    assert!(matches!(places.notice(seat, kick()), Handed::Nobody(_)));
}

#[test]
fn the_busiest_that_fit_move() {
    let mut places = Places::new(0);
    let seats: Vec<Seat> = (0..4).map(|_| seated(&mut places).0).collect();
    places.watch();
    for (seat, turns) in seats.iter().zip([70, 20, 9, 1]) {
        for _ in 0..turns {
            places.begin(*seat, Waker::noop());
        }
    }
    places.shed(1, 300, 10);
    let moves: Vec<bool> =
        seats.iter().map(|seat| places.begin(*seat, Waker::noop()).move_to == Some(1)).collect();
    assert_eq!(moves, [false, true, true, true], "the first would carry the whole problem along");
}

#[test]
fn some_goes_through_all_in_steps() {
    let mut places = Places::new(0);
    let seats: Vec<Seat> = (0..600).map(|n| places.take(n % 2, None)).collect();
    places.release(seats[4]);
    let mut got = Vec::new();
    let mut from = 0;
    loop {
        let (some, next) = places.some(from, Some(0), 7);
        got.extend(some);
        from = next;
        if from == 0 {
            break;
        }
    }
    let wanted = seats.iter().copied().enumerate().filter(|(n, _)| n % 2 == 0 && *n != 4);
    assert_eq!(got, wanted.map(|(_, seat)| seat).collect::<Vec<_>>());
}
