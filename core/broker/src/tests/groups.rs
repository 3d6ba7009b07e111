use super::*;

fn member(filter: &str) -> SubscribeDraft<'_> {
    SubscribeDraft { group: Some("g"), ..wants(filter) }
}

fn clean(client: &str) -> OpenOptions {
    OpenOptions { expiry: Duration::ZERO, ..options(client) }
}

#[test]
fn members_that_do_not_stay_get_messages_in_turn() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let members: Vec<_> = ["a", "b", "c"].map(|id| world.try_open(clean(id)).unwrap()).into();
    for client in &members {
        world.subscribe(client, &[member("t/#")]);
    }
    for _ in 0..9 {
        assert_eq!(world.publish(&publisher, &draft("t/x")), Ok(1));
    }
    for client in &members {
        assert_eq!(world.pull(client).len(), 3);
    }
}

#[test]
fn what_a_lost_member_did_not_settle_goes_to_another_and_exactly_once_does_not() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let (first, second) = (world.try_open(clean("a")).unwrap(), world.try_open(clean("b")).unwrap());
    world.subscribe(&first, &[member("t")]);
    world
        .publish(&publisher, &Draft { payload: b"once", guarantee: Guarantee::ExactlyOnce, ..draft("t") })
        .unwrap();
    for payload in [b"1", b"2", b"3"] {
        world.publish(&publisher, &Draft { payload, ..draft("t") }).unwrap();
    }
    assert_eq!(world.pull_at_most(&first, 3).0.len(), 3);
    world.subscribe(&second, &[member("t")]);
    world.leave(&first, Detach::Lost).unwrap();
    assert_eq!(world.read(&second), ["1", "2", "3"]);
}

#[test]
fn a_group_with_a_member_that_stays_keeps_messages_while_all_are_away() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let (first, second) = (world.open("a"), world.open("b"));
    for client in [&first, &second] {
        world.subscribe(client, &[member("t")]);
        world.pull(client);
    }
    world.leave(&first, Detach::Lost).unwrap();
    world.leave(&second, Detach::Lost).unwrap();
    for payload in [b"1", b"2", b"3", b"4"] {
        assert_eq!(world.publish(&publisher, &Draft { payload, ..draft("t") }), Ok(1));
    }
    let first = world.open("a");
    assert_eq!(world.read(&first), ["1", "2", "3", "4"]);
    // Lost unsettled: the other one gets them, in order.
    world.leave(&first, Detach::Lost).unwrap();
    let second = world.open("b");
    assert_eq!(world.read(&second), ["1", "2", "3", "4"]);
}

#[test]
fn credit_decides_who_takes_from_the_groups_queue() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let narrow = world.try_open(OpenOptions { credit: 1, ..options("n") }).unwrap();
    let wide = world.open("w");
    for client in [&narrow, &wide] {
        world.subscribe(client, &[member("t")]);
        world.pull(client);
    }
    for _ in 0..8 {
        world.publish(&publisher, &draft("t")).unwrap();
    }
    // Everyone that was woken pulls until nobody is woken any more.
    let mut got = (0, 0);
    loop {
        let woken = world.woken();
        if woken.is_empty() {
            break;
        }
        for seat in woken {
            if seat == narrow.seat {
                got.0 += world.pull(&narrow).len();
            } else {
                got.1 += world.pull(&wide).len();
            }
        }
    }
    assert_eq!(got, (1, 7));
}

#[test]
fn released_goes_back_to_the_head_and_rejected_goes_nowhere() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let first = world.open("a");
    world.subscribe(&first, &[member("t")]);
    for payload in [b"1", b"2"] {
        world.publish(&publisher, &Draft { payload, ..draft("t") }).unwrap();
    }
    let (pulled, _) = world.pull_at_most(&first, 1);
    world.settle(&first, delivery(&pulled[0]).handle, Settlement::Release).unwrap();
    let pulled = world.pull(&first);
    assert_eq!(pulled.iter().map(text).collect::<Vec<_>>(), ["1", "2"]);
    assert!(delivery(&pulled[0]).repeat);
    world.settle(&first, delivery(&pulled[0]).handle, Settlement::Reject).unwrap();
    assert!(world.pull(&first).is_empty());
    assert_eq!(world.turn.tally.dropped, 1);
}

#[test]
fn a_group_of_nobody_is_gone() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let client = world.open("a");
    world.subscribe(&client, &[member("t")]);
    let removed = world.broker.unsubscribe(&mut world.turn, &client.lease, &[(Some("g"), "t")], NOTHING);
    assert_eq!(removed.done().unwrap().unwrap(), [Ok(true)]);
    assert_eq!(world.publish(&publisher, &draft("t")), Ok(0));
}

#[test]
fn a_member_and_a_plain_subscriber_are_different() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let client = world.open("a");
    world.subscribe(&client, &[member("t"), wants("t")]);
    assert_eq!(world.publish(&publisher, &draft("t")), Ok(2));
    assert_eq!(world.pull(&client).len(), 2);
}
