//! Who may do what, as an operator sets it and sees it.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::stage::{Stage, run};
use super::wire::Wire;

const RULES: &str = r#"
[auth]
password_file = "users"
[[authorization.rules]]
effect = "allow"
user = "alice"
action = "all"
topics = ["plant/#"]
[[authorization.rules]]
effect = "allow"
any = true
action = "all"
topics = ["own/${clientid}/#"]
"#;

fn alice(folder: &Path) {
    let (output, said) = run(folder, &["passwd", "users", "alice", "--password-stdin"], "secret\n");
    assert!(output.status.success(), "{said}");
}

#[test]
fn check_says_who_may_do_what() {
    let folder = tempfile::tempdir().unwrap();
    alice(folder.path());
    fs::write(folder.path().join("t.toml"), RULES).unwrap();
    let check = |arguments: &[&str]| {
        let (output, said) = run(folder.path(), &[&["check", "--config", "t.toml"], arguments].concat(), "");
        assert!(output.status.success(), "{said}");
        said
    };
    let all = check(&[]);
    for line in [
        "\nmqtt.default: plain on localhost:1883, zone default\n",
        "\n  let in by     password-file (users), else anonymous (programs on this machine)\n",
        "\n    1. allow user \"alice\" to publish and subscribe to \"plant/#\" (t.toml:4:1)\n",
        "\n    otherwise deny everything else\n",
        "mqtt.tls: TLS on localhost:8883, zone default; closed until tls.certificate is set\n",
    ] {
        assert!(all.contains(line), "{line}{all}");
    }
    let alice = ["--user", "alice", "--client", "c"];
    for (ask, answer) in [
        (["--publish", "plant/1"], "Allowed by rule 1 (t.toml:4:1).\n"),
        (["--subscribe", "plant/+/x"], "Allowed by rule 1 (t.toml:4:1).\n"),
        (["--subscribe", "$share/g/plant/#"], "Allowed by rule 1 (t.toml:4:1).\n"),
        (["--subscribe", "#"], "Denied: no rule matches, which means: deny everything else.\n"),
        (["--publish", "own/c/x"], "Allowed by rule 2 (t.toml:9:1).\n"),
        (["--publish", "own/d/x"], "Denied: no rule matches, which means: deny everything else.\n"),
    ] {
        assert_eq!(check(&[&alice[..], &ask].concat()), answer, "{ask:?}");
    }
}

#[test]
fn a_rules_file_with_a_mistake_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.toml"), "[[rule]]\neffect = \"alow\"\nany = true\n").unwrap();
    let arguments = ["check", "--set", "authorization.file=rules.toml"];
    let (output, said) = run(folder.path(), &arguments, "");
    assert!(!output.status.success());
    assert!(said.contains("rules.toml:2:10"), "{said}");
}

#[test]
fn rules_of_mosquitto_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = "topic read news/#\nuser alice\ntopic plant/#\npattern write own/%c/#\n";
    fs::write(folder.path().join("acl"), theirs).unwrap();
    let (output, _) = run(folder.path(), &["acl", "import-mosquitto", "acl"], "");
    assert!(output.status.success());
    fs::write(folder.path().join("rules.toml"), &output.stdout).unwrap();
    let check = |arguments: &[&str]| {
        let base = ["check", "--set", "authorization.file=rules.toml"];
        run(folder.path(), &[&base[..], arguments].concat(), "").1
    };
    assert!(check(&["--user", "alice", "--publish", "plant/1"]).starts_with("Allowed"));
    assert!(check(&["--user", "bob", "--publish", "plant/1"]).starts_with("Denied"));
    assert!(check(&["--client", "c", "--publish", "own/c/1"]).starts_with("Allowed"));
    assert!(check(&["--subscribe", "news/today"]).starts_with("Allowed"));
    assert!(check(&["--publish", "news/today"]).starts_with("Denied"));
}

#[test]
fn a_ban_closes_the_connection_and_keeps_it_out_until_it_is_lifted() {
    let stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "pump-7");
    let ban = json!({ "what": "client-pattern:pump-*", "why": "noise", "seconds": 3600 });
    let (status, set) = stage.api("POST", "/api/v1/bans", &ban.to_string());
    assert_eq!((status, &set["by"]), (201, &json!("operator")), "{set}");
    // A DISCONNECT has no word for it (v5 2.4: 0x8A is for CONNACK alone).
    assert_eq!(client.goodbye(), "administrative action");
    client.closed();
    assert_eq!(Wire::dial(stage.mqtt()).introduce("pump-8", None), "banned");
    Wire::open(stage.mqtt(), "valve-1");
    let (_, page) = stage.api("GET", "/api/v1/bans", "");
    assert_eq!(page["bans"].as_array().unwrap().len(), 1);
    assert_eq!(page["bans"][0]["why"], "noise");
    assert_eq!(stage.api("DELETE", "/api/v1/bans/client-pattern:pump-*", "").0, 204);
    assert_eq!(stage.api("DELETE", "/api/v1/bans/client-pattern:pump-*", "").0, 404);
    Wire::open(stage.mqtt(), "pump-8");
}

#[test]
fn what_is_no_ban_is_refused() {
    let stage = Stage::new("");
    for (body, what) in [
        (json!({}), "missing field `what`"),
        (json!({ "what": "pump-7" }), "what: "),
        (json!({ "what": "address:300.1.1.1" }), "what: "),
        (json!({ "what": "client:a", "seconds": 5, "until": 5 }), "give one of them"),
        (json!({ "what": "client:a", "until": 5 }), "over already"),
    ] {
        let (status, problem) = stage.api("POST", "/api/v1/bans", &body.to_string());
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == 400 && detail.contains(what), "{body}: {problem}");
    }
}

/// What was answered with 201 survives whatever ends the process.
#[cfg(unix)]
#[test]
fn a_ban_survives_a_kill() {
    let mut stage = Stage::new("");
    let ban = json!({ "what": "client:pump-7" });
    assert_eq!(stage.api("POST", "/api/v1/bans", &ban.to_string()).0, 201);
    stage.restart_after_kill();
    assert_eq!(Wire::dial(stage.mqtt()).introduce("pump-7", None), "banned");
    Wire::open(stage.mqtt(), "pump-8");
}

#[test]
fn rules_ask_for_attributes_that_a_zone_gives() {
    let stage = Stage::new(
        "[zones.default.attributes]\nsite = \"north-${clientid}\"\n[[authorization.rules]]\neffect = \"allow\"\n\
         action = \"publish\"\ntopics = [\"site/${attr.site}/#\"]\nlistener = \"mqtt.default\"\n",
    );
    let publish = |topic| stage.client(&["pub", "-i", "7", "-t", topic, "-m", "x", "-q", "1"]);
    let (output, said) = publish("site/north-7/a");
    assert!(output.status.success(), "{said}");
    let (output, said) = publish("site/north-8/a");
    assert!(!output.status.success() && said.contains("not authorized"), "{said}");
}

#[test]
fn check_knows_the_attributes_of_a_listeners_zone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[zones.default.attributes]\nsite = \"north-${clientid}\"\n[[authorization.rules]]\neffect = \"allow\"\n\
                any = true\naction = \"publish\"\ntopics = [\"site/${attr.site}/#\"]\n";
    fs::write(folder.path().join("t.toml"), text).unwrap();
    let check = |listener: &str, topic: &str| {
        let asks =
            ["check", "--config", "t.toml", "--client", "7", "--listener", listener, "--publish", topic];
        run(folder.path(), &asks, "").1
    };
    assert!(check("mqtt.default", "site/north-7/a").starts_with("Allowed"));
    assert!(check("mqtt.default", "site/north-8/a").starts_with("Denied"));
    assert!(check("mqtt.defalt", "a").contains("no listener is called \"mqtt.defalt\" (known: mqtt.default"));
}

/// A guest who calls himself alice is not alice, though in his own chain nobody could prove it.
#[test]
fn a_name_is_not_believed_where_it_means_something_elsewhere() {
    let guests = format!(
        "{RULES}\n[zones.guest]\nchain = [\"anonymous\"]\n[mqtt.listeners.default]\nzone = \"guest\"\n"
    );
    for (configuration, lets_in) in [(guests.as_str(), true), (RULES, false)] {
        let stage = Stage::prepared(configuration, alice);
        let publish = |topic| {
            let asks = ["pub", "-u", "alice", "-i", "c", "-t", topic, "-m", "x", "-q", "1"];
            stage.client(&asks).0.status.success()
        };
        assert!(!publish("plant/1"), "only alice may");
        assert_eq!(publish("own/c/1"), lets_in, "everybody may who is let in");
    }
}

#[cfg(unix)]
#[test]
fn a_zone_that_cannot_be_made_changes_nothing() {
    let mut stage = Stage::new("");
    let wrong = "[zones.strict]\nchain = [\"pasword-file\"]\n[mqtt.listeners.second]\nbind = \"127.0.0.1:0\"\nzone = \"strict\"\n";
    fs::write(stage.path("tidegate.toml"), wrong).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("everything stays as it was: zones.strict: no method \"pasword-file\"");
    let (_, shown) = stage.api("GET", "/api/v1/gateways", "");
    assert_eq!(shown["gateways"][0]["listeners"].as_array().unwrap().len(), 1);
}
