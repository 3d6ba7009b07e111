//! Sessions, wills and takeover, packet by packet.

use std::net::SocketAddr;

use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Connect, Publish, Will, put_disconnect};
use tidegate_interop_tests::wire::property::{Property, Value, id};
use tidegate_interop_tests::wire::{Version, kind};

use super::stage::{broker, client, skipped_on};

fn expiry(seconds: u32) -> [Property; 1] {
    [Property(id::SESSION_EXPIRY, Value::Long(seconds))]
}

/// Connects to the session `keeper`, which outlives the connection; says whether it was there.
fn keeper(address: SocketAddr, version: Version) -> (Client, bool) {
    let properties = expiry(3600);
    let clean = Connect::clean(version, "keeper");
    let (client, present, _) =
        Client::connect(address, &Connect { clean: false, properties: &properties, ..clean }).unwrap();
    (client, present)
}

#[test]
fn unacknowledged_deliveries_come_again_with_dup() {
    let broker = broker();
    let (mut first, present) = keeper(broker.address, Version::V5);
    assert!(!present);
    assert_eq!(first.subscribe("topic", 1, &[]).unwrap(), 1);
    let mut publisher = client(&broker, Version::V5, "publisher");
    publisher.publish("topic", b"one", &[]).unwrap();
    let sent = first.message().unwrap();
    assert!(!sent.dup, "[MQTT-3.3.1-1]");
    drop(first);
    let (mut second, present) = keeper(broker.address, Version::V5);
    assert!(present);
    let again = second.message().unwrap();
    assert!(again.dup, "[MQTT-4.4.0-1]");
    assert_eq!((again.id, again.payload.as_slice()), (sent.id, b"one".as_slice()));
    second.acknowledge(kind::PUBACK, again.id).unwrap();
    second.expect_quiet().unwrap();
    second.disconnect().unwrap();
    let (mut third, present) = keeper(broker.address, Version::V5);
    assert!(present);
    third.expect_quiet().unwrap();
}

#[test]
fn exactly_once_survives_a_lost_connection_at_each_step() {
    let broker = broker();
    let (mut subscriber, _) = keeper(broker.address, Version::V311);
    assert_eq!(subscriber.subscribe("topic", 2, &[]).unwrap(), 2);
    let mut publisher = client(&broker, Version::V311, "publisher");
    publisher.publish("topic", b"never doubled", &[]).unwrap();
    drop(publisher);
    let mut sender = client(&broker, Version::V311, "sender");
    let (version, topic, payload) = (Version::V311, "topic", b"never doubled".as_slice());
    let publish = Publish { version, topic, payload, qos: 2, id: 9, retain: false, properties: &[] };
    for dup in [0, 8] {
        let mut bytes = Vec::new();
        publish.put(&mut bytes);
        bytes[0] |= dup;
        sender.send(&bytes).unwrap();
        assert_eq!(sender.receive().unwrap(), Packet::Ack(kind::PUBREC, 9, 0), "[MQTT-4.3.3-10]");
    }
    sender.acknowledge(kind::PUBREL, 9).unwrap();
    assert_eq!(sender.receive().unwrap(), Packet::Ack(kind::PUBCOMP, 9, 0));
    let at_least_once = subscriber.message().unwrap();
    assert_eq!(at_least_once.qos, 1);
    let sent = subscriber.message().unwrap();
    assert_eq!((sent.qos, sent.dup), (2, false));
    drop(subscriber);
    let (mut subscriber, present) = keeper(broker.address, Version::V311);
    assert!(present);
    let (first, second) = (subscriber.message().unwrap(), subscriber.message().unwrap());
    assert_eq!([first.id, second.id], [at_least_once.id, sent.id], "the order is kept [MQTT-4.6.0-1]");
    assert!(second.dup);
    subscriber.acknowledge(kind::PUBACK, first.id).unwrap();
    subscriber.acknowledge(kind::PUBREC, second.id).unwrap();
    assert_eq!(subscriber.receive().unwrap(), Packet::Ack(kind::PUBREL, second.id, 0));
    drop(subscriber);
    let (mut subscriber, _) = keeper(broker.address, Version::V311);
    let released = subscriber.receive().unwrap();
    assert_eq!(released, Packet::Ack(kind::PUBREL, second.id, 0), "PUBREL again, never PUBLISH");
    subscriber.acknowledge(kind::PUBCOMP, second.id).unwrap();
    subscriber.expect_quiet().unwrap();
}

#[test]
fn a_session_ends_with_its_connection_when_disconnect_says_so() {
    let broker = broker();
    let (mut first, _) = keeper(broker.address, Version::V5);
    first.send_with(|out| put_disconnect(out, 0, &expiry(0))).unwrap();
    first.closed().unwrap();
    assert!(!keeper(broker.address, Version::V5).1);
}

/// The end of a session shows by its will: a delay beyond the expiry is cut short by it [MQTT-3.1.3-9].
#[test]
fn a_session_expires() {
    let broker = broker();
    let mut watcher = client(&broker, Version::V5, "watcher");
    watcher.subscribe("will/brief", 0, &[]).unwrap();
    let (properties, delay) = (expiry(1), [Property(id::WILL_DELAY, Value::Long(3600))]);
    let will = Will { topic: "will/brief", payload: b"expired", properties: &delay, ..Will::default() };
    let clean = Connect::clean(Version::V5, "brief");
    let connect = Connect { clean: false, will: Some(will), properties: &properties, ..clean };
    drop(Client::connect(broker.address, &connect).unwrap());
    assert_eq!(watcher.message().unwrap().payload, b"expired");
    let (_, present, _) = Client::connect(broker.address, &connect).unwrap();
    assert!(!present, "the session is gone");
}

#[test]
fn a_will_waits_for_its_delay_and_a_return_cancels_it() {
    let broker = broker();
    let mut watcher = client(&broker, Version::V5, "watcher");
    watcher.subscribe("will/#", 1, &[]).unwrap();
    let (properties, delay) = (expiry(3600), [Property(id::WILL_DELAY, Value::Long(2))]);
    let will = Will { topic: "will/delayed", payload: b"gone", qos: 0, retain: false, properties: &delay };
    let clean = Connect::clean(Version::V5, "delayed");
    let connect = Connect { clean: false, will: Some(will), properties: &properties, ..clean };
    drop(Client::connect(broker.address, &connect).unwrap());
    watcher.expect_quiet().unwrap();
    let (returned, present, _) = Client::connect(broker.address, &connect).unwrap();
    assert!(present);
    watcher.expect_quiet().unwrap();
    drop(returned);
    assert_eq!(watcher.message().unwrap().payload, b"gone");
    watcher.expect_quiet().unwrap();
}

#[test]
fn disconnect_with_will_publishes_it() {
    let broker = broker();
    let mut watcher = client(&broker, Version::V5, "watcher");
    watcher.subscribe("will", 0, &[]).unwrap();
    let will = Will { topic: "will", payload: b"wanted", ..Will::default() };
    let connect = Connect { will: Some(will), ..Connect::clean(Version::V5, "leaving") };
    let (mut leaving, _, _) = Client::connect(broker.address, &connect).unwrap();
    leaving.send_with(|out| put_disconnect(out, 0x04, &[])).unwrap();
    assert_eq!(watcher.message().unwrap().payload, b"wanted");
}

#[test]
fn takeover_tells_the_first_connection_and_keeps_the_session() {
    if skipped_on("mosquitto", "2.0.11 closes the first connection without a DISCONNECT") {
        return;
    }
    let broker = broker();
    let (mut first, _) = keeper(broker.address, Version::V5);
    first.subscribe("topic", 1, &[]).unwrap();
    let (mut second, present) = keeper(broker.address, Version::V5);
    assert!(present);
    let seen = first.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x8E, _)]), "{seen:?} [MQTT-3.1.4-3]");
    let mut publisher = client(&broker, Version::V5, "publisher");
    publisher.publish("topic", b"to the second", &[]).unwrap();
    assert_eq!(second.message().unwrap().payload, b"to the second");
}

#[test]
fn takeover_between_versions_closes_the_first() {
    if skipped_on("rumqttd", "a listener speaks one version") {
        return;
    }
    let broker = broker();
    let (mut first, _) = keeper(broker.address, Version::V311);
    let (_second, present) = keeper(broker.address, Version::V5);
    assert!(present);
    assert_eq!(first.closed().unwrap(), []);
}
