//! What carries MQTT on a running tidegate, proved with software of others: TLS, WebSocket, Unix sockets, a proxy.

use std::process::Command;

use serde_json::Value;
use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::broker::{Running, Settings, start, under_test};
use tidegate_interop_tests::peers;
use tidegate_interop_tests::peers::{need, node, python};

use super::stage::Program;

mod browser;
mod certificates;
mod greeting;
mod local_socket;
mod mutual_tls;
mod openssl_client;
mod proxy;
mod rotation;
mod scram;
mod tls_clients;
mod tls_offer;
mod tls_sessions;
mod websocket_clients;
mod websocket_frames;

/// A fresh tidegate; nothing when another broker is asked for, whose options are different ones.
fn tidegate(settings: &Settings) -> Option<Running> {
    let other = under_test().unwrap().name();
    if other != "tidegate" {
        peers::progress(&format!("SKIPPED on {other}: it is configured differently"));
        return None;
    }
    Some(start(&Tidegate::built().unwrap(), settings).unwrap())
}

/// Runs a scenario of paho-mqtt on one of the broker's listeners, reached in the `way` that `clients/python` knows.
fn paho(scenario: &str, broker: &Running, listener: &str, way: &Value) {
    let Some(paho) = need(python::paho()) else { return };
    run(paho.script("scenarios.py"), scenario, broker, listener, way);
}

/// Runs a scenario of MQTT.js on one of the broker's listeners, reached in the `way` that `clients/node` knows.
fn mqttjs(scenario: &str, broker: &Running, listener: &str, way: &Value) {
    let Some(mqttjs) = need(node::mqttjs()) else { return };
    run(mqttjs.script("scenarios.js"), scenario, broker, listener, way);
}

fn run(mut command: Command, scenario: &str, broker: &Running, listener: &str, way: &Value) {
    let port = broker.listener(listener).unwrap().port();
    command.arg(scenario).arg(port.to_string()).env("MQTT_WAY", way.to_string());
    Program::spawn(command).finish();
}
