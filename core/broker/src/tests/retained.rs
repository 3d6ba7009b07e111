use super::*;

fn retain<'a>(topic: &'a str, payload: &'a [u8]) -> Draft<'a> {
    Draft { retain: true, payload, ..draft(topic) }
}

#[test]
fn a_subscription_gets_the_values_that_were_there() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.publish(&publisher, &retain("a/1", b"old")).unwrap();
    world.publish(&publisher, &retain("a/1", b"one")).unwrap();
    world.publish(&publisher, &retain("a/2", b"two")).unwrap();
    world.publish(&publisher, &retain("a/3", b"three")).unwrap();
    world.publish(&publisher, &retain("a/3", b"")).unwrap();
    world.subscribe(&client, &[wants("a/#")]);
    let pulled = world.pull(&client);
    assert!(pulled.iter().all(|pulled| delivery(pulled).retained));
    assert_eq!(pulled.iter().map(text).collect::<Vec<_>>(), ["one", "two"]);
    // Live it is not marked, unless asked for.
    world.publish(&publisher, &retain("a/1", b"live")).unwrap();
    assert!(!delivery(&world.pull(&client)[0]).retained);
}

#[test]
fn when_values_are_sent_is_the_subscribers_choice() {
    for (on, counts) in
        [(RetainedOn::Subscribe, [1, 1]), (RetainedOn::NewSubscription, [1, 0]), (RetainedOn::Never, [0, 0])]
    {
        let mut world = World::new(Limits::default());
        let (publisher, client) = (world.open("p"), world.open("c"));
        world.publish(&publisher, &retain("a", b"x")).unwrap();
        for count in counts {
            world.subscribe(&client, &[SubscribeDraft { retained: on, ..wants("a") }]);
            assert_eq!(world.pull(&client).len(), count, "{on:?}");
        }
    }
}

#[test]
fn the_last_delivered_is_the_one_retained() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    for n in 0..100 {
        world.publish(&publisher, &retain(&format!("a/{n}"), b"old")).unwrap();
    }
    world.subscribe(&client, &[SubscribeDraft { guarantee: Guarantee::AtMostOnce, ..wants("a/+") }]);
    // A few are read, then values change under the cursor: read ahead, read and not yet read ones.
    let mut last = std::collections::HashMap::new();
    let mut note = |pulled: Vec<Pulled>| {
        for pulled in pulled {
            last.insert(delivery(&pulled).message.topic().to_owned(), text(&pulled));
        }
    };
    note(world.pull_at_most(&client, 5).0);
    for n in 0..100 {
        world.publish(&publisher, &retain(&format!("a/{n}"), b"new")).unwrap();
    }
    loop {
        let (pulled, end) = world.pull_at_most(&client, 7);
        note(pulled);
        if end == PullEnd::Drained {
            break;
        }
    }
    assert_eq!(last.len(), 100);
    assert!(last.values().all(|value| value == "new"), "{last:?}");
}

#[test]
fn values_are_delivered_under_credit() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    for n in 0..35 {
        world.publish(&publisher, &retain(&format!("a/{n}"), b"x")).unwrap();
    }
    world.subscribe(&client, &[wants("a/+")]);
    let mut count = 0;
    loop {
        let (pulled, end) = world.pull_at_most(&client, 1_000);
        assert!(pulled.len() <= 10);
        count += pulled.len();
        if end == PullEnd::Drained {
            break;
        }
        for pulled in pulled {
            world.settle(&client, delivery(&pulled).handle, Settlement::Accept).unwrap();
        }
    }
    assert_eq!(count, 35);
}

#[test]
fn an_expired_value_is_not_sent_and_leaves() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.publish(&publisher, &Draft { expiry_seconds: Some(5), ..retain("a", b"x") }).unwrap();
    world.turn.now = world.turn.now.after(Duration::from_secs(6));
    world.subscribe(&client, &[wants("a")]);
    assert!(world.pull(&client).is_empty());
    world.pass(Duration::from_secs(1));
    assert_eq!(world.broker.counters().retained, 0);
}
