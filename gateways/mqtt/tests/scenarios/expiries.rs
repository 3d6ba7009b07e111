//! How long messages and sessions are kept, where the operator says.

use std::time::Duration;

use mqtt_codec::{Connect, Packet, Property, PropertySet, Publish, Qos, Version, Will};
use tidegate_config::Duration as Span;
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

fn config(default: Option<u64>, most: Option<u64>) -> MqttConfig {
    MqttConfig {
        default_message_expiry: default.map(Span::from_secs),
        max_message_expiry: most.map(Span::from_secs),
        ..MqttConfig::default()
    }
}

/// The expiry with which a message comes out that goes in with `said`.
fn expiry_of(config: &MqttConfig, said: Option<u32>) -> Option<u32> {
    let mut world = World::with(config);
    let receiver = world.connect(&hello(V5, "receiver"));
    world.subscribe(receiver, V5, "t", Qos::AtMostOnce);
    let sender = world.connect(&hello(V5, "sender"));
    let said: Vec<_> = said.into_iter().map(Property::MessageExpiryInterval).collect();
    let said = properties(PropertySet::Publish, &said);
    let packet = Publish { properties: said.properties(), ..publish(Qos::AtMostOnce, 0, "t", b"x") };
    world.send(sender, V5, &[Packet::Publish(packet)]);
    received_expiry(&mut world, receiver)
}

fn received_expiry(world: &mut World, receiver: usize) -> Option<u32> {
    let bytes = world.take(receiver);
    let [Packet::Publish(got)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
    got.properties.message_expiry_interval()
}

#[test]
fn a_message_without_an_expiry_gets_one_and_a_long_one_is_cut() {
    for (default, most, said, expected) in [
        (None, None, None, None),
        (None, None, Some(9), Some(9)),
        (Some(5), None, None, Some(5)),
        (Some(5), None, Some(9), Some(9)),
        (None, Some(7), None, Some(7)),
        (None, Some(7), Some(9), Some(7)),
        (Some(5), Some(7), None, Some(5)),
        (Some(5), Some(7), Some(6), Some(6)),
        (Some(5), Some(7), Some(9), Some(7)),
    ] {
        let got = expiry_of(&config(default, most), said);
        assert_eq!(got, expected, "default {default:?}, most {most:?}, said {said:?}");
    }
}

#[test]
fn what_3_x_clients_publish_expires_too() {
    let mut world = World::with(&config(Some(5), None));
    let sender = world.connect(&hello(V4, "sender"));
    let keep = |topic| Publish { retain: true, ..publish(Qos::AtMostOnce, 0, topic, b"x") };
    world.send(sender, V4, &[Packet::Publish(keep("t"))]);
    let retained = |world: &mut World| {
        let receiver = world.connect(&hello(V5, "receiver"));
        world.subscribe(receiver, V5, "t", Qos::AtMostOnce);
        all(V5, &world.take(receiver)).len()
    };
    assert_eq!(retained(&mut world), 1);
    world.pass(Duration::from_secs(6));
    assert_eq!(retained(&mut world), 0, "its time is over");
}

#[test]
fn a_will_expires_as_any_message_does() {
    let mut world = World::with(&config(Some(5), None));
    let receiver = world.connect(&hello(V5, "receiver"));
    world.subscribe(receiver, V5, "t", Qos::AtMostOnce);
    let properties = mqtt_codec::Properties::EMPTY;
    let will = Will { qos: Qos::AtMostOnce, retain: false, properties, topic: "t", payload: b"gone" };
    let client = world.connect(&Connect { will: Some(will), ..hello(V4, "sender") });
    world.lose(client);
    assert_eq!(received_expiry(&mut world, receiver), Some(5));
}

#[test]
fn sessions_of_3_x_clients_have_a_time_of_their_own() {
    let config = MqttConfig { session_expiry_3x: Some(Span::from_secs(60)), ..MqttConfig::default() };
    let stays = |away: u64, version: Version| {
        let mut world = World::with(&config);
        let expiry = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(600)]);
        let properties = if version.is_v5() { expiry.properties() } else { mqtt_codec::Properties::EMPTY };
        let connect = Connect { clean_start: false, properties, ..hello(version, "c") };
        let client = world.connect(&connect);
        world.lose(client);
        world.pass(Duration::from_secs(away));
        let again = world.arrive();
        world.send(again, version, &[Packet::Connect(connect)]);
        let bytes = world.take(again);
        let [Packet::ConnAck(connack), ..] = all(version, &bytes)[..] else { panic!("{bytes:?}") };
        connack.session_present
    };
    assert!(stays(50, V4) && !stays(70, V4));
    assert!(stays(70, V5), "a v5 client says it itself");
}
