//! What one user may have in all.

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::Publish;

use crate::interop::attacks::drained;
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Refusal, VERSIONS, Visitor};

fn broker(key: &str, most: u32) -> Option<Running> {
    tidegate(&Settings::default().with(&format!("zones.default.{key}"), most))
}

/// Quota exceeded, as a CONNACK says it.
fn full(version: Version) -> Option<Refusal> {
    Some(Refusal::Code(if version == Version::V5 { 0x97 } else { 3 }))
}

#[test]
fn sessions_of_one_user() {
    let Some(broker) = broker("max_sessions_per_user", 2) else { return };
    for version in VERSIONS {
        let name = format!("{version:?}");
        let ids = ["a", "b", "c"].map(|id| format!("{name}-{id}"));
        let [first, second, third] = ids.each_ref().map(|id| Visitor::new(version, id).user(&name));
        // One of them is away, and still there.
        first.clone().keeping().connect(broker.address).disconnect().unwrap();
        let mut there = second.connect(broker.address);
        for third in [third.clone(), third.clone().keeping()] {
            assert_eq!(third.enter(broker.address).refusal(), full(version), "{version:?}");
        }
        // Who has a session already may have it again.
        drop(first.clone().keeping().connect(broker.address));
        let other = format!("{name} other");
        Visitor::new(version, &other).user(&other).connect(broker.address).disconnect().unwrap();
        there.expect_quiet().unwrap();
        there.disconnect().unwrap();
        third.connect(broker.address).disconnect().unwrap();
    }
}

#[test]
fn subscriptions_of_one_user() {
    let Some(broker) = broker("max_subscriptions_per_user", 3) else { return };
    for version in VERSIONS {
        let name = format!("{version:?}");
        let (left, right) = (format!("{name}-left"), format!("{name}-right"));
        let mut left = Visitor::new(version, &left).user(&name).connect(broker.address);
        let mut right = Visitor::new(version, &right).user(&name).connect(broker.address);
        assert_eq!(left.subscribe("a", 0, &[]).unwrap(), 0);
        assert_eq!(left.subscribe("b", 0, &[]).unwrap(), 0);
        assert_eq!(right.subscribe("c", 0, &[]).unwrap(), 0);
        let no = if version == Version::V5 { 0x97 } else { 0x80 };
        for client in [&mut left, &mut right] {
            assert_eq!(client.subscribe("d", 0, &[]).unwrap(), no, "{version:?}");
            assert_eq!(client.subscribe("$share/g/d", 0, &[]).unwrap(), no, "{version:?}");
        }
        // What is there already may be changed.
        assert_eq!(left.subscribe("a", 1, &[]).unwrap(), 1);
        left.disconnect().unwrap();
        assert_eq!(right.subscribe("d", 0, &[]).unwrap(), 0, "{version:?}: those of the other are gone");
    }
}

#[test]
fn retained_messages_of_one_user() {
    let Some(broker) = broker("max_retained_messages_per_user", 2) else { return };
    let mut eve = Visitor::new(Version::V5, "eve").user("eve").connect(broker.address);
    let mut codes = Vec::new();
    for (topic, payload) in
        [("a", "1"), ("b", "1"), ("c", "1"), ("a", "2"), ("b", ""), ("d", "1"), ("e", "1")]
    {
        let (version, payload, properties) = (Version::V5, payload.as_bytes(), &[][..]);
        let publish = Publish { version, topic, payload, qos: 1, id: 1, retain: true, properties };
        eve.send_with(|out| publish.put(out)).unwrap();
        match eve.receive().unwrap() {
            tidegate_interop_tests::wire::decode::Packet::Ack(_, 1, code) => codes.push(code),
            other => panic!("{other:?}"),
        }
    }
    let refused: Vec<bool> = codes.iter().map(|code| *code == 0x97).collect();
    assert_eq!(refused, [false, false, true, false, false, false, true], "{codes:x?}");
    let mut ear = Visitor::new(Version::V5, "ear").user("ear").connect(broker.address);
    ear.subscribe("#", 0, &[]).unwrap();
    let mut kept = drained(&mut ear);
    kept.sort();
    assert_eq!(kept, ["1", "2"]);
}
