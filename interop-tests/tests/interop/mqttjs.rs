//! MQTT.js: the scenarios of `clients/node/scenarios.js`.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::peers::{need, node};

use super::stage::{Program, broker_with, skipped_on};

fn scenario(name: &str) {
    let Some(mqttjs) = need(node::mqttjs()) else { return };
    let broker = broker_with(&Settings::for_large_packets());
    let mut command = mqttjs.script("scenarios.js");
    command.arg(name).arg(broker.address.port().to_string());
    Program::spawn(command).finish();
}

macro_rules! scenarios {
    ($($name:ident: $script:literal,)*) => {
        $(#[test]
        fn $name() {
            scenario($script);
        })*
    };
}

scenarios! {
    qos_matrix: "qosMatrix",
    retained: "retained",
    wills: "wills",
    sessions: "sessions",
    shared: "shared",
    large_payloads: "largePayloads",
    properties_end_to_end: "propertiesEndToEnd",
    topic_aliases: "topicAliases",
    burst: "burst",
}

#[test]
fn takeover() {
    if !skipped_on("mosquitto", "2.0.11 closes the first connection without a DISCONNECT") {
        scenario("takeover");
    }
}
