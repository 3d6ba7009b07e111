//! CONNECT and CONNACK.

use mqtt_codec::{
    ConnAck, Connect, Packet, Properties, PropertySet, Qos, ReasonCode, Role, Secret, Version, Will,
};

use super::{Vector, properties, vector};

use Role::{Client, Server};
use Version::{V3, V4, V5};

fn connect(version: Version, client_id: &'static str) -> Connect<'static> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        properties: Properties::EMPTY,
        client_id,
        will: None,
        user_name: None,
        password: None,
    }
}

fn will() -> Will<'static> {
    Will { qos: Qos::AtLeastOnce, retain: true, properties: Properties::EMPTY, topic: "w/t", payload: b"bye" }
}

/// With everything that 3.x has.
fn everything(version: Version) -> Connect<'static> {
    Connect {
        will: Some(will()),
        user_name: Some("user"),
        password: Some(Secret::new(b"pass")),
        ..connect(version, "dev")
    }
}

fn connects_v3() -> Vec<Vector> {
    vec![
        vector(
            "connect-3.1",
            V3,
            Server,
            "10 0F 0006'MQIsdp' 03 02 003C 0001'c'",
            Packet::Connect(connect(V3, "c")),
        ),
        vector(
            "connect-3.1-everything",
            V3,
            Server,
            "10 27 0006'MQIsdp' 03 EE 003C 0003'dev' 0003'w/t' 0003'bye' 0004'user' 0004'pass'",
            Packet::Connect(everything(V3)),
        ),
        vector(
            "connect-3.1-user-name-announced-and-missing",
            V3,
            Server,
            "10 0F 0006'MQIsdp' 03 C3 003C 0001'c'",
            Packet::Connect(connect(V3, "c")),
        )
        .not_canonical(),
        vector(
            "connect-3.1.1",
            V4,
            Server,
            "10 0D 0004'MQTT' 04 02 003C 0001'c'",
            Packet::Connect(connect(V4, "c")),
        ),
        vector(
            "connect-3.1.1-empty-client-id",
            V4,
            Server,
            "10 0C 0004'MQTT' 04 02 003C 0000",
            Packet::Connect(connect(V4, "")),
        ),
        vector(
            "connect-3.1.1-everything",
            V4,
            Server,
            "10 25 0004'MQTT' 04 EE 003C 0003'dev' 0003'w/t' 0003'bye' 0004'user' 0004'pass'",
            Packet::Connect(everything(V4)),
        ),
        vector(
            "connect-3.1.1-long-remaining-length",
            V4,
            Server,
            "10 8D8000 0004'MQTT' 04 02 003C 0001'c'",
            Packet::Connect(connect(V4, "c")),
        )
        .not_canonical(),
    ]
}

fn connects_v5() -> Vec<Vector> {
    let full_properties = properties(
        PropertySet::Connect,
        "11 0000000A 21 0014 27 00010000 22 000A 19 01 17 00 26 0001'k' 0001'v' 15 0005'PLAIN' 16 0002 00FF",
    );
    let will_properties = properties(
        PropertySet::Will,
        "18 00000005 01 01 02 0000000A 03 0004'text' 08 0003'r/t' 09 0002 0102 26 0001'a' 0001'b'",
    );
    vec![
        vector(
            "connect-5",
            V5,
            Server,
            "10 0E 0004'MQTT' 05 02 003C 00 0001'c'",
            Packet::Connect(connect(V5, "c")),
        ),
        vector(
            "connect-5-resume-empty-client-id",
            V5,
            Server,
            "10 0D 0004'MQTT' 05 00 0000 00 0000",
            Packet::Connect(Connect { clean_start: false, keep_alive: 0, ..connect(V5, "") }),
        ),
        vector(
            "connect-5-password-alone",
            V5,
            Server,
            "10 14 0004'MQTT' 05 42 003C 00 0001'c' 0004'pass'",
            Packet::Connect(Connect { password: Some(Secret::new(b"pass")), ..connect(V5, "c") }),
        ),
        vector(
            "connect-5-everything",
            V5,
            Server,
            "10 74 0004'MQTT' 05 EE 003C \
             28 11 0000000A 21 0014 27 00010000 22 000A 19 01 17 00 26 0001'k' 0001'v' 15 0005'PLAIN' 16 0002 00FF \
             0003'dev' \
             25 18 00000005 01 01 02 0000000A 03 0004'text' 08 0003'r/t' 09 0002 0102 26 0001'a' 0001'b' \
             0003'w/t' 0003'bye' 0004'user' 0004'pass'",
            Packet::Connect(Connect {
                properties: full_properties,
                will: Some(Will { properties: will_properties, ..will() }),
                ..everything(V5)
            }),
        ),
    ]
}

fn connacks() -> Vec<Vector> {
    let accepted =
        ConnAck { session_present: true, reason: ReasonCode::Success, properties: Properties::EMPTY };
    let all = "11 00000010 21 0014 24 01 25 00 27 00001000 12 0002'id' 22 000A 1F 0002'ok' 26 0001'k' 0001'v' \
               28 00 29 00 2A 00 13 001E 1A 0001'r' 1C 0001's' 15 0001'm' 16 0001 07";
    let line = format!("20 41 00 00 3E {all}");
    vec![
        vector(
            "connack-3.1",
            V3,
            Client,
            "20 02 00 00",
            Packet::ConnAck(ConnAck { session_present: false, ..accepted }),
        ),
        vector(
            "connack-3.1-reserved-byte",
            V3,
            Client,
            "20 02 FF 05",
            Packet::ConnAck(ConnAck::refused(ReasonCode::NotAuthorized)),
        )
        .not_canonical(),
        vector("connack-3.1.1-session-present", V4, Client, "20 02 01 00", Packet::ConnAck(accepted)),
        vector(
            "connack-3.1.1-refused",
            V4,
            Client,
            "20 02 00 04",
            Packet::ConnAck(ConnAck::refused(ReasonCode::BadUserNameOrPassword)),
        ),
        vector("connack-5", V5, Client, "20 03 01 00 00", Packet::ConnAck(accepted)),
        vector(
            "connack-5-refused",
            V5,
            Client,
            "20 03 00 8A 00",
            Packet::ConnAck(ConnAck::refused(ReasonCode::Banned)),
        ),
        vector(
            "connack-5-everything",
            V5,
            Client,
            &line,
            Packet::ConnAck(ConnAck {
                session_present: false,
                reason: ReasonCode::Success,
                properties: properties(PropertySet::ConnAck, all),
            }),
        ),
    ]
}

pub(super) fn vectors() -> Vec<Vector> {
    [connects_v3(), connects_v5(), connacks()].into_iter().flatten().collect()
}
