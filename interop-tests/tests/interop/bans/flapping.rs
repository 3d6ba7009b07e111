//! Clients that come and go, and devices that take one client id from each other.

use std::time::Instant;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;

use super::{banned, path, refusal};
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Refusal, VERSIONS, Visitor};
use crate::interop::stage::DEADLINE;

fn broker(rule: &str) -> Option<Running> {
    tidegate(&Settings::default().with_text("zones.default.flapping", rule))
}

/// How often a client is let in that loses its connection again and again; then how it is refused.
fn lets_in(broker: &Running, visitor: &Visitor<'_>, most: usize) -> (usize, Option<Refusal>) {
    for times in 0..most {
        if let Some(refusal) = refusal(broker, visitor) {
            return (times, Some(refusal));
        }
        // The connection was dropped; what comes next is behind it or takes its place, a loss either way.
    }
    (most, None)
}

#[test]
fn who_keeps_coming_and_going_is_banned_for_a_while() {
    for version in VERSIONS {
        let Some(broker) = broker("4/1m ban 2s") else { return };
        let eve = Visitor::new(version, "eve");
        let (times, told) = lets_in(&broker, &eve, 50);
        assert_eq!(told, Some(banned(version)));
        assert!((4..=6).contains(&times), "{version:?}: banned after {times}");
        let kept = broker.api("GET", &path("client:eve"), None).unwrap().body;
        assert_eq!(kept["automatic"], true, "{kept}");
        assert_eq!(refusal(&broker, &Visitor::new(version, "other")), None);
        let deadline = Instant::now() + DEADLINE;
        while refusal(&broker, &eve).is_some() {
            assert!(Instant::now() < deadline, "it is never over");
        }
    }
}

#[test]
fn two_devices_with_one_id_are_found() {
    let Some(broker) = broker("4/1m ban 1h") else { return };
    let twin = Visitor::new(Version::V5, "twin");
    let mut last = None;
    for times in 0.. {
        assert!(times < 50, "they take it from each other for ever");
        match twin.enter(broker.address) {
            crate::interop::attacks::visitor::Entrance::In(client, _) => last = Some(client),
            refused => {
                assert_eq!(refused.refusal(), Some(banned(Version::V5)));
                break;
            }
        }
    }
    // The one that was in is out too.
    drop(last.unwrap().closed().unwrap());
}

/// Who says goodbye every time loses nothing.
#[test]
fn a_client_that_takes_its_leave_is_not_flapping() {
    let Some(broker) = broker("4/1m ban 1h") else { return };
    for version in VERSIONS {
        for _ in 0..12 {
            Visitor::new(version, "polite").connect(broker.address).disconnect().unwrap();
        }
    }
}

/// The ban is over, and what was counted before is forgotten with it.
#[test]
fn an_operator_lifts_what_the_broker_set() {
    let Some(broker) = broker("3/1m ban 1h") else { return };
    let eve = Visitor::new(Version::V5, "eve");
    assert_eq!(lets_in(&broker, &eve, 50).1, Some(banned(Version::V5)));
    super::lift(&broker, "client:eve");
    assert_eq!(refusal(&broker, &eve), None);
}

/// Who uses the client id of somebody else is refused, and does not count against it.
#[test]
fn nobody_gets_somebody_else_banned() {
    let Some(broker) = broker("3/1m ban 1h") else { return };
    let alice = Visitor::new(Version::V5, "meter").user("alice").keeping();
    let mut there = alice.connect(broker.address);
    for version in VERSIONS {
        let eve = Visitor::new(version, "meter").user("eve");
        for _ in 0..10 {
            let told = refusal(&broker, &eve);
            // Not authorized, which 3.x says like banned.
            assert_eq!(told, Some(Refusal::Code(if version == Version::V5 { 0x87 } else { 5 })));
        }
    }
    assert_eq!(broker.api("GET", &path("client:meter"), None).unwrap().status, 404);
    there.expect_quiet().unwrap();
    there.disconnect().unwrap();
    drop(alice.connect(broker.address));
}
