//! What errors say, what a server answers to a CONNECT it refuses, and what encoders refuse.

use mqtt_codec::{
    Ack, AckKind, ConnAck, Connect, Decoded, Disconnect, EncodeError, Filters, Limits, PINGREQ, PINGRESP,
    Packet, Properties, PropertiesBuf, Property, PropertySet, Publish, PublishHead, Qos, ReasonCode,
    ReasonCodes, Role, SubAck, Subscribe, Subscriptions, Unsubscribe, Version, connect_version, decode,
};

use crate::hex;
use crate::vectors::id;

const SERVER: Limits = Limits::server(1 << 20);

#[test]
fn an_error_names_rule_clause_and_code() {
    let error = decode(&hex::bytes("30 05 0003'a/#'"), &SERVER, Some(Version::V4)).unwrap_err();
    assert_eq!(error.reason(), ReasonCode::TopicNameInvalid);
    assert_eq!(
        error.to_string(),
        "a topic name holds a wildcard (0x90) [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT3-3.3.2-2] [MQTT3-4.7.1-1]"
    );
    assert!(format!("{error:?}").contains(error.what()));
    assert_eq!(size_of_val(&error), size_of::<usize>());
}

#[test]
fn a_refused_connect_is_answered_in_its_own_version() {
    let refusal = |line: &str| {
        let bytes = hex::bytes(line);
        let error = decode(&bytes, &SERVER, None).unwrap_err();
        connect_version(&bytes).map(|version| (version, error.connack_reason(version)))
    };
    let unsupported = Some(ReasonCode::UnsupportedProtocolVersion);
    assert_eq!(refusal("10 0D 0004'MQTT' 06"), Some((Version::V5, unsupported)));
    assert_eq!(refusal("10 0D 0004'MQTT' 03"), Some((Version::V4, unsupported)));
    assert_eq!(refusal("10 0D 0004'MQTT' 84"), Some((Version::V4, unsupported)));
    assert_eq!(refusal("10 0F 0006'MQIsdp' 07"), Some((Version::V3, unsupported)));
    assert_eq!(refusal("10 0D 0004'mqtt' 04"), None);
    assert_eq!(refusal("30 03 0001'a'"), None);
    let bad_id = Some(ReasonCode::ClientIdentifierNotValid);
    assert_eq!(refusal("10 0C 0004'MQTT' 04 00 003C 0000"), Some((Version::V4, bad_id)));
    // 3.1.1 closes without an answer, MQTT 5 may say why.
    assert_eq!(refusal("10 0D 0004'MQTT' 04 03"), Some((Version::V4, None)));
    assert_eq!(refusal("10 0D 0004'MQTT' 05 03"), Some((Version::V5, Some(ReasonCode::MalformedPacket))));
}

#[test]
fn return_codes_of_3_x() {
    for code in 0..=5 {
        assert_eq!(ReasonCode::from_v3(code).unwrap().to_v3(), code);
    }
    assert_eq!(ReasonCode::from_v3(6), None);
    assert_eq!(ReasonCode::Banned.to_v3(), 5);
    assert_eq!(ReasonCode::QuotaExceeded.to_v3(), 3);
    assert_eq!(ReasonCode::GrantedQos2.to_v3(), 0);
    for code in ReasonCode::ALL {
        assert_eq!(ReasonCode::new(code.code()), Some(*code));
        assert!(!code.name().is_empty());
    }
    assert_eq!(ReasonCode::ALL.len(), (0..=255).filter(|code| ReasonCode::new(*code).is_some()).count());
}

fn head() -> PublishHead<'static> {
    PublishHead {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(1)),
        topic_alias: None,
        message_expiry_interval: None,
        subscription_ids: &[],
        properties: &[],
        payload_len: 0,
    }
}

#[test]
fn encoders_refuse_and_leave_the_buffer_alone() {
    let long = "x".repeat(65_536);
    let inconsistent = [
        PublishHead { packet_id: None, ..head() },
        PublishHead { qos: Qos::AtMostOnce, ..head() },
        PublishHead { qos: Qos::AtMostOnce, packet_id: None, dup: true, ..head() },
    ];
    let mut out = Vec::new();
    for head in inconsistent {
        assert!(matches!(head.encode(Version::V5, &mut out), Err(EncodeError::Inconsistent(_))), "{head:?}");
    }
    let head_of = |payload_len| PublishHead { payload_len, ..head() };
    assert!(head_of(268_435_449).encoded_len(Version::V5).is_ok());
    assert_eq!(head_of(268_435_450).encode(Version::V5, &mut out), Err(EncodeError::PacketTooLong));
    assert_eq!(head_of(usize::MAX).encode(Version::V5, &mut out), Err(EncodeError::PacketTooLong));
    let field = PublishHead { topic: &long, ..head() };
    assert_eq!(field.encode(Version::V4, &mut out), Err(EncodeError::FieldTooLong));
    let too_high = [268_435_456.try_into().unwrap()];
    let ids = PublishHead { subscription_ids: &too_high, ..head() };
    assert!(ids.encode(Version::V5, &mut out).is_err());
    let connack =
        ConnAck { session_present: true, reason: ReasonCode::NotAuthorized, properties: Properties::EMPTY };
    assert!(connack.encode(Version::V5, &mut out).is_err());
    assert!(ConnAck::refused(ReasonCode::SessionTakenOver).encode(Version::V5, &mut out).is_err());
    let (packet_id, properties) = (id(1), Properties::EMPTY);
    let subscribe = Subscribe { packet_id, properties, subscriptions: Subscriptions::from_slice(&[]) };
    assert!(subscribe.encode(Version::V4, &mut out).is_err());
    let unsubscribe = Unsubscribe { packet_id, properties, filters: Filters::from_slice(&[]) };
    assert!(unsubscribe.encode(Version::V4, &mut out).is_err());
    let suback = SubAck { packet_id, properties, codes: ReasonCodes::EMPTY };
    assert!(suback.encode(Version::V4, &mut out).is_err());
    assert!(out.is_empty());
}

#[test]
fn a_password_needs_a_user_name_in_3_x_and_is_never_printed() {
    let bytes = hex::bytes("10 14 0004'MQTT' 05 42 003C 00 0001'c' 0004'pass'");
    let Ok(Decoded::Packet { packet: Packet::Connect(connect), .. }) = decode(&bytes, &SERVER, None) else {
        panic!("a CONNECT of MQTT 5");
    };
    assert_eq!(connect.password.unwrap().expose(), b"pass");
    let printed = format!("{connect:?}");
    assert!(!printed.contains("pass\"") && !printed.contains("112, 97"), "{printed}");
    let older = Connect { version: Version::V4, ..connect };
    assert!(older.encode(&mut Vec::new()).is_err());
}

#[test]
fn older_versions_leave_out_what_they_cannot_say() {
    let mut buf = PropertiesBuf::new(PropertySet::PubAck);
    buf.push(Property::ReasonString("no")).unwrap();
    let ack = Ack { packet_id: id(7), reason: ReasonCode::NotAuthorized, properties: buf.properties() };
    let encoded = |packet: Packet<'_>, version| {
        let mut out = Vec::new();
        packet.encode(version, &mut out).unwrap();
        assert_eq!(packet.encoded_len(version), Ok(out.len()));
        out
    };
    for version in [Version::V3, Version::V4] {
        assert_eq!(encoded(Packet::PubAck(ack), version), AckKind::PubAck.success(id(7)));
        let codes = [ReasonCode::GrantedQos1, ReasonCode::QuotaExceeded];
        let suback = SubAck {
            packet_id: id(1),
            properties: Properties::EMPTY,
            codes: ReasonCodes::from_slice(&codes),
        };
        assert_eq!(encoded(Packet::SubAck(suback), version), hex::bytes("90 04 0001 01 80"));
        let refused = ConnAck::refused(ReasonCode::Banned);
        assert_eq!(encoded(Packet::ConnAck(refused), version), hex::bytes("20 02 00 05"));
        let disconnect = Disconnect::new(ReasonCode::ServerBusy);
        assert_eq!(encoded(Packet::Disconnect(disconnect), version), [0xE0, 0]);
    }
    assert_eq!(encoded(Packet::PingReq, Version::V5), PINGREQ);
    assert_eq!(encoded(Packet::PingResp, Version::V3), PINGRESP);
}

#[test]
fn longer_and_longer_packets() {
    for len in [0, 100, 120, 121, 122, 16_000, 16_374, 16_375, 16_376, 2_097_142, 2_097_143, 2_097_144] {
        let payload = vec![1; len];
        let publish = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic: "abc",
            packet_id: None,
            properties: Properties::EMPTY,
            payload: &payload,
        };
        let mut out = Vec::new();
        publish.encode(Version::V5, &mut out).unwrap();
        assert_eq!(publish.encoded_len(Version::V5), Ok(out.len()));
        let limits = Limits { max_packet_size: u32::try_from(out.len()).unwrap(), role: Role::Server };
        let whole = Decoded::Packet { packet: Packet::Publish(publish), len: out.len() };
        assert_eq!(decode(&out, &limits, Some(Version::V5)), Ok(whole));
        let asked = decode(&out[..5], &limits, Some(Version::V5));
        assert_eq!(asked, Ok(Decoded::NeedMore { at_least: out.len() }));
    }
}
