use super::*;

#[test]
fn there_is_one_lease_and_the_older_is_refused() {
    let mut world = World::new(Limits::default());
    let first = world.open("c");
    let second = world.open("c");
    assert!(second.resumed);
    assert_eq!(world.closed(), [(first.seat, CloseReason::TakenOver)]);
    assert_eq!(world.publish(&first, &draft("a")), Err(Refusal::TakenOver));
    assert_eq!(world.settle(&first, 1, Settlement::Accept), Err(Refusal::TakenOver));
    assert_eq!(world.leave(&first, Detach::Lost), Err(Refusal::TakenOver));
    let subscribed = world.broker.subscribe(&mut world.turn, &first.lease, &[wants("a")], NOTHING);
    assert_eq!(subscribed.done(), Some(Err(Refusal::TakenOver)));
    let budget = Budget { count: 1, bytes: 1 };
    assert_eq!(world.broker.pull(&mut world.turn, &first.lease, budget), Err(Refusal::TakenOver));
    assert_eq!(world.publish(&second, &draft("a")), Ok(0));
    assert_eq!(world.broker.counters().connected, 1);
    assert_eq!(world.broker.counters().sessions, 1);
}

#[test]
fn what_was_not_settled_is_repeated_under_its_handle_and_in_order() {
    let mut world = World::new(Limits::default());
    let (publisher, first) = (world.open("p"), world.open("c"));
    world.subscribe(&first, &[wants("a")]);
    let exact = Draft { guarantee: Guarantee::ExactlyOnce, ..draft("a") };
    for payload in [b"1", b"2", b"3", b"4"] {
        world.publish(&publisher, &Draft { payload, ..exact }).unwrap();
    }
    let (pulled, _) = world.pull_at_most(&first, 3);
    assert_eq!(pulled.len(), 3);
    world.settle(&first, 1, Settlement::Hold).unwrap();
    world.settle(&first, 2, Settlement::Accept).unwrap();
    let second = world.open("c");
    let pulled = world.pull(&second);
    assert!(matches!(pulled[0], Pulled::Held(1)));
    let (again, new) = (delivery(&pulled[1]), delivery(&pulled[2]));
    assert_eq!((again.handle, again.repeat, text(&pulled[1]).as_str()), (3, true, "3"));
    assert_eq!((new.handle, new.repeat, text(&pulled[2]).as_str()), (4, false, "4"));
    assert_eq!(pulled.len(), 3);
    world.free(&second, 1).unwrap();
}

#[test]
fn repeats_respect_the_new_connections_credit() {
    let mut world = World::new(Limits::default());
    let (publisher, first) = (world.open("p"), world.open("c"));
    world.subscribe(&first, &[wants("a")]);
    for _ in 0..5 {
        world.publish(&publisher, &draft("a")).unwrap();
    }
    assert_eq!(world.pull(&first).len(), 5);
    let second = world.try_open(OpenOptions { credit: 2, ..options("c") }).unwrap();
    let mut handles = Vec::new();
    for _ in 0..10 {
        let (pulled, _) = world.pull_at_most(&second, 100);
        assert!(pulled.len() <= 2);
        for pulled in &pulled {
            handles.push(delivery(pulled).handle);
            world.settle(&second, delivery(pulled).handle, Settlement::Accept).unwrap();
        }
    }
    assert_eq!(handles, [1, 2, 3, 4, 5]);
}

#[test]
fn a_clean_open_ends_the_old_session() {
    let mut world = World::new(Limits::default());
    let (publisher, first) = (world.open("p"), world.open("c"));
    world.subscribe(&first, &[wants("a")]);
    let second = world.try_open(OpenOptions { clean: true, ..options("c") }).unwrap();
    assert!(!second.resumed);
    assert_eq!(world.closed(), [(first.seat, CloseReason::TakenOver)]);
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
    assert_eq!(world.publish(&first, &draft("a")), Err(Refusal::TakenOver));
    assert_eq!(world.broker.counters().sessions, 2);
    assert_eq!(world.broker.counters().connected, 2);
}

#[test]
fn another_principal_does_not_get_the_session() {
    let mut world = World::new(Limits::default());
    let first = world.open("c");
    let mallory = PrincipalRef::new(Principal { user: Some("mallory".into()), ..Principal::default() });
    for clean in [false, true] {
        let asked = OpenOptions { clean, ..options("c") };
        let seat = world.seat();
        let outcome = world.broker.open(&mut world.turn, &mallory, asked, (seat, NOTHING));
        assert_eq!(outcome.done().unwrap().unwrap_err(), Refusal::NotAuthorized);
    }
    assert_eq!(world.publish(&first, &draft("a")), Ok(0));
}

#[test]
fn the_will_of_a_displaced_connection_is_published_unless_it_waits() {
    for (delay, expected) in [(0, 1), (5, 0)] {
        let mut world = World::new(Limits::default());
        let watcher = world.open("w");
        world.subscribe(&watcher, &[wants("will")]);
        let with_will = OpenOptions { will: Some(super::expiry::will(delay)), ..options("c") };
        world.try_open(with_will).unwrap();
        world.open("c");
        world.pass(Duration::from_secs(10));
        assert_eq!(world.pull(&watcher).len(), expected, "delay {delay}");
    }
}

#[test]
fn wakes_go_to_the_new_seat() {
    let mut world = World::new(Limits::default());
    let (publisher, first) = (world.open("p"), world.open("c"));
    world.subscribe(&first, &[wants("a")]);
    world.pull(&first);
    let moved = world.seat();
    world.broker.reseat(&first.lease, moved);
    world.publish(&publisher, &draft("a")).unwrap();
    assert_eq!(world.woken(), [moved]);
}

#[test]
fn a_session_that_ends_with_its_connection_is_not_resumed() {
    let mut world = World::new(Limits::default());
    let (publisher, watcher) = (world.open("p"), world.open("w"));
    world.subscribe(&watcher, &[wants("will")]);
    let passing = OpenOptions { expiry: Duration::ZERO, will: Some(super::expiry::will(30)), ..options("c") };
    let first = world.try_open(passing).unwrap();
    world.subscribe(&first, &[wants("a")]);
    let second = world.open("c");
    assert!(!second.resumed);
    assert_eq!(world.closed(), [(first.seat, CloseReason::TakenOver)]);
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
    assert_eq!(world.pull(&watcher).len(), 1, "its will was due when it ended");
}

#[test]
fn at_the_limit_of_sessions_nothing_is_ended_for_one_that_cannot_begin() {
    let mut world = World::new(Limits { sessions: 2, ..Limits::default() });
    let (_, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    assert_eq!(world.try_open(options("d")).unwrap_err(), Refusal::QuotaExceeded);
    // A key that has a place may begin anew there, as often as it likes.
    for _ in 0..3 {
        let again = world.try_open(OpenOptions { clean: true, ..options("c") }).unwrap();
        assert!(!again.resumed);
    }
    let counters = world.broker.counters();
    assert_eq!((counters.sessions, counters.connected, counters.subscriptions), (2, 2, 0));
}
