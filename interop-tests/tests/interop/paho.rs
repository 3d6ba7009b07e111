//! paho-mqtt (Python): the scenarios of `clients/python/scenarios.py`.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::peers::{need, python};

use super::stage::{Program, broker_with, skipped_on};

fn scenario(name: &str) {
    let Some(paho) = need(python::paho()) else { return };
    let broker = broker_with(&Settings::for_large_packets());
    let mut command = paho.script("scenarios.py");
    command.arg(name).arg(broker.address.port().to_string());
    Program::spawn(command).finish();
}

macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            scenario(stringify!($name));
        })*
    };
}

scenarios! {
    qos_matrix retained retain_handling wills retained_will sessions shared large_payloads
    properties_end_to_end topic_alias_to_broker no_local request_response burst
}

#[test]
fn no_matching_subscribers() {
    if !skipped_on("mosquitto", "answers QoS 2 with 0x10 as well") {
        scenario("no_matching_subscribers");
    }
}

#[test]
fn takeover() {
    if !skipped_on("mosquitto", "2.0.11 closes the first connection without a DISCONNECT") {
        scenario("takeover");
    }
}
