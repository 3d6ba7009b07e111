//! Decoding allocates nothing, and encoding nothing but room in the output buffer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::alloc::System;
use std::hint::black_box;
use std::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{
    AckKind, Decoded, Limits, Packet, PropertiesBuf, Property, PropertySet, PublishHead, Qos, Version, decode,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls the allocator saw while `work` ran. One test alone in this program, so nobody else allocates.
fn allocations(work: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

/// Reads all a packet offers.
fn read(packet: &Packet<'_>) -> usize {
    match packet {
        Packet::Connect(packet) => packet.properties.iter().count() + packet.client_id.len(),
        Packet::Publish(packet) => {
            packet.properties.forwardable().total_len()
                + packet.properties.user_properties().count()
                + packet.properties.subscription_ids().count()
        }
        Packet::Subscribe(packet) => packet.subscriptions.iter().map(|one| one.filter.len()).sum(),
        Packet::Unsubscribe(packet) => packet.filters.iter().map(str::len).sum(),
        Packet::SubAck(packet) => packet.codes.iter().count(),
        _ => 0,
    }
}

#[test]
fn hot_paths_do_not_allocate() {
    let mut buf = PropertiesBuf::new(PropertySet::Publish);
    buf.push(Property::TopicAlias(NonZeroU16::MIN)).unwrap();
    buf.push(Property::UserProperty("k", "v")).unwrap();
    buf.push(Property::MessageExpiryInterval(5)).unwrap();
    let head = PublishHead {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: "a/b/c",
        packet_id: NonZeroU16::new(3),
        topic_alias: None,
        message_expiry_interval: Some(9),
        subscription_ids: &[NonZeroU32::MIN],
        properties: buf.properties().as_bytes(),
        payload_len: 0,
    };
    let mut bytes = Vec::new();
    // A head whose properties repeat what it adds is no valid packet; this one is decoded without them.
    PublishHead { message_expiry_interval: None, subscription_ids: &[], ..head }
        .encode(Version::V5, &mut bytes)
        .unwrap();
    let subscribe = b"\x82\x12\x00\x0A\x00\x00\x03a/+\x01\x00\x01#\x02\x00\x02b/\x00".as_slice();
    let refused = b"\x30\x05\x00\x03a/#".as_slice();
    let limits = Limits::server(1 << 20);
    let mut out = Vec::with_capacity(4096);
    let count = allocations(|| {
        for input in [bytes.as_slice(), subscribe] {
            for cut in 0..=input.len() {
                if let Ok(Decoded::Packet { packet, .. }) = decode(&input[..cut], &limits, Some(Version::V5))
                {
                    black_box(read(&packet));
                    packet.encode(Version::V5, &mut out).unwrap();
                }
            }
        }
        assert!(decode(refused, &limits, Some(Version::V4)).is_err());
        head.encode(Version::V5, &mut out).unwrap();
        out.extend_from_slice(&AckKind::PubAck.success(NonZeroU16::MIN));
    });
    assert!(out.len() > 50, "packets were decoded and written");
    assert_eq!(count, 0);
    // The counter counts.
    assert_eq!(allocations(|| drop(black_box(vec![1_u8]))), 1);
}
