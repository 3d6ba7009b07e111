//! Codes and properties of MQTT 5 answers.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::{Packet, find};
use tidegate_interop_tests::wire::encode::{Connect, Publish, Will, put_packet};
use tidegate_interop_tests::wire::property::{Property, Value, id};
use tidegate_interop_tests::wire::{Version, kind};

use super::stage::{broker, broker_with, client, skipped_on};

#[test]
fn a_client_without_identifier_is_given_one() {
    let broker = broker();
    let (_client, _, properties) = Client::connect(broker.address, &Connect::clean(Version::V5, "")).unwrap();
    let Some(Value::Bytes(first)) = find(&properties, id::ASSIGNED_CLIENT_ID) else {
        panic!("{properties:?}")
    };
    let (_client, _, properties) = Client::connect(broker.address, &Connect::clean(Version::V5, "")).unwrap();
    let Some(Value::Bytes(second)) = find(&properties, id::ASSIGNED_CLIENT_ID) else {
        panic!("{properties:?}")
    };
    assert!(!first.is_empty() && first != second, "[MQTT-3.1.3-6]");
}

#[test]
fn the_broker_shortens_a_keep_alive() {
    let broker = broker_with(&Settings { max_keep_alive: Some(30), ..Settings::default() });
    let connect = Connect { keep_alive: 600, ..Connect::clean(Version::V5, "client") };
    let (_client, _, properties) = Client::connect(broker.address, &connect).unwrap();
    assert_eq!(find(&properties, id::SERVER_KEEP_ALIVE), Some(&Value::Short(30)));
}

#[test]
fn a_silent_client_is_closed_after_its_keep_alive() {
    if skipped_on("mosquitto", "2.0.11 closes without a DISCONNECT") {
        return;
    }
    let broker = broker();
    let connect = Connect { keep_alive: 1, ..Connect::clean(Version::V5, "silent") };
    let (mut silent, _, _) = Client::connect(broker.address, &connect).unwrap();
    let seen = silent.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x8D, _)]), "{seen:?} [MQTT-3.1.2-22]");
}

#[test]
fn publishing_to_nobody_says_so() {
    let broker = broker();
    let mut client = client(&broker, Version::V5, "client");
    assert_eq!(client.publish("nobody", b"", &[]).unwrap(), 0x10);
    client.subscribe("somebody", 0, &[]).unwrap();
    client.send_with(|out| put_packet(out, kind::PUBLISH << 4 | 2, b"\0\x08somebody\0\x07\0")).unwrap();
    let both = [client.receive().unwrap(), client.receive().unwrap()];
    assert!(both.contains(&Packet::Ack(kind::PUBACK, 7, 0)), "{both:?}");
}

#[test]
fn unsubscribing_tells_what_was_there() {
    let broker = broker();
    let mut client = client(&broker, Version::V5, "client");
    client.subscribe("there", 1, &[]).unwrap();
    let body = b"\0\x05\0\0\x05there\0\x07missing";
    client.send_with(|out| put_packet(out, kind::UNSUBSCRIBE << 4 | 2, body)).unwrap();
    assert_eq!(client.receive().unwrap(), Packet::UnsubAck(5, vec![0, 0x11]));
}

#[test]
fn subscribing_again_replaces_the_options() {
    if skipped_on("mosquitto", "2.0.11 keeps retain-as-published as it was") {
        return;
    }
    let broker = broker();
    let mut client = client(&broker, Version::V5, "client");
    for (options, retain) in [(0, false), (0x08, true), (0, false)] {
        client.subscribe("topic", options | 0x20, &[]).unwrap();
        let (version, topic, payload) = (Version::V5, "topic", b"x".as_slice());
        let publish = Publish { version, topic, payload, qos: 0, id: 0, retain: true, properties: &[] };
        client.send_with(|out| publish.put(out)).unwrap();
        assert_eq!(
            client.message().unwrap().retain,
            retain,
            "[MQTT-3.8.4-3], [MQTT-3.3.1-12], [MQTT-3.3.1-13]"
        );
        client.expect_quiet().unwrap();
    }
}

#[test]
fn a_second_connect_is_a_protocol_error() {
    if skipped_on("mosquitto", "2.0.11 closes without a DISCONNECT") {
        return;
    }
    let broker = broker();
    let mut client = client(&broker, Version::V5, "client");
    client.send_with(|out| Connect::clean(Version::V5, "client").put(out)).unwrap();
    let seen = client.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82, _)]), "{seen:?} [MQTT-3.1.0-2]");
}

#[test]
fn malformed_packets_close_with_a_reason() {
    if skipped_on("mosquitto", "some of these close without a DISCONNECT") {
        return;
    }
    let broker = broker();
    let cases: [(&str, &[u8], &[u8]); 4] = [
        ("QoS 3 [MQTT-3.3.1-4]", &[0x36, 5, 0, 1, b'a', 0, 1], &[0x81, 0x82]),
        ("reserved flags [MQTT-2.1.3-1]", &[0x80, 7, 0, 1, 0, 0, 1, b'a', 0], &[0x81, 0x82]),
        ("SUBSCRIBE without a filter [MQTT-3.8.3-2]", &[0x82, 3, 0, 1, 0], &[0x81, 0x82]),
        ("wildcard in a topic name [MQTT-3.3.2-2]", &[0x30, 4, 0, 1, b'#', 0], &[0x81, 0x82, 0x90]),
    ];
    for (what, bytes, codes) in cases {
        let mut client = client(&broker, Version::V5, "client");
        client.send(bytes).unwrap();
        let seen = client.closed().unwrap();
        let ok = matches!(seen.as_slice(), [Packet::Disconnect(code, _)] if codes.contains(code));
        assert!(ok, "{what}: {seen:?}");
    }
}

#[test]
fn an_unknown_protocol_version_is_refused() {
    let broker = broker();
    let mut client = Client::open(broker.address, Version::V5).unwrap();
    client.send(&[0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 9, 2, 0, 0, 0, 0, 0]).unwrap();
    match client.receive() {
        Ok(Packet::ConnAck(false, code, _)) => assert!(matches!(code, 0x84 | 0x01), "{code:#x}"),
        Ok(other) => panic!("{other:?}"),
        Err(_) => {}
    }
}

#[test]
fn subscription_identifiers_of_all_matching_filters() {
    let broker = broker();
    let mut subscriber = client(&broker, Version::V5, "subscriber");
    for (number, filter) in [(1, "a/b"), (300, "a/+"), (268_435_455, "#")] {
        let identifier = [Property(id::SUBSCRIPTION_IDENTIFIER, Value::Varint(number))];
        assert_eq!(subscriber.subscribe(filter, 0, &identifier).unwrap(), 0);
    }
    let mut publisher = client(&broker, Version::V5, "publisher");
    publisher.publish("a/b", b"x", &[]).unwrap();
    publisher.publish("marker", b"x", &[]).unwrap();
    let mut found = Vec::new();
    loop {
        let message = subscriber.message().unwrap();
        if message.topic == "marker" {
            break;
        }
        for property in message.properties {
            if let Property(id::SUBSCRIPTION_IDENTIFIER, Value::Varint(number)) = property {
                found.push(number);
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, [1, 300, 268_435_455], "[MQTT-3.3.4-3]..[MQTT-3.3.4-5]");
}

#[test]
fn message_expiry_is_counted_down_and_honoured() {
    let broker = broker();
    let expiry = [Property(id::SESSION_EXPIRY, Value::Long(3600))];
    let connect = Connect { clean: false, properties: &expiry, ..Connect::clean(Version::V5, "sleeper") };
    let (mut sleeper, _, _) = Client::connect(broker.address, &connect).unwrap();
    sleeper.subscribe("topic", 1, &[]).unwrap();
    sleeper.disconnect().unwrap();
    let mut publisher = client(&broker, Version::V5, "publisher");
    let lives = |seconds| [Property(id::MESSAGE_EXPIRY, Value::Long(seconds))];
    publisher.publish("topic", b"brief", &lives(1)).unwrap();
    publisher.publish("topic", b"long", &lives(1000)).unwrap();
    // The broker's own clock says when two seconds are over: a will delayed by two seconds arrives.
    let delay = [Property(id::WILL_DELAY, Value::Long(2))];
    let will = Will { topic: "clock", properties: &delay, ..Default::default() };
    let clock = Connect { will: Some(will), properties: &expiry, ..Connect::clean(Version::V5, "clock") };
    let mut watcher = client(&broker, Version::V5, "watcher");
    watcher.subscribe("clock", 0, &[]).unwrap();
    drop(Client::connect(broker.address, &clock).unwrap());
    watcher.message().unwrap();
    let (mut sleeper, present, _) = Client::connect(broker.address, &connect).unwrap();
    assert!(present);
    let message = sleeper.message().unwrap();
    assert_eq!(message.payload, b"long", "the brief one has expired [MQTT-3.3.2-5]");
    let Some(Value::Long(left)) = message.property(id::MESSAGE_EXPIRY) else { panic!("{message:?}") };
    assert!((1..1000).contains(left), "{left} s left [MQTT-3.3.2-6]");
}
