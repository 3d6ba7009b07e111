//! MQTT over WebSocket with the clients people have.

use serde_json::json;
use tidegate_interop_tests::broker::Settings;

use super::certificates::Certificates;
use super::{mqttjs, paho, tidegate};

/// The sub-protocols are `mqttv3.1` for MQTT 3.1 and `mqtt` for the others; MQTT.js says which.
#[test]
fn mqttjs_over_websocket() {
    let Some(broker) = tidegate(&Settings::for_large_packets()) else { return };
    let way = json!({ "scheme": "ws", "path": "/mqtt" });
    for scenario in ["qosMatrix", "largePayloads", "wills", "sessions", "burst"] {
        mqttjs(scenario, &broker, "ws", &way);
    }
}

#[test]
fn mqttjs_over_websocket_and_tls() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    for version in ["1.2", "1.3"] {
        let ca = certificates.path("ca.crt");
        let way = json!({ "scheme": "wss", "path": "/mqtt", "tls": version, "ca": ca });
        for scenario in ["qosMatrix", "largePayloads", "takeover"] {
            mqttjs(scenario, &broker, "wss", &way);
        }
    }
}

/// Without large payloads: paho-mqtt 2.x forgets the rest of a WebSocket frame that its socket does not take at once
/// (`_packet_write` drops a packet when `_WebsocketWrapper.send` answers 0).
#[test]
fn paho_over_websocket() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let ws = json!({ "transport": "websockets", "path": "/mqtt" });
    let wss = json!({ "transport": "websockets", "path": "/mqtt", "ca": certificates.path("ca.crt") });
    for (listener, way) in [("ws", ws), ("wss", wss)] {
        for scenario in ["qos_matrix", "properties_end_to_end", "shared", "request_response"] {
            paho(scenario, &broker, listener, &way);
        }
    }
}

#[test]
fn mqttjs_over_websocket_with_a_certificate() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.mutual()) else { return };
    let file = |name| certificates.path(name);
    let (ca, cert, key) = (file("ca.crt"), file("client.crt"), file("client.key"));
    let way = json!({ "scheme": "wss", "path": "/mqtt", "ca": ca, "cert": cert, "key": key });
    mqttjs("qosMatrix", &broker, "wss", &way);
}
