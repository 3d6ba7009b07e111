//! Every version at every quality of service.

use mqtt_codec::{AckKind, Packet, Qos, Version};

use crate::world::{World, ack, all, hello, id, publish};

const VERSIONS: [Version; 3] = [Version::V3, Version::V4, Version::V5];
const LEVELS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// Sent without DUP at first [MQTT-4.3.2-2] [MQTT-4.3.3-2], answered as its QoS says [MQTT-3.3.4-1] [MQTT3-3.3.4-1].
#[test]
fn a_message_goes_from_every_version_to_every_version_at_every_qos() {
    for from in VERSIONS {
        for to in VERSIONS {
            for qos in LEVELS {
                passes(from, to, qos);
            }
        }
    }
}

fn passes(from: Version, to: Version, qos: Qos) {
    let mut world = World::new();
    let receiver = world.connect(&hello(to, "receiver"));
    world.subscribe(receiver, to, "a/+", qos);
    let sender = world.connect(&hello(from, "sender"));
    let number = if qos == Qos::AtMostOnce { 0 } else { 7 };
    world.send(sender, from, &[Packet::Publish(publish(qos, number, "a/b", b"hello"))]);

    let bytes = world.take(receiver);
    let packets = all(to, &bytes);
    let [Packet::Publish(got)] = packets[..] else { panic!("{from} to {to}: {packets:?}") };
    assert_eq!((got.topic, got.payload, got.qos, got.dup), ("a/b", &b"hello"[..], qos, false));
    assert!(!got.retain);

    let answers = world.take(sender);
    let handle = got.packet_id.map_or(0, |id| id.get());
    match qos {
        Qos::AtMostOnce => assert!(answers.is_empty() && handle == 0),
        Qos::AtLeastOnce => {
            assert_eq!(answers, AckKind::PubAck.success(id(7)));
            world.send(receiver, to, &[ack(AckKind::PubAck, handle)]);
            assert!(world.take(receiver).is_empty());
        }
        Qos::ExactlyOnce => {
            assert_eq!(answers, AckKind::PubRec.success(id(7)));
            world.send(sender, from, &[ack(AckKind::PubRel, 7)]);
            assert_eq!(world.take(sender), AckKind::PubComp.success(id(7)));
            world.send(receiver, to, &[ack(AckKind::PubRec, handle)]);
            assert_eq!(world.take(receiver), AckKind::PubRel.success(id(handle)));
            world.send(receiver, to, &[ack(AckKind::PubComp, handle)]);
            assert!(world.take(receiver).is_empty());
        }
    }
    assert!(!world.is_closed(sender) && !world.is_closed(receiver));
}

#[test]
fn a_ping_is_answered() {
    let mut world = World::new();
    let client = world.connect(&hello(Version::V4, "c"));
    world.send(client, Version::V4, &[Packet::PingReq]);
    assert_eq!(world.take(client), mqtt_codec::PINGRESP);
}
