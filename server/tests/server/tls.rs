//! TLS as an operator sets it up: a development set, client certificates, revocation under a running broker.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use super::stage::{Stage, run};
use super::wire::Wire;

const CONFIGURATION: &str = r#"
[auth]
chain = ["devices"]
[auth.methods.devices]
kind = "certificate"
[tls]
certificate = "certs/server.crt"
key = "certs/server.key"
client_ca = "certs/ca.crt"
client_certificate = "required"
crl = ["certs/ca.crl"]
"#;

fn certs(folder: &Path, arguments: &[&str]) -> String {
    let (output, said) = run(folder, &[&["cert", "dev"], arguments].concat(), "");
    assert!(output.status.success(), "{said}");
    said
}

/// Publishes over TLS with a client's certificate; what was said of it.
fn publish(stage: &Stage, client: &str) -> (bool, String) {
    let (cert, key) = (format!("certs/{client}.crt"), format!("certs/{client}.key"));
    publish_showing(stage, &["--cert", &cert, "--key", &key])
}

/// The same without a certificate.
fn publish_without(stage: &Stage) -> (bool, String) {
    publish_showing(stage, &[])
}

fn publish_showing(stage: &Stage, shown: &[&str]) -> (bool, String) {
    let listeners = stage.ready()["listeners"].as_array().unwrap();
    let tls = listeners.iter().find(|listener| listener["name"] == "tls").unwrap();
    let port = tls["address"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let host = ["pub", "-h", "localhost", "-p", &port, "--cafile", "certs/ca.crt"];
    let message = ["-t", "a", "-m", "b", "-q", "1"];
    let (output, said) = run(stage.folder.path(), &[&host[..], shown, &message].concat(), "");
    (output.status.success(), said)
}

#[test]
fn a_revoked_certificate_opens_nothing_more() {
    let mut stage = Stage::prepared(CONFIGURATION, |folder| {
        let said = certs(folder, &[]);
        assert!(said.contains("tidegate sub -h localhost --cafile"), "{said}");
        certs(folder, &["--another-client", "pump-8"]);
    });
    for client in ["client", "pump-8"] {
        let (published, said) = publish(&stage, client);
        assert!(published, "{client}: {said}");
    }
    certs(stage.folder.path(), &["--revoke", "certs/pump-8.crt"]);
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    assert!(publish(&stage, "client").0);
    let (published, said) = publish(&stage, "pump-8");
    assert!(!published && said.contains("CertificateRevoked"), "{said}");
    // Over the plain listener nobody has a certificate.
    assert_ne!(Wire::dial(stage.mqtt()).introduce("c", None), "success");
}

#[test]
fn a_bad_certificate_changes_nothing() {
    let mut stage = Stage::prepared(CONFIGURATION, |folder| drop(certs(folder, &[])));
    fs::write(stage.path("certs/server.crt"), "nothing").unwrap();
    stage.signal("HUP");
    stage.wait_for_log("certs/server.crt");
    assert!(publish(&stage, "client").0, "{}", stage.read("log"));
}

/// The reload fails for an address of another listener: who may come to this one must not have changed either.
#[test]
fn a_refused_reload_lets_nobody_else_in() {
    let mut stage = Stage::prepared(CONFIGURATION, |folder| drop(certs(folder, &[])));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let other = format!("[mqtt.listeners.other]\nbind = \"{}\"\n", taken.local_addr().unwrap());
    let lax = CONFIGURATION.replace("\"required\"", "\"none\"");
    assert_ne!(lax, CONFIGURATION);
    fs::write(stage.path("tidegate.toml"), lax + &other).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("stays as it was");
    let (published, said) = publish_without(&stage);
    assert!(!published && said.contains("CertificateRequired"), "{said}\n{}", stage.read("log"));
    assert!(publish(&stage, "client").0, "{}", stage.read("log"));
    // What is right is taken afterwards.
    fs::write(stage.path("tidegate.toml"), CONFIGURATION).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    assert!(publish(&stage, "client").0, "{}", stage.read("log"));
    assert!(!publish_without(&stage).0);
}

#[test]
fn a_listener_whose_certificate_is_taken_away_closes() {
    let mut stage = Stage::prepared(CONFIGURATION, |folder| drop(certs(folder, &[])));
    assert!(publish(&stage, "client").0);
    let without = CONFIGURATION.split("[tls]").next().unwrap();
    fs::write(stage.path("tidegate.toml"), without).unwrap();
    stage.signal("HUP");
    stage.wait_for_log("configuration reloaded");
    assert!(!publish(&stage, "client").0);
}

#[test]
fn a_set_is_not_written_over_another() {
    let folder = tempfile::tempdir().unwrap();
    certs(folder.path(), &[]);
    let (output, said) = run(folder.path(), &["cert", "dev"], "");
    assert!(!output.status.success());
    assert!(said.contains("certs"), "{said}");
    certs(folder.path(), &["--overwrite", "--host", "plant.example.org"]);
}
