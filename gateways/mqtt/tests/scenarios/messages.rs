//! What a message carries, and how much of it.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use mqtt_codec::{Connect, Packet, Properties, Property, PropertySet, Publish, Qos, ReasonCode, Version};
use tidegate_config::ByteSize;
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

#[test]
fn properties_pass_through_in_their_order_and_stay_behind_for_3_x() {
    let list = [
        Property::UserProperty("b", "1"),
        Property::PayloadFormatIndicator(true),
        Property::CorrelationData(&[0, 1, 2]),
        Property::UserProperty("a", "2"),
        Property::ResponseTopic("answers"),
        Property::ContentType("text/plain"),
    ];
    let mut world = World::new();
    let receivers = [V4, V5].map(|version| {
        let client = world.connect(&hello(version, if version == V5 { "new" } else { "old" }));
        world.subscribe(client, version, "t", Qos::AtMostOnce);
        client
    });
    let sender = world.connect(&hello(V5, "s"));
    let set = properties(PropertySet::Publish, &list);
    let packet = Publish { properties: set.properties(), ..publish(Qos::AtMostOnce, 0, "t", b"x") };
    world.send(sender, V5, &[Packet::Publish(packet)]);
    let bytes = world.take(receivers[1]);
    let [Packet::Publish(got)] = all(V5, &bytes)[..] else { panic!() };
    assert_eq!(got.properties.iter().collect::<Vec<_>>(), list);
    assert_eq!(world.take(receivers[0]), [0x30, 4, 0, 1, b't', b'x']);
}

#[test]
fn expiry_counts_down_and_what_is_too_old_is_not_sent() {
    for (wait, left) in [(7_500, Some(3)), (10_000, None)] {
        let mut world = World::new();
        let hour = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(3600)]);
        let connect = Connect { clean_start: false, properties: hour.properties(), ..hello(V5, "c") };
        let client = world.connect(&connect);
        world.subscribe(client, V5, "t", Qos::AtLeastOnce);
        world.lose(client);
        let sender = world.connect(&hello(V5, "s"));
        let ten = properties(PropertySet::Publish, &[Property::MessageExpiryInterval(10)]);
        let packet = Publish { properties: ten.properties(), ..publish(Qos::AtLeastOnce, 1, "t", b"x") };
        world.send(sender, V5, &[Packet::Publish(packet)]);
        world.pass(Duration::from_millis(wait));
        let client = world.arrive();
        world.send(client, V5, &[Packet::Connect(connect)]);
        let bytes = world.take(client);
        let packets = all(V5, &bytes);
        let got = packets.get(1).map(|packet| match packet {
            Packet::Publish(publish) => publish.properties.message_expiry_interval().unwrap(),
            other => panic!("{other:?}"),
        });
        assert_eq!(got, left);
    }
}

#[test]
fn what_is_too_large_for_a_client_is_dropped_for_it_alone() {
    let mut world = World::new();
    let small = properties(
        PropertySet::Connect,
        &[
            Property::MaximumPacketSize(NonZeroU32::new(64).unwrap()),
            Property::ReceiveMaximum(NonZeroU16::MIN),
        ],
    );
    let client = world.connect(&Connect { properties: small.properties(), ..hello(V5, "small") });
    let other = world.connect(&hello(V5, "other"));
    world.subscribe(client, V5, "t", Qos::AtLeastOnce);
    world.subscribe(other, V5, "t", Qos::AtLeastOnce);
    let sender = world.connect(&hello(V4, "s"));
    let large = [b'x'; 100];
    let messages = [publish(Qos::AtLeastOnce, 1, "t", &large), publish(Qos::AtLeastOnce, 2, "t", b"fits")];
    world.send(sender, V4, &messages.map(Packet::Publish));
    let bytes = world.take(client);
    let [Packet::Publish(got)] = all(V5, &bytes)[..] else { panic!("its window of one is free again") };
    assert_eq!(got.payload, b"fits");
    assert_eq!(all(V5, &world.take(other)).len(), 2);
}

#[test]
fn a_packet_above_our_maximum_ends_the_connection_from_its_first_bytes() {
    let mut world =
        World::with(&MqttConfig { max_packet_size: ByteSize::bytes(200), ..MqttConfig::default() });
    let client = world.connect(&hello(V5, "c"));
    world.send_bytes(client, &[0x30, 0xFF, 0x01]);
    let sent = world.take(client);
    let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(packet.reason, ReasonCode::PacketTooLarge);
    assert!(world.is_closed(client));
}

#[test]
fn large_payloads_go_out_whole() {
    let mut world = World::new();
    let payload: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    for version in [V4, V5] {
        let client = world.connect(&hello(version, "c"));
        world.subscribe(client, version, "t", Qos::AtMostOnce);
        let sender = world.connect(&hello(version, "s"));
        let small = publish(Qos::AtMostOnce, 0, "t", b"small");
        let large = publish(Qos::AtMostOnce, 0, "t", &payload);
        world.send(sender, version, &[small, large, small].map(Packet::Publish));
        let bytes = world.take(client);
        let got: Vec<_> = all(version, &bytes)
            .iter()
            .map(|packet| match packet {
                Packet::Publish(publish) => publish.payload,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(got, [b"small", &payload[..], b"small"]);
    }
}

fn aliased(alias: u16) -> mqtt_codec::PropertiesBuf {
    properties(PropertySet::Publish, &[Property::TopicAlias(NonZeroU16::new(alias).unwrap())])
}

#[test]
fn a_clients_aliases_stand_for_topics() {
    let mut world = World::new();
    let receiver = world.connect(&hello(V4, "r"));
    world.subscribe(receiver, V4, "#", Qos::AtMostOnce);
    let sender = world.connect(&hello(V5, "s"));
    let alias = aliased(1);
    let send = |topic| {
        let properties = alias.properties();
        Packet::Publish(Publish { properties, ..publish(Qos::AtMostOnce, 0, topic, b"") })
    };
    world.send(sender, V5, &[send("first"), send(""), send("second"), send("")]);
    let bytes = world.take(receiver);
    let topics: Vec<_> = all(V4, &bytes)
        .iter()
        .map(|packet| match packet {
            Packet::Publish(publish) => publish.topic,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(topics, ["first", "first", "second", "second"]);
}

#[test]
fn an_alias_that_is_unknown_or_too_high_ends_the_connection() {
    for (alias, topic, reason) in
        [(2, "", ReasonCode::ProtocolError), (33, "t", ReasonCode::TopicAliasInvalid)]
    {
        let mut world = World::new();
        let client = world.connect(&hello(V5, "c"));
        let alias = aliased(alias);
        let packet = Publish { properties: alias.properties(), ..publish(Qos::AtMostOnce, 0, topic, b"") };
        world.send(client, V5, &[Packet::Publish(packet)]);
        let sent = world.take(client);
        let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
        assert_eq!(packet.reason, reason);
    }
}

#[test]
fn the_highest_alias_is_taken() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    let alias = aliased(32);
    let packet = Publish { properties: alias.properties(), ..publish(Qos::AtMostOnce, 0, "t", b"") };
    world.send(client, V5, &[Packet::Publish(packet)]);
    assert!(!world.is_closed(client));
}

#[test]
fn topics_are_aliased_for_a_client_that_takes_aliases() {
    let mut world = World::new();
    let one = properties(PropertySet::Connect, &[Property::TopicAliasMaximum(1)]);
    let client = world.connect(&Connect { properties: one.properties(), ..hello(V5, "c") });
    world.subscribe(client, V5, "#", Qos::AtMostOnce);
    let sender = world.connect(&hello(V4, "s"));
    for topic in ["long/topic", "long/topic", "other/topic"] {
        world.send(sender, V4, &[Packet::Publish(publish(Qos::AtMostOnce, 0, topic, b""))]);
    }
    let bytes = world.take(client);
    let seen: Vec<_> = all(V5, &bytes)
        .iter()
        .map(|packet| match packet {
            Packet::Publish(publish) => (publish.topic, publish.properties.topic_alias().map(u16::from)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [("long/topic", Some(1)), ("", Some(1)), ("other/topic", None)]);
}

#[test]
fn above_our_maximum_qos() {
    let mut world = World::with(&MqttConfig { max_qos: 1, ..MqttConfig::default() });
    let packet = Packet::Publish(publish(Qos::ExactlyOnce, 1, "t", b"x"));
    let new = world.connect(&hello(V5, "new"));
    world.send(new, V5, &[packet]);
    let sent = world.take(new);
    let [Packet::Disconnect(last)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(last.reason, ReasonCode::QosNotSupported);
    let old = world.connect(&hello(V4, "old"));
    world.subscribe(old, V4, "t", Qos::ExactlyOnce);
    world.send(old, V4, &[packet]);
    let sent = world.take(old);
    let packets = all(V4, &sent);
    assert!(packets.iter().any(|packet| matches!(packet, Packet::PubRec(_))));
    assert!(packets.iter().any(|packet| matches!(packet, Packet::Publish(p) if p.qos == Qos::AtLeastOnce)));
}

#[test]
fn text_is_checked_where_it_was_asked_for() {
    let text = properties(PropertySet::Publish, &[Property::PayloadFormatIndicator(true)]);
    let packet = Publish { properties: text.properties(), ..publish(Qos::AtLeastOnce, 1, "t", &[0xFF]) };
    for (validate_payload_format, code) in [(false, 0x10), (true, 0x99)] {
        let mut world = World::with(&MqttConfig { validate_payload_format, ..MqttConfig::default() });
        let client = world.connect(&hello(V5, "c"));
        world.send(client, V5, &[Packet::Publish(packet)]);
        let sent = world.take(client);
        let [Packet::PubAck(ack)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
        assert_eq!(ack.reason.code(), code);
    }
    let _: Properties<'_> = packet.properties;
}
