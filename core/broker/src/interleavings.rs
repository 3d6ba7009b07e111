//! Every interleaving of a few steps on one session, under loom:
//! `RUSTFLAGS="--cfg loom" cargo test -p tidegate-broker --release --lib interleavings`.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use loom::thread;
use tidegate_types::{
    ClientId, DoorLimits, Draft, Filter, GroupName, Guarantee, Limits, Message, Moment, Properties,
    PublisherId, Realm, Refusal, SessionKey, Stamp, TopicLimits,
};

use crate::door::{Budget, Detach, Identifiers, OpenOptions, Protocol, Pulled, Settlement};
use crate::group::Group;
use crate::principal::{Principal, PrincipalRef};
use crate::retained::Retained;
use crate::router::Options;
use crate::rules::Rules;
use crate::seat::Seat;
use crate::session::{Aftermath, Attached, Origin, Queued, Seen, Session, Subscription};
use crate::turn::Turn;
use crate::zone::SessionLimits;

fn moment() -> Moment {
    Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH }
}

fn options() -> OpenOptions {
    OpenOptions {
        realm: Realm(0),
        client: ClientId::new("c"),
        clean: false,
        expiry: Duration::from_secs(60),
        credit: 8,
        handles: 8,
        will: None,
        protocol: &Protocol { gateway: "test", name: "test" },
        remote: ([127, 0, 0, 1], 1).into(),
    }
}

fn session() -> Arc<Session> {
    let key = SessionKey { realm: Realm(0), client: ClientId::new("c") };
    Arc::new(Session::new(key, PublisherId(1), (principal(), Arc::default()), &options()))
}

fn principal() -> PrincipalRef {
    PrincipalRef::new(Principal::default())
}

fn seat(slot: u32) -> Seat {
    Seat { worker: 0, generation: 0, slot }
}

/// The present rules find nothing wrong with a session.
fn judge(session: &Session, rules: &Rules) {
    if let Some(case) = session.case(false) {
        session.note_judged(&case, rules.generation());
    }
}

fn attach(session: &Session, slot: u32) -> Attached {
    let mut turn = Turn::new(moment());
    session
        .attach(
            (&principal(), &Arc::default()),
            &mut options(),
            (&[], &DoorLimits::default()),
            seat(slot),
            &mut turn,
        )
        .unwrap()
}

fn message(payload: u8) -> Message {
    let draft = Draft {
        topic: "t",
        properties: Properties::NONE,
        payload: &[payload],
        guarantee: Guarantee::AtLeastOnce,
        retain: false,
        expiry_seconds: None,
    };
    let stamp = Stamp { publisher: PublisherId(2), arrived: moment(), revision: 0 };
    Message::new(&draft, stamp, &mut Vec::new())
}

fn push(session: &Session, payload: u8, turn: &mut Turn) {
    let entry = Queued {
        message: message(payload),
        guarantee: Guarantee::AtLeastOnce,
        retained: false,
        repeat: false,
        origin: Origin::Own(Identifiers::None),
    };
    session.push(entry, turn, Seen::Now);
}

/// Payloads and handles of one pull.
fn pull(session: &Session, epoch: u32) -> Result<Vec<(u8, u32)>, Refusal> {
    let mut turn = Turn::new(moment());
    let limits = Limits::default();
    let retained = Retained::new(&limits);
    let budget = Budget { count: 10, bytes: 1_000 };
    let rules = Rules::default();
    judge(session, &rules);
    session.pull(epoch, &mut turn, budget, (&retained, &rules), &mut Aftermath::default())?;
    let pulled = turn.deliveries.iter().filter_map(|pulled| match pulled {
        Pulled::Delivery(delivery) => Some((delivery.message.payload()[0], delivery.handle)),
        Pulled::Held(_) => None,
    });
    Ok(pulled.collect())
}

#[test]
fn a_push_is_pulled_or_has_woken_its_receiver() {
    loom::model(|| {
        let session = session();
        let epoch = attach(&session, 1).epoch;
        pull(&session, epoch).unwrap();
        let pusher = {
            let session = Arc::clone(&session);
            thread::spawn(move || {
                let mut turn = Turn::new(moment());
                push(&session, 1, &mut turn);
                push(&session, 2, &mut turn);
                turn.wakes.len()
            })
        };
        let early = pull(&session, epoch).unwrap().len();
        let wakes = pusher.join().unwrap();
        let late = pull(&session, epoch).unwrap().len();
        assert_eq!(early + late, 2);
        assert!(late == 0 || wakes > 0, "something waited and nobody was woken");
    });
}

#[test]
fn a_takeover_loses_nothing_and_leaves_one_lease() {
    loom::model(|| {
        let session = session();
        let first = attach(&session, 1).epoch;
        let mut turn = Turn::new(moment());
        push(&session, 1, &mut turn);
        let older = {
            let session = Arc::clone(&session);
            thread::spawn(move || {
                let mut settled = Vec::new();
                for (payload, handle) in pull(&session, first).unwrap_or_default() {
                    if session.settle(first, handle, Settlement::Accept).is_ok() {
                        settled.push(payload);
                    }
                }
                settled
            })
        };
        let pusher = {
            let session = Arc::clone(&session);
            thread::spawn(move || push(&session, 2, &mut Turn::new(moment())))
        };
        let second = attach(&session, 2);
        assert_eq!(second.displaced, Some(seat(1)));
        let mut got = older.join().unwrap();
        pusher.join().unwrap();
        assert_eq!(pull(&session, first), Err(Refusal::TakenOver));
        got.extend(pull(&session, second.epoch).unwrap().iter().map(|(payload, _)| *payload));
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
    });
}

#[test]
fn of_two_takeovers_one_wins_and_both_losers_know() {
    loom::model(|| {
        let session = session();
        let first = attach(&session, 1).epoch;
        let rival = {
            let session = Arc::clone(&session);
            thread::spawn(move || attach(&session, 2))
        };
        let mine = attach(&session, 3);
        let theirs = rival.join().unwrap();
        let winner = mine.epoch.max(theirs.epoch);
        let mut displaced: Vec<_> =
            [mine.displaced, theirs.displaced].into_iter().flatten().map(|seat| seat.slot).collect();
        displaced.sort_unstable();
        let loser = if mine.epoch == winner { 2 } else { 3 };
        assert_eq!(displaced, [1, loser]);
        for epoch in [first, mine.epoch, theirs.epoch] {
            assert_eq!(pull(&session, epoch).is_ok(), epoch == winner);
        }
    });
}

#[test]
fn a_close_beside_a_takeover_and_a_push_keeps_the_session() {
    loom::model(|| {
        let session = session();
        let first = attach(&session, 1).epoch;
        let closer = {
            let session = Arc::clone(&session);
            thread::spawn(move || session.detach(first, Detach::Lost, &mut Turn::new(moment())).is_some())
        };
        let pusher = {
            let session = Arc::clone(&session);
            thread::spawn(move || push(&session, 1, &mut Turn::new(moment())))
        };
        let second = attach(&session, 2);
        let left_first = closer.join().unwrap();
        pusher.join().unwrap();
        assert_eq!(second.displaced.is_none(), left_first);
        assert!(session.is_connected());
        assert_eq!(pull(&session, second.epoch).unwrap().len(), 1);
    });
}

#[test]
fn a_pull_under_way_hands_out_nothing_that_came_to_its_group_after_the_rules_changed() {
    loom::model(|| {
        let (session, rules) = (session(), Arc::new(Rules::default()));
        let epoch = attach(&session, 1).epoch;
        let (filter, name) =
            (Filter::new("t", &TopicLimits::default()).unwrap(), GroupName::new("g").unwrap());
        let group = Arc::new(Group::new(filter.clone(), name.clone()));
        let options = Options { guarantee: Guarantee::AtLeastOnce, ..Options::default() };
        group.join(&session, options, true);
        let subscription = Subscription { filter, group: Some(name), options };
        let entering = session.announce(epoch, &subscription).unwrap();
        let mut turn = Turn::new(moment());
        let now = (&*rules, rules.generation());
        entering.note(&mut turn, now, subscription, Some(Arc::clone(&group)), None).unwrap();
        judge(&session, &rules);
        let operator = {
            let (rules, group) = (Arc::clone(&rules), Arc::clone(&group));
            thread::spawn(move || {
                rules.replace(Vec::new());
                group.dispatch(&message(1), &SessionLimits::default());
            })
        };
        let mut turn = Turn::new(moment());
        let retained = Retained::new(&Limits::default());
        let budget = Budget { count: 10, bytes: 1_000 };
        let _done = session.pull(epoch, &mut turn, budget, (&retained, &rules), &mut Aftermath::default());
        assert!(turn.deliveries.is_empty(), "it was published after the rules had changed");
        operator.join().unwrap();
    });
}

#[test]
fn a_doubt_beside_a_judgement_is_not_lost() {
    loom::model(|| {
        let (session, rules) = (session(), Arc::new(Rules::default()));
        let epoch = attach(&session, 1).epoch;
        judge(&session, &rules);
        let case = session.case(false).unwrap();
        let renewing = {
            let session = Arc::clone(&session);
            thread::spawn(move || session.renew(epoch, &principal()).unwrap())
        };
        session.note_judged(&case, rules.generation());
        renewing.join().unwrap();
        assert!(!session.is_judged_by(&rules), "it was judged as somebody else");
    });
}
