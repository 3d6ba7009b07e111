//! rumqttc, its MQTT 3.1.1 half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttc::{Client, Event, Incoming, LastWill, MqttOptions, Publish, QoS};
use tidegate_interop_tests::broker::{Running, Settings};

use super::rumqttc_scenarios::rumqttc_scenarios;
use super::stage::{DEADLINE, broker, broker_with};

fn options(broker: &Running, client_id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(client_id, "127.0.0.1", broker.address.port());
    options.set_keep_alive(Duration::from_secs(60)).set_max_packet_size(16 << 20, 16 << 20);
    options
}

fn persistent(broker: &Running, client_id: &str) -> MqttOptions {
    let mut options = options(broker, client_id);
    options.set_clean_session(false);
    options
}

fn topic(message: &Publish) -> &str {
    &message.topic
}

fn will(topic: &str, payload: &str) -> LastWill {
    LastWill::new(topic, payload, QoS::AtLeastOnce, false)
}

rumqttc_scenarios!();
