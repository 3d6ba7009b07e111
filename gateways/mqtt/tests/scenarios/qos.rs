//! Windows, identifiers, repeats.

use std::sync::Arc;

use mqtt_codec::{Ack, AckKind, Connect, Packet, Property, PropertySet, Publish, Qos, ReasonCode, Version};
use tidegate_broker::{Action, Anonymous, Authorizer, Decision, Principal};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, ack, all, hello, id, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

/// Nobody may publish to `secret`.
struct Secretive;

impl Authorizer for Secretive {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Publish { topic: "secret", .. } => Decision::Deny,
            _ => Decision::Allow,
        }
    }
}

fn secretive() -> World {
    let anonymous = Anonymous { loopback_only: false, names_unproven: true };
    World::guarded(&MqttConfig::default(), vec![Arc::new(anonymous)], vec![Arc::new(Secretive)])
}

#[test]
fn a_v5_client_hears_that_nobody_subscribes() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    world.send(client, V5, &[Packet::Publish(publish(Qos::AtLeastOnce, 3, "t", b""))]);
    assert_eq!(world.take(client), [0x40, 3, 0, 3, 0x10]);
    let old = world.connect(&hello(V4, "old"));
    world.send(old, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, 3, "t", b""))]);
    assert_eq!(world.take(old), [0x40, 2, 0, 3]);
}

#[test]
fn a_refused_message_is_told_in_v5_and_acknowledged_in_3_x() {
    let mut world = secretive();
    let client = world.connect(&hello(V5, "c"));
    for (qos, kind) in [(Qos::AtLeastOnce, AckKind::PubAck), (Qos::ExactlyOnce, AckKind::PubRec)] {
        world.send(client, V5, &[Packet::Publish(publish(qos, 3, "secret", b""))]);
        let sent = world.take(client);
        let packets = all(V5, &sent);
        let answer = match (kind, packets[..].first()) {
            (AckKind::PubAck, Some(Packet::PubAck(ack))) | (AckKind::PubRec, Some(Packet::PubRec(ack))) => {
                ack
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(answer.reason, ReasonCode::NotAuthorized);
        assert_eq!(answer.properties.reason_string(), Some("not authorized"));
    }
    world.send(client, V5, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "secret", b""))]);
    assert!(world.take(client).is_empty() && !world.is_closed(client));

    let old = world.connect(&hello(V4, "old"));
    world.send(old, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 3, "secret", b""))]);
    world.send(old, V4, &[ack(AckKind::PubRel, 3)]);
    assert_eq!(world.take(old), [0x50, 2, 0, 3, 0x70, 2, 0, 3]);
}

/// After PUBACK, and after a PUBREC that fails, the identifier means a new message [MQTT-4.3.2-5] [MQTT-4.3.3-9].
#[test]
fn an_identifier_that_is_done_with_means_a_new_message() {
    let mut world = secretive();
    let receiver = world.connect(&hello(V4, "r"));
    world.subscribe(receiver, V4, "t", Qos::AtMostOnce);
    let client = world.connect(&hello(V5, "c"));
    for (qos, topic) in [(Qos::AtLeastOnce, "t"), (Qos::ExactlyOnce, "secret")] {
        let again = Publish { dup: true, ..publish(qos, 1, "t", b"") };
        world.send(client, V5, &[Packet::Publish(publish(qos, 1, topic, b"")), Packet::Publish(again)]);
        let expected = if topic == "t" { 2 } else { 1 };
        assert_eq!(all(V4, &world.take(receiver)).len(), expected, "{qos:?}");
    }
}

#[test]
fn reason_strings_are_left_out_for_those_who_want_none() {
    let mut world = secretive();
    let quiet = properties(PropertySet::Connect, &[Property::RequestProblemInformation(false)]);
    let client = world.connect(&Connect { properties: quiet.properties(), ..hello(V5, "c") });
    world.send(client, V5, &[Packet::Publish(publish(Qos::AtLeastOnce, 3, "secret", b""))]);
    assert_eq!(world.take(client), [0x40, 3, 0, 3, 0x87]);
}

#[test]
fn more_than_our_receive_maximum_ends_the_connection() {
    let mut world = World::with(&MqttConfig { receive_maximum: 2, ..MqttConfig::default() });
    let client = world.connect(&hello(V5, "c"));
    let send = |number| Packet::Publish(publish(Qos::ExactlyOnce, number, "t", b""));
    let again =
        |number| Packet::Publish(Publish { dup: true, ..publish(Qos::ExactlyOnce, number, "t", b"") });
    world.send(client, V5, &[send(1), send(2), again(2)]);
    world.send(client, V5, &[ack(AckKind::PubRel, 1), send(3)]);
    assert!(!world.is_closed(client));
    world.take(client);
    world.send(client, V5, &[send(4)]);
    let sent = world.take(client);
    let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(packet.reason, ReasonCode::ReceiveMaximumExceeded);
    assert!(world.is_closed(client));
}

#[test]
fn what_was_refused_does_not_count_against_the_receive_maximum() {
    let mut world = secretive();
    world.gateway.reconfigure(&MqttConfig { receive_maximum: 1, ..MqttConfig::default() });
    let client = world.connect(&hello(V5, "c"));
    for number in 1..=3 {
        world.send(client, V5, &[Packet::Publish(publish(Qos::ExactlyOnce, number, "secret", b""))]);
    }
    assert!(!world.is_closed(client));
}

#[test]
fn a_clients_receive_maximum_is_its_window() {
    let mut world = World::new();
    let two = properties(PropertySet::Connect, &[Property::ReceiveMaximum(id(2))]);
    let client = world.connect(&Connect { properties: two.properties(), ..hello(V5, "c") });
    world.subscribe(client, V5, "t", Qos::AtLeastOnce);
    let sender = world.connect(&hello(V4, "s"));
    let burst: Vec<_> = (1..=3).map(|n| Packet::Publish(publish(Qos::AtLeastOnce, n, "t", b"x"))).collect();
    world.send(sender, V4, &burst);
    // At most once is outside the window.
    let sent = world.take(client);
    let packets = all(V5, &sent);
    assert_eq!(packets.len(), 2);
    let Packet::Publish(Publish { packet_id: Some(first), .. }) = packets[0] else { panic!() };
    world.send(client, V5, &[Packet::PubAck(Ack::success(first))]);
    assert_eq!(all(V5, &world.take(client)).len(), 1);
}

/// [MQTT-4.3.3-10] [MQTT-4.3.3-12] [MQTT3-4.3.3-2]
#[test]
fn a_repeated_message_is_the_same_message() {
    let mut world = World::new();
    let receiver = world.connect(&hello(V4, "r"));
    world.subscribe(receiver, V4, "t", Qos::AtMostOnce);
    let sender = world.connect(&hello(V4, "s"));
    let first = publish(Qos::ExactlyOnce, 5, "t", b"once");
    world.send(sender, V4, &[Packet::Publish(first), Packet::Publish(Publish { dup: true, ..first })]);
    assert_eq!(world.take(sender), [0x50, 2, 0, 5, 0x50, 2, 0, 5]);
    assert_eq!(all(V4, &world.take(receiver)).len(), 1);
    world.send(sender, V4, &[ack(AckKind::PubRel, 5), Packet::Publish(first)]);
    assert_eq!(all(V4, &world.take(receiver)).len(), 1, "released: the identifier is free for another");
}

#[test]
fn what_nobody_knows_is_told_in_v5() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    world.send(client, V5, &[ack(AckKind::PubRel, 9), ack(AckKind::PubRec, 8), ack(AckKind::PubAck, 7)]);
    assert_eq!(world.take(client), [0x70, 3, 0, 9, 0x92, 0x62, 3, 0, 8, 0x92]);
    let old = world.connect(&hello(V4, "old"));
    world.send(old, V4, &[ack(AckKind::PubRel, 9), ack(AckKind::PubRec, 8), ack(AckKind::PubComp, 7)]);
    assert_eq!(world.take(old), [0x70, 2, 0, 9, 0x62, 2, 0, 8]);
}

/// A session that stays: `version`'s way to ask for it.
fn lasting(version: Version, world: &mut World, client: &str) -> usize {
    let hour = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(3600)]);
    let properties = if version == V5 { hour.properties() } else { mqtt_codec::Properties::EMPTY };
    world.connect(&Connect { clean_start: false, properties, ..hello(version, client) })
}

/// [MQTT-4.4.0-1] [MQTT3-4.4.0-1] [MQTT-4.3.3-3] [MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT3-4.3.3-1]
#[test]
fn what_was_not_answered_is_repeated_under_the_same_identifier() {
    for version in [Version::V3, V4, V5] {
        let mut world = World::new();
        let client = lasting(version, &mut world, "c");
        world.subscribe(client, version, "t", Qos::ExactlyOnce);
        let sender = world.connect(&hello(V4, "s"));
        let at_least_once = publish(Qos::AtLeastOnce, 1, "t", b"1");
        let exactly_once = publish(Qos::ExactlyOnce, 2, "t", b"2");
        let held = publish(Qos::ExactlyOnce, 3, "t", b"3");
        world.send(sender, V4, &[at_least_once, exactly_once, held].map(Packet::Publish));
        let sent = world.take(client);
        let ids: Vec<_> = all(version, &sent)
            .iter()
            .map(|packet| match packet {
                Packet::Publish(publish) => publish.packet_id.unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        world.send(client, version, &[Packet::PubRec(Ack::success(ids[2]))]);
        assert_eq!(world.take(client), AckKind::PubRel.success(ids[2]));
        world.lose(client);
        world.send(sender, V4, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "t", b"gone"))]);

        // Lost again at once: what was repeated in between is repeated once more.
        let again = lasting(version, &mut world, "c");
        world.lose(again);
        let client = world.arrive();
        let hour = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(3600)]);
        let properties = if version == V5 { hour.properties() } else { mqtt_codec::Properties::EMPTY };
        let connect = Connect { clean_start: false, properties, ..hello(version, "c") };
        world.send(client, version, &[Packet::Connect(connect)]);
        let sent = world.take(client);
        let packets = all(version, &sent);
        let Packet::ConnAck(connack) = packets[0] else { panic!() };
        assert_eq!(connack.session_present, version != Version::V3);
        let mut seen = Vec::new();
        for packet in &packets[1..] {
            match packet {
                Packet::Publish(publish) => {
                    assert!(publish.dup, "{version} {publish:?}");
                    seen.push((publish.packet_id.unwrap(), publish.payload.to_vec()));
                }
                Packet::PubRel(release) => seen.push((release.packet_id, Vec::new())),
                other => panic!("{other:?}"),
            }
        }
        let expected = vec![(ids[0], b"1".to_vec()), (ids[1], b"2".to_vec()), (ids[2], Vec::new())];
        assert_eq!(seen, expected, "{version}");
    }
}

/// [MQTT-4.4.0-2]
#[test]
fn a_failing_answer_ends_the_exchange() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    world.subscribe(client, V5, "t", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V4, "s"));
    world.send(sender, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 2, "t", b""))]);
    let sent = world.take(client);
    let [Packet::Publish(Publish { packet_id: Some(number), .. })] = all(V5, &sent)[..] else { panic!() };
    world.send(client, V5, &[Packet::PubRec(Ack::new(number, ReasonCode::QuotaExceeded))]);
    assert!(world.take(client).is_empty());
    world.send(client, V5, &[Packet::PubRec(Ack::success(number))]);
    assert_eq!(world.take(client)[4], 0x92, "its identifier is free");
}
