//! Rules that end the connection of who tries.

use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Publish, Will, put_subscribe};
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::guarded::Guarded;
use super::visitor::{VERSIONS, Visitor};

const TRAP: &str = r##"
{ effect = "disconnect", any = true, topics = "trap/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

fn publish(version: Version, topic: &str, qos: u8, out: &mut Vec<u8>) {
    let (payload, properties) = (topic.as_bytes(), &[][..]);
    Publish { version, topic, payload, qos, id: 1, retain: false, properties }.put(out);
}

/// It is told why, where its version can say it.
fn is_expelled(client: &mut Client, version: Version) {
    let seen = client.closed().unwrap();
    let told = matches!(seen.last(), Some(Packet::Disconnect(0x87, _)));
    assert!(told == (version == Version::V5), "{version:?}: {seen:?}");
}

#[test]
fn who_tries_is_out_and_is_told_why() {
    let Some(guarded) = Guarded::new(TRAP) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        for qos in [0, 1, 2] {
            let mut eve = guarded.user(version, "eve");
            eve.send_with(|out| publish(version, "trap/x", qos, out)).unwrap();
            is_expelled(&mut eve, version);
        }
        for filter in ["trap/x", "trap/#", "#", "+/x", "$share/g/trap/x"] {
            let mut eve = guarded.user(version, "eve");
            eve.send_with(|out| put_subscribe(out, version, 1, filter, 0, &[])).unwrap();
            is_expelled(&mut eve, version);
        }
    }
    assert_eq!(overseer.heard(), [""; 0]);
}

#[test]
fn an_alias_is_no_way_around_the_trap() {
    let Some(guarded) = Guarded::new(TRAP) else { return };
    let mut overseer = guarded.overseer();
    let alias = [Property(id::TOPIC_ALIAS, Value::Short(1))];
    let mut eve = guarded.user(Version::V5, "eve");
    assert!(eve.publish("public/x", b"good", &alias).unwrap() < 0x80);
    let (version, topic, payload) = (Version::V5, "trap/x", b"bad");
    let publish = Publish { version, topic, payload, qos: 0, id: 0, retain: true, properties: &alias };
    eve.send_with(|out| publish.put(out)).unwrap();
    is_expelled(&mut eve, Version::V5);
    assert_eq!(overseer.heard(), ["good"]);
}

/// What stood behind the attempt in the same bytes was said by somebody who is out.
#[test]
fn nothing_behind_the_attempt_is_heard() {
    let Some(guarded) = Guarded::new(TRAP) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        eve.send_with(|out| {
            publish(version, "before", 0, out);
            publish(version, "trap/x", 0, out);
            publish(version, "behind", 0, out);
            publish(version, "behind", 1, out);
        })
        .unwrap();
        is_expelled(&mut eve, version);
        assert_eq!(overseer.heard(), ["before"], "{version:?}");
    }
}

/// It lost its connection by force; what it left to be said is judged like everything.
#[test]
fn its_will_is_said_where_it_may_speak() {
    let Some(guarded) = Guarded::new(TRAP) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        for (topic, heard) in [("public/x", vec!["will"]), ("trap/x", vec![])] {
            let will = Will { topic, payload: b"will", qos: 1, retain: false, properties: &[] };
            let mut eve = Visitor::new(version, "eve").user("eve").will(will).connect(guarded.broker.address);
            eve.send_with(|out| publish(version, "trap/x", 0, out)).unwrap();
            is_expelled(&mut eve, version);
            // Whoever takes its place is let in when it is gone.
            drop(guarded.user(version, "eve"));
            assert_eq!(overseer.heard(), heard, "{version:?} {topic}");
        }
    }
}

/// Nobody else is out with it, and it may come again.
#[test]
fn one_is_out_and_the_others_stay() {
    let Some(guarded) = Guarded::new(TRAP) else { return };
    let mut bob = Visitor::new(Version::V5, "bob").user("eve").connect(guarded.broker.address);
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        eve.send_with(|out| publish(version, "trap/x", 1, out)).unwrap();
        is_expelled(&mut eve, version);
        bob.expect_quiet().unwrap();
        guarded.user(version, "eve").expect_quiet().unwrap();
    }
}
