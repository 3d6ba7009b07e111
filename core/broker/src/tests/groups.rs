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

#[test]
fn what_waits_in_a_group_does_not_outlive_its_members() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let member_of = world.open("a");
    world.subscribe(&member_of, &[member("t")]);
    let weigh = |world: &mut World| {
        for _ in 0..20 {
            world.publish(&publisher, &Draft { payload: &[0; 10_000], ..draft("t") }).unwrap();
        }
    };
    weigh(&mut world);
    let (pulled, _) = world.pull_at_most(&member_of, 5);
    let message = delivery(&pulled[0]).message.clone();
    drop(pulled);
    // Some are unsettled, some wait in the group; then its only member begins anew.
    world.try_open(OpenOptions { clean: true, ..options("a") }).unwrap();
    drop(world);
    assert_eq!(message.handles(), 1, "somebody still holds it");
}

#[test]
fn a_member_that_goes_passes_its_wake_on() {
    for way in ["unsubscribe", "kick", "clean", "busy"] {
        let mut world = World::new(Limits::default());
        let publisher = world.open("p");
        let (first, second) = (world.open("a"), world.open("b"));
        for client in [&first, &second] {
            world.subscribe(client, &[member("t")]);
            world.pull(client);
        }
        world.publish(&publisher, &draft("t")).unwrap();
        let woken = world.woken();
        assert_eq!(woken.len(), 1);
        let (gone, other) = if woken[0] == first.seat { (&first, &second) } else { (&second, &first) };
        match way {
            "unsubscribe" => {
                let filters = [(Some("g"), "t")];
                let removed = world.broker.unsubscribe(&mut world.turn, &gone.lease, &filters, NOTHING);
                assert!(removed.done().unwrap().is_ok());
            }
            "kick" => assert!(world.broker.kick(&mut world.turn, Realm(0), &gone.lease.key().client)),
            "clean" => {
                let id = gone.lease.key().client.as_str().to_owned();
                world.try_open(OpenOptions { clean: true, ..options(&id) }).unwrap();
            }
            _ => world.broker.busy(&mut world.turn, &gone.lease),
        }
        assert!(world.woken().contains(&other.seat), "{way}");
        assert_eq!(world.pull(other).len(), 1, "{way}");
    }
}

#[test]
fn a_message_for_a_group_is_not_lost_with_the_member_it_was_chosen_for() {
    let world = World::new(Limits::default());
    let broker = &world.broker;
    let mut turn = Turn::new(world.turn.now);
    let open = |turn: &mut Turn, id: &str, slot: u32| {
        let principal = PrincipalRef::new(Principal::default());
        let seat = Seat { worker: 0, generation: 0, slot };
        let opened = broker.open(turn, &principal, clean(id), (seat, NOTHING)).done().unwrap().unwrap();
        broker.subscribe(turn, &opened.lease, &[member("t")], NOTHING).done().unwrap().unwrap();
        opened.lease
    };
    let steady = open(&mut turn, "steady", 1);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = Turn::new(world.turn.now);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let flapping = open(&mut turn, "flapping", 2);
                assert!(broker.detach(&mut turn, &flapping, Detach::Lost).done().unwrap().is_ok());
                turn.wakes.clear();
            }
        });
        for round in 0..50_000_u32 {
            let principal = Principal::default();
            let seat = Seat { worker: 0, generation: 0, slot: 3 };
            let published =
                broker.publish_as(&mut turn, &principal, &draft("t"), (seat, NOTHING)).done().unwrap();
            assert_eq!(published, Ok(Published { receivers: 1 }), "round {round}");
            turn.wakes.clear();
            let budget = Budget { count: 100, bytes: usize::MAX };
            broker.pull(&mut turn, &steady, budget).unwrap();
            for pulled in std::mem::take(&mut turn.deliveries) {
                let handle = delivery(&pulled).handle;
                broker
                    .settle(&mut turn, &steady, handle, Settlement::Accept, NOTHING)
                    .done()
                    .unwrap()
                    .unwrap();
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
