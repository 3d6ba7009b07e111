use tidegate_types::DoorLimits;

use super::journal::world as journaled;
use super::*;

const OTHER: Protocol = Protocol { gateway: "other", name: "other" };

fn set<'a>(key: &'a str, value: &'a str) -> Delta<'a> {
    Delta { key: key.as_bytes(), value: Some(value.as_bytes()) }
}

fn unset(key: &str) -> Delta<'_> {
    Delta { key: key.as_bytes(), value: None }
}

fn elsewhere(client: &str) -> OpenOptions {
    OpenOptions { protocol: &OTHER, ..options(client) }
}

fn open(
    world: &mut World,
    options: OpenOptions,
    deltas: &[Delta<'_>],
) -> Result<(Client, Attachment), Refusal> {
    let seat = world.seat();
    let principal = PrincipalRef::new(Principal::default());
    let outcome = world.broker.open_attached(&mut world.turn, &principal, options, deltas, (seat, NOTHING));
    let opened = outcome.done().expect("opens at once")?;
    Ok((Client { lease: opened.lease, seat, resumed: opened.resumed }, opened.attachment))
}

fn attach(world: &mut World, client: &Client, deltas: &[Delta<'_>]) -> Result<(), Refusal> {
    world.broker.attach(&mut world.turn, &client.lease, deltas, NOTHING).done().expect("attaches at once")
}

fn shown(attachment: &Attachment) -> Vec<(String, String, u64)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    attachment.entries.iter().map(|entry| (text(&entry.key), text(&entry.value), entry.version)).collect()
}

fn entry(key: &str, value: &str, version: u64) -> (String, String, u64) {
    (key.into(), value.into(), version)
}

#[test]
fn its_gateway_gets_it_back_with_the_versions_that_wrote_it() {
    let mut world = World::new(Limits::default());
    let (first, attachment) = open(&mut world, options("c"), &[set("b", "1"), set("a", "1")]).unwrap();
    assert_eq!(shown(&attachment), [entry("a", "1", 1), entry("b", "1", 1)]);
    attach(&mut world, &first, &[set("b", "2"), unset("x"), set("c", "2")]).unwrap();
    attach(&mut world, &first, &[unset("a")]).unwrap();
    world.leave(&first, Detach::Lost).unwrap();
    let (_, attachment) = open(&mut world, options("c"), &[]).unwrap();
    assert_eq!(shown(&attachment), [entry("b", "2", 2), entry("c", "2", 2)]);
    assert_eq!(attachment.version, 3);
    assert_eq!((attachment.get(b"c"), attachment.get(b"a")), (Some(b"2".as_slice()), None));
    // Over a takeover, too, and deltas come on top.
    let (_, attachment) = open(&mut world, options("c"), &[set("c", "4")]).unwrap();
    assert_eq!(shown(&attachment), [entry("b", "2", 2), entry("c", "4", 4)]);
    assert_eq!(attach(&mut world, &first, &[unset("c")]), Err(Refusal::TakenOver));
    let clean = OpenOptions { clean: true, ..options("c") };
    assert_eq!(open(&mut world, clean, &[]).unwrap().1, Attachment::default());
}

#[test]
fn it_is_bounded_and_what_does_not_fit_changes_nothing() {
    let door = DoorLimits { attachment_entries: 2, attachment_bytes: 300, ..DoorLimits::default() };
    let mut world = World::new(Limits::default());
    world.broker = world.broker.bounded(door);
    let (client, _) = open(&mut world, options("c"), &[set("a", "1"), set("b", "1")]).unwrap();
    assert_eq!(
        attach(&mut world, &client, &[unset("a"), set("c", "2"), set("d", "2")]),
        Err(Refusal::QuotaExceeded)
    );
    let long = "x".repeat(300);
    assert_eq!(attach(&mut world, &client, &[set("a", &long)]), Err(Refusal::QuotaExceeded));
    // A value replaced or taken out makes room.
    let half = "x".repeat(100);
    for _ in 0..5 {
        attach(&mut world, &client, &[set("a", &long), set("a", &half), unset("b")]).unwrap();
    }
    let too_much = [set("a", &long)];
    assert_eq!(open(&mut world, options("c"), &too_much).unwrap_err(), Refusal::QuotaExceeded);
    let clean = OpenOptions { clean: true, ..options("c") };
    assert_eq!(open(&mut world, clean, &too_much).unwrap_err(), Refusal::QuotaExceeded);
    assert_eq!(
        open(&mut world, options("c"), &[set("e", ""), set("f", "")]).unwrap_err(),
        Refusal::QuotaExceeded
    );
    // Nothing was opened, so the lease lives.
    attach(&mut world, &client, &[set("b", "")]).unwrap();
    let (_, attachment) = open(&mut world, options("c"), &[]).unwrap();
    assert_eq!(shown(&attachment), [entry("a", &half, 6), entry("b", "", 7)]);
}

/// One session with everything a gateway may leave: unsettled deliveries of its own and of groups, held handles, keys.
fn with_remains(world: &mut World) -> (Client, Client) {
    let publisher = world.open("p");
    let (first, _) = open(world, options("c"), &[set("k", "v")]).unwrap();
    let member = |filter| SubscribeDraft { group: Some("g"), ..wants(filter) };
    world.subscribe(&first, &[wants("t"), member("s")]);
    for (payload, guarantee) in [
        (b"1", Guarantee::ExactlyOnce),
        (b"2", Guarantee::ExactlyOnce),
        (b"3", Guarantee::AtLeastOnce),
        (b"4", Guarantee::AtLeastOnce),
    ] {
        world.publish(&publisher, &Draft { payload, guarantee, ..draft("t") }).unwrap();
    }
    for (payload, guarantee) in
        [(b"x", Guarantee::AtLeastOnce), (b"y", Guarantee::ExactlyOnce), (b"z", Guarantee::AtLeastOnce)]
    {
        world.publish(&publisher, &Draft { payload, guarantee, ..draft("s") }).unwrap();
    }
    assert_eq!(world.read(&first), ["1", "2", "3", "4", "x", "y", "z"]);
    world.settle(&first, 1, Settlement::Hold).unwrap();
    world.settle(&first, 3, Settlement::Accept).unwrap();
    world.publish_once(&first, &draft("nobody"), Some(5)).unwrap();
    world.publish(&publisher, &Draft { payload: b"5", ..draft("t") }).unwrap();
    (publisher, first)
}

#[test]
fn another_gateway_gets_subscriptions_and_queue_and_none_of_the_rest() {
    for away in [false, true] {
        let mut world = World::new(Limits::default());
        let (publisher, first) = with_remains(&mut world);
        if away {
            world.leave(&first, Detach::Lost).unwrap();
        }
        let (second, attachment) = open(&mut world, elsewhere("c"), &[]).unwrap();
        assert!(second.resumed);
        assert_eq!(attachment, Attachment::default());
        // What was exactly-once of the group stays with its member.
        let pulled = world.pull(&second);
        let seen: Vec<_> = pulled.iter().map(|p| (text(p), delivery(p).handle, delivery(p).repeat)).collect();
        // A member that went away gave what it had of groups back as not seen.
        let again = !away;
        let expected = [("2", true), ("4", true), ("y", true), ("5", false), ("x", again), ("z", again)];
        let expected: Vec<_> = expected
            .into_iter()
            .zip(1..)
            .map(|((text, repeat), handle)| (text.to_owned(), handle, repeat))
            .collect();
        assert_eq!(seen, expected, "away {away}");
        assert_eq!(world.free(&second, 1), Err(Refusal::NotFound), "what was held is over");
        let forgotten = world.broker.forget(&mut world.turn, &second.lease, 5, NOTHING);
        assert_eq!(forgotten.done(), Some(Err(Refusal::NotFound)));
        assert_eq!(world.publish(&publisher, &draft("t")), Ok(1));
        // Back at the first gateway: its attachment is gone for good.
        let (_, attachment) = open(&mut world, options("c"), &[]).unwrap();
        assert_eq!(attachment, Attachment::default());
    }
}

#[test]
fn what_is_released_of_a_group_goes_to_its_other_member() {
    let mut world = World::new(Limits::default());
    let (_, _) = with_remains(&mut world);
    let other = world.open("d");
    world.subscribe(&other, &[SubscribeDraft { group: Some("g"), ..wants("s") }]);
    open(&mut world, elsewhere("c"), &[]).unwrap();
    let pulled = world.pull(&other);
    assert_eq!(pulled.iter().map(text).collect::<Vec<_>>(), ["x", "z"]);
    assert!(pulled.iter().all(|pulled| delivery(pulled).repeat));
}

#[test]
fn fewer_handles_lose_nothing() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.subscribe(&client, &[wants("t")]);
    for payload in [b"1", b"2"] {
        world.publish(&client, &Draft { payload, ..draft("t") }).unwrap();
    }
    assert_eq!(world.pull(&client).len(), 2);
    let again = world.try_open(OpenOptions { handles: 255, ..options("c") }).unwrap();
    assert_eq!(world.read(&again), ["1", "2"]);
}

#[test]
fn it_is_recorded_and_its_answer_waits() {
    let (mut world, ledger) = journaled();
    let (client, _) = open(&mut world, options("c"), &[set("a", "1")]).unwrap();
    ledger.commit(ledger.len());
    let deltas = [set("b", "1"), unset("a")];
    world.turn.seat = Some(client.seat);
    let outcome = world.broker.attach(&mut world.turn, &client.lease, &deltas, RequestId(3));
    assert!(matches!(outcome, Outcome::Pending(RequestId(3))));
    let seat = world.seat();
    let principal = PrincipalRef::new(Principal::default());
    let outcome = world.broker.open_attached(
        &mut world.turn,
        &principal,
        elsewhere("c"),
        &[set("o", "1")],
        (seat, RequestId(4)),
    );
    assert!(matches!(outcome, Outcome::Pending(RequestId(4))));
    assert_eq!(
        ledger.take(),
        [
            "open c 1 created=true",
            "attach test 1 of 1",
            "attach test 2 of 2",
            "open c 2 created=false",
            "attach other 1 of 1",
        ]
    );
    ledger.commit(ledger.len() - 1);
    let told = std::mem::take(&mut *world.post.0.lock());
    assert!(
        matches!(&told[..], [(to, Notice::Reply(RequestId(3), Reply::Settled(Ok(()))))] if *to == client.seat)
    );
    ledger.commit(ledger.len());
    let told = world.post.0.lock().pop().unwrap();
    let Notice::Reply(RequestId(4), Reply::Opened(Ok(opened))) = told.1 else { panic!("{:?}", told.1) };
    assert_eq!(shown(&opened.attachment), [entry("o", "1", 1)]);
}
