use tidegate_types::DoorLimits;

use super::journal::world as journaled;
use super::*;

fn publish(topic: &str, once: Option<u32>) -> Operation<'_> {
    Operation::Publish { draft: Draft { guarantee: Guarantee::ExactlyOnce, ..draft(topic) }, once }
}

fn settle(handle: u32, settlement: Settlement) -> Operation<'static> {
    Operation::Settle { handle, settlement }
}

fn transact(world: &mut World, client: &Client, operations: &[Operation<'_>]) -> Result<Transacted, Refusal> {
    world.turn.seat = Some(client.seat);
    let outcome = world.broker.transact(&mut world.turn, &client.lease, operations, NOTHING);
    outcome.done().expect("transacts at once")
}

fn refused(index: usize, refusal: Refusal) -> Result<Transacted, Refusal> {
    Ok(Transacted::Refused { index, refusal })
}

fn tight(world: World, door: DoorLimits) -> World {
    World { broker: world.broker.bounded(door), ..world }
}

#[test]
fn everything_is_done_and_answered_in_order() {
    let mut world = World::new(Limits::default());
    let (client, other) = (world.open("c"), world.open("o"));
    world.subscribe(&client, &[wants("in")]);
    world.subscribe(&other, &[wants("out/#")]);
    for payload in [b"1", b"2"] {
        world.publish(&other, &Draft { payload, ..draft("in") }).unwrap();
    }
    world.pull(&client);
    let deltas = [Delta { key: b"k", value: Some(b"v") }];
    let kept = Operation::Publish { draft: Draft { retain: true, ..draft("out/b") }, once: None };
    let operations = [
        publish("out/a", Some(1)),
        settle(1, Settlement::Accept),
        kept,
        publish("nobody", None),
        Operation::Attach(&deltas),
        settle(2, Settlement::Release),
    ];
    assert_eq!(transact(&mut world, &client, &operations), Ok(Transacted::Applied(vec![1, 0, 1, 0, 0, 0])));
    assert_eq!(world.pull(&other).len(), 2);
    assert_eq!(world.broker.counters().retained, 1);
    let again = world.pull(&client);
    assert_eq!(again.iter().map(text).collect::<Vec<_>>(), ["2"]);
    assert!(delivery(&again[0]).repeat);
    assert_eq!(transact(&mut world, &client, &[]), Ok(Transacted::Applied(Vec::new())));
}

#[test]
fn one_refusal_and_nothing_happens() {
    let limits = Limits { once_keys: 2, ..Limits::default() };
    let door = DoorLimits { attachment_entries: 1, ..DoorLimits::default() };
    let mut world = tight(World::new(limits), door);
    let (client, other) = (world.open("c"), world.open("o"));
    world.subscribe(&client, &[wants("in")]);
    world.subscribe(&other, &[wants("out")]);
    world.publish(&other, &draft("in")).unwrap();
    world.pull(&client);
    let two = [Delta { key: b"a", value: Some(b"") }, Delta { key: b"b", value: Some(b"") }];
    let bad: [(&[Operation<'_>], Result<Transacted, Refusal>); 6] = [
        (&[publish("#", None)], refused(2, Refusal::BadTopic)),
        (&[settle(9, Settlement::Accept)], refused(2, Refusal::NotFound)),
        (&[settle(1, Settlement::Reject)], refused(2, Refusal::NotFound)),
        (&[settle(1, Settlement::Hold)], refused(2, Refusal::NotFound)),
        (&[Operation::Attach(&two)], refused(2, Refusal::QuotaExceeded)),
        (&[publish("out", Some(2)), publish("out", Some(3))], refused(3, Refusal::QuotaExceeded)),
    ];
    for (last, answer) in bad {
        let mut operations = vec![publish("out", Some(1)), settle(1, Settlement::Accept)];
        operations.extend(last);
        assert_eq!(transact(&mut world, &client, &operations), answer, "{last:?}");
        assert!(world.pull(&other).is_empty(), "{last:?}");
        // The key is free: it is not known.
        let forgotten = world.broker.forget(&mut world.turn, &client.lease, 1, NOTHING);
        assert_eq!(forgotten.done(), Some(Err(Refusal::NotFound)), "{last:?}");
    }
    // And the delivery is not settled.
    assert_eq!(world.settle(&client, 1, Settlement::Accept), Ok(()));
}

#[test]
fn rules_and_interceptors_are_asked_before_anything() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.subscribe(&client, &[wants("free/#")]);
    world.broker.set_access(Vec::new(), vec![Arc::new(super::ports::Rules)]);
    let operations = [publish("free/a", Some(1)), publish("secret", Some(2))];
    assert_eq!(transact(&mut world, &client, &operations), refused(1, Refusal::NotAuthorized));
    // What comes in is allowed, what an interceptor makes of it is not.
    world.broker.set_interceptors(vec![Arc::new(super::ports::Rewriter)]);
    let operations = [publish("free/a", None)];
    assert_eq!(transact(&mut world, &client, &operations), refused(0, Refusal::NotAuthorized));
    let bad = Operation::Publish { draft: Draft { payload: b"bad", ..draft("free/a") }, once: None };
    assert_eq!(transact(&mut world, &client, &[bad]), refused(0, Refusal::BadPayload));
    assert!(world.pull(&client).is_empty());
}

#[test]
fn the_repeat_of_a_transaction_publishes_nothing_again() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.subscribe(&client, &[wants("t")]);
    // A key twice in one transaction is one message, too.
    let operations = [publish("t", Some(1)), publish("t", Some(2)), publish("t", Some(2))];
    for _ in 0..2 {
        assert_eq!(transact(&mut world, &client, &operations), Ok(Transacted::Applied(vec![1, 1, 1])));
    }
    assert_eq!(world.pull(&client).len(), 2);
}

#[test]
fn what_is_released_together_keeps_its_order() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.subscribe(&client, &[wants("t"), SubscribeDraft { group: Some("g"), ..wants("s") }]);
    for payload in [b"1", b"2", b"3"] {
        world.publish(&client, &Draft { payload, ..draft("t") }).unwrap();
    }
    for payload in [b"4", b"5"] {
        world.publish(&client, &Draft { payload, ..draft("s") }).unwrap();
    }
    let handles: Vec<_> = world.pull(&client).iter().map(|pulled| delivery(pulled).handle).collect();
    let operations: Vec<_> = handles.iter().map(|handle| settle(*handle, Settlement::Release)).collect();
    transact(&mut world, &client, &operations).unwrap();
    let again = world.pull(&client);
    assert_eq!(again.iter().map(text).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    assert!(again.iter().all(|pulled| delivery(pulled).repeat));
}

#[test]
fn a_transaction_is_bounded_in_operations_bytes_and_deliveries() {
    let door = DoorLimits {
        transaction_operations: 2,
        transaction_bytes: 20,
        transaction_deliveries: 2,
        ..DoorLimits::default()
    };
    let mut world = tight(World::new(Limits::default()), door);
    let client = world.open("c");
    world.subscribe(&client, &[wants("t"), wants("+")]);
    let small = Operation::Publish { draft: Draft { payload: b"", ..draft("t") }, once: None };
    assert_eq!(transact(&mut world, &client, &[small]), Ok(Transacted::Applied(vec![1])));
    assert_eq!(transact(&mut world, &client, &[small, small]), Err(Refusal::QuotaExceeded));
    let operations = [settle(1, Settlement::Accept); 3];
    assert_eq!(transact(&mut world, &client, &operations), Err(Refusal::QuotaExceeded));
    let large = Operation::Publish { draft: Draft { payload: &[0; 20], ..draft("t") }, once: None };
    assert_eq!(transact(&mut world, &client, &[large]), Err(Refusal::QuotaExceeded));
    assert_eq!(world.pull(&client).len(), 1);
}

#[test]
fn it_is_one_record_and_its_answer_waits_for_it() {
    let (mut world, ledger) = journaled();
    let (client, other) = (world.open("c"), world.open("o"));
    world.subscribe(&client, &[wants("in")]);
    world.subscribe(&other, &[wants("out")]);
    world.publish(&other, &draft("in")).unwrap();
    world.pull(&client);
    let before = ledger.take().len();
    ledger.commit(ledger.len());
    let deltas = [Delta { key: b"k", value: None }];
    let kept = Operation::Publish { draft: Draft { retain: true, ..draft("kept") }, once: None };
    let operations = [
        publish("out", Some(1)),
        publish("nobody", Some(2)),
        publish("nobody", None),
        settle(1, Settlement::Accept),
        kept,
        Operation::Attach(&deltas),
    ];
    world.turn.seat = Some(client.seat);
    let outcome = world.broker.transact(&mut world.turn, &client.lease, &operations, RequestId(7));
    assert!(matches!(outcome, Outcome::Pending(RequestId(7))));
    let expected = "transaction: message out once=Some(1) to 1, once 2, settle 1 held=false, retain kept, \
                    attach test 1 of 1";
    assert_eq!(ledger.take()[before..], [expected]);
    // A refused one writes nothing.
    let refusal = world.broker.transact(&mut world.turn, &client.lease, &operations, RequestId(8));
    assert_eq!(refusal.done(), Some(refused(3, Refusal::NotFound)));
    assert_eq!(ledger.take().len(), before + 1);
    // Taken over before it is committed: done all the same, and answered to who asked.
    let seat = world.seat();
    let principal = PrincipalRef::new(Principal::default());
    let opening = world.broker.open(&mut world.turn, &principal, options("c"), (seat, RequestId(1)));
    assert!(matches!(opening, Outcome::Pending(_)));
    assert!(world.post.0.lock().is_empty());
    ledger.commit(ledger.len());
    let told = world.post.0.lock().remove(0);
    assert_eq!(told.0, client.seat);
    let applied = vec![1, 0, 0, 0, 0, 0];
    assert!(matches!(told.1,
        Notice::Reply(RequestId(7), Reply::Transacted(Ok(Transacted::Applied(count)))) if count == applied));
    assert_eq!(world.read(&other), ["payload"]);
    let told = world.post.0.lock().remove(0);
    let Notice::Reply(_, Reply::Opened(Ok(Opened { lease, resumed, .. }))) = told.1 else { panic!() };
    let again = Client { lease, seat, resumed };
    assert_eq!(world.publish_once(&again, &draft("out"), Some(1)), Ok(1));
    assert!(world.pull(&other).is_empty(), "the key is known to the new lease");
}

#[test]
fn an_older_lease_transacts_nothing() {
    let mut world = World::new(Limits::default());
    let first = world.open("c");
    world.subscribe(&first, &[wants("t")]);
    world.publish(&first, &draft("t")).unwrap();
    world.pull(&first);
    let second = world.open("c");
    let operations = [publish("t", None), settle(1, Settlement::Accept)];
    assert_eq!(transact(&mut world, &first, &operations), Err(Refusal::TakenOver));
    assert_eq!(world.pull(&second).len(), 1);
    assert_eq!(transact(&mut world, &second, &operations), Ok(Transacted::Applied(vec![1, 0])));
}
