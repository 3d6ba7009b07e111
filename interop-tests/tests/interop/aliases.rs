//! Topic aliases both ways.

use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::{Packet, find};
use tidegate_interop_tests::wire::encode::{Connect, Publish};
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::stage::{broker, client};

fn alias(number: u16) -> [Property; 1] {
    [Property(id::TOPIC_ALIAS, Value::Short(number))]
}

#[test]
fn a_publisher_names_and_renames_its_aliases() {
    let broker = broker();
    let (mut publisher, _, properties) =
        Client::connect(broker.address, &Connect::clean(Version::V5, "publisher")).unwrap();
    let Some(Value::Short(most)) = find(&properties, id::TOPIC_ALIAS_MAXIMUM) else {
        panic!("{properties:?}")
    };
    assert!(*most >= 2);
    let mut subscriber = client(&broker, Version::V5, "subscriber");
    subscriber.subscribe("alias/#", 0, &[]).unwrap();
    for (topic, number) in [("alias/a", 1), ("alias/b", *most), ("", 1), ("alias/c", 1), ("", 1), ("", *most)]
    {
        publisher.publish(topic, topic.as_bytes(), &alias(number)).unwrap();
    }
    let topics = [(); 6].map(|()| {
        let message = subscriber.message().unwrap();
        assert_eq!(message.property(id::TOPIC_ALIAS), None, "an alias is not passed on [MQTT-3.3.2-7]");
        message.topic
    });
    let expected = ["alias/a", "alias/b", "alias/a", "alias/c", "alias/c", "alias/b"];
    assert_eq!(topics, expected);
}

#[test]
fn an_alias_beyond_the_maximum_closes() {
    let broker = broker();
    for number in [0, u16::MAX] {
        let (mut publisher, _, properties) =
            Client::connect(broker.address, &Connect::clean(Version::V5, "publisher")).unwrap();
        let most = find(&properties, id::TOPIC_ALIAS_MAXIMUM);
        assert_ne!(most, Some(&Value::Short(u16::MAX)), "nothing is beyond this maximum");
        let (version, topic, properties) = (Version::V5, "topic", &alias(number));
        let publish = Publish { version, topic, payload: b"", qos: 0, id: 0, retain: false, properties };
        publisher.send_with(|out| publish.put(out)).unwrap();
        let seen = publisher.closed().unwrap();
        let fits = |code| if number == 0 { matches!(code, 0x81 | 0x82 | 0x94) } else { code == 0x94 };
        let said = matches!(seen.as_slice(), [Packet::Disconnect(code, _)] if fits(*code));
        assert!(said, "{number}: {seen:?} [MQTT-3.3.2-8], [MQTT-3.3.2-9]");
    }
}

#[test]
fn an_alias_never_named_closes() {
    let broker = broker();
    let mut publisher = client(&broker, Version::V5, "publisher");
    let (version, properties) = (Version::V5, &alias(1));
    let publish = Publish { version, topic: "", payload: b"", qos: 0, id: 0, retain: false, properties };
    publisher.send_with(|out| publish.put(out)).unwrap();
    let seen = publisher.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82 | 0x94, _)]), "{seen:?}");
}

#[test]
fn a_subscriber_can_resolve_every_alias_it_is_sent() {
    let broker = broker();
    let most = [Property(id::TOPIC_ALIAS_MAXIMUM, Value::Short(3))];
    let connect = Connect { properties: &most, ..Connect::clean(Version::V5, "subscriber") };
    let (mut subscriber, _, _) = Client::connect(broker.address, &connect).unwrap();
    subscriber.subscribe("alias/+", 0, &[]).unwrap();
    let mut publisher = client(&broker, Version::V5, "publisher");
    let mut names = [const { String::new() }; 4];
    for round in 0..30 {
        let topic = format!("alias/{}", round % 5);
        publisher.publish(&topic, b"", &[]).unwrap();
        let message = subscriber.message().unwrap();
        let resolved = match message.property(id::TOPIC_ALIAS) {
            Some(Value::Short(number)) => {
                assert!((1..=3).contains(number), "alias {number} [MQTT-3.1.2-26]");
                let name = &mut names[usize::from(*number)];
                if !message.topic.is_empty() {
                    name.clone_from(&message.topic);
                }
                name.clone()
            }
            _ => message.topic.clone(),
        };
        assert_eq!(resolved, topic);
    }
}
