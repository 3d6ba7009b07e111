//! Bans, set and lifted while clients are there.

use tidegate_guard::{Ban, BanKey, Threshold};

use super::login::credentials;
use super::*;

fn ban(world: &World, what: &str) -> Ban {
    let (what, made) = (what.parse::<BanKey>().unwrap(), world.turn.now.wall);
    Ban { what, until: None, why: "test".into(), by: "test".into(), made, automatic: false }
}

fn eve() -> PrincipalRef {
    PrincipalRef::new(Principal {
        user: Some("eve".into()),
        client: Some(ClientId::new("c")),
        remote: Some(([192, 0, 2, 7], 1).into()),
        ..Principal::default()
    })
}

const KEYS: [&str; 6] = [
    "client:c",
    "user:eve",
    "address:192.0.2.7",
    "network:192.0.2.0/24",
    "client-pattern:?",
    "user-pattern:e*",
];

#[test]
fn the_banned_do_not_come_in_by_any_door() {
    for key in KEYS {
        let mut world = World::new(Limits::default());
        world
            .broker
            .set_access(vec![Arc::new(Anonymous { loopback_only: false, names_unproven: true })], Vec::new());
        let ban = ban(&world, key);
        world.broker.ban(&mut world.turn, &ban, false).unwrap();
        let ticket = (Seat::default(), NOTHING);
        let outcome = world.broker.authenticate(&mut world.turn, &credentials(Some("eve")), ticket);
        assert!(matches!(outcome.done(), Some(Err(Refusal::Banned))), "{key}");
        assert_eq!(world.open_as(&eve(), options("c")).unwrap_err(), Refusal::Banned, "{key}");
        let outcome = world.broker.publish_as(&mut world.turn, &eve(), &draft("a"), ticket);
        assert_eq!(outcome.done(), Some(Err(Refusal::Banned)), "{key}");
        let admitted = world.broker.admit(world.turn.now, "any", [192, 0, 2, 7].into());
        assert_eq!(admitted.is_err(), key.contains("192"), "{key}: nothing but the address is known then");
        assert_eq!(*world.broker.lift_ban(&ban.what).unwrap(), ban);
        assert!(world.open_as(&eve(), options("c")).is_ok(), "{key}");
    }
}

#[test]
fn a_ban_puts_out_who_is_in_and_silences_his_will() {
    for key in KEYS {
        for sessions in [false, true] {
            let mut world = World::new(Limits::default());
            let watcher = world.open("watcher");
            world.subscribe(&watcher, &[wants("will")]);
            let mourned = OpenOptions { will: Some(super::expiry::will(0)), ..options("c") };
            let client = world.open_as(&eve(), mourned).unwrap();
            let ban = ban(&world, key);
            world.broker.ban(&mut world.turn, &ban, sessions).unwrap();
            assert_eq!(world.closed(), [(client.seat, CloseReason::Refused(Refusal::Banned))], "{key}");
            let left = world.leave(&client, Detach::Lost);
            assert_eq!(left.is_err(), sessions);
            assert_eq!(world.broker.client(Realm(0), &ClientId::new("c")).is_none(), sessions);
            assert!(world.pull(&watcher).is_empty(), "a ban silences");
            assert_eq!(world.broker.counters().connected, 1);
        }
    }
}

#[test]
fn a_kicked_clients_will_is_published() {
    let mut world = World::new(Limits::default());
    let watcher = world.open("watcher");
    world.subscribe(&watcher, &[wants("will")]);
    world.open_as(&eve(), OpenOptions { will: Some(super::expiry::will(0)), ..options("c") }).unwrap();
    assert!(world.broker.kick(&mut world.turn, Realm(0), &ClientId::new("c")));
    assert_eq!(world.pull(&watcher).len(), 1);
}

#[derive(Default)]
struct Book(Mutex<Vec<String>>);

impl Journal for Book {
    fn keeps(&self) -> bool {
        true
    }

    fn write(&self, record: &Record<'_>) -> Position {
        match record {
            Record::Ban { ban } => self.0.lock().push(format!("ban {}", ban.what)),
            Record::Lift { key, .. } => self.0.lock().push(format!("lift {key}")),
            _ => {}
        }
        Position(1)
    }

    fn when_committed(&self, _position: Position, _ticket: Ticket, reply: Reply) -> Option<Reply> {
        Some(reply)
    }
}

impl Observer for Book {
    fn interest(&self) -> Interest {
        Interest::default().and(EventKind::Access)
    }

    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::BanSet { ban } => self.0.lock().push(format!("set {}", ban.what)),
            Event::BanLifted { ban } => self.0.lock().push(format!("lifted {}", ban.what)),
            _ => {}
        }
    }
}

#[test]
fn bans_are_recorded_told_restored_and_end() {
    let book = Arc::new(Book::default());
    let mut world = World::with(Limits::default(), Alone, book.clone());
    world.broker.observe(book.clone());
    let first = ban(&world, "client:a");
    let until = Some(world.turn.now.wall + Duration::from_secs(100));
    let second = Ban { until, ..ban(&world, "client:b") };
    for one in [&first, &second] {
        world.broker.ban(&mut world.turn, one, false).unwrap();
    }
    world.broker.lift_ban(&first.what).unwrap();
    world.pass(Duration::from_secs(99));
    assert_eq!(world.broker.bans().len(), 1);
    world.pass(Duration::from_secs(101));
    let expected = [
        "ban client:a",
        "set client:a",
        "ban client:b",
        "set client:b",
        "lift client:a",
        "lifted client:a",
        "lift client:b",
        "lifted client:b",
    ];
    assert_eq!(*book.0.lock(), expected);
    let again = World::new(Limits::default());
    for one in [&first, &second] {
        again.broker.restore_ban(one.clone(), world.turn.now.wall).unwrap();
    }
    assert_eq!(again.broker.bans().len(), 1, "what is over is not restored");
}

#[test]
fn who_comes_and_goes_is_banned_for_a_while() {
    let mut world = World::new(Limits::default());
    let flapping =
        Threshold { count: 3, window: Duration::from_secs(60), keep_out: Duration::from_secs(100) };
    world.broker.set_zones(Arc::new(Zone { flapping: Some(flapping), ..Zone::default() }), Vec::new());
    for _ in 0..2 {
        let client = world.open("c");
        world.leave(&client, Detach::Lost).unwrap();
    }
    // Taken over is gone, too.
    world.open("c");
    world.open("c");
    assert_eq!(world.try_open(options("c")).unwrap_err(), Refusal::Banned);
    world.open("d");
    world.pass(Duration::from_secs(100));
    world.open("c");
}

#[test]
fn of_a_ban_and_an_open_at_once_the_ban_wins() {
    for _ in 0..300 {
        let world = World::new(Limits::default());
        let (ban, broker) = (ban(&world, "client:c"), &world.broker);
        let (opened, told) = std::thread::scope(|scope| {
            let banning = scope.spawn(|| {
                let mut turn = Turn::new(moment());
                broker.ban(&mut turn, &ban, false).unwrap();
                turn.notices
            });
            let mut turn = Turn::new(moment());
            let opened =
                broker.open(&mut turn, &eve(), options("c"), (Seat::default(), NOTHING)).done().unwrap();
            turn.notices.extend(banning.join().unwrap());
            (opened.is_ok(), turn.notices)
        });
        let reason = CloseReason::Refused(Refusal::Banned);
        let told = told.iter().any(|(_, notice)| matches!(notice, Notice::Close(why) if *why == reason));
        assert_eq!(told, opened, "whoever got in is put out");
    }
}

/// The last word on each key, as a restart reads it.
#[derive(Default)]
struct Words(Mutex<std::collections::BTreeMap<String, SystemTime>>);

impl Journal for Words {
    fn keeps(&self) -> bool {
        false
    }

    fn keeps_bans(&self) -> bool {
        true
    }

    fn write(&self, record: &Record<'_>) -> Position {
        // Whoever changed the list last shall not be the last here.
        std::thread::yield_now();
        match record {
            Record::Ban { ban } => drop(self.0.lock().insert(ban.what.to_string(), ban.made)),
            Record::Lift { key, made } => {
                assert_eq!(self.0.lock().remove(&key.to_string()), Some(*made), "what is lifted was set");
            }
            _ => {}
        }
        Position(1)
    }

    fn when_committed(&self, _position: Position, _ticket: Ticket, reply: Reply) -> Option<Reply> {
        Some(reply)
    }
}

#[test]
fn bans_are_recorded_in_the_order_in_which_they_were_set_lifted_and_ended() {
    let words = Arc::new(Words::default());
    let world = World::with(Limits::default(), Alone, words.clone());
    let (broker, start) = (&world.broker, world.turn.now);
    let what: BanKey = "client:c".parse().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..3_u64 {
            let what = &what;
            scope.spawn(move || {
                let mut turn = Turn::new(start);
                for n in 0..2_000_u64 {
                    turn.now = start.after(Duration::from_secs(120 * n));
                    let (wall, by) = (turn.now.wall, Duration::from_nanos(thread));
                    let (made, until) = (wall + by, Some(wall + Duration::from_secs(60)));
                    let (why, by) = ("test".into(), "test".into());
                    let ban = Ban { what: what.clone(), until, why, by, made, automatic: false };
                    match (n + thread) % 3 {
                        0 => drop(broker.lift_ban(what)),
                        1 => broker.sweep_bans(wall),
                        _ => drop(broker.ban(&mut turn, &ban, false).unwrap()),
                    }
                }
            });
        }
    });
    let stands = broker.bans().get(&what).map(|ban| ban.made);
    assert_eq!(words.0.lock().get("client:c").copied(), stands);
}

#[test]
fn whose_proof_is_not_valid_any_longer_has_to_prove_himself_again() {
    for sessions in [false, true] {
        let mut world = World::new(Limits::default());
        let user =
            |name: &str| PrincipalRef::new(Principal { user: Some(name.into()), ..Principal::default() });
        let here = world.open_as(&user("eve"), options("here")).unwrap();
        let away = world.open_as(&user("eve"), options("away")).unwrap();
        world.leave(&away, Detach::Lost).unwrap();
        let other = world.open_as(&user("adam"), options("other")).unwrap();
        let eve = |who: &Principal| who.user.as_ref().is_some_and(|user| user.as_str() == "eve");
        let count = world.broker.expire(&mut world.turn, &eve, sessions);
        assert_eq!(count, if sessions { 2 } else { 1 });
        assert_eq!(world.closed(), [(here.seat, CloseReason::Expired)]);
        assert_eq!(world.leave(&here, Detach::Lost).is_err(), sessions);
        for client in ["here", "away"] {
            assert_eq!(world.broker.client(Realm(0), &ClientId::new(client)).is_none(), sessions, "{client}");
        }
        assert!(world.publish(&other, &draft("a")).is_ok());
        assert_eq!(world.open_as(&user("eve"), options("here")).unwrap().resumed, !sessions);
    }
}
