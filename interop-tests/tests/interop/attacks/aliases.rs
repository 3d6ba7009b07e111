//! Topic aliases stand for topics and for no rights to them.

use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::Publish;
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::guarded::Guarded;

const ALL_BUT: &str = r##"
{ effect = "deny", any = true, topics = "secret/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

fn alias(number: u16) -> [Property; 1] {
    [Property(id::TOPIC_ALIAS, Value::Short(number))]
}

/// An alias of a good topic is given a bad one, in a message that is refused.
#[test]
fn an_alias_renamed_to_a_refused_topic_is_refused() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    let mut eve = guarded.user(Version::V5, "eve");
    assert!(eve.publish("public/x", b"good", &alias(1)).unwrap() < 0x80);
    assert_eq!(eve.publish("secret/x", b"bad", &alias(1)).unwrap(), 0x87);
    assert_eq!(overseer.heard(), ["good"]);
    // Whatever it stands for now, it is not the good topic: the client said so.
    assert_eq!(eve.publish("", b"bad by alias", &alias(1)).unwrap(), 0x87);
    assert_eq!(overseer.heard(), [""; 0]);
    assert!(eve.publish("public/y", b"good again", &alias(1)).unwrap() < 0x80);
    assert!(eve.publish("", b"and again", &alias(1)).unwrap() < 0x80);
    assert_eq!(overseer.heard(), ["good again", "and again"]);
}

#[test]
fn an_alias_first_set_by_a_refused_message_gives_nothing() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    let mut eve = guarded.user(Version::V5, "eve");
    assert_eq!(eve.publish("secret/x", b"bad", &alias(2)).unwrap(), 0x87);
    assert_eq!(eve.publish("", b"bad by alias", &alias(2)).unwrap(), 0x87);
    // Without an acknowledgement that could say so.
    let (version, retain, properties) = (Version::V5, true, &alias(2));
    let publish = Publish { version, topic: "", payload: b"unseen", qos: 0, id: 0, retain, properties };
    eve.send_with(|out| publish.put(out)).unwrap();
    eve.expect_quiet().unwrap();
    assert_eq!(overseer.heard(), [""; 0]);
}

/// Aliases belong to a connection: who takes a client's place has none of his.
#[test]
fn an_alias_of_the_connection_before_stands_for_nothing() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut eve = guarded.user(Version::V5, "eve");
    assert!(eve.publish("public/x", b"good", &alias(1)).unwrap() < 0x80);
    let mut again = guarded.user(Version::V5, "eve");
    let (version, retain, properties) = (Version::V5, false, &alias(1));
    let publish = Publish { version, topic: "", payload: b"x", qos: 1, id: 1, retain, properties };
    again.send_with(|out| publish.put(out)).unwrap();
    let seen = again.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82 | 0x94, _)]), "{seen:?}");
}
