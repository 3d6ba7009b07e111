//! SUBSCRIBE, UNSUBSCRIBE and their acknowledgements.

use mqtt_codec::{
    Filters, Packet, Properties, PropertySet, Qos, ReasonCode, ReasonCodes, RetainHandling, Role, SubAck,
    Subscribe, Subscription, SubscriptionOptions, Subscriptions, UnsubAck, Unsubscribe, Version,
};

use super::{Vector, id, properties, vector};

use Role::{Client, Server};
use Version::{V3, V4, V5};

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

pub(super) fn vectors() -> Vec<Vector> {
    [subscribes(), subacks(), unsubscribes()].into_iter().flatten().collect()
}
