use super::*;

pub(super) fn will(delay: u64) -> WillDraft {
    WillDraft {
        topic: "will".into(),
        properties: Box::default(),
        payload: b"gone".as_slice().into(),
        guarantee: Guarantee::AtLeastOnce,
        retain: false,
        expiry_seconds: None,
        delay: Duration::from_secs(delay),
        principal: PrincipalRef::new(Principal::default()),
    }
}

#[test]
fn a_session_without_expiry_ends_with_its_connection() {
    let mut world = World::new(Limits::default());
    let publisher = world.open("p");
    let client = world.try_open(OpenOptions { expiry: Duration::ZERO, ..options("c") }).unwrap();
    world.subscribe(&client, &[wants("a")]);
    world.leave(&client, Detach::Clean).unwrap();
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
    assert_eq!(world.broker.counters().sessions, 1);
    assert!(!world.open("c").resumed);
}

#[test]
fn a_session_waits_for_its_client_until_it_expires() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("a")]);
    world.leave(&client, Detach::Lost).unwrap();
    let untracked = Draft { guarantee: Guarantee::AtMostOnce, ..draft("a") };
    assert_eq!(world.publish(&publisher, &untracked), Ok(0));
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(1));
    world.pass(Duration::from_secs(59));
    let client = world.open("c");
    assert!(client.resumed);
    assert_eq!(world.read(&client), ["payload"]);
    world.leave(&client, Detach::Lost).unwrap();
    world.pass(Duration::from_secs(61));
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
    assert!(!world.open("c").resumed);
}

#[test]
fn an_old_timer_does_not_end_a_session_that_was_used_since() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.leave(&client, Detach::Lost).unwrap();
    world.pass(Duration::from_secs(30));
    let client = world.open("c");
    world.leave(&client, Detach::Lost).unwrap();
    world.pass(Duration::from_secs(31));
    assert!(world.open("c").resumed);
}

#[test]
fn expiry_is_capped_and_can_be_changed() {
    let limits = Limits { session_expiry: Duration::from_secs(100), ..Limits::default() };
    let mut world = World::new(limits);
    let forever = OpenOptions { expiry: Duration::from_secs(u64::from(u32::MAX)), ..options("c") };
    let client = world.try_open(forever).unwrap();
    let granted = world.broker.expire_after(&client.lease, Duration::from_secs(200));
    assert_eq!(granted, Ok(Duration::from_secs(100)));
    world.broker.expire_after(&client.lease, Duration::ZERO).unwrap();
    world.leave(&client, Detach::Clean).unwrap();
    assert!(!world.open("c").resumed);
}

#[test]
fn a_will_is_published_when_the_connection_is_lost() {
    for (how, expected) in [(Detach::Clean, 0), (Detach::Lost, 1), (Detach::CleanWithWill, 1)] {
        let mut world = World::new(Limits::default());
        let watcher = world.open("w");
        world.subscribe(&watcher, &[wants("will")]);
        let client = world.try_open(OpenOptions { will: Some(will(0)), ..options("c") }).unwrap();
        world.leave(&client, how).unwrap();
        assert_eq!(world.pull(&watcher).len(), expected, "{how:?}");
        // It does not come a second time with the session's end.
        world.pass(Duration::from_secs(120));
        assert!(world.pull(&watcher).is_empty());
    }
}

#[test]
fn a_will_waits_for_its_delay_or_the_sessions_end() {
    for (delay, expiry, due) in [(5, 60, 5), (60, 5, 5)] {
        let mut world = World::new(Limits::default());
        let watcher = world.open("w");
        world.subscribe(&watcher, &[wants("will")]);
        let expiry = Duration::from_secs(expiry);
        let client = world.try_open(OpenOptions { will: Some(will(delay)), expiry, ..options("c") }).unwrap();
        world.leave(&client, Detach::Lost).unwrap();
        world.pass(Duration::from_secs(due) - Duration::from_millis(500));
        assert!(world.pull(&watcher).is_empty());
        world.pass(Duration::from_secs(1));
        assert_eq!(world.pull(&watcher).len(), 1, "delay {delay}");
    }
}

#[test]
fn a_will_that_waits_goes_when_the_client_is_back() {
    let mut world = World::new(Limits::default());
    let watcher = world.open("w");
    world.subscribe(&watcher, &[wants("will")]);
    let client = world.try_open(OpenOptions { will: Some(will(5)), ..options("c") }).unwrap();
    world.leave(&client, Detach::Lost).unwrap();
    let client = world.open("c");
    world.pass(Duration::from_secs(10));
    world.leave(&client, Detach::Lost).unwrap();
    world.pass(Duration::from_secs(120));
    assert!(world.pull(&watcher).is_empty());
}

#[test]
fn a_kicked_client_is_told_and_its_session_is_gone() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    assert!(world.broker.kick(&mut world.turn, Realm(0), &ClientId::new("c")));
    assert_eq!(world.closed(), [(client.seat, CloseReason::Kicked)]);
    assert!(!world.broker.kick(&mut world.turn, Realm(0), &ClientId::new("c")));
    assert_eq!(world.leave(&client, Detach::Lost), Err(Refusal::TakenOver));
    let counters = world.broker.counters();
    assert_eq!((counters.sessions, counters.connected), (0, 0));
}

#[test]
fn a_client_that_comes_and_goes_leaves_no_timers_behind() {
    let mut world = World::new(Limits::default());
    for round in 0..100 {
        let clean = round % 3 == 0;
        let kept = OpenOptions { clean, will: Some(will(30)), ..options("c") };
        let client = world.try_open(kept).unwrap();
        world.leave(&client, Detach::Lost).unwrap();
        assert!(world.broker.timers.len() <= 2, "a will and an expiry at most");
    }
    world.pass(Duration::from_secs(120));
    assert_eq!((world.broker.timers.len(), world.broker.counters().sessions), (0, 0));
}
