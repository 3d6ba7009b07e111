//! Large packets: how long they may take, and how large a stranger's may be.

use std::time::Duration;

use mqtt_codec::Version::{V4, V5};
use mqtt_codec::{Connect, Packet, Properties, Qos, ReasonCode, Version, Will};
use tidegate_config::ByteSize;
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, publish};

const SECOND: Duration = Duration::from_secs(1);

fn encoded(version: Version, packet: Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_slow_large_packet_is_not_silence() {
    for version in [V4, V5] {
        let mut world = World::new();
        let reader = world.connect(&hello(version, "reader"));
        world.subscribe(reader, version, "t", Qos::AtMostOnce);
        let writer = world.connect(&Connect { keep_alive: 2, ..hello(version, "writer") });
        let payload = vec![b'x'; 40_000];
        let bytes = encoded(version, Packet::Publish(publish(Qos::AtMostOnce, 0, "t", &payload)));
        let (slow, rest) = bytes.split_at(30_000);
        for part in slow.chunks(600) {
            world.send_part(writer, part);
            world.pass(SECOND);
        }
        world.send_bytes(writer, rest);
        assert!(!world.is_closed(writer));
        let bytes = world.take(reader);
        let [Packet::Publish(got)] = all(version, &bytes)[..] else { panic!("nothing came") };
        assert!(got.payload == payload);
        // A whole packet begins the count anew.
        world.pass(SECOND * 3);
        assert!(world.is_closed(writer));
    }
}

#[test]
fn a_packet_that_hardly_grows_is_silence() {
    let mut world = World::new();
    let client = world.connect(&Connect { keep_alive: 2, ..hello(V5, "c") });
    let bytes = encoded(V5, Packet::Publish(publish(Qos::AtMostOnce, 0, "t", &[0; 5_000])));
    // 1,023 bytes in the three seconds it may be silent.
    for part in bytes.chunks(341).take(3) {
        world.send_part(client, part);
        assert!(!world.is_closed(client));
        world.pass(SECOND);
    }
    assert!(world.is_closed(client));
    let sent = world.take(client);
    let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(packet.reason, ReasonCode::KeepAliveTimeout);
}

#[test]
fn a_slow_introduction_gets_no_more_time() {
    let mut world = World::new();
    let client = world.arrive();
    let payload = [0; 50_000];
    let bytes = encoded(V5, Packet::Connect(with_will(&payload)));
    for (second, part) in bytes.chunks(4_000).take(10).enumerate() {
        assert!(!world.is_closed(client), "closed after {second} s");
        world.send_part(client, part);
        world.pass(SECOND);
    }
    assert!(world.is_closed(client));
}

fn with_will(payload: &[u8]) -> Connect<'_> {
    let properties = Properties::EMPTY;
    let will = Will { qos: Qos::AtMostOnce, retain: false, properties, topic: "will", payload };
    Connect { will: Some(will), ..hello(V5, "c") }
}

#[test]
fn a_strangers_packet_is_as_long_as_the_operator_says() {
    let payload = [0; 65_535];
    let longer = MqttConfig { max_connect_size: ByteSize::kib(80), ..MqttConfig::default() };
    let shorter = MqttConfig { max_packet_size: ByteSize::kib(10), ..longer.clone() };
    let default = MqttConfig::default();
    for (config, length, expected) in [
        (&default, 60_000, ReasonCode::Success),
        (&default, 65_535, ReasonCode::PacketTooLarge),
        (&longer, 65_535, ReasonCode::Success),
        (&shorter, 15_000, ReasonCode::PacketTooLarge),
    ] {
        let mut world = World::with(config);
        let client = world.arrive();
        let bytes = encoded(V5, Packet::Connect(with_will(&payload[..length])));
        // It is refused from its first bytes.
        let sent = if expected == ReasonCode::Success { &bytes[..] } else { &bytes[..100] };
        world.send_bytes(client, sent);
        let answer = world.take(client);
        let [Packet::ConnAck(connack)] = all(V5, &answer)[..] else { panic!("{length}: {answer:?}") };
        assert_eq!(connack.reason, expected, "{length}");
        // The limit is a stranger's: who was let in may send more.
        if expected == ReasonCode::Success {
            let long = vec![0; 200_000];
            world.send(client, V5, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "t", &long))]);
            assert!(!world.is_closed(client));
        }
    }
}
