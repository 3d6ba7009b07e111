//! SIGHUP.
#![cfg(unix)]

use std::fs;

use super::stage::{Stage, run};
use super::wire::Wire;

#[test]
fn a_mistake_leaves_everything_as_it_was() {
    let mut stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "c");
    client.subscribe("a");
    fs::write(stage.path("tidegate.toml"), "[mqtt]\nmax_qoz = 1\n").unwrap();
    stage.signal("HUP");
    stage.wait_for_log("everything stays as it was: tidegate.toml:2:1: mqtt.max_qoz: unknown key");
    client.publish("a", b"still here");
    assert_eq!(client.message(), b"still here");
    Wire::open(stage.mqtt(), "d");
}

#[test]
fn what_can_change_changes_and_the_rest_is_named() {
    let mut stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "c");
    client.subscribe("a");
    let changed = "[log]\nlevel = \"debug\"\nformat = \"json\"\n[limits]\nmax_sessions = 7\n\
                   [mqtt.listeners.second]\nbind = \"127.0.0.1:0\"\n";
    fs::write(stage.path("tidegate.toml"), changed).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("applied=20 at_restart=2 failed=0");
    stage.wait_for_log("waits for a restart: limits.max_sessions = 7");
    stage.wait_for_log("waits for a restart: log.format = \"json\"");
    let (_, shown) = stage.api("GET", "/api/v1/gateways", "");
    let listeners = shown["gateways"][0]["listeners"].as_array().unwrap();
    let second = listeners.iter().find(|listener| listener["name"] == "second").unwrap();
    Wire::open(second["addresses"][0].as_str().unwrap().parse().unwrap(), "d");
    client.publish("a", b"undisturbed");
    assert_eq!(client.message(), b"undisturbed");

    fs::write(stage.path("tidegate.toml"), "").unwrap();
    stage.signal("HUP");
    // What waited for a restart is as it was when the broker started.
    stage.wait_for_log("applied=20 at_restart=0 failed=0");
    let (_, shown) = stage.api("GET", "/api/v1/gateways", "");
    assert_eq!(shown["gateways"][0]["listeners"].as_array().unwrap().len(), 1);
}

#[test]
fn a_new_user_comes_in_and_an_old_one_does_not() {
    let users = |folder: &std::path::Path, arguments: &[&str], password: &str| {
        let (output, said) = run(folder, &[&["passwd", "users"], arguments].concat(), password);
        assert!(output.status.success(), "{said}");
    };
    let configuration = "[auth]\npassword_file = \"users\"\n";
    let mut stage =
        Stage::prepared(configuration, |folder| users(folder, &["old", "--password-stdin"], "one\n"));
    let login =
        |stage: &Stage, user, password| Wire::dial(stage.mqtt()).introduce("c", Some((user, password)));
    assert_eq!(login(&stage, "old", "one"), "success");
    users(stage.folder.path(), &["new", "--password-stdin"], "two\n");
    users(stage.folder.path(), &["old", "--delete"], "");
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    assert_eq!(login(&stage, "new", "two"), "success");
    assert_eq!(login(&stage, "old", "one"), "bad user name or password");
    let (_, metrics) = stage.http("GET", "/metrics", None, "");
    assert!(metrics.contains("\ntidegate_logins_refused_total 1\n"), "{metrics}");
}

#[test]
fn what_a_gateway_could_not_take_is_named() {
    let mut stage = Stage::new("");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let second = format!("[mqtt]\nmax_qos = 1\n[mqtt.listeners.second]\nbind = \"{at}\"\n");
    fs::write(stage.path("tidegate.toml"), &second).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("not reloaded: mqtt.max_qos: 2 -> 1");
    stage.wait_for_log("mqtt stays as it was");
    stage.wait_for_log("applied=0 at_restart=0 failed=1");
    fs::write(stage.path("tidegate.toml"), format!("{second}[auth]\nallow_anonymous = false\n")).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("nothing was reloaded, everything stays as it was: mqtt stays as it was");
    Wire::open(stage.mqtt(), "c");
}

/// Who was let in by what is not so any more is not let stay.
#[test]
fn who_is_no_user_any_more_goes_and_leaves_nothing() {
    let users = |folder: &std::path::Path, arguments: &[&str], password: &str| {
        let (output, said) = run(folder, &[&["passwd", "users"], arguments].concat(), password);
        assert!(output.status.success(), "{said}");
    };
    let mut stage = Stage::prepared("[auth]\npassword_file = \"users\"\n", |folder| {
        for user in ["goes", "changes", "stays"] {
            users(folder, &[user, "--password-stdin"], "one\n");
        }
    });
    let mut clients: Vec<Wire> = ["goes", "changes", "stays"]
        .into_iter()
        .map(|user| {
            let mut wire = Wire::dial(stage.mqtt());
            assert_eq!(wire.introduce(user, Some((user, "one"))), "success");
            wire
        })
        .collect();
    users(stage.folder.path(), &["goes", "--delete"], "");
    users(stage.folder.path(), &["changes", "--password-stdin"], "two\n");
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    let mut stays = clients.pop().unwrap();
    for mut gone in clients {
        assert_eq!(gone.goodbye(), "maximum connect time");
        gone.closed();
    }
    stays.subscribe("a");
    stays.publish("a", b"still here");
    assert_eq!(stays.message(), b"still here");
}

/// He is a user still, if in another file, and what waits for him is his.
#[test]
fn who_moves_to_another_file_keeps_his_session() {
    let configuration = "[auth]\nchain = [\"a\", \"b\"]\n[auth.methods.a]\nkind = \"password-file\"\nfile = \"first\"\n\
                         [auth.methods.b]\nkind = \"password-file\"\nfile = \"second\"\n";
    let edit = |folder: &std::path::Path, arguments: &[&str], password: &str| {
        let (output, said) = run(folder, &[&["passwd"], arguments].concat(), password);
        assert!(output.status.success(), "{said}");
    };
    let mut stage = Stage::prepared(configuration, |folder| {
        edit(folder, &["first", "alice", "--password-stdin"], "one\n");
        edit(folder, &["second", "bob", "--password-stdin"], "one\n");
    });
    let alice = ["-u", "alice", "-P", "one"];
    let away = ["-i", "c", "-c", "-x", "600", "-t", "a", "-q", "1"];
    let (output, said) = stage.client(&[&["sub"], &alice[..], &away, &["-W", "1"]].concat());
    assert!(output.status.code() == Some(27), "{said}");
    edit(stage.folder.path(), &["first", "alice", "--delete"], "");
    edit(stage.folder.path(), &["second", "alice", "--password-stdin"], "one\n");
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    let (output, said) = stage.client(&["pub", "-u", "bob", "-P", "one", "-t", "a", "-m", "kept", "-q", "1"]);
    assert!(output.status.success(), "{said}");
    let (_, said) = stage.client(&[&["sub"], &alice[..], &away, &["-C", "1", "-W", "20"]].concat());
    assert!(said.contains("kept"), "{said}");
}
