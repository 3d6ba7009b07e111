//! What the hot paths cost: `cargo run -p mqtt-codec --release --example speed`.
//!
//! Prints nanoseconds an operation: the median of several rounds, on whatever else the machine is doing.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program that measures reads the clock, prints and stops on a mistake of its own"
)]

use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::Instant;

use mqtt_codec::{
    AckKind, Decoded, Limits, Packet, Properties, PropertiesBuf, Property, PropertySet, Publish, PublishHead,
    Qos, Version, decode,
};

const ROUNDS: usize = 15;
const OPERATIONS: u32 = 400_000;
const TOPIC: &str = "plant/7/line/3/temperature1";

fn measure(name: &str, mut operation: impl FnMut()) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..OPERATIONS {
                operation();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    let best = rounds.first().copied().unwrap_or_default();
    println!("{name:<52} {median:7.1} ns   (best {best:.1})");
}

fn publish(version: Version, properties: Properties<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let publish = Publish {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: TOPIC,
        packet_id: NonZeroU16::new(7),
        properties,
        payload: &[0x42; 64],
    };
    publish.encode(version, &mut out).unwrap();
    out
}

fn decode_publish(bytes: &[u8], limits: &Limits, version: Version) {
    match decode(black_box(bytes), limits, Some(version)) {
        Ok(Decoded::Packet { packet: Packet::Publish(publish), len }) => {
            black_box((publish.topic, publish.payload, publish.packet_id, len));
        }
        other => panic!("{other:?}"),
    }
}

fn main() {
    let limits = Limits::server(1 << 20);
    let id = NonZeroU16::new(7).unwrap();
    let mut properties = PropertiesBuf::new(PropertySet::Publish);
    properties.push(Property::MessageExpiryInterval(3600)).unwrap();
    properties.push(Property::UserProperty("trace", "0af7651916cd43dd")).unwrap();

    let v4 = publish(Version::V4, Properties::EMPTY);
    measure("decode PUBLISH QoS 1, 3.1.1", || decode_publish(&v4, &limits, Version::V4));
    let v5 = publish(Version::V5, Properties::EMPTY);
    measure("decode PUBLISH QoS 1, 5, no properties", || decode_publish(&v5, &limits, Version::V5));
    let v5 = publish(Version::V5, properties.properties());
    measure("decode PUBLISH QoS 1, 5, expiry + user property", || decode_publish(&v5, &limits, Version::V5));
    measure("  and its forwardable slices", || {
        if let Ok(Decoded::Packet { packet: Packet::Publish(publish), .. }) =
            decode(black_box(&v5), &limits, Some(Version::V5))
        {
            for run in publish.properties.forwardable() {
                black_box(run);
            }
        }
    });
    let ack = AckKind::PubAck.success(id);
    measure("decode PUBACK, 5", || {
        black_box(decode(black_box(&ack), &limits, Some(Version::V5)).is_ok());
    });

    let mut out = Vec::with_capacity(4096);
    let head = PublishHead {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: TOPIC,
        packet_id: Some(id),
        topic_alias: None,
        message_expiry_interval: Some(3599),
        subscription_ids: &[],
        properties: properties.properties().as_bytes().get(5..).unwrap(),
        payload_len: 64,
    };
    for version in [Version::V4, Version::V5] {
        measure(&format!("encode PUBLISH head and payload, {version}"), || {
            out.clear();
            black_box(&head).encode(version, &mut out).unwrap();
            out.extend_from_slice(black_box(&[0x42; 64]));
        });
    }
    measure("encode PUBACK", || {
        out.clear();
        out.extend_from_slice(&black_box(AckKind::PubAck).success(black_box(id)));
    });
}
