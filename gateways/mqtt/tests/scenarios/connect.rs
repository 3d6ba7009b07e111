//! Who is let in, what they are told, and what becomes of the others.

use std::time::Duration;

use mqtt_codec::{ConnAck, Connect, Packet, Property, PropertySet, Qos, ReasonCode, Secret, Version, Will};
use tidegate_config::ByteSize;
use tidegate_gateway::CloseReason;
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, properties};

/// The CONNACK that a CONNECT gets; the peer is closed behind one that refuses.
fn answer(config: &MqttConfig, connect: &Connect<'_>) -> Option<(u8, bool)> {
    let mut world = World::with(config);
    let client = world.arrive();
    world.send(client, connect.version, &[Packet::Connect(*connect)]);
    let bytes = world.take(client);
    let packets = all(connect.version, &bytes);
    let answer = packets.first().map(|packet| match packet {
        Packet::ConnAck(ConnAck { reason, session_present, .. }) => (reason.code(), *session_present),
        other => panic!("{other:?}"),
    });
    assert_eq!(world.is_closed(client), answer.is_none_or(|(code, _)| code >= 0x80));
    answer
}

#[test]
fn an_empty_id_is_each_versions_own_affair() {
    let config = MqttConfig::default();
    let kept = |version| Connect { clean_start: false, ..hello(version, "") };
    // Raw return codes: 3.x counts from 0 to 5.
    for (connect, code) in [(hello(Version::V3, ""), 2), (kept(Version::V4), 2), (hello(Version::V4, ""), 0)]
    {
        let mut world = World::with(&config);
        let client = world.arrive();
        world.send(client, connect.version, &[Packet::Connect(connect)]);
        assert_eq!(world.take(client), [0x20, 2, 0, code], "{connect:?}");
        assert_eq!(world.is_closed(client), code != 0);
    }
    assert_eq!(answer(&config, &kept(Version::V5)), Some((0, false)));
    let strict = MqttConfig { allow_empty_client_id: false, ..config };
    assert_eq!(answer(&strict, &hello(Version::V5, "")), Some((0x85, false)));
}

#[test]
fn a_client_without_an_id_is_given_one_of_its_own() {
    let mut world = World::new();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let client = world.arrive();
            world.send(client, Version::V5, &[Packet::Connect(hello(Version::V5, ""))]);
            let bytes = world.take(client);
            let [Packet::ConnAck(connack)] = all(Version::V5, &bytes)[..] else { panic!() };
            connack.properties.assigned_client_identifier().unwrap().to_owned()
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn an_unknown_level_is_told_and_a_wrong_name_is_not() {
    let connect = |name: &[u8], level: u8| {
        let mut body = vec![0, u8::try_from(name.len()).unwrap()];
        body.extend_from_slice(name);
        body.extend_from_slice(&[level, 2, 0, 0, 0, 1, b'c']);
        let mut bytes = vec![0x10, u8::try_from(body.len()).unwrap()];
        bytes.extend(body);
        bytes
    };
    for (bytes, expected) in [
        (connect(b"MQTT", 2), &[0x20, 2, 0, 1][..]),
        (connect(b"MQTT", 6), &[0x20][..]),
        (connect(b"HTTP", 4), &[][..]),
        (vec![0xC0, 0], &[][..]),
    ] {
        let mut world = World::new();
        let client = world.arrive();
        world.send_bytes(client, &bytes);
        let sent = world.take(client);
        assert!(world.is_closed(client));
        assert!(sent.starts_with(expected) && sent.is_empty() == expected.is_empty(), "{bytes:?}: {sent:?}");
        if sent.len() > 4 {
            let [Packet::ConnAck(connack)] = all(Version::V5, &sent)[..] else { panic!() };
            assert_eq!(connack.reason, ReasonCode::UnsupportedProtocolVersion);
        }
    }
}

#[test]
fn what_is_not_available_refuses_a_will() {
    let will = |qos, retain| {
        let will = Will { qos, retain, properties: mqtt_codec::Properties::EMPTY, topic: "w", payload: b"" };
        Connect { will: Some(will), ..hello(Version::V5, "c") }
    };
    let config = MqttConfig { max_qos: 1, retain_available: false, ..MqttConfig::default() };
    assert_eq!(answer(&config, &will(Qos::ExactlyOnce, false)), Some((0x9B, false)));
    assert_eq!(answer(&config, &will(Qos::AtMostOnce, true)), Some((0x9A, false)));
    assert_eq!(answer(&config, &will(Qos::AtLeastOnce, false)), Some((0, false)));
    let old = Connect { version: Version::V4, ..will(Qos::ExactlyOnce, true) };
    assert_eq!(answer(&config, &old), Some((0, false)));
}

#[test]
fn an_id_that_is_too_long_is_refused() {
    let config = MqttConfig { max_client_id_length: ByteSize::bytes(23), ..MqttConfig::default() };
    let long = "x".repeat(24);
    assert_eq!(answer(&config, &hello(Version::V5, &long)), Some((0x85, false)));
    assert_eq!(answer(&config, &hello(Version::V5, &long[..23])), Some((0, false)));
}

#[test]
fn a_v5_client_is_told_what_differs_from_what_it_assumes() {
    let config = MqttConfig {
        receive_maximum: 7,
        max_qos: 1,
        retain_available: false,
        wildcard_available: false,
        shared_available: false,
        subscription_identifiers_available: false,
        topic_alias_maximum: 3,
        max_packet_size: ByteSize::kib(4),
        max_session_expiry: tidegate_config::Duration::from_secs(60),
        server_keep_alive: Some(tidegate_config::Duration::from_secs(30)),
        response_information: Some("answers/{client}/".to_owned()),
        ..MqttConfig::default()
    };
    let mut world = World::with(&config);
    let asked = properties(
        PropertySet::Connect,
        &[Property::SessionExpiryInterval(u32::MAX), Property::RequestResponseInformation(true)],
    );
    let client = world.arrive();
    let connect = Connect { properties: asked.properties(), ..hello(Version::V5, "c") };
    world.send(client, Version::V5, &[Packet::Connect(connect)]);
    let bytes = world.take(client);
    let [Packet::ConnAck(connack)] = all(Version::V5, &bytes)[..] else { panic!() };
    let told = connack.properties;
    assert_eq!(told.receive_maximum().map(u16::from), Some(7));
    assert_eq!(told.maximum_qos(), Some(Qos::AtLeastOnce));
    assert_eq!(told.retain_available(), Some(false));
    assert_eq!(told.wildcard_subscription_available(), Some(false));
    assert_eq!(told.shared_subscription_available(), Some(false));
    assert_eq!(told.subscription_identifier_available(), Some(false));
    assert_eq!(told.topic_alias_maximum(), Some(3));
    assert_eq!(told.maximum_packet_size().map(u32::from), Some(4096));
    assert_eq!(told.session_expiry_interval(), Some(60));
    assert_eq!(told.server_keep_alive(), Some(30));
    assert_eq!(told.response_information(), Some("answers/c/"));
    assert_eq!(told.assigned_client_identifier(), None);
}

#[test]
fn a_second_connect_ends_the_connection() {
    for version in [Version::V4, Version::V5] {
        let mut world = World::new();
        let client = world.connect(&hello(version, "c"));
        world.send(client, version, &[Packet::Connect(hello(version, "c"))]);
        assert!(world.is_closed(client));
        let sent = world.take(client);
        if version == Version::V5 {
            let [Packet::Disconnect(packet)] = all(version, &sent)[..] else { panic!() };
            assert_eq!(packet.reason, ReasonCode::ProtocolError);
        } else {
            assert!(sent.is_empty());
        }
    }
}

#[test]
fn a_silent_peer_is_closed_without_a_word() {
    let mut world = World::new();
    let client = world.arrive();
    world.send_bytes(client, &[0x10]);
    world.pass(Duration::from_secs(9));
    assert!(!world.is_closed(client));
    world.pass(Duration::from_secs(1));
    assert!(world.is_closed(client) && world.take(client).is_empty());
}

#[test]
fn nobody_may_send_much_before_being_let_in() {
    let mut world = World::new();
    let client = world.arrive();
    // A CONNECT of 5 announced with 600,000 bytes: refused before they come.
    world.send_bytes(client, &[0x10, 0xC0, 0xCF, 0x24, 0, 4, b'M', b'Q', b'T', b'T', 5, 2]);
    let sent = world.take(client);
    let [Packet::ConnAck(connack)] = all(Version::V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(connack.reason, ReasonCode::PacketTooLarge);
    assert!(world.is_closed(client));
}

#[test]
fn another_connection_takes_the_session() {
    for version in [Version::V4, Version::V5] {
        let mut world = World::new();
        let keep = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(60)]);
        let properties =
            if version == Version::V5 { keep.properties() } else { mqtt_codec::Properties::EMPTY };
        let connect = Connect { clean_start: false, properties, ..hello(version, "c") };
        let first = world.connect(&connect);
        world.subscribe(first, version, "t", Qos::AtMostOnce);
        let second = world.arrive();
        world.send(second, version, &[Packet::Connect(connect)]);
        let bytes = world.take(second);
        let [Packet::ConnAck(connack)] = all(version, &bytes)[..] else { panic!() };
        assert!(connack.session_present);
        assert!(world.is_closed(first) && !world.is_closed(second));
        let last = world.take(first);
        if version == Version::V5 {
            let [Packet::Disconnect(packet)] = all(version, &last)[..] else { panic!("{last:?}") };
            assert_eq!(packet.reason, ReasonCode::SessionTakenOver);
        } else {
            assert!(last.is_empty());
        }
    }
}

#[test]
fn whoever_is_sent_away_hears_why_and_where_to() {
    let config = MqttConfig { server_reference: Some("there:1883".to_owned()), ..MqttConfig::default() };
    for (config, why, code) in [
        (&MqttConfig::default(), CloseReason::ShuttingDown, 0x8B),
        (&config, CloseReason::ShuttingDown, 0x9C),
        (&config, CloseReason::Kicked, 0x98),
        (&config, CloseReason::NotReading, 0x97),
    ] {
        let mut world = World::with(config);
        let client = world.connect(&hello(Version::V5, "c"));
        world.close(client, why);
        let sent = world.take(client);
        let [Packet::Disconnect(packet)] = all(Version::V5, &sent)[..] else { panic!("{sent:?}") };
        assert_eq!(packet.reason.code(), code);
        assert_eq!(packet.properties.server_reference(), (code == 0x9C).then_some("there:1883"));
        assert!(packet.properties.reason_string().is_some());
    }
    let mut world = World::with(&config);
    world.broker().drain();
    let client = world.arrive();
    world.send(client, Version::V5, &[Packet::Connect(hello(Version::V5, "c"))]);
    let sent = world.take(client);
    let [Packet::ConnAck(connack)] = all(Version::V5, &sent)[..] else { panic!() };
    assert_eq!(connack.reason, ReasonCode::UseAnotherServer);
    assert_eq!(connack.properties.server_reference(), Some("there:1883"));
}

#[test]
fn bad_credentials_have_a_code_in_every_version() {
    for (version, expected) in [(Version::V3, &[0x20, 2, 0, 4][..]), (Version::V4, &[0x20, 2, 0, 4])] {
        let mut world = World::guarded(&MqttConfig::default(), Vec::new(), Vec::new());
        let client = world.arrive();
        let connect =
            Connect { user_name: Some("u"), password: Some(Secret::new(b"p")), ..hello(version, "c") };
        world.send(client, version, &[Packet::Connect(connect)]);
        assert_eq!(world.take(client), expected);
        assert!(world.is_closed(client));
    }
}

#[test]
fn a_new_configuration_is_for_new_connections() {
    let mut world = World::new();
    let before = world.connect(&hello(Version::V5, "before"));
    world.gateway.reconfigure(&MqttConfig { max_qos: 0, ..MqttConfig::default() });
    let publish = Packet::Publish(crate::world::publish(Qos::AtLeastOnce, 1, "t", b""));
    let after = world.connect(&hello(Version::V5, "after"));
    world.send(before, Version::V5, &[publish]);
    world.send(after, Version::V5, &[publish]);
    assert!(!world.is_closed(before) && world.is_closed(after));
}
