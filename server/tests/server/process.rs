//! Starting, and what the process says.

use super::stage::{Stage, run};
use super::wire::Wire;

#[test]
fn says_where_it_is_and_what_to_paste() {
    let stage = Stage::new("");
    let screen = stage.read("screen");
    let port = stage.mqtt().port();
    for line in [format!(" sub -p {port} -v -t 'hello/#'"), format!(" pub -p {port} -t hello/world -m hi")] {
        assert!(screen.contains(&line), "{screen}");
    }
    let token = stage.read("data/admin-token");
    assert!(screen.contains("admin-token") && !screen.contains(token.trim()), "{screen}");
    assert_eq!(stage.ready()["pid"], stage.pid());
    assert_eq!(stage.ready()["listeners"][0]["name"], "default");
}

#[test]
fn two_brokers_cannot_share_a_data_directory() {
    let stage = Stage::new("");
    let (output, said) = run(stage.folder.path(), &["run", "--data-dir", "data"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains(&format!("process {}", stage.pid())) && said.contains("--data-dir"), "{said}");
}

#[test]
fn a_taken_address_is_named_with_what_to_do() {
    let stage = Stage::new("");
    let bind = format!("mqtt.listeners.default.bind={}", stage.mqtt());
    let arguments = ["run", "--data-dir", "other", "--set", &bind, "--set", "admin.enabled=false"];
    let (output, said) = run(stage.folder.path(), &arguments, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("another program listens there"), "{said}");
}

#[test]
fn a_wrong_configuration_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.toml"), "[mqtt]\nmax_qoz = 1\n").unwrap();
    for command in ["run", "check"] {
        let (output, said) = run(folder.path(), &[command, "--config", "t.toml"], "");
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.starts_with("t.toml:2:1: mqtt.max_qoz: unknown key; did you mean max_qos?"), "{said}");
    }
    let (output, said) = run(folder.path(), &["check", "--set", "mqtt.max_qos=1"], "");
    assert!(output.status.success());
    assert!(said.contains("\nmqtt.max_qos = 1  # --set mqtt.max_qos\n"), "{said}");
}

#[cfg(unix)]
#[test]
fn told_to_go_it_tells_its_peers_and_leaves() {
    for signal in ["TERM", "INT"] {
        let stage = Stage::new("");
        let mut client = Wire::open(stage.mqtt(), "c");
        stage.signal(signal);
        assert_eq!(client.goodbye(), "server shutting down");
        client.closed();
        let (status, log) = stage.wait();
        assert!(status.success(), "{log}");
        assert!(log.contains("told=1 left=0"), "{log}");
    }
}
