//! What subscriptions ask for: options, numbers, retained values, groups.

use std::time::Duration;

use mqtt_codec::{
    Connect, Packet, Properties, Property, PropertySet, Publish, Qos, ReasonCode, RetainHandling,
    Subscription, SubscriptionOptions, Unsubscribe, Version,
};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, id, properties, publish, subscribe};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

fn options(qos: Qos) -> SubscriptionOptions {
    SubscriptionOptions { qos, ..SubscriptionOptions::default() }
}

fn codes(world: &mut World, client: usize, version: Version) -> Vec<u8> {
    let bytes = world.take(client);
    match all(version, &bytes)[..] {
        [Packet::SubAck(ack), ..] => ack.codes.iter().map(|code| code.code()).collect(),
        [Packet::UnsubAck(ack), ..] => ack.codes.iter().map(|code| code.code()).collect(),
        ref other => panic!("{other:?}"),
    }
}

/// Payloads a client got.
fn payloads(world: &mut World, client: usize, version: Version) -> Vec<Vec<u8>> {
    let bytes = world.take(client);
    let payload = |packet: &Packet<'_>| match packet {
        Packet::Publish(publish) => publish.payload.to_vec(),
        other => panic!("{other:?}"),
    };
    all(version, &bytes).iter().map(payload).collect()
}

#[test]
fn many_filters_are_answered_one_by_one() {
    let mut world = World::new();
    for version in [V4, V5] {
        let client = world.connect(&hello(version, "c"));
        let list = ["a", "b/+", "$share/g/c"]
            .map(|filter| Subscription { filter, options: options(Qos::AtLeastOnce) });
        world.send(client, version, &[subscribe(3, &list, Properties::EMPTY)]);
        assert_eq!(codes(&mut world, client, version), [1, 1, 1]);
        let filters = mqtt_codec::Filters::from_slice(&["b/+", "nothing", "$share/g/c"]);
        let packet = Unsubscribe { packet_id: id(4), properties: Properties::EMPTY, filters };
        world.send(client, version, &[Packet::Unsubscribe(packet)]);
        let expected: &[u8] = if version == V5 { &[0, 0x11, 0] } else { &[] };
        assert_eq!(codes(&mut world, client, version), expected);
    }
}

#[test]
fn what_is_not_available_closes_a_v5_client_and_fails_in_3_x() {
    let config = MqttConfig {
        wildcard_available: false,
        shared_available: false,
        subscription_identifiers_available: false,
        ..MqttConfig::default()
    };
    let number =
        properties(PropertySet::Subscribe, &[Property::SubscriptionIdentifier(std::num::NonZeroU32::MIN)]);
    for (filter, properties, code) in [
        ("a/#", Properties::EMPTY, 0xA2),
        ("$share/g/a", Properties::EMPTY, 0x9E),
        ("a", number.properties(), 0xA1),
    ] {
        let mut world = World::with(&config);
        let list = [Subscription { filter, options: options(Qos::AtMostOnce) }];
        let client = world.connect(&hello(V5, "c"));
        world.send(client, V5, &[subscribe(3, &list, properties)]);
        let sent = world.take(client);
        let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
        assert_eq!(packet.reason.code(), code);
        if code != 0xA1 {
            let old = world.connect(&hello(V4, "old"));
            let list = [list[0], Subscription { filter: "fine", options: options(Qos::AtLeastOnce) }];
            world.send(old, V4, &[subscribe(3, &list, Properties::EMPTY)]);
            assert_eq!(codes(&mut world, old, V4), [0x80, 1]);
        }
    }
}

#[test]
fn a_packet_with_too_many_filters_is_refused_whole() {
    let mut world = World::with(&MqttConfig { max_filters_per_packet: 1, ..MqttConfig::default() });
    let client = world.connect(&hello(V5, "c"));
    let list = ["a", "b"].map(|filter| Subscription { filter, options: options(Qos::AtMostOnce) });
    world.send(client, V5, &[subscribe(3, &list, Properties::EMPTY)]);
    assert_eq!(codes(&mut world, client, V5), [0x97, 0x97]);
    assert!(!world.is_closed(client));
}

#[test]
fn a_malformed_group_fails_in_3_x() {
    let mut world = World::new();
    let client = world.connect(&hello(V4, "c"));
    let list = ["$share/+/a", "$share/g", "ok"]
        .map(|filter| Subscription { filter, options: options(Qos::AtMostOnce) });
    world.send(client, V4, &[subscribe(3, &list, Properties::EMPTY)]);
    assert_eq!(codes(&mut world, client, V4), [0x80, 0x80, 0]);
}

#[test]
fn a_group_shares_its_messages() {
    let mut world = World::new();
    let members = [world.connect(&hello(V4, "m1")), world.connect(&hello(V5, "m2"))];
    world.subscribe(members[0], V4, "$share/g/t", Qos::AtLeastOnce);
    world.subscribe(members[1], V5, "$share/g/t", Qos::AtLeastOnce);
    let sender = world.connect(&hello(V4, "s"));
    for number in 1..=10 {
        world.send(sender, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, number, "t", b"x"))]);
    }
    let got = [payloads(&mut world, members[0], V4).len(), payloads(&mut world, members[1], V5).len()];
    assert_eq!(got[0] + got[1], 10);
    assert!(got[0] > 0 && got[1] > 0, "{got:?}");
}

/// What a member was sent at QoS 2 stays its own: it gets it again when it is back [MQTT-4.8.2-4], and nobody does if
/// its session ends [MQTT-4.8.2-5].
#[test]
fn an_exactly_once_message_stays_with_its_member() {
    for (back_after, expected) in [(10, 1), (100, 0)] {
        let mut world = World::new();
        let minute = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(60)]);
        let connect = Connect { clean_start: false, properties: minute.properties(), ..hello(V5, "member") };
        let member = world.connect(&connect);
        world.subscribe(member, V5, "$share/g/t", Qos::ExactlyOnce);
        let sender = world.connect(&hello(V4, "s"));
        world.send(sender, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 1, "t", b"x"))]);
        assert_eq!(payloads(&mut world, member, V5).len(), 1);
        let other = world.connect(&hello(V4, "other"));
        world.subscribe(other, V4, "$share/g/t", Qos::ExactlyOnce);
        world.lose(member);
        world.pass(Duration::from_secs(back_after));
        assert!(world.take(other).is_empty(), "after {back_after} s");
        let member = world.arrive();
        world.send(member, V5, &[Packet::Connect(connect)]);
        let bytes = world.take(member);
        let again =
            all(V5, &bytes).iter().filter(|packet| matches!(packet, Packet::Publish(p) if p.dup)).count();
        assert_eq!(again, expected);
        assert!(world.take(other).is_empty());
    }
}

#[test]
fn no_local_on_a_group_is_a_protocol_error() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
    world.send(
        client,
        V5,
        &[subscribe(3, &[Subscription { filter: "$share/g/t", options }], Properties::EMPTY)],
    );
    let sent = world.take(client);
    let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(packet.reason, ReasonCode::ProtocolError);
}

#[test]
fn retained_values_come_as_the_options_say() {
    let retained = |payload: &'static [u8]| {
        Packet::Publish(Publish { retain: true, ..publish(Qos::AtLeastOnce, 1, "r", payload) })
    };
    for (handling, first, again) in
        [(RetainHandling::Send, 1, 1), (RetainHandling::SendIfNew, 1, 0), (RetainHandling::DoNotSend, 0, 0)]
    {
        let mut world = World::new();
        let sender = world.connect(&hello(V4, "s"));
        world.send(sender, V4, &[retained(b"old"), retained(b"value")]);
        let client = world.connect(&hello(V5, "c"));
        for expected in [first, again] {
            let options = SubscriptionOptions { retain_handling: handling, ..options(Qos::AtMostOnce) };
            world.send(
                client,
                V5,
                &[subscribe(3, &[Subscription { filter: "r", options }], Properties::EMPTY)],
            );
            let bytes = world.take(client);
            let packets = all(V5, &bytes);
            assert_eq!(packets.len() - 1, expected, "{handling:?} {packets:?}");
            for packet in &packets[1..] {
                let Packet::Publish(publish) = packet else { panic!() };
                assert!(publish.retain && publish.payload == b"value");
            }
        }
        world.send(sender, V4, &[retained(b"")]);
        world.take(client);
        let late = world.connect(&hello(V4, "late"));
        world.subscribe(late, V4, "r", Qos::AtMostOnce);
        assert!(world.take(late).is_empty(), "an empty value removed it");
    }
}

#[test]
fn the_retain_mark_stays_only_for_those_who_want_it() {
    let mut world = World::new();
    let clients = [false, true].map(|as_published| {
        let client = world.connect(&hello(V5, if as_published { "as" } else { "plain" }));
        let options = SubscriptionOptions { retain_as_published: as_published, ..options(Qos::AtMostOnce) };
        world.send(client, V5, &[subscribe(3, &[Subscription { filter: "r", options }], Properties::EMPTY)]);
        world.take(client);
        (client, as_published)
    });
    let sender = world.connect(&hello(V4, "s"));
    let packet = Publish { retain: true, ..publish(Qos::AtMostOnce, 0, "r", b"x") };
    world.send(sender, V4, &[Packet::Publish(packet)]);
    for (client, expected) in clients {
        let bytes = world.take(client);
        let [Packet::Publish(got)] = all(V5, &bytes)[..] else { panic!() };
        assert_eq!(got.retain, expected);
    }
}

#[test]
fn retaining_where_it_is_not_available() {
    let mut world = World::with(&MqttConfig { retain_available: false, ..MqttConfig::default() });
    let packet = Packet::Publish(Publish { retain: true, ..publish(Qos::AtMostOnce, 0, "r", b"x") });
    let new = world.connect(&hello(V5, "new"));
    world.send(new, V5, &[packet]);
    let sent = world.take(new);
    let [Packet::Disconnect(last)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(last.reason, ReasonCode::RetainNotSupported);
    let old = world.connect(&hello(V4, "old"));
    world.send(old, V4, &[packet]);
    world.subscribe(old, V4, "r", Qos::AtMostOnce);
    assert!(!world.is_closed(old) && world.take(old).is_empty());
}

#[test]
fn numbers_of_all_matching_subscriptions_come_along() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    for (filter, number) in [("t/#", 7), ("t/+", 200), ("other", 9)] {
        let number = std::num::NonZeroU32::new(number).unwrap();
        let properties = properties(PropertySet::Subscribe, &[Property::SubscriptionIdentifier(number)]);
        let list = [Subscription { filter, options: options(Qos::AtMostOnce) }];
        world.send(client, V5, &[subscribe(3, &list, properties.properties())]);
    }
    world.take(client);
    let sender = world.connect(&hello(V4, "s"));
    world.send(sender, V4, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "t/1", b""))]);
    let bytes = world.take(client);
    let mut numbers: Vec<_> = all(V5, &bytes)
        .iter()
        .flat_map(|packet| match packet {
            Packet::Publish(publish) => {
                publish.properties.subscription_ids().map(u32::from).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [7, 200]);
}

#[test]
fn own_messages_stay_away_where_not_wanted() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    let options = SubscriptionOptions { no_local: true, ..options(Qos::AtMostOnce) };
    world.send(client, V5, &[subscribe(3, &[Subscription { filter: "t", options }], Properties::EMPTY)]);
    world.take(client);
    let other = world.connect(&hello(V5, "o"));
    for sender in [client, other] {
        world.send(sender, V5, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "t", b"x"))]);
    }
    assert_eq!(payloads(&mut world, client, V5).len(), 1);
}
