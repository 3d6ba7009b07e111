use std::num::NonZeroU32;

use super::*;

#[test]
fn a_message_reaches_its_subscribers_with_the_lower_guarantee() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    let wanted = SubscribeDraft { guarantee: Guarantee::AtMostOnce, ..wants("a/+") };
    assert_eq!(world.subscribe(&subscriber, &[wanted]), [Ok(Guarantee::AtMostOnce)]);
    world.pull(&subscriber);
    assert_eq!(world.publish(&publisher, &draft("a/b")), Ok(1));
    assert_eq!(world.publish(&publisher, &draft("b")), Ok(0));
    assert_eq!(world.woken(), [subscriber.seat]);
    let pulled = world.pull(&subscriber);
    assert_eq!(delivery(&pulled[0]).guarantee, Guarantee::AtMostOnce);
    assert_eq!(delivery(&pulled[0]).handle, 0);
    assert_eq!(pulled.len(), 1);
}

#[test]
fn one_wake_until_the_session_is_drained() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    world.subscribe(&subscriber, &[wants("a")]);
    world.pull(&subscriber);
    for _ in 0..20 {
        world.publish(&publisher, &draft("a")).unwrap();
    }
    assert_eq!(world.woken().len(), 1);
    // Ten are the credit; the rest waits for settles, not for a wake.
    let (pulled, end) = world.pull_at_most(&subscriber, 100);
    assert_eq!((pulled.len(), end), (10, PullEnd::NoCredit));
    world.publish(&publisher, &draft("a")).unwrap();
    assert_eq!(world.woken(), []);
    for pulled in pulled {
        world.settle(&subscriber, delivery(&pulled).handle, Settlement::Accept).unwrap();
    }
    let (pulled, end) = world.pull_at_most(&subscriber, 4);
    assert_eq!((pulled.len(), end), (4, PullEnd::Budget));
}

#[test]
fn overlapping_subscriptions_make_one_delivery_with_every_number() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    let low =
        SubscribeDraft { guarantee: Guarantee::AtMostOnce, identifier: NonZeroU32::new(7), ..wants("a/#") };
    let high = SubscribeDraft { identifier: NonZeroU32::new(8), ..wants("a/b") };
    world.subscribe(&subscriber, &[low, high]);
    assert_eq!(world.publish(&publisher, &draft("a/b")), Ok(1));
    let pulled = world.pull(&subscriber);
    assert_eq!(pulled.len(), 1);
    let only = delivery(&pulled[0]);
    assert_eq!(only.guarantee, Guarantee::AtLeastOnce);
    let mut numbers = only.identifiers.as_slice().to_vec();
    numbers.sort_unstable();
    assert_eq!(numbers, [7, 8]);
}

#[test]
fn no_local_is_judged_filter_by_filter() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    let quiet = SubscribeDraft { no_local: true, ..wants("a/+") };
    world.subscribe(&client, &[quiet]);
    world.publish(&client, &draft("a/b")).unwrap();
    assert!(world.pull(&client).is_empty());
    world.subscribe(&client, &[wants("#")]);
    world.publish(&client, &draft("a/b")).unwrap();
    assert_eq!(world.pull(&client).len(), 1);
}

#[test]
fn the_repeat_of_an_exactly_once_message_goes_nowhere() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    world.subscribe(&subscriber, &[wants("a")]);
    for _ in 0..3 {
        assert!(world.publish_once(&publisher, &draft("a"), Some(5)).is_ok());
    }
    assert_eq!(world.pull(&subscriber).len(), 1);
    // Over a takeover too.
    let again = world.open("p");
    assert!(again.resumed);
    world.publish_once(&again, &draft("a"), Some(5)).unwrap();
    assert_eq!(world.pull(&subscriber).len(), 0);
    let forgotten = world.broker.forget(&mut world.turn, &again.lease, 5, NOTHING);
    assert_eq!(forgotten.done(), Some(Ok(())));
    world.publish_once(&again, &draft("a"), Some(5)).unwrap();
    assert_eq!(world.pull(&subscriber).len(), 1);
    let forgotten = world.broker.forget(&mut world.turn, &again.lease, 6, NOTHING);
    assert_eq!(forgotten.done(), Some(Err(Refusal::NotFound)));
}

#[test]
fn handles_are_used_again_only_when_they_are_free() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let subscriber = world.try_open(OpenOptions { handles: 3, credit: 100, ..options("s") }).unwrap();
    world.subscribe(&subscriber, &[wants("a")]);
    let exact = Draft { guarantee: Guarantee::ExactlyOnce, ..draft("a") };
    for _ in 0..5 {
        world.publish(&publisher, &exact).unwrap();
    }
    let handles = |pulled: &[Pulled]| pulled.iter().map(|p| delivery(p).handle).collect::<Vec<_>>();
    assert_eq!(handles(&world.pull(&subscriber)), [1, 2, 3]);
    world.settle(&subscriber, 1, Settlement::Hold).unwrap();
    world.settle(&subscriber, 1, Settlement::Hold).unwrap();
    world.settle(&subscriber, 2, Settlement::Hold).unwrap();
    world.free(&subscriber, 2).unwrap();
    assert!(world.pull(&subscriber).is_empty(), "1 is still in front");
    assert_eq!(world.settle(&subscriber, 2, Settlement::Hold), Err(Refusal::NotFound));
    world.free(&subscriber, 1).unwrap();
    assert_eq!(world.free(&subscriber, 1), Err(Refusal::NotFound));
    assert_eq!(handles(&world.pull(&subscriber)), [1, 2]);
    assert_eq!(world.settle(&subscriber, 0, Settlement::Accept), Err(Refusal::NotFound));
    assert_eq!(world.settle(&subscriber, 4, Settlement::Accept), Err(Refusal::NotFound));
}

#[test]
fn what_is_unsubscribed_gets_nothing_more() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    world.subscribe(&subscriber, &[wants("a"), wants("b/#")]);
    let filters = [(None, "a"), (None, "b/#"), (None, "c"), (None, "b#")];
    let removed = world.broker.unsubscribe(&mut world.turn, &subscriber.lease, &filters, NOTHING);
    assert_eq!(removed.done().unwrap().unwrap(), [Ok(true), Ok(true), Ok(false), Err(Refusal::BadFilter)]);
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
    assert_eq!(world.publish(&publisher, &draft("b/c")), Ok(0));
    assert_eq!(world.broker.counters().subscriptions, 0);
}

#[test]
fn what_expired_while_it_waited_is_dropped() {
    let mut world = World::new(Limits::default());
    let (publisher, subscriber) = (world.open("p"), world.open("s"));
    world.subscribe(&subscriber, &[wants("a")]);
    world.publish(&publisher, &Draft { expiry_seconds: Some(5), ..draft("a") }).unwrap();
    world.publish(&publisher, &draft("a")).unwrap();
    world.pass(Duration::from_secs(5));
    assert_eq!(world.pull(&subscriber).len(), 1);
    assert_eq!(world.turn.tally.dropped, 1);
}

#[test]
fn a_bad_topic_is_refused() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    for bad in ["", "a/#", "+", "a\0"] {
        assert_eq!(world.publish(&publisher, &draft(bad)), Err(Refusal::BadTopic), "{bad:?}");
    }
    assert_eq!(world.subscribe(&publisher, &[wants("a#")]), [Err(Refusal::BadFilter)]);
}
