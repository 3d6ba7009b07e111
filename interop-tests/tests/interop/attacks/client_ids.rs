//! Client ids that belong to somebody else, and ids that are chosen to mean more than they say.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::decode::Packet;

use super::guarded::Guarded;
use super::visitor::{Refusal, VERSIONS, Visitor};
use super::{drained, refused_subscription};

const ALL: &str = r##"{ effect = "allow", any = true, topics = "#" }"##;

/// Not authorized, as a CONNACK says it.
fn no(version: Version) -> Option<Refusal> {
    Some(Refusal::Code(if version == Version::V5 { 0x87 } else { 5 }))
}

#[test]
fn a_client_id_is_not_taken_from_another_user() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for (round, version) in VERSIONS.into_iter().enumerate() {
        let id = format!("meter-{round}");
        let alice = Visitor::new(version, &id).user("alice").keeping();
        let mut there = alice.connect(guarded.broker.address);
        there.subscribe("for/alice", 1, &[]).unwrap();
        for thief_speaks in VERSIONS {
            let eve = Visitor::new(thief_speaks, &id);
            for thief in
                [eve.clone(), eve.clone().keeping(), eve.clone().user("eve"), eve.user("eve").keeping()]
            {
                let refusal = thief.enter(guarded.broker.address).refusal();
                assert_eq!(refusal, no(thief_speaks), "{version:?}: {thief:?}");
            }
        }
        overseer.publish("for/alice", "letter", false);
        assert_eq!(drained(&mut there), ["letter"], "{version:?}: hers is still there");
        there.disconnect().unwrap();
        overseer.publish("for/alice", "while away", false);
        let eve = Visitor::new(version, &id).user("eve");
        for thief in [eve.clone(), eve.keeping()] {
            assert_eq!(thief.enter(guarded.broker.address).refusal(), no(version), "away");
        }
        let (mut again, present) = alice.resume(guarded.broker.address);
        assert!(present || version == Version::V31, "{version:?}: nobody ended it; 3.1 has no way to say so");
        assert_eq!(drained(&mut again), ["while away"], "{version:?}");
    }
}

/// The other way round: who is allowed to, does.
#[test]
fn a_client_id_is_taken_where_anybody_may() {
    let settings = Settings::default().with_text("zones.default.takeover", "anybody");
    let Some(guarded) = Guarded::with(ALL, settings) else { return };
    for version in VERSIONS {
        let mut there = Visitor::new(version, "meter").user("alice").connect(guarded.broker.address);
        let mut thief = Visitor::new(version, "meter").user("eve").connect(guarded.broker.address);
        let told = there.closed().unwrap();
        let is_told = matches!(told.as_slice(), [Packet::Disconnect(0x8E, _)]);
        assert!(if version == Version::V5 { is_told } else { told.is_empty() }, "{version:?}: {told:?}");
        thief.expect_quiet().unwrap();
    }
}

/// An id that is a wildcard, a path or a placeholder does not make a rule say more.
#[test]
fn an_id_does_not_widen_a_rule_that_names_it() {
    const OWN: &str = r##"
    { effect = "allow", any = true, topics = ["id/${clientid}/#", "user/${username}/#", "${clientid}/in"] },
    "##;
    let Some(guarded) = Guarded::new(OWN) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        for name in ["+", "#", "a/b", "+/+", "other/..", "${clientid}", "$SYS", "a/#", "$share/g/a"] {
            let mut eve = Visitor::new(version, name).user(name).connect(guarded.broker.address);
            let wanted =
                ["id/+/#", "id/#", "id/other/x", "id/a/b/x", "user/+/x", "user/#", "+/in", "#", "a/b/in"];
            for filter in wanted {
                let code = eve.subscribe(filter, 0, &[]).unwrap();
                assert_eq!(code, refused_subscription(version), "{name} {filter}");
            }
            for topic in ["id/other/x", "user/other/x", "other/in", "id/a/b/x", "a/b/in", "$SYS/in"] {
                eve.publish(topic, topic.as_bytes(), &[]).unwrap();
            }
            assert_eq!(overseer.heard(), [""; 0], "{name}");
            assert_eq!(drained(&mut eve), [""; 0], "{name}");
        }
        let mut good = Visitor::new(version, "pump-7").user("works").connect(guarded.broker.address);
        for filter in ["id/pump-7/#", "user/works/+", "pump-7/in"] {
            assert_eq!(good.subscribe(filter, 0, &[]).unwrap(), 0, "{filter}");
        }
    }
}
