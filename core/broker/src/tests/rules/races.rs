//! Threads that cross while the rules change.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;

/// Lets everything pass, but waits while it is asked.
struct Waits(Arc<Barrier>);

impl Authorizer for Waits {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        if matches!(action, Action::Subscribe { filter: "a", .. }) {
            self.0.wait();
            self.0.wait();
        }
        Decision::Allow
    }
}

#[test]
fn a_subscription_that_was_being_judged_when_the_rules_changed_brings_nothing() {
    for swept in [false, true] {
        let mut world = World::new(Limits::default());
        let barrier = Arc::new(Barrier::new(2));
        world.broker.set_rules(vec![Arc::new(Waits(Arc::clone(&barrier)))]);
        let (god, client) = (god(&mut world), world.open("c"));
        let World { broker, turn, .. } = &mut world;
        thread::scope(|scope| {
            let judged = scope.spawn(|| {
                let mut turn = Turn::new(moment());
                broker.subscribe(&mut turn, &client.lease, &[wants("a")], NOTHING).done().unwrap().unwrap()
            });
            barrier.wait();
            broker.set_rules(but("a"));
            while swept && !broker.sweep(turn, 10) {}
            barrier.wait();
            assert!(judged.join().unwrap()[0].is_ok(), "it was asked for before");
        });
        world.publish(&god, &draft("a")).unwrap();
        assert!(world.pull(&client).is_empty());
        assert_eq!(world.publish(&god, &draft("a")), Ok(0));
    }
}

#[test]
fn while_another_lease_subscribes_nothing_is_handed_out() {
    let mut world = World::new(Limits::default());
    let barrier = Arc::new(Barrier::new(2));
    world.broker.set_rules(vec![Arc::new(Waits(Arc::clone(&barrier)))]);
    let (god, first) = (god(&mut world), world.open("c"));
    world.subscribe(&first, &[wants("b")]);
    let (barrier, first) = (&barrier, &first);
    let woken = thread::scope(|scope| {
        let broker = &world.broker;
        let subscribing = scope.spawn(move || {
            let mut turn = Turn::new(moment());
            let granted =
                broker.subscribe(&mut turn, &first.lease, &[wants("a")], NOTHING).done().unwrap().unwrap();
            (granted, turn.wakes)
        });
        barrier.wait();
        let mut turn = Turn::new(moment());
        let principal = PrincipalRef::default();
        let seat = Seat { slot: 77, ..Seat::default() };
        let second =
            broker.open(&mut turn, &principal, options("c"), (seat, NOTHING)).done().unwrap().unwrap();
        let _done = broker.publish(&mut turn, &god.lease, &draft("b"), None, NOTHING);
        let budget = Budget { count: 10, bytes: 1_000 };
        broker.pull(&mut turn, &second.lease, budget).unwrap();
        let early = std::mem::take(&mut turn.deliveries).len();
        barrier.wait();
        let (granted, wakes) = subscribing.join().unwrap();
        assert_eq!(granted, [Err(Refusal::TakenOver)]);
        assert_eq!(early, 0, "what it brings may be what this lease must not see");
        broker.pull(&mut turn, &second.lease, budget).unwrap();
        assert_eq!(turn.deliveries.len(), 1, "what waited is there");
        wakes
    });
    assert_eq!(woken, [Seat { slot: 77, ..Seat::default() }]);
    assert_eq!(world.broker.counters().subscriptions, 1);
}

/// One thread changes the rules and publishes what is hidden while it is hidden; another subscribes and reads.
#[test]
fn nothing_hidden_is_read_in_any_order_of_threads() {
    let mut world = World::new(Limits { queue_messages: 1_000, ..Limits::default() });
    world.broker.set_rules(everything());
    let god = god(&mut world);
    let client = world.open("reader");
    let (done, broker) = (AtomicBool::new(false), &world.broker);
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut turn, mut read, mut n) = (Turn::new(moment()), 0, 0_u32);
            let budget = Budget { count: 100, bytes: 100_000 };
            while !done.load(Ordering::Relaxed) {
                n += 1;
                let filter = ["secret/#", "secret/a", "open"][(n % 3) as usize];
                let group = (n % 5 == 0).then_some("g");
                let one = SubscribeDraft { group, guarantee: Guarantee::AtMostOnce, ..wants(filter) };
                let _done = broker.subscribe(&mut turn, &client.lease, &[one], NOTHING);
                broker.pull(&mut turn, &client.lease, budget).unwrap();
                for pulled in turn.deliveries.drain(..) {
                    let message = &delivery(&pulled).message;
                    assert_ne!(message.payload(), b"hidden", "{}", message.topic());
                    read += 1;
                }
                turn.wakes.clear();
            }
            read
        });
        let mut turn = Turn::new(moment());
        let mut say = |topic: &str, payload: &[u8], retain| {
            let draft = Draft { payload, retain, guarantee: Guarantee::AtMostOnce, ..draft(topic) };
            let _done = broker.publish(&mut turn, &god.lease, &draft, None, NOTHING);
            turn.wakes.clear();
        };
        let mut sweeper = Turn::new(moment());
        for round in 0..1_500 {
            for topic in ["secret/a", "secret/b", "open"] {
                say(topic, b"shown", false);
            }
            broker.set_rules(but("secret"));
            for topic in ["secret/a", "secret/b"] {
                say(topic, b"hidden", round % 7 == 0);
            }
            say("secret/a", b"", true);
            say("secret/b", b"", true);
            // What waits in a session that was not looked at meanwhile may be read when it may be read again.
            while !broker.sweep(&mut sweeper, 100) {}
            broker.set_rules(everything());
        }
        done.store(true, Ordering::Relaxed);
        assert!(reading.join().unwrap() > 0);
    });
}

/// Waits in the publisher's turn between its look-up and its deliveries.
struct Slow(Arc<Barrier>);

impl Journal for Slow {
    fn keeps(&self) -> bool {
        true
    }

    fn write(&self, record: &Record<'_>) -> Position {
        if matches!(record, Record::Message { .. }) {
            self.0.wait();
            self.0.wait();
        }
        Position(1)
    }

    fn when_committed(&self, _position: Position, _ticket: Ticket, reply: Reply) -> Option<Reply> {
        Some(reply)
    }
}

#[test]
fn a_publisher_that_looked_up_a_subscription_before_it_ended_brings_nothing_through_it() {
    let barrier = Arc::new(Barrier::new(2));
    let mut world = World::with(Limits::default(), Alone, Arc::new(Slow(Arc::clone(&barrier))));
    let (god, client) = (god(&mut world), world.open("c"));
    world.subscribe(&client, &[wants("a"), wants("b")]);
    world.broker.set_rules(but("a"));
    for (topic, arrives) in [("a", false), ("b", true)] {
        let World { broker, turn, .. } = &mut world;
        thread::scope(|scope| {
            let publishing = scope.spawn(|| {
                let mut turn = Turn::new(moment());
                broker.publish(&mut turn, &god.lease, &draft(topic), None, NOTHING).done().unwrap().unwrap()
            });
            barrier.wait();
            while !broker.sweep(turn, 10) {}
            barrier.wait();
            publishing.join().unwrap();
        });
        assert_eq!(topics(&mut world, &client).len(), usize::from(arrives), "{topic}");
        world.broker.set_rules(everything());
        world.subscribe(&client, &[wants("a")]);
    }
}

#[test]
fn a_member_that_was_chosen_before_it_left_its_group_is_passed_over() {
    let mut world = World::new(Limits::default());
    let passing = |name| OpenOptions { expiry: Duration::ZERO, ..options(name) };
    let (first, second) = (world.try_open(passing("1")).unwrap(), world.try_open(passing("2")).unwrap());
    let shared = SubscribeDraft { group: Some("g"), ..wants("a") };
    for client in [&first, &second] {
        world.subscribe(client, &[shared]);
    }
    let limits = tidegate_types::TopicLimits::default();
    let key =
        (&tidegate_types::Filter::new("a", &limits).unwrap(), &tidegate_types::GroupName::new("g").unwrap());
    let publisher = tidegate_types::PublisherId::default();
    let stamp = tidegate_types::Stamp { publisher, arrived: world.turn.now, revision: 0 };
    let message = tidegate_types::Message::new(&draft("a"), stamp, &mut Vec::new());
    for (leaver, other) in [(&first, &second), (&second, &first)] {
        let change = {
            let (broker, session) = (&world.broker, &leaver.lease.session);
            let options = crate::Options { guarantee: Guarantee::ExactlyOnce, ..crate::Options::default() };
            broker.groups.join(&broker.router, key, session, options, false)
        };
        let dispatch = loop {
            match change.group.dispatch(&message, &SessionLimits::default()) {
                crate::group::Dispatch::Direct(chosen)
                    if Arc::ptr_eq(&chosen.session, &leaver.lease.session) =>
                {
                    break crate::group::Dispatch::Direct(chosen);
                }
                _ => {}
            }
        };
        let _done = world.broker.unsubscribe(&mut world.turn, &leaver.lease, &[(Some("g"), "a")], NOTHING);
        assert!(world.broker.finish_dispatch(&mut world.turn, dispatch, &message));
        assert!(world.pull(leaver).is_empty());
        assert_eq!(world.pull(other).len(), 1);
        world.subscribe(leaver, &[shared]);
    }
}
