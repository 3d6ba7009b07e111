use tidegate_types::OfflinePolicy;

use super::*;

fn small() -> Limits {
    Limits { queue_messages: 8, grace: Duration::from_millis(500), ..Limits::default() }
}

#[test]
fn a_full_queue_drops_its_oldest_and_counts_it() {
    let mut world = World::new(small());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    for n in 0..10 {
        let payload = format!("{n}");
        world.publish(&publisher, &Draft { payload: payload.as_bytes(), ..draft("a") }).unwrap();
    }
    assert_eq!(world.read(&client), ["2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(world.turn.tally.dropped, 2);
}

#[test]
fn an_absent_sessions_queue_refuses_if_told_so() {
    let mut world = World::new(Limits { offline: OfflinePolicy::Refuse, ..small() });
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    world.leave(&client, Detach::Lost).unwrap();
    for n in 0..10 {
        let payload = format!("{n}");
        world.publish(&publisher, &Draft { payload: payload.as_bytes(), ..draft("a") }).unwrap();
    }
    let client = world.open("c");
    assert_eq!(world.read(&client), ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn publishers_are_slowed_for_a_grace_and_go_on_when_there_is_room() {
    let mut world = World::new(small());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    for _ in 0..5 {
        world.publish(&publisher, &draft("a")).unwrap();
    }
    assert_eq!(world.turn.slowed_until, None);
    world.publish(&publisher, &draft("a")).unwrap();
    let until = world.turn.slowed_until.take().expect("three quarters are full");
    assert_eq!(until, world.turn.now.at + Duration::from_millis(500));
    let pulled = world.pull(&client);
    assert_eq!(pulled.len(), 6);
    let resumed = std::mem::take(&mut world.turn.notices);
    assert!(matches!(resumed[..], [(seat, Notice::Resume)] if seat == publisher.seat));
    for pulled in pulled {
        world.settle(&client, delivery(&pulled).handle, Settlement::Accept).unwrap();
    }
    // A receiver that does not read slows its publishers once, not for ever.
    for _ in 0..8 {
        world.publish(&publisher, &draft("a")).unwrap();
    }
    assert!(world.turn.slowed_until.take().is_some());
    world.turn.now = world.turn.now.after(Duration::from_millis(500));
    world.publish(&publisher, &draft("a")).unwrap();
    assert_eq!(world.turn.slowed_until, None);
}

#[test]
fn slowed_publishers_go_on_when_the_receiver_leaves() {
    for how in [Detach::Lost, Detach::Clean] {
        let mut world = World::new(small());
        let (publisher, client) = (world.open("p"), world.open("c"));
        world.subscribe(&client, &[wants("a")]);
        for _ in 0..8 {
            world.publish(&publisher, &draft("a")).unwrap();
        }
        world.leave(&client, how).unwrap();
        let notices = std::mem::take(&mut world.turn.notices);
        assert!(matches!(notices[..], [(seat, Notice::Resume)] if seat == publisher.seat));
    }
}

#[test]
fn at_most_once_beyond_its_bytes_drops_the_newest() {
    let mut world = World::new(Limits { at_most_once_bytes: 1_000, ..Limits::default() });
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    let untracked = Draft { guarantee: Guarantee::AtMostOnce, ..draft("a") };
    for n in 0..100 {
        let payload = format!("{n}");
        world.publish(&publisher, &Draft { payload: payload.as_bytes(), ..untracked }).unwrap();
    }
    let read = world.read(&client);
    assert!(read.len() < 10, "{}", read.len());
    assert_eq!(read[0], "0");
    assert_eq!(usize::try_from(world.turn.tally.dropped).unwrap(), 100 - read.len());
}

#[test]
fn a_queue_is_bounded_in_bytes() {
    let mut world = World::new(Limits { queue_bytes: 10_000, ..Limits::default() });
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    for _ in 0..10 {
        world.publish(&publisher, &Draft { payload: &[0; 4_000], ..draft("a") }).unwrap();
    }
    assert_eq!(world.pull(&client).len(), 2);
}

#[test]
fn an_empty_queue_takes_a_message_of_any_size() {
    let limits = Limits { queue_bytes: 1_000, at_most_once_bytes: 1_000, ..Limits::default() };
    let mut world = World::new(limits);
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    for guarantee in [Guarantee::AtMostOnce, Guarantee::AtLeastOnce] {
        world.publish(&publisher, &Draft { payload: &[0; 4_000], guarantee, ..draft("a") }).unwrap();
        assert_eq!(world.pull(&client).len(), 1, "{guarantee:?}");
    }
    assert_eq!(world.turn.tally.dropped, 0);
}

#[test]
fn subscriptions_sessions_and_once_keys_are_bounded() {
    let limits = Limits { subscriptions: 2, sessions: 2, once_keys: 1, ..Limits::default() };
    let mut world = World::new(limits);
    let client = world.open("c");
    let granted = world.subscribe(&client, &[wants("a"), wants("b"), wants("c")]);
    assert_eq!(granted[2], Err(Refusal::QuotaExceeded));
    let again = world.subscribe(&client, &[wants("b")]);
    assert!(again[0].is_ok(), "a known one can be changed");
    world.open("d");
    assert_eq!(world.try_open(options("e")).unwrap_err(), Refusal::QuotaExceeded);
    world.open("c");
    let client = world.open("c");
    world.publish_once(&client, &draft("a"), Some(1)).unwrap();
    assert_eq!(world.publish_once(&client, &draft("a"), Some(2)), Err(Refusal::QuotaExceeded));
}

#[test]
fn many_subscriptions_are_found_forgotten_and_bounded_in_bytes() {
    let limits = Limits { subscription_bytes: 2_000, ..Limits::default() };
    let mut world = World::new(limits);
    let (publisher, client) = (world.open("p"), world.open("c"));
    for n in 0..100 {
        assert!(world.subscribe(&client, &[wants(&format!("topic/{n}"))])[0].is_ok());
    }
    let long = "x".repeat(2_000);
    assert_eq!(world.subscribe(&client, &[wants(&long)]), [Err(Refusal::QuotaExceeded)]);
    assert!(world.subscribe(&client, &[wants("topic/7")])[0].is_ok(), "a known one can be changed");
    assert_eq!(world.broker.counters().subscriptions, 100);
    for n in 0..100 {
        let filter = format!("topic/{n}");
        for known in [true, false] {
            let filters = [(None, filter.as_str())];
            let removed = world.broker.unsubscribe(&mut world.turn, &client.lease, &filters, NOTHING);
            assert_eq!(removed.done().unwrap().unwrap(), [Ok(known)]);
        }
        assert_eq!(world.publish(&publisher, &draft(&filter)), Ok(0));
    }
    assert_eq!(world.broker.counters().subscriptions, 0);
    assert!(world.subscribe(&client, &[wants(&"x".repeat(1_999))])[0].is_ok(), "the bytes were given back");
}
