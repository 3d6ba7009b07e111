//! A Unix socket instead of a port.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::peers::mosquitto::mosquitto;
use tidegate_interop_tests::peers::need;

use super::{paho, tidegate};
use crate::interop::stage::Program;

#[test]
fn mosquitto_and_paho_over_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("mqtt.sock");
    let shown = socket.to_str().unwrap();
    let settings = Settings::for_large_packets()
        .with_text("mqtt.listeners.local.path", shown)
        .with_text("mqtt.listeners.local.path_mode", "600");
    let Some(broker) = tidegate(&settings) else { return };
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let way = json!({ "transport": "unix", "unix": shown });
    for scenario in ["qos_matrix", "large_payloads"] {
        paho(scenario, &broker, "default", &way);
    }
    let Some(programs) = need(mosquitto()) else { return };
    let command = |program: &str, arguments: &[&str]| {
        let mut command = programs.command(program);
        command.args(["--unix", shown, "-q", "2", "-t", "topic"]).args(arguments);
        command
    };
    Program::spawn(command("mosquitto_pub", &["-m", "hello", "-r"])).finish();
    let mut subscriber = Program::spawn(command("mosquitto_sub", &["-i", "local"]));
    assert_eq!(subscriber.text(), "hello");
    let client = broker.client("local").unwrap().unwrap();
    assert_eq!(client["connection"]["remote"], "127.0.0.1:0", "{client}");
}
