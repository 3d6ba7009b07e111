//! rumqttc, its MQTT 5 half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    LastWill, Packet as Incoming, Publish, PublishProperties, SubscribeProperties,
};
use rumqttc::v5::{Client, Event, MqttOptions};
use tidegate_interop_tests::broker::{Running, Settings};

use super::rumqttc_scenarios::rumqttc_scenarios;
use super::stage::{DEADLINE, broker, broker_with, skipped_on};

fn options(broker: &Running, client_id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(client_id, "127.0.0.1", broker.address.port());
    options.set_keep_alive(Duration::from_secs(60)).set_max_packet_size(Some(16 << 20));
    options
}

fn persistent(broker: &Running, client_id: &str) -> MqttOptions {
    let mut options = options(broker, client_id);
    options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    options
}

fn topic(message: &Publish) -> &str {
    std::str::from_utf8(&message.topic).unwrap()
}

fn will(topic: &str, payload: &str) -> LastWill {
    LastWill::new(topic, payload, QoS::AtLeastOnce, false, None)
}

rumqttc_scenarios!();

#[test]
fn properties_end_to_end() {
    let broker = broker();
    let (subscriber, publisher) = (peer(&broker, "subscriber"), peer(&broker, "publisher"));
    let identifier = SubscribeProperties { id: Some(77), user_properties: Vec::new() };
    subscriber.client.subscribe_with_properties("all/#", QoS::ExactlyOnce, identifier).unwrap();
    while !matches!(subscriber.next(), Incoming::SubAck(_)) {}
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let sent = PublishProperties {
        payload_format_indicator: Some(1),
        message_expiry_interval: Some(1000),
        response_topic: Some("answers/here".to_owned()),
        correlation_data: Some(b"\0\xff".as_slice().into()),
        user_properties: vec![pair("b", "2"), pair("a", "1"), pair("b", "3")],
        content_type: Some("text/plain".to_owned()),
        ..PublishProperties::default()
    };
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        publisher.client.publish_with_properties("all/of/them", qos, false, "text", sent.clone()).unwrap();
        let mut got = subscriber.message().properties.unwrap();
        assert!((990..=1000).contains(&got.message_expiry_interval.unwrap()));
        got.message_expiry_interval = Some(1000);
        assert_eq!(got, PublishProperties { subscription_identifiers: vec![77], ..sent.clone() });
    }
}

#[test]
fn takeover_says_why() {
    if skipped_on("mosquitto", "2.0.11 closes the first connection without a DISCONNECT") {
        return;
    }
    let broker = broker();
    let mut first = peer(&broker, "twin");
    let second = peer(&broker, "twin");
    // rumqttc reports the DISCONNECT as the error that ends the connection.
    let error = first.thread.take().unwrap().join().unwrap();
    assert!(error.contains("SessionTakenOver"), "{error}");
    second.publish("nobody", QoS::AtLeastOnce, false, b"alive");
}
