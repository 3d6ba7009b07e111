//! Sessions that stay, wills, silence.

use std::time::Duration;

use mqtt_codec::{
    Connect, Disconnect, Packet, Properties, Property, PropertySet, Qos, ReasonCode, Version, Will,
};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

/// Whether a client finds a session.
fn is_present(world: &mut World, version: Version, name: &str) -> bool {
    let client = world.arrive();
    let connect = Connect { clean_start: false, ..hello(version, name) };
    world.send(client, version, &[Packet::Connect(connect)]);
    let bytes = world.take(client);
    let Packet::ConnAck(connack) = all(version, &bytes)[0] else { panic!() };
    connack.session_present
}

fn expiring(seconds: u32) -> mqtt_codec::PropertiesBuf {
    properties(PropertySet::Connect, &[Property::SessionExpiryInterval(seconds)])
}

/// [MQTT-3.1.2-23] [MQTT-4.1.0-1] [MQTT-4.1.0-2] [MQTT3-4.1.0-2]
#[test]
fn a_v5_session_stays_as_long_as_was_asked() {
    for (wait, present) in [(59, true), (62, false)] {
        let mut world = World::new();
        let minute = expiring(60);
        let client = world.connect(&Connect { properties: minute.properties(), ..hello(V5, "c") });
        world.lose(client);
        world.pass(Duration::from_secs(wait));
        assert_eq!(is_present(&mut world, V5, "c"), present, "after {wait} s");
    }
}

#[test]
fn without_an_expiry_a_v5_session_ends_with_its_connection() {
    let mut world = World::new();
    let client = world.connect(&Connect { clean_start: false, ..hello(V5, "c") });
    world.lose(client);
    assert!(!is_present(&mut world, V5, "c"));
}

/// [MQTT3-4.1.0-1] [MQTT3-3.1.2-4] [MQTT3-3.1.2-6]
#[test]
fn a_3_1_1_session_stays_unless_it_is_clean() {
    let mut world = World::new();
    let kept = world.connect(&Connect { clean_start: false, ..hello(V4, "kept") });
    let clean = world.connect(&hello(V4, "clean"));
    world.lose(kept);
    world.lose(clean);
    world.pass(Duration::from_secs(1000));
    assert!(is_present(&mut world, V4, "kept"));
    assert!(!is_present(&mut world, V4, "clean"));
    let again = world.connect(&hello(V4, "kept"));
    world.lose(again);
    assert!(!is_present(&mut world, V4, "kept"), "a clean session discarded it");
}

fn leave(world: &mut World, client: usize, reason: ReasonCode, expiry: Option<u32>) {
    let expiry = expiry.map(|seconds| [Property::SessionExpiryInterval(seconds)]);
    let buffer = properties(PropertySet::Disconnect, expiry.as_ref().map_or(&[], |list| &list[..]));
    world.send(client, V5, &[Packet::Disconnect(Disconnect { reason, properties: buffer.properties() })]);
}

#[test]
fn a_goodbye_may_change_the_expiry_but_not_prolong_what_was_to_end() {
    let mut world = World::new();
    let minute = expiring(60);
    let client = world.connect(&Connect { properties: minute.properties(), ..hello(V5, "c") });
    leave(&mut world, client, ReasonCode::Success, Some(0));
    assert!(world.is_closed(client) && world.take(client).is_empty());
    assert!(!is_present(&mut world, V5, "c"));

    let longer = world.connect(&Connect { properties: minute.properties(), ..hello(V5, "longer") });
    leave(&mut world, longer, ReasonCode::Success, Some(600));
    world.pass(Duration::from_secs(300));
    assert!(is_present(&mut world, V5, "longer"));

    let ending = world.connect(&hello(V5, "ending"));
    leave(&mut world, ending, ReasonCode::Success, Some(60));
    let sent = world.take(ending);
    let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!("{sent:?}") };
    assert_eq!(packet.reason, ReasonCode::ProtocolError);
}

fn willing<'a>(version: Version, name: &'a str, will: Properties<'a>) -> Connect<'a> {
    let will =
        Will { qos: Qos::AtLeastOnce, retain: false, properties: will, topic: "will", payload: b"gone" };
    Connect { will: Some(will), ..hello(version, name) }
}

/// [MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT3-3.1.2-8] [MQTT3-3.1.2-10] [MQTT3-3.1.2-12]
#[test]
fn a_will_is_published_unless_its_client_says_goodbye() {
    let mut world = World::new();
    let heir = world.connect(&hello(V4, "heir"));
    world.subscribe(heir, V4, "will", Qos::AtMostOnce);
    let wills = |world: &mut World| all(V4, &world.take(heir)).len();

    let lost = world.connect(&willing(V4, "lost", Properties::EMPTY));
    world.lose(lost);
    assert_eq!(wills(&mut world), 1);
    let polite = world.connect(&willing(V4, "polite", Properties::EMPTY));
    world.send(polite, V4, &[Packet::Disconnect(Disconnect::new(ReasonCode::Success))]);
    assert_eq!((wills(&mut world), world.is_closed(polite)), (0, true));
    let wanting = world.connect(&willing(V5, "wanting", Properties::EMPTY));
    leave(&mut world, wanting, ReasonCode::DisconnectWithWill, None);
    assert_eq!(wills(&mut world), 1);
    let rude = world.connect(&willing(V4, "rude", Properties::EMPTY));
    world.send_bytes(rude, &[0x00, 0x00]);
    assert_eq!((wills(&mut world), world.is_closed(rude)), (1, true));
}

/// [MQTT-3.1.2-8] [MQTT-3.1.3-9]
#[test]
fn a_will_waits_for_its_delay_and_is_forgotten_if_its_client_is_back() {
    for (back, expected) in [(false, 1), (true, 0)] {
        let mut world = World::new();
        let heir = world.connect(&hello(V4, "heir"));
        world.subscribe(heir, V4, "will", Qos::AtMostOnce);
        let delay = properties(PropertySet::Will, &[Property::WillDelayInterval(10)]);
        let minute = expiring(60);
        let connect = Connect { properties: minute.properties(), ..willing(V5, "c", delay.properties()) };
        let client = world.connect(&connect);
        world.lose(client);
        world.pass(Duration::from_secs(9));
        assert!(world.take(heir).is_empty());
        if back {
            world.connect(&Connect { clean_start: false, properties: minute.properties(), ..hello(V5, "c") });
        }
        world.pass(Duration::from_secs(5));
        assert_eq!(all(V4, &world.take(heir)).len(), expected);
    }
}

#[test]
fn silence_is_allowed_for_one_and_a_half_keep_alives() {
    for version in [V4, V5] {
        let mut world = World::new();
        let client = world.connect(&Connect { keep_alive: 10, ..hello(version, "c") });
        world.pass(Duration::from_secs(14));
        world.send(client, version, &[Packet::PingReq]);
        world.take(client);
        world.pass(Duration::from_millis(14_500));
        assert!(!world.is_closed(client));
        world.pass(Duration::from_millis(500));
        assert!(world.is_closed(client));
        let sent = world.take(client);
        if version == V5 {
            let [Packet::Disconnect(packet)] = all(V5, &sent)[..] else { panic!() };
            assert_eq!(packet.reason, ReasonCode::KeepAliveTimeout);
        } else {
            assert!(sent.is_empty());
        }
    }
}

#[test]
fn the_servers_keep_alive_holds_in_v5_and_none_at_all_for_zero() {
    let told = Some(tidegate_config::Duration::from_secs(10));
    let mut world = World::with(&MqttConfig { server_keep_alive: told, ..MqttConfig::default() });
    let new = world.connect(&hello(V5, "new"));
    let old = world.connect(&hello(V4, "old"));
    world.pass(Duration::from_secs(16));
    assert!(world.is_closed(new) && !world.is_closed(old));
    world.pass(Duration::from_secs(3600));
    assert!(!world.is_closed(old));
}

/// [MQTT3-3.1.2-5]
#[test]
fn messages_wait_for_a_client_that_is_away() {
    let mut world = World::new();
    let client = world.connect(&Connect { clean_start: false, ..hello(V4, "c") });
    world.subscribe(client, V4, "t", Qos::AtLeastOnce);
    world.lose(client);
    let sender = world.connect(&hello(V5, "s"));
    world.send(sender, V5, &[Packet::Publish(publish(Qos::AtLeastOnce, 1, "t", b"kept"))]);
    assert_eq!(world.take(sender), [0x40, 2, 0, 1], "somebody subscribes");
    let client = world.arrive();
    world.send(client, V4, &[Packet::Connect(Connect { clean_start: false, ..hello(V4, "c") })]);
    let bytes = world.take(client);
    let [Packet::ConnAck(_), Packet::Publish(kept)] = all(V4, &bytes)[..] else { panic!("{bytes:?}") };
    assert_eq!((kept.payload, kept.dup), (&b"kept"[..], false));
}
