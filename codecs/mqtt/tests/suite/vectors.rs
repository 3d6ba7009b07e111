//! Golden vectors: bytes written by hand after the specifications, and the packet they are.

use std::num::NonZeroU16;

use mqtt_codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, Filters, Packet, PacketId, Properties, PropertySet, Publish,
    Qos, ReasonCode, ReasonCodes, RetainHandling, Role, Secret, SubAck, Subscribe, Subscription,
    SubscriptionOptions, Subscriptions, UnsubAck, Unsubscribe, Version, Will,
};

use crate::hex;

/// One packet, both ways.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    /// Of the connection; a CONNECT is decoded before there is one.
    pub(crate) version: Version,
    /// Who decodes it.
    pub(crate) role: Role,
    pub(crate) bytes: &'static [u8],
    pub(crate) packet: Packet<'static>,
    /// Whether encoding gives these bytes; other forms are allowed for some packets.
    pub(crate) canonical: bool,
}

impl Vector {
    /// What `decode` is told about the connection.
    pub(crate) fn connection(&self) -> Option<Version> {
        (!matches!(self.packet, Packet::Connect(_))).then_some(self.version)
    }

    fn not_canonical(mut self) -> Self {
        self.canonical = false;
        self
    }
}

use Role::{Client, Server};
use Version::{V3, V4, V5};

fn vector(name: &'static str, version: Version, role: Role, line: &str, packet: Packet<'static>) -> Vector {
    Vector { name, version, role, bytes: hex::leaked(line), packet, canonical: true }
}

pub(crate) fn id(id: u16) -> PacketId {
    NonZeroU16::new(id).unwrap()
}

pub(crate) fn properties(set: PropertySet, line: &str) -> Properties<'static> {
    Properties::new(hex::leaked(line), set).unwrap()
}

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

fn publish(qos: Qos, packet_id: Option<PacketId>) -> Publish<'static> {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: "a/b",
        packet_id,
        properties: Properties::EMPTY,
        payload: b"hi",
    }
}

fn subscribe(
    properties: Properties<'static>,
    list: &'static [(&'static str, SubscriptionOptions)],
) -> Packet<'static> {
    let list: Vec<_> = list.iter().map(|&(filter, options)| Subscription { filter, options }).collect();
    let subscriptions = Subscriptions::from_slice(list.leak());
    Packet::Subscribe(Subscribe { packet_id: id(10), properties, subscriptions })
}

const fn qos(qos: Qos) -> SubscriptionOptions {
    SubscriptionOptions {
        qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    }
}

fn connects() -> Vec<Vector> {
    let full_properties = properties(
        PropertySet::Connect,
        "11 0000000A 21 0014 27 00010000 22 000A 19 01 17 00 26 0001'k' 0001'v' 15 0005'PLAIN' 16 0002 00FF",
    );
    let will_properties = properties(
        PropertySet::Will,
        "18 00000005 01 01 02 0000000A 03 0004'text' 08 0003'r/t' 09 0002 0102 26 0001'a' 0001'b'",
    );
    let everything = |version| Connect {
        will: Some(will()),
        user_name: Some("user"),
        password: Some(Secret::new(b"pass")),
        ..connect(version, "dev")
    };
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

fn publishes() -> Vec<Vector> {
    let mut list = Vec::new();
    for (version, zero, one, two) in [
        (V3, "publish-3.1-qos-0", "publish-3.1-qos-1", "publish-3.1-qos-2"),
        (V4, "publish-3.1.1-qos-0", "publish-3.1.1-qos-1", "publish-3.1.1-qos-2"),
    ] {
        list.push(vector(
            zero,
            version,
            Server,
            "31 07 0003'a/b' 'hi'",
            Packet::Publish(Publish { retain: true, ..publish(Qos::AtMostOnce, None) }),
        ));
        list.push(vector(
            one,
            version,
            Client,
            "32 09 0003'a/b' 000A 'hi'",
            Packet::Publish(publish(Qos::AtLeastOnce, Some(id(10)))),
        ));
        list.push(vector(
            two,
            version,
            Server,
            "3D 07 0003'a/b' FFFF",
            Packet::Publish(Publish {
                dup: true,
                retain: true,
                payload: b"",
                ..publish(Qos::ExactlyOnce, Some(id(65535)))
            }),
        ));
    }
    list.extend(publishes_v5());
    list
}

fn publishes_v5() -> Vec<Vector> {
    let one = publish(Qos::AtLeastOnce, Some(id(1)));
    let with = |line| Publish { properties: properties(PropertySet::Publish, line), ..one };
    vec![
        vector(
            "publish-5-qos-0",
            V5,
            Server,
            "30 08 0003'a/b' 00 'hi'",
            Packet::Publish(publish(Qos::AtMostOnce, None)),
        ),
        vector(
            "publish-5-everything",
            V5,
            Server,
            "32 30 0003'a/b' 0001 \
             26 02 00000E10 01 01 23 0007 08 0003'r/t' 09 0002 CAFE 26 0001'k' 0001'v' 26 0001'k' 0000 03 0001'x' \
             'hi'",
            Packet::Publish(with(
                "02 00000E10 01 01 23 0007 08 0003'r/t' 09 0002 CAFE 26 0001'k' 0001'v' 26 0001'k' 0000 \
                 03 0001'x'",
            )),
        ),
        vector(
            "publish-5-alias-without-topic",
            V5,
            Server,
            "32 0A 0000 0001 03 23 0001 'hi'",
            Packet::Publish(Publish { topic: "", ..with("23 0001") }),
        ),
        vector(
            "publish-5-subscription-ids",
            V5,
            Client,
            "32 13 0003'a/b' 0001 09 0B 01 0B 8001 0B FFFF7F 'hi'",
            Packet::Publish(with("0B 01 0B 8001 0B FFFF7F")),
        ),
        vector(
            "publish-5-long",
            V5,
            Server,
            "30 B202 0003'a/b' 00 42..300",
            Packet::Publish(Publish { payload: hex::leaked("42..300"), ..publish(Qos::AtMostOnce, None) }),
        ),
        vector(
            "publish-5-unicode-topic",
            V5,
            Server,
            "30 0C 0009 EFBBBF C3A9 F09F9880 00",
            Packet::Publish(Publish {
                topic: "\u{FEFF}\u{E9}\u{1F600}",
                payload: b"",
                ..publish(Qos::AtMostOnce, None)
            }),
        ),
    ]
}

fn acks() -> Vec<Vector> {
    let success = Ack::success(id(0x1234));
    let mut list = Vec::new();
    for version in [V3, V4, V5] {
        for role in [Server, Client] {
            list.push(vector("puback", version, role, "40 02 1234", Packet::PubAck(success)));
            list.push(vector("pubrec", version, role, "50 02 1234", Packet::PubRec(success)));
            list.push(vector("pubrel", version, role, "62 02 1234", Packet::PubRel(success)));
            list.push(vector("pubcomp", version, role, "70 02 1234", Packet::PubComp(success)));
        }
    }
    let line = "1F 0002'no' 26 0001'k' 0001'v'";
    let refused =
        |set| Ack { packet_id: id(1), reason: ReasonCode::QuotaExceeded, properties: properties(set, line) };
    let missing = |set| Ack {
        packet_id: id(1),
        reason: ReasonCode::PacketIdentifierNotFound,
        properties: properties(set, line),
    };
    list.extend([
        vector("pubrel-3.1-dup", V3, Server, "6A 02 1234", Packet::PubRel(success)).not_canonical(),
        vector("puback-5-reason-of-success", V5, Server, "40 03 1234 00", Packet::PubAck(success))
            .not_canonical(),
        vector("puback-5-all-empty", V5, Server, "40 04 1234 00 00", Packet::PubAck(success)).not_canonical(),
        vector(
            "puback-5-reason",
            V5,
            Server,
            "40 03 0001 83",
            Packet::PubAck(Ack::new(id(1), ReasonCode::ImplementationSpecificError)),
        ),
        vector(
            "puback-5-no-subscribers",
            V5,
            Client,
            "40 03 0001 10",
            Packet::PubAck(Ack::new(id(1), ReasonCode::NoMatchingSubscribers)),
        ),
        vector(
            "puback-5-everything",
            V5,
            Client,
            "40 10 0001 97 0C 1F 0002'no' 26 0001'k' 0001'v'",
            Packet::PubAck(refused(PropertySet::PubAck)),
        ),
        vector(
            "pubrec-5-everything",
            V5,
            Server,
            "50 10 0001 97 0C 1F 0002'no' 26 0001'k' 0001'v'",
            Packet::PubRec(refused(PropertySet::PubRec)),
        ),
        vector(
            "pubrel-5-everything",
            V5,
            Server,
            "62 10 0001 92 0C 1F 0002'no' 26 0001'k' 0001'v'",
            Packet::PubRel(missing(PropertySet::PubRel)),
        ),
        vector(
            "pubcomp-5-everything",
            V5,
            Client,
            "70 10 0001 92 0C 1F 0002'no' 26 0001'k' 0001'v'",
            Packet::PubComp(missing(PropertySet::PubComp)),
        ),
    ]);
    list
}

fn subscribes() -> Vec<Vector> {
    const TWO: &[(&str, SubscriptionOptions)] =
        &[("a/+", qos(Qos::AtLeastOnce)), ("#", qos(Qos::ExactlyOnce))];
    const FULL: &[(&str, SubscriptionOptions)] = &[
        (
            "a/+/#",
            SubscriptionOptions {
                qos: Qos::ExactlyOnce,
                no_local: true,
                retain_as_published: true,
                retain_handling: RetainHandling::DoNotSend,
            },
        ),
        (
            "$share/g/t",
            SubscriptionOptions { retain_handling: RetainHandling::SendIfNew, ..qos(Qos::AtMostOnce) },
        ),
    ];
    vec![
        vector(
            "subscribe-3.1",
            V3,
            Server,
            "82 0C 000A 0003'a/+' 01 0001'#' 02",
            subscribe(Properties::EMPTY, TWO),
        ),
        vector(
            "subscribe-3.1-dup",
            V3,
            Server,
            "8A 0C 000A 0003'a/+' 01 0001'#' 02",
            subscribe(Properties::EMPTY, TWO),
        )
        .not_canonical(),
        vector(
            "subscribe-3.1.1",
            V4,
            Server,
            "82 0C 000A 0003'a/+' 01 0001'#' 02",
            subscribe(Properties::EMPTY, TWO),
        ),
        vector(
            "subscribe-5",
            V5,
            Server,
            "82 0D 000A 00 0003'a/+' 01 0001'#' 02",
            subscribe(Properties::EMPTY, TWO),
        ),
        vector(
            "subscribe-5-everything",
            V5,
            Server,
            "82 21 000A 09 0B 05 26 0001'k' 0001'v' 0005'a/+/#' 2E 000A'$share/g/t' 10",
            subscribe(properties(PropertySet::Subscribe, "0B 05 26 0001'k' 0001'v'"), FULL),
        ),
    ]
}

fn subacks() -> Vec<Vector> {
    let suback = |properties, codes: &'static [ReasonCode]| {
        Packet::SubAck(SubAck { packet_id: id(10), properties, codes: ReasonCodes::from_slice(codes) })
    };
    let v3 = |name, version| {
        vector(
            name,
            version,
            Client,
            "90 06 000A 00 01 02 80",
            suback(
                Properties::EMPTY,
                &[
                    ReasonCode::Success,
                    ReasonCode::GrantedQos1,
                    ReasonCode::GrantedQos2,
                    ReasonCode::UnspecifiedError,
                ],
            ),
        )
    };
    vec![
        v3("suback-3.1", V3),
        v3("suback-3.1.1", V4),
        vector(
            "suback-5",
            V5,
            Client,
            "90 04 000A 00 87",
            suback(Properties::EMPTY, &[ReasonCode::NotAuthorized]),
        ),
        vector(
            "suback-5-everything",
            V5,
            Client,
            "90 11 000A 0C 1F 0002'no' 26 0001'k' 0001'v' 02 A2",
            suback(
                properties(PropertySet::SubAck, "1F 0002'no' 26 0001'k' 0001'v'"),
                &[ReasonCode::GrantedQos2, ReasonCode::WildcardSubscriptionsNotSupported],
            ),
        ),
    ]
}

fn unsubscribes() -> Vec<Vector> {
    let unsubscribe = |properties, list: &'static [&'static str]| {
        Packet::Unsubscribe(Unsubscribe { packet_id: id(11), properties, filters: Filters::from_slice(list) })
    };
    let unsuback = |properties, codes: &'static [ReasonCode]| {
        Packet::UnsubAck(UnsubAck { packet_id: id(11), properties, codes: ReasonCodes::from_slice(codes) })
    };
    let codes = &[ReasonCode::Success, ReasonCode::NoSubscriptionExisted];
    vec![
        vector(
            "unsubscribe-3.1",
            V3,
            Server,
            "A2 0A 000B 0003'a/+' 0001'#'",
            unsubscribe(Properties::EMPTY, &["a/+", "#"]),
        ),
        vector(
            "unsubscribe-3.1.1",
            V4,
            Server,
            "A2 07 000B 0003'a/+'",
            unsubscribe(Properties::EMPTY, &["a/+"]),
        ),
        vector(
            "unsubscribe-5",
            V5,
            Server,
            "A2 15 000B 00 0003'a/+' 000B'$share/g/a/'",
            unsubscribe(Properties::EMPTY, &["a/+", "$share/g/a/"]),
        ),
        vector(
            "unsubscribe-5-everything",
            V5,
            Server,
            "A2 0D 000B 07 26 0001'k' 0001'v' 0001'a'",
            unsubscribe(properties(PropertySet::Unsubscribe, "26 0001'k' 0001'v'"), &["a"]),
        ),
        vector("unsuback-3.1", V3, Client, "B0 02 000B", unsuback(Properties::EMPTY, &[])),
        vector("unsuback-3.1.1", V4, Client, "B0 02 000B", unsuback(Properties::EMPTY, &[])),
        vector("unsuback-5", V5, Client, "B0 05 000B 00 00 11", unsuback(Properties::EMPTY, codes)),
        vector(
            "unsuback-5-everything",
            V5,
            Client,
            "B0 0A 000B 05 1F 0002'ok' 00 11",
            unsuback(properties(PropertySet::UnsubAck, "1F 0002'ok'"), codes),
        ),
    ]
}

fn short_ones() -> Vec<Vector> {
    let success = Packet::Disconnect(Disconnect::new(ReasonCode::Success));
    let mut list = Vec::new();
    for version in [V3, V4, V5] {
        list.push(vector("pingreq", version, Server, "C0 00", Packet::PingReq));
        list.push(vector("pingresp", version, Client, "D0 00", Packet::PingResp));
        list.push(vector("disconnect", version, Server, "E0 00", success));
    }
    let method = "15 0001'm' 16 0002 0102 1F 0002'go' 26 0001'k' 0001'v'";
    let auth = |reason| Packet::Auth(Auth { reason, properties: properties(PropertySet::Auth, method) });
    let auth_line = |code: &str| format!("F0 17 {code} 15 {method}");
    list.extend([
        vector("disconnect-5-reason-of-success", V5, Server, "E0 01 00", success).not_canonical(),
        vector("disconnect-5-all-empty", V5, Server, "E0 02 00 00", success).not_canonical(),
        vector(
            "disconnect-5-with-will",
            V5,
            Server,
            "E0 01 04",
            Packet::Disconnect(Disconnect::new(ReasonCode::DisconnectWithWill)),
        ),
        vector(
            "disconnect-5-session-expiry",
            V5,
            Server,
            "E0 07 00 05 11 0000000A",
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::Success,
                properties: properties(PropertySet::Disconnect, "11 0000000A"),
            }),
        ),
        vector(
            "disconnect-5-from-server",
            V5,
            Client,
            "E0 13 9C 11 1C 0002's1' 1F 0002'go' 26 0001'k' 0001'v'",
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::UseAnotherServer,
                properties: properties(PropertySet::Disconnect, "1C 0002's1' 1F 0002'go' 26 0001'k' 0001'v'"),
            }),
        ),
        vector("auth-continue", V5, Server, &auth_line("18"), auth(ReasonCode::ContinueAuthentication)),
        vector("auth-again", V5, Server, &auth_line("19"), auth(ReasonCode::ReAuthenticate)),
        vector("auth-success", V5, Client, &auth_line("00"), auth(ReasonCode::Success)),
        vector(
            "auth-success-empty",
            V5,
            Client,
            "F0 00",
            Packet::Auth(Auth { reason: ReasonCode::Success, properties: Properties::EMPTY }),
        ),
    ]);
    list
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    [connects(), connacks(), publishes(), acks(), subscribes(), subacks(), unsubscribes(), short_ones()]
        .into_iter()
        .flatten()
        .collect()
}
