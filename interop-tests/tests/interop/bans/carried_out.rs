//! A ban holds from the moment it is answered, for those who are in as for those who come.

use serde_json::json;
use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::Will;

use super::{ban, ban_with, banned, is_out, lift, refusal};
use crate::interop::attacks::drained;
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{VERSIONS, Visitor};

/// Each kind, and somebody it leaves alone: client id, user and last number of the address.
const KINDS: [(&str, (&str, &str, u8)); 8] = [
    ("client:eve", ("Eve", "eve", 2)),
    ("user:eve", ("other", "Eve", 2)),
    ("address:127.0.0.2", ("other", "eve", 3)),
    ("network:127.0.0.2/31", ("other", "eve", 4)),
    ("client-pattern:e?e", ("eves", "eve", 2)),
    ("user-pattern:e*", ("other", "steve", 2)),
    ("client-regex:^e[v]e$", ("steve", "eve", 2)),
    ("user-regex:ev", ("other", "bob", 2)),
];

#[test]
fn who_is_banned_is_out_and_stays_out_until_it_is_lifted() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    for (what, (id, user, address)) in KINDS {
        for version in VERSIONS {
            let eve = Visitor::new(version, "eve").user("eve").from(2);
            let other = Visitor::new(version, id).user(user).from(address);
            let (mut inside, mut bystander) = (eve.connect(broker.address), other.connect(broker.address));
            ban(&broker, what);
            let told = inside.closed().unwrap();
            let is_told = matches!(told.as_slice(), [Packet::Disconnect(0x98, _)]);
            assert!(
                if version == Version::V5 { is_told } else { told.is_empty() },
                "{what} {version:?}: {told:?}"
            );
            assert!(is_out(&broker, &eve), "{what} {version:?}");
            if !what.starts_with("address") && !what.starts_with("network") {
                assert_eq!(refusal(&broker, &eve), Some(banned(version)), "{what}");
            }
            bystander.expect_quiet().unwrap();
            drop(bystander);
            assert_eq!(refusal(&broker, &other), None, "{what} {version:?}");
            lift(&broker, what);
            assert_eq!(refusal(&broker, &eve), None, "{what} {version:?}: lifted");
        }
    }
}

#[test]
fn a_banned_client_says_nothing_more_not_even_its_will() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let mut ear = Visitor::new(Version::V5, "ear").connect(broker.address);
    ear.subscribe("#", 0, &[]).unwrap();
    for version in VERSIONS {
        let will = Will { topic: "will", payload: b"will", qos: 1, retain: true, properties: &[] };
        let mut eve = Visitor::new(version, "eve").will(will).connect(broker.address);
        eve.publish("topic", b"said", &[]).unwrap();
        assert_eq!(drained(&mut ear), ["said"]);
        ban(&broker, "client:eve");
        drop(eve.publish("topic", b"banned", &[]));
        drop(eve.closed());
        assert_eq!(drained(&mut ear), [""; 0], "{version:?}");
        lift(&broker, "client:eve");
    }
}

/// What was queued for a client stays with its session unless the ban is to end it.
#[test]
fn a_ban_ends_sessions_only_when_it_is_asked_to() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let eve = Visitor::new(Version::V5, "eve").keeping();
    for end_sessions in [false, true] {
        let mut there = eve.connect(broker.address);
        there.subscribe("for/eve", 1, &[]).unwrap();
        there.disconnect().unwrap();
        ban_with(&broker, json!({ "what": "client:eve", "end_sessions": end_sessions }));
        assert_eq!(broker.client("eve").unwrap().is_none(), end_sessions);
        lift(&broker, "client:eve");
        let (again, present) = eve.resume(broker.address);
        assert_eq!(present, !end_sessions);
        drop(again);
    }
}

#[test]
fn a_ban_for_a_time_is_over_by_itself() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let eve = Visitor::new(Version::V5, "eve");
    ban_with(&broker, json!({ "what": "client:eve", "seconds": 1 }));
    assert_eq!(refusal(&broker, &eve), Some(banned(Version::V5)));
    let deadline = std::time::Instant::now() + crate::interop::stage::DEADLINE;
    while is_out(&broker, &eve) {
        assert!(std::time::Instant::now() < deadline, "it is never over");
    }
}
