//! Round trips: what is encoded decodes to what it was, for every packet in every version.

use std::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{
    Decoded, Limits, Packet, PacketType, Properties, PropertiesBuf, Property, PropertySet, PublishHead, Qos,
    Version, decode,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::draft::{Draft, draft, with_packet};

const VERSIONS: [Version; 3] = [Version::V3, Version::V4, Version::V5];

fn there_and_back(draft: &Draft, packet_type: PacketType, version: Version) {
    with_packet(draft, packet_type, version, |packet, role| {
        let mut out = Vec::new();
        packet.encode(version, &mut out).unwrap();
        assert_eq!(packet.encoded_len(version), Ok(out.len()));
        assert_eq!(packet.packet_type(), packet_type);
        let limits = Limits { max_packet_size: u32::try_from(out.len()).unwrap(), role };
        let connection = (packet_type != PacketType::Connect).then_some(version);
        let whole = decode(&out, &limits, connection);
        assert_eq!(whole, Ok(Decoded::Packet { packet, len: out.len() }));
        for cut in 0..out.len() {
            assert!(matches!(decode(&out[..cut], &limits, connection), Ok(Decoded::NeedMore { .. })));
        }
        let Ok(Decoded::Packet { packet: decoded, .. }) = whole else { unreachable!() };
        let mut again = Vec::new();
        decoded.encode(version, &mut again).unwrap();
        assert_eq!(out, again);
    });
}

#[test]
fn every_packet_in_every_version() {
    for byte in 1..=15_u8 {
        let packet_type = PacketType::of(byte << 4).unwrap();
        for version in VERSIONS {
            if packet_type == PacketType::Auth && version != Version::V5 {
                continue;
            }
            let mut runner =
                TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
            runner
                .run(&draft(), |draft| {
                    there_and_back(&draft, packet_type, version);
                    Ok(())
                })
                .unwrap_or_else(|error| panic!("{packet_type:?} in {version}: {error}"));
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    /// A broker's way: decode a PUBLISH, store the forwardable slices, send them on with what this hop adds.
    #[test]
    fn what_is_forwarded_arrives(
        draft in draft(),
        alias in proptest::option::of(1..=u16::MAX),
        expiry in proptest::option::of(any::<u32>()),
        ids in proptest::collection::vec(1..=268_435_455_u32, 0..4),
    ) {
        with_packet(&draft, PacketType::Publish, Version::V5, |packet, _| {
            let Packet::Publish(publish) = packet else { unreachable!() };
            let stored: Vec<u8> = publish.properties.forwardable().flatten().copied().collect();
            let ids: Vec<NonZeroU32> = ids.iter().filter_map(|id| NonZeroU32::new(*id)).collect();
            let head = PublishHead {
                dup: publish.dup,
                qos: publish.qos,
                retain: publish.retain,
                topic: draft.topic(),
                packet_id: publish.packet_id,
                topic_alias: alias.and_then(NonZeroU16::new),
                message_expiry_interval: expiry,
                subscription_ids: &ids,
                properties: &stored,
                payload_len: publish.payload.len(),
            };
            for version in VERSIONS {
                check_head(&head, publish.payload, version);
            }
        });
    }
}

fn check_head(head: &PublishHead<'_>, payload: &[u8], version: Version) {
    let mut out = Vec::new();
    head.encode(version, &mut out).unwrap();
    out.extend_from_slice(payload);
    assert_eq!(head.encoded_len(version), Ok(out.len()));
    let limits = Limits::client(u32::try_from(out.len()).unwrap());
    let Ok(Decoded::Packet { packet: Packet::Publish(got), len }) = decode(&out, &limits, Some(version))
    else {
        panic!("{head:?} is not a PUBLISH");
    };
    assert_eq!((len, got.topic, got.payload), (out.len(), head.topic, payload));
    assert_eq!(
        (got.dup, got.qos, got.retain, got.packet_id),
        (head.dup, head.qos, head.retain, head.packet_id)
    );
    if version == Version::V5 {
        assert_eq!(got.properties.forwardable().flatten().copied().collect::<Vec<u8>>(), head.properties);
        assert_eq!(got.properties.topic_alias(), head.topic_alias);
        assert_eq!(got.properties.message_expiry_interval(), head.message_expiry_interval);
        assert!(got.properties.subscription_ids().eq(head.subscription_ids.iter().copied()));
    } else {
        assert_eq!(got.properties, Properties::EMPTY);
    }
}

/// The head written by hand is the packet written whole.
#[test]
fn head_and_payload_are_the_whole_packet() {
    let mut buf = PropertiesBuf::new(PropertySet::Publish);
    buf.push(Property::UserProperty("k", "v")).unwrap();
    for version in VERSIONS {
        let whole = mqtt_codec::Publish {
            dup: true,
            qos: Qos::AtLeastOnce,
            retain: false,
            topic: "a/b",
            packet_id: NonZeroU16::new(9),
            properties: buf.properties(),
            payload: &[7; 20_000],
        };
        let head = PublishHead {
            dup: true,
            qos: Qos::AtLeastOnce,
            retain: false,
            topic: "a/b",
            packet_id: NonZeroU16::new(9),
            topic_alias: None,
            message_expiry_interval: None,
            subscription_ids: &[],
            properties: buf.properties().as_bytes(),
            payload_len: 20_000,
        };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        whole.encode(version, &mut left).unwrap();
        head.encode(version, &mut right).unwrap();
        right.extend_from_slice(&[7; 20_000]);
        assert_eq!(left, right);
    }
}
