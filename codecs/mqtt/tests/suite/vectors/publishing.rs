//! PUBLISH and its acknowledgements.

use mqtt_codec::{Ack, Packet, PacketId, Properties, PropertySet, Publish, Qos, ReasonCode, Role, Version};

use super::{Vector, id, properties, vector};
use crate::hex;

use Role::{Client, Server};
use Version::{V3, V4, V5};

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

pub(super) fn vectors() -> Vec<Vector> {
    [publishes(), publishes_v5(), acks()].into_iter().flatten().collect()
}
