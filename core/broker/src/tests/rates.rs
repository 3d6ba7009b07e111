//! What clients do in how long, in virtual time.

use tidegate_guard::{FailureRules, Rate, Threshold};

use super::login::credentials;
use super::*;

fn metered(world: &World, rates: ClientRates, meters: ZoneMeters) {
    world.broker.set_zones(Arc::new(Zone { rates, meters, ..Zone::default() }), Vec::new());
}

/// How long the channel whose turn it was is not read.
fn pause(world: &mut World) -> Duration {
    let until = world.turn.slowed_until.take();
    until.map_or(Duration::ZERO, |until| until.duration_since(world.turn.now.at))
}

#[test]
fn a_client_over_its_rate_is_paused_and_nobody_else() {
    let mut world = World::new(Limits::default());
    let messages = Some(Rate::new(10, Duration::from_secs(1), 5).unwrap());
    metered(&world, ClientRates { messages, ..ClientRates::default() }, ZoneMeters::default());
    let (busy, calm, reader) = (world.open("busy"), world.open("calm"), world.open("reader"));
    world.subscribe(&reader, &[wants("#")]);
    for _ in 0..5 {
        world.publish(&busy, &draft("a")).unwrap();
        assert_eq!(pause(&mut world), Duration::ZERO);
    }
    world.publish(&busy, &draft("a")).unwrap();
    let paused = pause(&mut world);
    assert!(paused > Duration::from_millis(90) && paused <= Duration::from_millis(100), "{paused:?}");
    world.publish(&calm, &draft("a")).unwrap();
    assert_eq!(pause(&mut world), Duration::ZERO);
    assert_eq!(world.pull(&reader).len(), 7, "nothing is lost");
    world.pass(Duration::from_secs(10));
    world.publish(&busy, &draft("a")).unwrap();
    assert_eq!(pause(&mut world), Duration::ZERO);
}

#[test]
fn bytes_and_filters_and_transactions_count_too() {
    let mut world = World::new(Limits::default());
    let rate = |amount| Some(Rate::per_second(amount).unwrap());
    let rates = ClientRates { bytes: rate(100), subscribes: rate(2), ..ClientRates::default() };
    metered(&world, rates, ZoneMeters::default());
    let client = world.open("c");
    world.turn.seat = Some(client.seat);
    assert!(world.subscribe(&client, &[wants("a"), wants("b"), wants("c")]).iter().all(Result::is_ok));
    assert!(pause(&mut world) > Duration::from_millis(400));
    world.publish(&client, &Draft { payload: &[0; 199], ..draft("a") }).unwrap();
    assert_eq!(pause(&mut world), Duration::from_secs(1));
    world.pass(Duration::from_secs(10));
    let publish = Operation::Publish { draft: Draft { payload: &[0; 99], ..draft("a") }, once: None };
    let outcome =
        world.broker.transact(&mut world.turn, &client.lease, &[publish, publish, publish], NOTHING);
    assert!(matches!(outcome.done(), Some(Ok(Transacted::Applied(_)))));
    assert!(pause(&mut world) >= Duration::from_secs(2));
}

#[test]
fn what_many_share_slows_all_of_them_and_refuses_who_cannot_be_slowed() {
    let rate = || Some(Rate::per_second(2).unwrap());
    for whole in [true, false] {
        let mut world = World::new(Limits::default());
        if whole {
            world.broker.set_rates(SharedRates::new(rate(), None));
        } else {
            metered(&world, ClientRates::default(), ZoneMeters::new(SharedRates::new(rate(), None), None));
        }
        let (first, second) = (world.open("a"), world.open("b"));
        world.publish(&first, &draft("a")).unwrap();
        world.publish(&second, &draft("a")).unwrap();
        assert_eq!(pause(&mut world), Duration::ZERO);
        world.publish(&second, &draft("a")).unwrap();
        assert!(pause(&mut world) > Duration::ZERO);
        let single = |world: &mut World| {
            let principal = Principal::default();
            world.broker.publish_as(&mut world.turn, &principal, &draft("a"), (first.seat, NOTHING)).done()
        };
        assert_eq!(single(&mut world), Some(Err(Refusal::RateExceeded)));
        world.pass(Duration::from_secs(2));
        assert!(single(&mut world).unwrap().is_ok());
    }
}

#[test]
fn an_address_connects_at_its_rate_over_all_listeners_of_a_zone() {
    let world = World::new(Limits::default());
    let connects = Some(Rate::new(1, Duration::from_secs(1), 3).unwrap());
    metered(&world, ClientRates::default(), ZoneMeters::new(SharedRates::default(), connects));
    let mut now = world.turn.now;
    let admit = |now, listener: &str, last| {
        world.broker.admit(now, listener, std::net::IpAddr::from([192, 0, 2, last]))
    };
    for listener in ["a", "b", "a"] {
        assert_eq!(admit(now, listener, 1), Ok(()));
    }
    assert_eq!(admit(now, "b", 1), Err(Refusal::RateExceeded));
    assert_eq!(admit(now, "b", 2), Ok(()));
    now = now.after(Duration::from_secs(1));
    assert_eq!(admit(now, "b", 1), Ok(()));
}

/// Counts what it is asked and refuses.
#[derive(Default)]
struct Refuses(std::sync::atomic::AtomicUsize);

impl Authenticator for Refuses {
    fn authenticate(&self, _credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Verdict::Answer(Err(Refusal::BadCredentials))
    }
}

#[test]
fn who_fails_too_often_is_turned_away_before_anybody_is_asked() {
    let mut world = World::new(Limits::default());
    let refuses = Arc::new(Refuses::default());
    let minute = Duration::from_secs(60);
    let by_address = Some(Threshold { count: 3, window: minute, keep_out: minute });
    let zone = Zone {
        chain: vec![Member::new("refuses", refuses.clone())],
        failures: FailureRules { by_address, ..FailureRules::off() },
        ..Zone::default()
    };
    world.broker.set_zones(Arc::new(zone), Vec::new());
    let login = |user: &str, world: &mut World| {
        let outcome =
            world.broker.authenticate(&mut world.turn, &credentials(Some(user)), (Seat::default(), NOTHING));
        outcome.done().unwrap().unwrap_err()
    };
    for user in ["a", "b", "c"] {
        assert_eq!(login(user, &mut world), Refusal::BadCredentials);
    }
    assert_eq!(login("d", &mut world), Refusal::RateExceeded);
    assert_eq!(refuses.0.load(std::sync::atomic::Ordering::Relaxed), 3);
    let address = credentials(None).remote.ip();
    let admitted = world.broker.admit(world.turn.now, "any", address);
    assert_eq!(admitted, Err(Refusal::RateExceeded));
    world.pass(minute);
    assert_eq!(login("d", &mut world), Refusal::BadCredentials);
}

/// A zone whose clients may publish a message a second, five at once.
fn one_a_second(name: &str) -> Zone {
    let messages = Some(Rate::new(1, Duration::from_secs(1), 5).unwrap());
    Zone { name: name.into(), rates: ClientRates { messages, ..ClientRates::default() }, ..Zone::default() }
}

#[test]
fn coming_again_does_not_give_a_fresh_start() {
    let ways =
        [(false, 60, Some(Detach::Lost)), (true, 0, Some(Detach::Clean)), (false, 0, None), (true, 60, None)];
    for (clean, expiry, leaves) in ways {
        let mut world = World::new(Limits::default());
        world.broker.set_zones(Arc::new(one_a_second("one")), Vec::new());
        let options = || OpenOptions { clean, expiry: Duration::from_secs(expiry), ..options("c") };
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let client = world.try_open(options()).unwrap();
            let arrears = pause(&mut world);
            world.publish(&client, &draft("a")).unwrap();
            pauses.push((arrears.as_secs(), pause(&mut world).as_secs()));
            if let Some(how) = leaves {
                world.leave(&client, how).unwrap();
            }
        }
        let expected = [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 1), (1, 2), (2, 3)];
        assert_eq!(pauses, expected, "{clean} {expiry} {leaves:?}");
        // What came back is forgotten, what did not is not: also by the housekeeping.
        world.pass(Duration::from_secs(61));
        world.try_open(options()).unwrap();
        assert_eq!(pause(&mut world), Duration::ZERO);
    }
}

#[test]
fn each_zone_remembers_what_its_clients_used() {
    let mut world = World::new(Limits::default());
    world
        .broker
        .set_zones(Arc::new(one_a_second("one")), vec![("two".into(), Arc::new(one_a_second("two")))]);
    let who = |listener: &str| {
        let listener = Some(listener.into());
        PrincipalRef::new(Principal { user: Some("eve".into()), listener, ..Principal::default() })
    };
    let mut over = Vec::new();
    for round in 0..16 {
        let listener = if round % 2 == 0 { "one" } else { "two" };
        let client = world.open_as(&who(listener), options("c")).unwrap();
        world.publish(&client, &draft("a")).unwrap();
        over.push(!pause(&mut world).is_zero());
    }
    assert_eq!(over.iter().position(|over| *over), Some(10), "five at once in each: {over:?}");
    assert!(over.iter().skip(10).all(|over| *over), "{over:?}");
}

#[test]
fn wills_are_taken_from_the_same_and_far_behind_are_not_published() {
    for clean in [false, true] {
        let mut world = World::new(Limits::default());
        world.broker.set_zones(Arc::new(one_a_second("one")), Vec::new());
        let watcher = world.open("w");
        world.subscribe(&watcher, &[wants("will")]);
        for _ in 0..40 {
            let will = Some(super::expiry::will(0));
            world.try_open(OpenOptions { will, clean, ..options("c") }).unwrap();
        }
        assert_eq!(world.pull_at_most(&watcher, 100).0.len(), 10, "as its credit is ten");
        let queued = world.broker.client(Realm(0), &ClientId::new("w")).unwrap().queued;
        assert_eq!(queued + 10, 16, "five at once, ten seconds behind, and one: clean {clean}");
        assert!(pause(&mut world) > Duration::from_secs(9));
    }
}

#[test]
fn who_was_slowed_as_he_should_be_has_his_will_published() {
    let mut world = World::new(Limits::default());
    world.broker.set_zones(Arc::new(one_a_second("one")), Vec::new());
    let watcher = world.open("w");
    world.subscribe(&watcher, &[wants("will")]);
    let will = Some(super::expiry::will(0));
    let client = world.try_open(OpenOptions { will, ..options("c") }).unwrap();
    for _ in 0..6 {
        world.publish(&client, &draft("a")).unwrap();
    }
    assert!(!pause(&mut world).is_zero());
    world.leave(&client, Detach::Lost).unwrap();
    assert_eq!(world.pull(&watcher).len(), 1);
}

#[test]
fn what_one_zone_counts_outlives_the_housekeeping_for_all() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for lax in [None, Some(Threshold { count: 9, window: minutes(1), keep_out: minutes(1) })] {
        let mut world = World::new(Limits::default());
        let rule = Threshold { count: 30, window: minutes(10), keep_out: minutes(10) };
        let strict = Zone {
            chain: vec![Member::new("refuses", Arc::new(Refuses::default()))],
            failures: FailureRules { by_address: Some(rule), by_pair: Some(rule), spared: Vec::new() },
            flapping: Some(rule),
            ..Zone::default()
        };
        let failures = FailureRules { by_address: lax, by_pair: lax, spared: Vec::new() };
        let other = Zone { failures, flapping: lax, ..Zone::default() };
        world.broker.set_zones(Arc::new(strict), vec![("other".into(), Arc::new(other))]);
        for n in 0..30 {
            let login = world.broker.authenticate(
                &mut world.turn,
                &credentials(Some("eve")),
                (Seat::default(), NOTHING),
            );
            assert_eq!(login.done().unwrap().unwrap_err(), Refusal::BadCredentials, "{n}");
            let client = world.open("comes and goes");
            world.leave(&client, Detach::Lost).unwrap();
            if n % 5 == 4 {
                world.pass(Duration::from_secs(61));
            }
        }
        let login = world.broker.authenticate(
            &mut world.turn,
            &credentials(Some("adam")),
            (Seat::default(), NOTHING),
        );
        assert_eq!(login.done().unwrap().unwrap_err(), Refusal::RateExceeded);
        assert_eq!(world.try_open(options("comes and goes")).unwrap_err(), Refusal::Banned);
    }
}
