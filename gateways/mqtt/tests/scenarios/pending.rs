//! Answers that come late, in order.

use mqtt_codec::{AckKind, Packet, Property, PropertySet, Publish, Qos, ReasonCode, Version};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, ack, all, hello, id, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

#[test]
fn nothing_is_read_until_the_client_is_let_in() {
    for version in [V4, V5] {
        let mut world = World::new();
        world.verbs.be_late(true);
        let client = world.arrive();
        let packets = [Packet::Connect(hello(version, "c")), Packet::PingReq];
        world.send(client, version, &packets);
        assert!(world.take(client).is_empty());
        world.release();
        assert!(world.take(client).is_empty(), "who it is, but no session yet");
        world.verbs.be_late(false);
        world.release();
        let sent = world.take(client);
        assert!(matches!(all(version, &sent)[..], [Packet::ConnAck(_), Packet::PingResp]), "{sent:?}");
    }
}

#[test]
fn acknowledgements_keep_the_order_of_the_messages() {
    let mut world = World::new();
    let client = world.connect(&hello(V4, "c"));
    world.verbs.be_late(true);
    let first = [publish(Qos::AtLeastOnce, 1, "t", b""), publish(Qos::ExactlyOnce, 2, "t", b"")];
    world.send(client, V4, &first.map(Packet::Publish));
    world.verbs.be_late(false);
    world.send(client, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, 3, "t", b""))]);
    assert!(world.take(client).is_empty());
    world.release();
    let expected =
        [AckKind::PubAck.success(id(1)), AckKind::PubRec.success(id(2)), AckKind::PubAck.success(id(3))];
    assert_eq!(world.take(client), expected.concat());
}

#[test]
fn a_refusal_of_the_gateway_waits_for_its_turn() {
    let config = MqttConfig { validate_payload_format: true, ..MqttConfig::default() };
    let mut world = World::with(&config);
    let client = world.connect(&hello(V5, "c"));
    world.verbs.be_late(true);
    let text = properties(PropertySet::Publish, &[Property::PayloadFormatIndicator(true)]);
    let bad = Publish { properties: text.properties(), ..publish(Qos::AtLeastOnce, 2, "t", &[0xFF]) };
    world.send(client, V5, &[Packet::Publish(publish(Qos::AtLeastOnce, 1, "t", b"")), Packet::Publish(bad)]);
    assert!(world.take(client).is_empty());
    world.release();
    let sent = world.take(client);
    let [Packet::PubAck(first), Packet::PubAck(second)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!((first.packet_id, second.packet_id), (id(1), id(2)));
    assert_eq!(second.reason, ReasonCode::PayloadFormatInvalid);
}

#[test]
fn every_late_answer_becomes_its_packet() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    world.subscribe(client, V5, "t", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V4, "s"));
    world.send(sender, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 1, "t", b""))]);
    let sent = world.take(client);
    let [Packet::Publish(Publish { packet_id: Some(number), .. })] = all(V5, &sent)[..] else { panic!() };
    world.take(sender);
    world.verbs.be_late(true);
    world.send(client, V5, &[ack(AckKind::PubRec, number.get())]);
    world.send(sender, V4, &[ack(AckKind::PubRel, 1)]);
    let filters = mqtt_codec::Filters::from_slice(&["t"]);
    let properties = mqtt_codec::Properties::EMPTY;
    let unsubscribe = mqtt_codec::Unsubscribe { packet_id: id(5), properties, filters };
    world.send(sender, V4, &[Packet::Unsubscribe(unsubscribe)]);
    assert!(world.take(client).is_empty() && world.take(sender).is_empty());
    world.release();
    assert_eq!(world.take(client), AckKind::PubRel.success(number));
    assert_eq!(world.take(sender), [0x70, 2, 0, 1, 0xB0, 2, 0, 5]);
}

#[test]
fn late_messages_count_against_the_receive_maximum() {
    let mut world = World::with(&MqttConfig { receive_maximum: 1, ..MqttConfig::default() });
    let client = world.connect(&hello(V5, "c"));
    world.verbs.be_late(true);
    let send = |number| Packet::Publish(publish(Qos::AtLeastOnce, number, "t", b""));
    world.send(client, V5, &[send(1)]);
    world.release();
    world.send(client, V5, &[send(2)]);
    assert!(!world.is_closed(client));
    world.send(client, V5, &[send(3)]);
    assert!(world.is_closed(client));
    world.release();
}

#[test]
fn a_session_that_opens_for_nobody_is_left_again() {
    let mut world = World::new();
    let client = world.arrive();
    world.verbs.be_late(true);
    world.send(client, V4, &[Packet::Connect(hello(V4, "c"))]);
    world.release();
    world.lose(client);
    world.verbs.be_late(false);
    world.release();
    assert!(world.is_closed(client));
}
