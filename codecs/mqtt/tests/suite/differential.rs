//! Against two published codecs: what is valid they read alike, and where they are laxer is written down.

use std::collections::{BTreeMap, BTreeSet};

use mqtt_codec::{Decoded, Packet, Properties, Property, Version, decode};

use crate::generate::{Random, generate, seeds};
use crate::hex;
use crate::invariants::Setting;
use crate::laxer;
use crate::mutation::from_env;
use crate::published::{Codec, Verdict};
use crate::refused::refused;
use crate::vectors::vectors;

/// Golden vectors that another codec reads otherwise, and why that is its mistake or its choice.
const MISREAD: &[(Codec, &str, &str)] = &[
    (Codec::Rmqtt, "connect-3.1", "writes level 3 under the name of 3.1.1"),
    (Codec::Rmqtt, "connect-3.1-everything", "writes level 3 under the name of 3.1.1"),
    (
        Codec::Rmqtt,
        "connect-3.1-user-name-announced-and-missing",
        "does not know that in 3.1 the remaining length overrules the flags",
    ),
    (
        Codec::Rmqtt,
        "connect-5-resume-empty-client-id",
        "applies [MQTT3-3.1.3-8] to MQTT 5, where the server may assign an identifier [MQTT-3.1.3-6]",
    ),
    (Codec::Rmqtt, "connack-3.1-reserved-byte", "reads 3.1's reserved byte as the flags of 3.1.1"),
    (Codec::Rmqtt, "pubrel-3.1-dup", "does not know the DUP of 3.1"),
    (Codec::Rmqtt, "subscribe-3.1-dup", "does not know the DUP of 3.1"),
    (Codec::Mqttbytes, "connack-5", "writes no property length, against [MQTT-2.2.2-1]"),
    (Codec::Mqttbytes, "connack-5-refused", "writes no property length, against [MQTT-2.2.2-1]"),
    (Codec::Mqttbytes, "disconnect", "knows no short form in MQTT 5"),
    (Codec::Mqttbytes, "disconnect-5-reason-of-success", "knows no short form in MQTT 5"),
    (Codec::Mqttbytes, "disconnect-5-with-will", "knows no short form in MQTT 5"),
    (Codec::Mqttbytes, "disconnect-5-bad-authentication-method", "knows no short form in MQTT 5"),
];

/// Whether a property says what its absence says too. The others leave some of these out.
fn is_default(property: &Property<'_>) -> bool {
    match property {
        Property::PayloadFormatIndicator(flag) | Property::RequestResponseInformation(flag) => !flag,
        Property::RequestProblemInformation(flag)
        | Property::RetainAvailable(flag)
        | Property::WildcardSubscriptionAvailable(flag)
        | Property::SubscriptionIdentifierAvailable(flag)
        | Property::SharedSubscriptionAvailable(flag) => *flag,
        Property::SessionExpiryInterval(0)
        | Property::WillDelayInterval(0)
        | Property::TopicAliasMaximum(0) => true,
        Property::ReceiveMaximum(most) => most.get() == 65535,
        _ => false,
    }
}

/// A packet without its properties, and the properties in an order of their own: codecs write them in the order
/// of their fields. What stands more than once keeps its order.
fn normal(mut packet: Packet<'_>) -> (String, String) {
    let mut blocks = String::new();
    {
        let mut take = |properties: &mut Properties<'_>| {
            let mut list: Vec<_> = properties.iter().filter(|property| !is_default(property)).collect();
            list.sort_by_key(|property| property.id() as u8);
            blocks += &format!("{list:?}");
            *properties = Properties::EMPTY;
        };
        match &mut packet {
            Packet::Connect(packet) => {
                take(&mut packet.properties);
                if let Some(will) = &mut packet.will {
                    take(&mut will.properties);
                }
            }
            Packet::ConnAck(packet) => take(&mut packet.properties),
            Packet::Publish(packet) => take(&mut packet.properties),
            Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
                take(&mut ack.properties);
            }
            Packet::Subscribe(packet) => take(&mut packet.properties),
            Packet::SubAck(packet) => take(&mut packet.properties),
            Packet::Unsubscribe(packet) => take(&mut packet.properties),
            Packet::UnsubAck(packet) => take(&mut packet.properties),
            Packet::Disconnect(packet) => take(&mut packet.properties),
            Packet::Auth(packet) => take(&mut packet.properties),
            Packet::PingReq | Packet::PingResp => {}
        }
    }
    (format!("{packet:?}"), blocks)
}

/// Whether the other codec read the same packet; if not, how.
fn difference(codec: Codec, version: Version, setting: &Setting, bytes: &[u8]) -> Option<String> {
    let Ok(Decoded::Packet { packet, len }) = decode(bytes, &setting.limits, setting.version) else {
        return None;
    };
    match codec.judge(version, &bytes[..len]) {
        Verdict::NotTaken => Some("does not take it".to_owned()),
        Verdict::TakenOnly => Some("cannot write it again".to_owned()),
        Verdict::Taken(written) => match decode(&written, &setting.limits, setting.version) {
            Ok(Decoded::Packet { packet: other, .. }) if normal(other) == normal(packet) => None,
            other => Some(format!("writes it again as {other:?}")),
        },
    }
}

#[test]
fn golden_vectors_are_read_alike() {
    let mut found = BTreeMap::new();
    for vector in vectors() {
        let setting = Setting::of(Setting::selector(vector.role, vector.connection()));
        for codec in Codec::ALL {
            if codec.knows(vector.version, vector.bytes)
                && let Some(how) = difference(codec, vector.version, &setting, vector.bytes)
            {
                found.insert((codec, vector.name), how);
            }
        }
    }
    let known: BTreeSet<_> = MISREAD.iter().map(|(codec, name, _)| (*codec, *name)).collect();
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), known, "{found:#?}");
}

/// Why a codec reads a generated packet otherwise; `None` is a surprise.
fn explained(codec: Codec, version: Version, packet: &Packet<'_>, first: u8) -> Option<&'static str> {
    match (codec, version, packet) {
        (Codec::Rmqtt, Version::V3, Packet::Connect(_) | Packet::ConnAck(_)) => {
            Some("3.1 differs, see above")
        }
        (Codec::Rmqtt, Version::V3, _) if first & 8 != 0 => Some("does not know the DUP of 3.1"),
        (Codec::Rmqtt, Version::V5, Packet::Connect(connect))
            if connect.client_id.is_empty() && !connect.clean_start =>
        {
            Some("applies [MQTT3-3.1.3-8] to MQTT 5")
        }
        (Codec::Rmqtt, Version::V5, Packet::Publish(publish))
            if publish.properties.message_expiry_interval() == Some(0) =>
        {
            Some("takes no expiry of zero, which nothing forbids")
        }
        (Codec::Mqttbytes, Version::V5, Packet::ConnAck(connack)) if connack.properties.is_empty() => {
            Some("writes no property length, against [MQTT-2.2.2-1]")
        }
        (Codec::Mqttbytes, Version::V5, Packet::Disconnect(_)) => Some("knows no short form in MQTT 5"),
        (Codec::Mqttbytes, _, Packet::Connect(connect)) => {
            let password = connect.password.map_or(&b""[..], |password| password.expose());
            let payload = connect.will.map_or(&b""[..], |will| will.payload);
            let text = std::str::from_utf8(password).is_ok() && std::str::from_utf8(payload).is_ok();
            if !text {
                return Some("reads password and will payload as text");
            }
            let empty = connect.user_name == Some("") || (connect.password.is_some() && password.is_empty());
            empty.then_some("takes an empty user name or password for none")
        }
        (Codec::Mqttbytes, _, Packet::Publish(publish)) => {
            let long = publish.properties.subscription_ids().any(|id| id.get() > 127);
            long.then_some("miscounts subscription identifiers of two bytes and more")
        }
        _ => None,
    }
}

/// How many inputs at most; these codecs are slower than ours by far.
const MOST_INPUTS: u64 = 1_000_000;

#[test]
fn generated_packets_are_read_alike() {
    let seeds = seeds();
    let inputs = from_env("MQTT_CODEC_INPUTS", 60_000).min(MOST_INPUTS);
    let mut random = Random::new(from_env("MQTT_CODEC_SEED", 0x6D71_7474));
    let mut input = Vec::new();
    let (mut compared, mut surprises) = (0, Vec::new());
    for _ in 0..inputs {
        generate(&mut random, &seeds, &mut input);
        let Some((selector, bytes)) = input.split_first() else { continue };
        let setting = Setting::of(*selector);
        let Ok(Decoded::Packet { packet, .. }) = decode(bytes, &setting.limits, setting.version) else {
            continue;
        };
        let version =
            if let Packet::Connect(connect) = packet { connect.version } else { setting.version.unwrap() };
        for codec in Codec::ALL.into_iter().filter(|codec| codec.knows(version, bytes)) {
            compared += 1;
            if let Some(how) = difference(codec, version, &setting, bytes)
                && explained(codec, version, &packet, bytes[0]).is_none()
            {
                surprises.push(format!("{codec:?} {version}: {packet:?}: {how}"));
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(compared > inputs / 12, "only {compared} packets came up");
}

/// The lines of [`refused`] that one packet's bytes decide; those about direction and about the first packet
/// need what these codecs leave to others.
#[test]
fn where_the_others_are_laxer_is_known() {
    let mut found: BTreeMap<Codec, BTreeSet<&str>> = BTreeMap::new();
    for case in refused().filter(|case| !case.clause.starts_with("3.1.0") && case.clause != "2.1.2") {
        let bytes = hex::bytes(case.line);
        let version =
            case.version.unwrap_or(if bytes.get(8) == Some(&5) { Version::V5 } else { Version::V4 });
        for codec in Codec::ALL {
            if codec.knows(version, &bytes) && codec.judge(version, &bytes) != Verdict::NotTaken {
                found.entry(codec).or_default().insert(case.what);
            }
        }
    }
    for (codec, known) in [(Codec::Rmqtt, laxer::RMQTT), (Codec::Mqttbytes, laxer::MQTTBYTES)] {
        assert_eq!(found[&codec], known.iter().copied().collect(), "{codec:?}");
    }
}
