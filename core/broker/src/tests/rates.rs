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
