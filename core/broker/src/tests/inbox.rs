use tidegate_types::{DoorLimits, Message, PropertiesBuilder, Property};

use super::journal::world as journaled;
use super::*;

const SOON: Duration = Duration::from_secs(5);

fn request(world: &mut World, client: &Client, draft: &Draft<'_>, id: u32) -> Option<Refusal> {
    world.turn.seat = Some(client.seat);
    match world.broker.request(&mut world.turn, &client.lease, draft, SOON, RequestId(id)) {
        Outcome::Pending(pending) => {
            assert_eq!(pending, RequestId(id));
            None
        }
        Outcome::Done(result) => Some(result.expect_err("no request is answered at once")),
    }
}

/// What requests were answered since the last call: to which seat, which, and with what.
fn responses(world: &mut World) -> Vec<(Seat, u32, Result<String, Refusal>)> {
    let notices = std::mem::take(&mut world.turn.notices);
    let responses = notices.into_iter().filter_map(|(seat, notice)| match notice {
        Notice::Reply(id, Reply::Responded(result)) => {
            let text = |message: Message| String::from_utf8(message.payload().to_vec()).unwrap();
            Some((seat, id.0, result.map(text)))
        }
        _ => None,
    });
    responses.collect()
}

/// Where a request wants its answer, and its mark.
fn wanted(pulled: &Pulled) -> (String, Vec<u8>) {
    let (mut topic, mut mark) = (String::new(), Vec::new());
    for property in delivery(pulled).message.properties().iter() {
        match property {
            Property::ResponseTopic(text) => topic.push_str(text),
            Property::CorrelationData(data) => mark.extend_from_slice(data),
            _ => {}
        }
    }
    (topic, mark)
}

fn marked(mark: &[u8]) -> PropertiesBuilder {
    let mut block = PropertiesBuilder::new();
    block.push(Property::CorrelationData(mark)).unwrap();
    block
}

/// An asker and a responder that has taken its request number 1.
fn asked(world: &mut World) -> (Client, Client, String, Vec<u8>) {
    let (asker, responder) = (world.open("asker"), world.open("responder"));
    world.subscribe(&responder, &[wants("ask")]);
    assert_eq!(request(world, &asker, &draft("ask"), 1), None);
    let pulled = world.pull(&responder);
    let (topic, mark) = wanted(&pulled[0]);
    (asker, responder, topic, mark)
}

#[test]
fn an_inbox_is_read_by_its_owner_alone_and_written_by_everybody() {
    let mut world = World::new(Limits::default());
    world.broker.set_access(Vec::new(), vec![Arc::new(super::ports::Rules)]);
    let (owner, other) = (world.open("a"), world.open("b"));
    let prefix = world.broker.inbox(&owner.lease).unwrap();
    assert!(prefix.starts_with("$inbox/") && prefix.ends_with('/'), "{prefix}");
    assert_ne!(prefix, world.broker.inbox(&other.lease).unwrap());
    let below = |rest: &str| format!("{prefix}{rest}");
    let token = prefix.trim_end_matches('/');
    for foreign in
        [&below("#"), &below("x"), &below("+"), token, "$inbox/#", "$inbox/+/#", "$inbox/+/x", "$inbox"]
    {
        assert_eq!(world.subscribe(&other, &[wants(foreign)]), [Err(Refusal::NotAuthorized)], "{foreign}");
        let shared = SubscribeDraft { group: Some("g"), ..wants(foreign) };
        assert_eq!(world.subscribe(&other, &[shared]), [Err(Refusal::NotAuthorized)], "{foreign}");
    }
    assert_eq!(world.subscribe(&owner, &[wants("$inbox/#")]), [Err(Refusal::NotAuthorized)]);
    assert_eq!(world.publish(&other, &draft(&below("x"))), Ok(0), "nobody reads it");
    assert_eq!(world.subscribe(&owner, &[wants(&below("#"))]), [Ok(Guarantee::ExactlyOnce)]);
    assert_eq!(world.publish(&other, &Draft { retain: true, ..draft(&below("x")) }), Ok(1));
    assert_eq!(world.broker.counters().retained, 0);
    assert_eq!(world.read(&owner), ["payload"]);
    // Whatever rules say of everything: other clients' wildcards do not see it.
    world.broker.set_access(Vec::new(), Vec::new());
    world.subscribe(&other, &[wants("#"), wants("+/#")]);
    assert_eq!(world.publish(&other, &draft(&below("x"))), Ok(1));
    assert!(world.pull(&other).is_empty());
    world.broker.expire_after(&owner.lease, Duration::ZERO).unwrap();
    world.leave(&owner, Detach::Clean).unwrap();
    assert_eq!(world.publish(&other, &draft(&below("x"))), Ok(0), "without an owner");
    assert_eq!(world.publish(&other, &draft("$inbox/nobody/reply/1")), Ok(0));
}

#[test]
fn the_first_response_answers_and_never_waits_in_the_queue() {
    let mut world = World::new(Limits::default());
    let (asker, responder, topic, mark) = asked(&mut world);
    assert!(topic.starts_with(&world.broker.inbox(&asker.lease).unwrap()));
    let block = marked(&mark);
    let answer = Draft { properties: block.as_properties(), payload: b"42", ..draft(&topic) };
    assert_eq!(world.publish(&responder, &answer), Ok(1));
    assert_eq!(responses(&mut world), [(asker.seat, 1, Ok("42".into()))]);
    assert_eq!(world.publish(&responder, &answer), Ok(0), "it is answered");
    // Not even for an owner who reads all of its inbox.
    let all = format!("{}#", world.broker.inbox(&asker.lease).unwrap());
    world.subscribe(&asker, &[wants(&all)]);
    assert_eq!(world.publish(&responder, &answer), Ok(0));
    assert_eq!(responses(&mut world), []);
    assert!(world.pull(&asker).is_empty());
    world.pass(SOON * 2);
    assert_eq!(responses(&mut world), []);
}

#[test]
fn a_request_keeps_its_own_mark_and_a_response_with_another_is_none() {
    let mut world = World::new(Limits::default());
    let (asker, responder) = (world.open("asker"), world.open("responder"));
    world.subscribe(&responder, &[wants("ask")]);
    let mut block = PropertiesBuilder::new();
    block.push(Property::ResponseTopic("elsewhere")).unwrap();
    block.push(Property::CorrelationData(b"mine")).unwrap();
    block.push(Property::User("a", "b")).unwrap();
    let question = Draft { properties: block.as_properties(), ..draft("ask") };
    assert_eq!(request(&mut world, &asker, &question, 1), None);
    let pulled = world.pull(&responder);
    let (topic, mark) = wanted(&pulled[0]);
    assert_eq!(mark, b"mine");
    assert!(topic.starts_with("$inbox/"), "{topic}");
    let properties: Vec<_> = delivery(&pulled[0]).message.properties().iter().collect();
    assert!(properties.contains(&Property::User("a", "b")));
    let wrong = marked(b"other");
    let wrong = Draft { properties: wrong.as_properties(), ..draft(&topic) };
    assert_eq!(world.publish(&responder, &wrong), Ok(0));
    // Who cannot carry a mark answers by the topic.
    assert_eq!(world.publish(&responder, &draft(&topic)), Ok(1));
    assert_eq!(responses(&mut world), [(asker.seat, 1, Ok("payload".into()))]);
}

#[test]
fn requests_end_with_their_time_each_for_itself() {
    let mut world = World::new(Limits::default());
    let (asker, responder, topic, _) = asked(&mut world);
    world.pass(Duration::from_secs(2));
    assert_eq!(request(&mut world, &asker, &draft("ask"), 2), None);
    world.pass(Duration::from_millis(2_900));
    assert_eq!(responses(&mut world), []);
    world.pass(Duration::from_millis(300));
    assert_eq!(responses(&mut world), [(asker.seat, 1, Err(Refusal::NoAnswer))]);
    assert_eq!(world.publish(&responder, &draft(&topic)), Ok(0), "too late");
    world.pass(SOON);
    assert_eq!(responses(&mut world), [(asker.seat, 2, Err(Refusal::NoAnswer))]);
}

#[test]
fn requests_end_with_their_lease() {
    type End = fn(&mut World, &Client);
    let ends: [End; 4] = [
        |world, client| world.leave(client, Detach::Lost).unwrap(),
        |world, _| drop(world.open("asker")),
        |world, _| drop(world.try_open(OpenOptions { clean: true, ..options("asker") }).unwrap()),
        |world, client| assert!(world.broker.kick(&mut world.turn, Realm(0), &client.lease.key().client)),
    ];
    for end in ends {
        let mut world = World::new(Limits::default());
        let (asker, responder, topic, _) = asked(&mut world);
        end(&mut world, &asker);
        assert_eq!(responses(&mut world), [(asker.seat, 1, Err(Refusal::NoAnswer))]);
        assert_eq!(world.publish(&responder, &draft(&topic)), Ok(0));
        world.pass(SOON * 2);
        assert_eq!(responses(&mut world), []);
    }
}

#[test]
fn an_older_lease_asks_nothing_and_a_moved_asker_is_found() {
    let mut world = World::new(Limits::default());
    let (asker, responder, topic, _) = asked(&mut world);
    let moved = world.seat();
    world.broker.reseat(&asker.lease, moved);
    assert_eq!(world.publish(&responder, &draft(&topic)), Ok(1));
    assert_eq!(responses(&mut world), [(moved, 1, Ok("payload".into()))]);
    world.open("asker");
    assert_eq!(request(&mut world, &asker, &draft("ask"), 2), Some(Refusal::TakenOver));
    assert_eq!(world.broker.inbox(&asker.lease), Err(Refusal::TakenOver));
    assert!(world.pull(&responder).is_empty());
}

#[test]
fn open_requests_are_bounded_and_a_refused_one_is_not_open() {
    let mut world = World::new(Limits::default());
    world.broker = world.broker.bounded(DoorLimits { requests: 2, ..DoorLimits::default() });
    let asker = world.open("asker");
    for _ in 0..5 {
        assert_eq!(request(&mut world, &asker, &draft("#"), 1), Some(Refusal::BadTopic));
    }
    assert_eq!(request(&mut world, &asker, &draft("ask"), 2), None);
    assert_eq!(request(&mut world, &asker, &draft("ask"), 3), None);
    assert_eq!(request(&mut world, &asker, &draft("ask"), 4), Some(Refusal::QuotaExceeded));
    world.pass(SOON * 2);
    assert_eq!(responses(&mut world).len(), 2);
    assert_eq!(request(&mut world, &asker, &draft("ask"), 5), None);
}

#[test]
fn a_responses_key_is_recorded_and_a_transaction_may_respond() {
    let (mut world, ledger) = journaled();
    let (asker, responder, topic, _) = asked(&mut world);
    assert_eq!(world.publish_once(&responder, &draft(&topic), Some(4)), Ok(1));
    assert_eq!(ledger.take().last().unwrap(), "once 4");
    assert_eq!(responses(&mut world), [(asker.seat, 1, Ok("payload".into()))]);
    assert_eq!(request(&mut world, &asker, &draft("ask"), 2), None);
    let pulled = world.pull(&responder);
    let (topic, _) = wanted(&pulled[0]);
    let operations = [
        Operation::Publish { draft: draft(&topic), once: Some(5) },
        Operation::Settle { handle: delivery(&pulled[0]).handle, settlement: Settlement::Accept },
    ];
    let outcome = world.broker.transact(&mut world.turn, &responder.lease, &operations, NOTHING);
    assert_eq!(outcome.done(), Some(Ok(Transacted::Applied(vec![1, 0]))));
    assert_eq!(ledger.take().last().unwrap(), "transaction: once 5, settle 2 held=false");
    assert_eq!(responses(&mut world), [(asker.seat, 2, Ok("payload".into()))]);
}
