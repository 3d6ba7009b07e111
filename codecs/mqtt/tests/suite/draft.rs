//! Packets from random parts: every type in every version, within what the version can say.

use mqtt_codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, Filters, Packet, PacketType, Properties, PropertiesBuf,
    Property, PropertyId, PropertySet, Publish, Qos, ReasonCode, ReasonCodes, RetainHandling, Role, Secret,
    SubAck, Subscribe, Subscription, SubscriptionOptions, Subscriptions, UnsubAck, Unsubscribe, Version,
    Will,
};
use proptest::prelude::*;

use crate::vectors::id;

/// The parts that packets are made of; each takes what it needs.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    bits: u16,
    number: u16,
    pick: usize,
    text: String,
    topic: String,
    filters: Vec<(String, u8)>,
    payload: Vec<u8>,
    properties: Vec<Part>,
    will_properties: Vec<Part>,
}

impl Draft {
    /// A topic name, never empty.
    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }
}

/// What one property is made of.
#[derive(Debug, Clone)]
struct Part {
    pick: usize,
    number: u32,
    text: String,
    more: String,
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 \u{1}é€\u{FEFF}😀#+/]{0,20}"
}

fn topic() -> impl Strategy<Value = String> {
    "[a-z0-9/$ é😀]{1,80}"
}

fn filter() -> impl Strategy<Value = String> {
    "([a-z]{0,3}|\\+)(/([a-z]{0,3}|\\+)){0,5}(/#)?"
        .prop_filter("a filter is not empty", |filter| !filter.is_empty())
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = (any::<usize>(), 1..=268_435_455_u32, text(), text());
    proptest::collection::vec(
        part.prop_map(|(pick, number, text, more)| Part { pick, number, text, more }),
        0..8,
    )
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let filters = proptest::collection::vec((filter(), any::<u8>()), 1..5);
    let payload = proptest::collection::vec(any::<u8>(), 0..300);
    let scalars = (any::<u16>(), 1..=u16::MAX, any::<usize>());
    (scalars, text(), topic(), filters, payload, parts(), parts()).prop_map(
        |((bits, number, pick), text, topic, filters, payload, properties, will_properties)| Draft {
            bits,
            number,
            pick,
            text,
            topic,
            filters,
            payload,
            properties,
            will_properties,
        },
    )
}

const ALL_IDS: std::ops::RangeInclusive<u8> = 1..=0x2A;

/// The property with this number, from a part's values.
fn property<'a>(number: u8, part: &'a Part, topic: &'a str) -> Option<Property<'a>> {
    let flag = part.number % 2 == 1;
    let short = u16::try_from(part.number & 0xFFFF).unwrap();
    Some(match number {
        0x01 => Property::PayloadFormatIndicator(flag),
        0x02 => Property::MessageExpiryInterval(part.number),
        0x03 => Property::ContentType(&part.text),
        0x08 => Property::ResponseTopic(topic),
        0x09 => Property::CorrelationData(part.text.as_bytes()),
        0x0B => Property::SubscriptionIdentifier(part.number.try_into().ok()?),
        0x11 => Property::SessionExpiryInterval(part.number),
        0x12 => Property::AssignedClientIdentifier(&part.text),
        0x13 => Property::ServerKeepAlive(short),
        0x15 => Property::AuthenticationMethod(&part.text),
        0x16 => Property::AuthenticationData(Secret::new(part.more.as_bytes())),
        0x17 => Property::RequestProblemInformation(flag),
        0x18 => Property::WillDelayInterval(part.number),
        0x19 => Property::RequestResponseInformation(flag),
        0x1A => Property::ResponseInformation(&part.text),
        0x1C => Property::ServerReference(&part.text),
        0x1F => Property::ReasonString(&part.text),
        0x21 => Property::ReceiveMaximum(short.max(1).try_into().ok()?),
        0x22 => Property::TopicAliasMaximum(short),
        0x23 => Property::TopicAlias(short.max(1).try_into().ok()?),
        0x24 => Property::MaximumQos(if flag { Qos::AtLeastOnce } else { Qos::AtMostOnce }),
        0x25 => Property::RetainAvailable(flag),
        0x26 => Property::UserProperty(&part.text, &part.more),
        0x27 => Property::MaximumPacketSize(part.number.try_into().ok()?),
        0x28 => Property::WildcardSubscriptionAvailable(flag),
        0x29 => Property::SubscriptionIdentifierAvailable(flag),
        0x2A => Property::SharedSubscriptionAvailable(flag),
        _ => return None,
    })
}

/// Pushes what may stand in `set`, once where it may stand once, and lets data follow a method only.
fn block(set: PropertySet, parts: &[Part], topic: &str, not: &[PropertyId]) -> PropertiesBuf {
    let mut buf = PropertiesBuf::new(set);
    for part in parts {
        let allowed: Vec<Property<'_>> = ALL_IDS
            .filter_map(|number| property(number, part, topic))
            .filter(|property| set.allows(property.id()) && !not.contains(&property.id()))
            .collect();
        let picked = allowed[part.pick % allowed.len()];
        if picked.id() == PropertyId::AuthenticationData
            && !buf.properties().contains(PropertyId::AuthenticationMethod)
        {
            buf.push(Property::AuthenticationMethod("method")).unwrap();
        }
        let before = buf.properties().as_bytes().len();
        let twice = buf.properties().contains(picked.id());
        if buf.push(picked).is_err() {
            assert!(twice, "{picked:?} was not taken");
            assert_eq!(buf.properties().as_bytes().len(), before);
        }
    }
    buf
}

fn codes(draft: &Draft, allowed: &[ReasonCode]) -> Vec<ReasonCode> {
    draft.filters.iter().map(|(_, byte)| allowed[usize::from(*byte) % allowed.len()]).collect()
}

/// Who decodes a packet of this type.
pub(crate) fn receiver(packet_type: PacketType, draft: &Draft) -> Role {
    match packet_type {
        PacketType::ConnAck | PacketType::SubAck | PacketType::UnsubAck | PacketType::PingResp => {
            Role::Client
        }
        PacketType::Publish | PacketType::PubAck | PacketType::PubRec if draft.bits & 256 != 0 => {
            Role::Client
        }
        _ => Role::Server,
    }
}

/// Makes the packet and hands it over.
pub(crate) fn with_packet(
    draft: &Draft,
    packet_type: PacketType,
    version: Version,
    check: impl FnOnce(Packet<'_>, Role),
) {
    let role = receiver(packet_type, draft);
    let v5 = version.is_v5();
    let set = match packet_type {
        PacketType::Connect => PropertySet::Connect,
        PacketType::ConnAck => PropertySet::ConnAck,
        PacketType::Publish => PropertySet::Publish,
        PacketType::Subscribe => PropertySet::Subscribe,
        PacketType::Unsubscribe => PropertySet::Unsubscribe,
        PacketType::Disconnect => PropertySet::Disconnect,
        PacketType::Auth => PropertySet::Auth,
        _ => PropertySet::PubAck,
    };
    let not: &[PropertyId] = match (packet_type, role) {
        (PacketType::Publish, Role::Server) => &[PropertyId::SubscriptionIdentifier],
        _ => &[],
    };
    let mut buf = block(set, &draft.properties, &draft.topic, not);
    if packet_type == PacketType::Auth && !buf.properties().contains(PropertyId::AuthenticationMethod) {
        buf.push(Property::AuthenticationMethod(&draft.text)).unwrap();
    }
    let properties = if v5 { buf.properties() } else { Properties::EMPTY };
    match packet_type {
        PacketType::Connect => with_connect(draft, version, properties, check),
        PacketType::Subscribe | PacketType::SubAck | PacketType::Unsubscribe | PacketType::UnsubAck => {
            with_filters(draft, packet_type, version, properties, |packet| check(packet, role));
        }
        _ => check(plain(draft, packet_type, version, properties), role),
    }
}

fn with_connect(
    draft: &Draft,
    version: Version,
    properties: Properties<'_>,
    check: impl FnOnce(Packet<'_>, Role),
) {
    let will_buf = block(PropertySet::Will, &draft.will_properties, &draft.topic, &[]);
    let will = (draft.bits & 1 != 0).then(|| Will {
        qos: Qos::new(u8::try_from(draft.pick % 3).unwrap()).unwrap(),
        retain: draft.bits & 2 != 0,
        properties: if version.is_v5() { will_buf.properties() } else { Properties::EMPTY },
        topic: &draft.topic,
        payload: &draft.payload,
    });
    let user_name = (draft.bits & 4 != 0).then_some(draft.text.as_str());
    let password = draft.bits & 8 != 0 && (version.is_v5() || user_name.is_some());
    let connect = Connect {
        version,
        clean_start: draft.bits & 16 != 0,
        keep_alive: draft.number,
        properties,
        client_id: if version.is_v5() { &draft.text } else { &draft.topic },
        will,
        user_name,
        password: password.then_some(Secret::new(&draft.payload)),
    };
    check(Packet::Connect(connect), Role::Server);
}

fn with_filters(
    draft: &Draft,
    packet_type: PacketType,
    version: Version,
    properties: Properties<'_>,
    check: impl FnOnce(Packet<'_>),
) {
    use ReasonCode as R;
    let packet_id = id(draft.number);
    let v5 = version.is_v5();
    match packet_type {
        PacketType::Subscribe => {
            let options = |byte: u8| SubscriptionOptions {
                qos: Qos::new(byte % 3).unwrap(),
                no_local: v5 && byte & 4 != 0,
                retain_as_published: v5 && byte & 8 != 0,
                retain_handling: match byte >> 6 {
                    1 if v5 => RetainHandling::SendIfNew,
                    2 if v5 => RetainHandling::DoNotSend,
                    _ => RetainHandling::Send,
                },
            };
            let list: Vec<_> = draft
                .filters
                .iter()
                .map(|(filter, byte)| Subscription { filter, options: options(*byte) })
                .collect();
            let subscriptions = Subscriptions::from_slice(&list);
            check(Packet::Subscribe(Subscribe { packet_id, properties, subscriptions }));
        }
        PacketType::Unsubscribe => {
            let list: Vec<&str> = draft.filters.iter().map(|(filter, _)| filter.as_str()).collect();
            check(Packet::Unsubscribe(Unsubscribe {
                packet_id,
                properties,
                filters: Filters::from_slice(&list),
            }));
        }
        PacketType::SubAck => {
            let list = codes(draft, &[R::Success, R::GrantedQos1, R::GrantedQos2, R::UnspecifiedError]);
            check(Packet::SubAck(SubAck { packet_id, properties, codes: ReasonCodes::from_slice(&list) }));
        }
        _ => {
            let list = if v5 {
                codes(draft, &[R::Success, R::NoSubscriptionExisted, R::NotAuthorized])
            } else {
                vec![]
            };
            check(Packet::UnsubAck(UnsubAck {
                packet_id,
                properties,
                codes: ReasonCodes::from_slice(&list),
            }));
        }
    }
}

/// The packets that need nothing but the draft.
fn plain<'a>(
    draft: &'a Draft,
    packet_type: PacketType,
    version: Version,
    properties: Properties<'a>,
) -> Packet<'a> {
    use ReasonCode as R;
    let v5 = version.is_v5();
    let one_of = |codes: &[R]| if v5 { codes[draft.pick % codes.len()] } else { R::Success };
    let packet_id = id(draft.number);
    let ack = |codes: &[R]| Ack { packet_id, reason: one_of(codes), properties };
    match packet_type {
        PacketType::ConnAck => {
            let failed = draft.bits & 1 != 0;
            let codes = if v5 { R::ALL } else { &[R::NotAuthorized, R::ServerUnavailable] };
            let codes: Vec<R> = codes.iter().copied().filter(|code| refuses_connection(*code)).collect();
            Packet::ConnAck(ConnAck {
                session_present: !failed && version != Version::V3 && draft.bits & 2 != 0,
                reason: if failed { codes[draft.pick % codes.len()] } else { R::Success },
                properties,
            })
        }
        PacketType::Publish => {
            let qos = Qos::new(u8::try_from(draft.pick % 3).unwrap()).unwrap();
            let alias = properties.topic_alias().is_some() && draft.bits & 4 != 0;
            Packet::Publish(Publish {
                dup: qos != Qos::AtMostOnce && draft.bits & 1 != 0,
                qos,
                retain: draft.bits & 2 != 0,
                topic: if alias { "" } else { &draft.topic },
                packet_id: (qos != Qos::AtMostOnce).then_some(packet_id),
                properties,
                payload: &draft.payload,
            })
        }
        PacketType::PubAck => Packet::PubAck(ack(&[R::Success, R::NotAuthorized, R::QuotaExceeded])),
        PacketType::PubRec => {
            Packet::PubRec(ack(&[R::Success, R::UnspecifiedError, R::PayloadFormatInvalid]))
        }
        PacketType::PubRel => Packet::PubRel(ack(&[R::Success, R::PacketIdentifierNotFound])),
        PacketType::PubComp => Packet::PubComp(ack(&[R::Success, R::PacketIdentifierNotFound])),
        PacketType::Disconnect => Packet::Disconnect(Disconnect {
            reason: one_of(&[R::Success, R::DisconnectWithWill, R::ProtocolError]),
            properties,
        }),
        PacketType::Auth => {
            Packet::Auth(Auth { reason: one_of(&[R::ContinueAuthentication, R::ReAuthenticate]), properties })
        }
        PacketType::PingResp => Packet::PingResp,
        _ => Packet::PingReq,
    }
}

/// The failures that CONNACK may name, as the specification's table lists them.
fn refuses_connection(code: ReasonCode) -> bool {
    matches!(code.code(), 0x80..=0x8A | 0x8C | 0x90 | 0x95 | 0x97 | 0x99..=0x9D | 0x9F)
}
