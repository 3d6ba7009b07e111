//! What a client or the broker says it can take is respected.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::{Packet, find};
use tidegate_interop_tests::wire::encode::{Connect, Publish};
use tidegate_interop_tests::wire::property::{Property, Value, id};
use tidegate_interop_tests::wire::{Version, kind};

use super::stage::{broker, broker_with, client, skipped_on};

#[test]
fn a_subscribers_receive_maximum_is_respected() {
    if skipped_on("mosquitto", "2.0.11 sends one too many after the first acknowledgement") {
        return;
    }
    let broker = broker();
    let most = [Property(id::RECEIVE_MAXIMUM, Value::Short(3))];
    let connect = Connect { properties: &most, ..Connect::clean(Version::V5, "subscriber") };
    let (mut subscriber, _, _) = Client::connect(broker.address, &connect).unwrap();
    subscriber.subscribe("topic", 1, &[]).unwrap();
    let mut publisher = client(&broker, Version::V5, "publisher");
    for number in 0..10_u8 {
        publisher.publish("topic", &[number], &[]).unwrap();
    }
    let first = [(); 3].map(|()| subscriber.message().unwrap());
    subscriber.expect_quiet().unwrap();
    let mut got: Vec<u8> = first.iter().flat_map(|message| message.payload.clone()).collect();
    subscriber.acknowledge(kind::PUBACK, first[0].id).unwrap();
    let fourth = subscriber.message().unwrap();
    subscriber.expect_quiet().unwrap();
    got.extend(&fourth.payload);
    for message in [&first[1], &first[2], &fourth] {
        subscriber.acknowledge(kind::PUBACK, message.id).unwrap();
    }
    for _ in 4..10 {
        let message = subscriber.message().unwrap();
        got.extend(&message.payload);
        subscriber.acknowledge(kind::PUBACK, message.id).unwrap();
    }
    assert_eq!(got, (0..10).collect::<Vec<u8>>());
}

#[test]
fn a_publisher_beyond_the_receive_maximum_is_closed() {
    if skipped_on("mosquitto", "its receive maximum is not configured by itself") {
        return;
    }
    let broker = broker_with(&Settings { receive_maximum: Some(5), ..Settings::default() });
    let (mut publisher, _, properties) =
        Client::connect(broker.address, &Connect::clean(Version::V5, "publisher")).unwrap();
    assert_eq!(find(&properties, id::RECEIVE_MAXIMUM), Some(&Value::Short(5)));
    publisher
        .send_with(|out| {
            for id in 1..=6 {
                let (version, topic) = (Version::V5, "topic");
                let publish =
                    Publish { version, topic, payload: b"", qos: 2, id, retain: false, properties: &[] };
                publish.put(out);
            }
        })
        .unwrap();
    let seen = publisher.closed().unwrap();
    assert!(matches!(seen.last(), Some(Packet::Disconnect(0x93, _))), "{seen:?} [MQTT-3.3.4-9]");
}

#[test]
fn a_packet_too_large_for_a_subscriber_is_not_sent_to_it() {
    let broker = broker();
    let most = [Property(id::MAXIMUM_PACKET_SIZE, Value::Long(100))];
    let connect = Connect { properties: &most, ..Connect::clean(Version::V5, "subscriber") };
    let (mut subscriber, _, _) = Client::connect(broker.address, &connect).unwrap();
    subscriber.subscribe("topic", 1, &[]).unwrap();
    let mut other = client(&broker, Version::V5, "other");
    other.subscribe("topic", 0, &[]).unwrap();
    let mut publisher = client(&broker, Version::V5, "publisher");
    publisher.publish("topic", &[b'x'; 200], &[]).unwrap();
    publisher.publish("topic", b"fits", &[]).unwrap();
    assert_eq!(subscriber.message().unwrap().payload, b"fits", "[MQTT-3.1.2-25]");
    assert_eq!(other.message().unwrap().payload.len(), 200);
}

#[test]
fn a_packet_too_large_for_the_broker_closes() {
    let broker = broker_with(&Settings { max_packet_size: Some(1000), ..Settings::default() });
    let (mut publisher, _, properties) =
        Client::connect(broker.address, &Connect::clean(Version::V5, "publisher")).unwrap();
    assert_eq!(find(&properties, id::MAXIMUM_PACKET_SIZE), Some(&Value::Long(1000)));
    // Only the head: the broker needs no more to know.
    publisher.send(&[kind::PUBLISH << 4, 0xE8, 0x07]).unwrap();
    publisher.send(b"\0\x05topic").unwrap();
    let seen = publisher.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x95, _)]), "{seen:?} [MQTT-3.2.2-15]");
}
