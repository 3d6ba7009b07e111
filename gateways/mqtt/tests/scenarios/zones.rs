//! Options of a listener's zone hold for the clients that come through it.

use std::collections::BTreeMap;

use mqtt_codec::{Packet, Qos, Version};
use tidegate_config::{Bind, ListenerConfig};
use tidegate_gateway::Gateway;
use tidegate_gateway_mqtt::{MqttConfig, MqttZone};

use crate::world::{World, all, hello};

const V5: Version = Version::V5;

fn listener(zone: Option<&str>) -> ListenerConfig {
    ListenerConfig { bind: Bind::loopback(0), zone: zone.map(str::to_owned), ..ListenerConfig::default() }
}

fn config(max_qos: u8) -> MqttConfig {
    let zone = MqttZone { max_qos: Some(max_qos), receive_maximum: Some(7), ..MqttZone::default() };
    let listeners = [("default", None), ("slow", Some("slow")), ("odd", Some("unheard-of"))];
    MqttConfig {
        max_qos: 1,
        topic_alias_maximum: 3,
        zones: BTreeMap::from([("slow".to_owned(), zone)]),
        listeners: listeners.map(|(name, zone)| (name.to_owned(), listener(zone))).into(),
        ..MqttConfig::default()
    }
}

/// Maximum QoS, Receive Maximum and Topic Alias Maximum that a client of a listener is told.
fn told(world: &mut World, through: &str) -> (Option<Qos>, Option<u16>, Option<u16>) {
    let client = world.arrive_through(&format!("mqtt.{through}"), None);
    world.send(client, V5, &[Packet::Connect(hello(V5, through))]);
    let bytes = world.take(client);
    let [Packet::ConnAck(connack)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
    let properties = connack.properties;
    (
        properties.maximum_qos(),
        properties.receive_maximum().map(std::num::NonZeroU16::get),
        properties.topic_alias_maximum(),
    )
}

#[test]
fn a_client_is_told_what_holds_in_its_listeners_zone() {
    let mut world = World::with(&config(0));
    let plain = (Some(Qos::AtLeastOnce), Some(1_024), Some(3));
    assert_eq!(told(&mut world, "default"), plain);
    assert_eq!(told(&mut world, "slow"), (Some(Qos::AtMostOnce), Some(7), Some(3)));
    assert_eq!(told(&mut world, "odd"), plain, "a zone without options of MQTT");
}

#[test]
fn another_configuration_holds_for_those_who_come_then() {
    let mut world = World::with(&config(0));
    let before = world.gateway.settings("mqtt.slow");
    world.gateway.reconfigure(&config(1));
    assert_eq!(told(&mut world, "slow"), (Some(Qos::AtLeastOnce), Some(7), Some(3)));
    assert_eq!(before.max_qos, Qos::AtMostOnce);
}

#[test]
fn it_says_what_it_speaks_over_websocket() {
    let world = World::with(&config(0));
    assert_eq!(world.gateway.subprotocols(), ["mqtt", "mqttv3.1"]);
    let names: Vec<String> = world.gateway.listeners().iter().map(|one| one.name.to_string()).collect();
    assert_eq!(names, ["default", "odd", "slow"]);
}
