//! MQTT over TLS with the clients people have.

use serde_json::json;
use tidegate_interop_tests::peers::mosquitto::mosquitto;
use tidegate_interop_tests::peers::need;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::Connect;
use tidegate_interop_tests::wire::{Version, tls};

use super::certificates::Certificates;
use super::{mqttjs, paho, tidegate};
use crate::interop::stage::Program;

#[test]
fn mosquitto_clients_know_the_broker_by_its_certificate() {
    let Some(programs) = need(mosquitto()) else { return };
    let (ours, others) = (Certificates::new(), Certificates::new());
    let Some(broker) = tidegate(&ours.settings()) else { return };
    let port = broker.listener("tls").unwrap().port().to_string();
    let command = |program: &str, trusted: &Certificates, arguments: &[&str]| {
        let mut command = programs.command(program);
        command.args(["-h", "localhost", "-p", &port, "--cafile", &trusted.path("ca.crt")]).args(arguments);
        command
    };
    for version in ["tlsv1.2", "tlsv1.3"] {
        let tls = ["--tls-version", version, "-q", "1", "-t", version];
        let publish = [&tls[..], &["-m", "hello", "-r"]].concat();
        Program::spawn(command("mosquitto_pub", &ours, &publish)).finish();
        let subscribe = [&tls[..], &["-C", "1"]].concat();
        let mut subscriber = Program::spawn(command("mosquitto_sub", &ours, &subscribe));
        assert_eq!(subscriber.text(), "hello");
        subscriber.finish();
        let (status, errors) = Program::spawn(command("mosquitto_pub", &others, &publish)).ended();
        assert!(!status.success() && errors.contains("TLS error"), "{status} {errors}");
    }
}

fn way(certificates: &Certificates, version: &str) -> serde_json::Value {
    json!({ "scheme": "mqtts", "tls": version, "ca": certificates.path("ca.crt") })
}

#[test]
fn paho_over_tls() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    for version in ["1.2", "1.3"] {
        for scenario in ["qos_matrix", "large_payloads"] {
            paho(scenario, &broker, "tls", &way(&certificates, version));
        }
    }
}

#[test]
fn mqttjs_over_tls() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    for version in ["1.2", "1.3"] {
        for scenario in ["qosMatrix", "largePayloads", "wills"] {
            mqttjs(scenario, &broker, "tls", &way(&certificates, version));
        }
    }
    mqttjs("burst", &broker, "tls", &way(&certificates, "1.3"));
}

#[test]
fn who_takes_the_wrong_port_is_closed() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let mut plain = Client::open(broker.listener("tls").unwrap(), Version::V5).unwrap();
    plain.send_with(|out| Connect::clean(Version::V5, "plain").put(out)).unwrap();
    let answers = plain.closed().unwrap();
    assert!(!answers.iter().any(|answer| matches!(answer, Packet::ConnAck(..))), "{answers:?}");
    let trusted = tls::trusting(&certificates.file("ca.crt")).unwrap();
    assert!(tls::connect(broker.address, &trusted).is_err(), "no TLS on the plain port");
    tls::connect(broker.listener("tls").unwrap(), &trusted).unwrap();
}
