//! Topics that mean something to the broker itself.

use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::Publish;
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::guarded::Guarded;
use super::visitor::VERSIONS;
use super::{drained, refused_subscription};

const ALL_BUT: &str = r##"
{ effect = "deny", any = true, topics = "secret/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

/// Even where rules say everything.
const EVERYTHING: &str = r##"{ effect = "allow", any = true, topics = ["prefix:", "#"] }"##;

/// A topic that looks like a group's subscription is no way to its members.
#[test]
fn a_message_to_a_group_by_name_reaches_nobody() {
    let Some(guarded) = Guarded::new(EVERYTHING) else { return };
    for version in VERSIONS {
        let mut alice = guarded.user(version, "alice");
        assert_eq!(alice.subscribe("$share/g/jobs/x", 1, &[]).unwrap(), 1);
        assert_eq!(alice.subscribe("jobs/#", 1, &[]).unwrap(), 1);
        assert_eq!(alice.subscribe("#", 0, &[]).unwrap(), 0);
        let mut eve = guarded.user(version, "eve");
        let publish = Publish {
            version,
            topic: "$share/g/jobs/x",
            payload: b"x",
            qos: 0,
            id: 0,
            retain: true,
            properties: &[],
        };
        eve.send_with(|out| publish.put(out)).unwrap();
        drop(eve.send(&[0xC0, 0]));
        // Answered or closed: both are well.
        drop(eve.receive());
        assert_eq!(drained(&mut alice), [""; 0], "{version:?}");
    }
}

#[test]
fn topics_of_the_broker_are_not_covered_by_a_wildcard() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut ear = guarded.late_overseer();
    for filter in ["$SYS/#", "$share/g/$SYS/x", "$delayed/#"] {
        assert!(ear.subscribe(filter, 0, &[]).unwrap() < 0x80, "{filter}");
    }
    drop(drained(&mut ear));
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        for topic in ["$SYS/x", "$SYS", "$delayed/1/secret/x", "$share/g/secret/x"] {
            let code = eve.publish(topic, topic.as_bytes(), &[]).unwrap();
            assert!(version != Version::V5 || code == 0x87, "{topic}: {code:#x}");
        }
        let of_eve = |topics: Vec<String>| topics.into_iter().filter(|topic| topic.starts_with('$')).count();
        assert_eq!(of_eve(drained(&mut ear)), 0, "{version:?}");
    }
}

#[test]
fn an_inbox_is_read_by_its_owner_alone_whatever_rules_say() {
    let Some(guarded) = Guarded::new(EVERYTHING) else { return };
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        for filter in [
            "$inbox/#",
            "$inbox/+/#",
            "$inbox",
            "$inbox/",
            "$inbox/00000000000000001/#",
            "$inbox/00000000000000001/reply/1",
            "$share/g/$inbox/#",
        ] {
            let code = eve.subscribe(filter, 0, &[]).unwrap();
            assert_eq!(code, refused_subscription(version), "{version:?} {filter}");
        }
        // A wildcard in front does not cover it.
        assert_eq!(eve.subscribe("+/+/#", 0, &[]).unwrap(), 0);
        assert_eq!(eve.subscribe("#", 0, &[]).unwrap(), 0);
        let mut other = guarded.user(version, "other");
        other.publish("$inbox/00000000000000001/x", b"letter", &[]).unwrap();
        assert_eq!(drained(&mut eve), [""; 0], "{version:?}");
    }
}

/// A response topic is an address on an envelope: it routes nothing by itself, and is no filter.
#[test]
fn a_response_topic_gives_no_way_to_a_refused_topic() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    let mut eve = guarded.user(Version::V5, "eve");
    let answer_to = |topic: &str| [Property(id::RESPONSE_TOPIC, Value::Bytes(topic.as_bytes().to_vec()))];
    assert_eq!(eve.publish("secret/x", b"asked", &answer_to("public/x")).unwrap(), 0x87);
    assert!(eve.publish("public/x", b"question", &answer_to("secret/x")).unwrap() < 0x80);
    assert_eq!(overseer.heard(), ["question"], "once, to where it was sent");
    // Who answers to it is judged by what he may.
    assert_eq!(eve.publish("secret/x", b"answer", &[]).unwrap(), 0x87);
    for filter in ["secret/#", "+/x", "#", ""] {
        let mut eve = guarded.user(Version::V5, "eve");
        let properties = &answer_to(filter);
        let (version, topic, payload) = (Version::V5, "public/x", b"question");
        let publish = Publish { version, topic, payload, qos: 1, id: 1, retain: false, properties };
        eve.send_with(|out| publish.put(out)).unwrap();
        let seen = eve.closed().unwrap();
        assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82 | 0x90, _)]), "{filter}: {seen:?}");
    }
    assert_eq!(overseer.heard(), [""; 0]);
}
