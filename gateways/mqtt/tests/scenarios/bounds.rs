//! Levels, the QoS of subscriptions, and what a client publishes itself.

use std::time::Duration;

use mqtt_codec::{
    Connect, Packet, Properties, Publish, Qos, Subscription, SubscriptionOptions, Version, Will,
};
use tidegate_config::Duration as Span;
use tidegate_gateway_mqtt::{MqttConfig, ProtocolVersion, QosRule};

use crate::world::{World, all, hello, publish, subscribe};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

fn codes(world: &mut World, client: usize, version: Version, filters: &[&str]) -> Vec<u8> {
    let options = SubscriptionOptions { qos: Qos::ExactlyOnce, ..SubscriptionOptions::default() };
    let list: Vec<_> = filters.iter().map(|filter| Subscription { filter, options }).collect();
    world.send(client, version, &[subscribe(3, &list, Properties::EMPTY)]);
    let bytes = world.take(client);
    let [Packet::SubAck(ack), ..] = all(version, &bytes)[..] else { panic!("{bytes:?}") };
    ack.codes.iter().map(|code| code.code()).collect()
}

#[test]
fn some_subscriptions_get_a_lower_qos_and_are_told() {
    let rule = |filter: &str, qos| QosRule { filter: filter.to_owned(), qos };
    let config = MqttConfig {
        subscription_max_qos: vec![rule("log/+", 1), rule("log/#", 0), rule("$x/#", 0)],
        ..MqttConfig::default()
    };
    let mut world = World::with(&config);
    for version in [V4, V5] {
        let client = world.connect(&hello(version, "c"));
        let filters = ["log/a", "log/a/b", "log/#", "#", "$share/g/log/+/x", "$x/y"];
        assert_eq!(codes(&mut world, client, version, &filters), [1, 0, 0, 2, 0, 0], "{version:?}");
    }
}

#[test]
fn topics_and_filters_with_too_many_levels_are_refused() {
    let config = MqttConfig { max_topic_levels: Some(3), ..MqttConfig::default() };
    let mut world = World::with(&config);
    let client = world.connect(&hello(V5, "c"));
    assert_eq!(
        codes(&mut world, client, V5, &["a/b/c", "a/b/c/d", "$share/g/a/b/c", "a/b/c/#"]),
        [2, 0x8F, 2, 0x8F]
    );
    for (topic, code) in [("a/b/d", 0x10), ("a/b/c/d", 0x90), ("///", 0x90)] {
        world.send(client, V5, &[Packet::Publish(publish(Qos::AtLeastOnce, 5, topic, b""))]);
        let bytes = world.take(client);
        let [Packet::PubAck(ack)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
        assert_eq!(ack.reason.code(), code, "{topic}");
    }
    assert!(!world.is_closed(client));
}

#[test]
fn a_will_with_too_many_levels_is_refused() {
    let config = MqttConfig { max_topic_levels: Some(2), ..MqttConfig::default() };
    let mut world = World::with(&config);
    for (version, topic, expected) in [(V4, "a/b", 0), (V5, "a/b", 0), (V4, "a/b/c", 3), (V5, "a/b/c", 0x90)]
    {
        let properties = Properties::EMPTY;
        let will = Will { qos: Qos::AtMostOnce, retain: false, properties, topic, payload: b"" };
        let client = world.arrive();
        world.send(
            client,
            version,
            &[Packet::Connect(Connect { will: Some(will), ..hello(version, topic) })],
        );
        assert_eq!(world.take(client)[3], expected, "{version:?} {topic}");
    }
}

#[test]
fn a_3_x_client_may_be_spared_what_it_publishes_itself() {
    let config = MqttConfig { suppress_own_messages: true, ..MqttConfig::default() };
    for (config, version, own) in [(&config, V4, 0), (&config, V5, 1), (&MqttConfig::default(), V4, 1)] {
        let mut world = World::with(config);
        let client = world.connect(&hello(version, "c"));
        world.subscribe(client, version, "t/#", Qos::AtMostOnce);
        let other = world.connect(&hello(V4, "other"));
        let say = |payload| Packet::Publish(Publish { ..publish(Qos::AtMostOnce, 0, "t/x", payload) });
        world.send(client, version, &[say(b"mine")]);
        assert_eq!(all(version, &world.take(client)).len(), own, "{version:?}");
        world.send(other, V4, &[say(b"theirs")]);
        assert_eq!(all(version, &world.take(client)).len(), 1);
        assert_eq!(codes(&mut world, client, version, &["$share/g/t/#"]), [2], "a group is left as it is");
    }
}

#[test]
fn a_keep_alive_that_is_too_long_is_cut_or_refused() {
    let config = MqttConfig { max_keep_alive: Some(Span::from_secs(60)), ..MqttConfig::default() };
    for (version, asked, told) in [
        (V5, 59, Ok(None)),
        (V5, 61, Ok(Some(60))),
        (V5, 0, Ok(Some(60))),
        (V4, 60, Ok(None)),
        (V4, 61, Err(2)),
        (V4, 0, Err(2)),
    ] {
        let mut world = World::with(&config);
        let client = world.arrive();
        world.send(client, version, &[Packet::Connect(Connect { keep_alive: asked, ..hello(version, "c") })]);
        let bytes = world.take(client);
        let got = match all(version, &bytes)[..] {
            [Packet::ConnAck(ack)] if bytes[3] == 0 => Ok(ack.properties.server_keep_alive()),
            _ => Err(bytes[3]),
        };
        assert_eq!(got, told, "{version:?} {asked}");
        world.pass(Duration::from_secs(91));
        assert!(world.is_closed(client), "silent for one and a half times a minute");
    }
}

#[test]
fn ids_that_are_given_begin_as_the_operator_says() {
    let config = MqttConfig { auto_id_prefix: "guest/".to_owned(), ..MqttConfig::default() };
    let mut world = World::with(&config);
    let client = world.arrive();
    world.send(client, V5, &[Packet::Connect(hello(V5, ""))]);
    let bytes = world.take(client);
    let [Packet::ConnAck(connack)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
    let id = connack.properties.assigned_client_identifier().unwrap();
    assert!(id.starts_with("guest/") && id.len() == 6 + 32, "{id}");
}

#[test]
fn versions_that_are_not_taken_are_refused() {
    let config = MqttConfig { accept_versions: vec![ProtocolVersion::V4], ..MqttConfig::default() };
    let mut world = World::with(&config);
    for (version, code) in [(Version::V3, 1), (V4, 0), (V5, 0x84)] {
        let client = world.arrive();
        world.send(client, version, &[Packet::Connect(hello(version, "c"))]);
        assert_eq!(world.take(client)[3], code, "{version:?}");
        assert_eq!(world.is_closed(client), code != 0);
    }
}
