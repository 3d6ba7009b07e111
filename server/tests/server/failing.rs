//! A reload that cannot be carried out.

use std::net::TcpListener;

use tidegate::{ReloadReport, Server};
use tidegate_config::Change;

use super::echo::{SPECS, address, config, says};
use super::wire::Wire;

/// An address that cannot be had, as long as the listener lives, and the setting that asks for it.
fn taken() -> (TcpListener, String) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let setting = format!("echo.bind={}", taken.local_addr().unwrap());
    (taken, setting)
}

fn keys(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.key.as_str()).collect()
}

fn reload(server: &Server, set: &[&str]) -> ReloadReport {
    server.reload(config(set)).unwrap()
}

/// Sections of gateways stand by themselves: one that cannot be carried out stays as it was, the others change.
#[test]
fn a_gateway_that_cannot_move_stays_as_it_was() {
    let server = Server::start(SPECS, config(&[]), None).unwrap();
    let (_taken, bind) = taken();
    let first = address(&server, "echo");
    let report = reload(&server, &[&bind, "echo.front=new:", "mqtt.max_qos=1"]);
    assert_eq!(keys(&report.applied), ["mqtt.max_qos"]);
    assert!(report.failed[0].contains("echo stays as it was"), "{report:?}");
    assert_eq!(address(&server, "echo"), first);
    says(&mut Wire::dial(first), "hi", "hi");
    Wire::open(address(&server, "mqtt"), "c");

    // What did not come to hold is no change when it is taken back, and is one when it comes to hold.
    assert_eq!(keys(&reload(&server, &["mqtt.max_qos=1"]).applied), [""; 0]);
    let report = reload(&server, &["echo.front=new:", "mqtt.max_qos=1"]);
    assert_eq!((keys(&report.applied), report.failed.len()), (vec!["echo.front"], 0));
    says(&mut Wire::dial(first), "hi", "new:hi");
}

/// What all share, such as who is let in, holds with every gateway or with none.
#[test]
fn nobody_is_shut_out_by_a_reload_that_failed() {
    let server = Server::start(SPECS, config(&[]), None).unwrap();
    let (_taken, bind) = taken();
    let echo = address(&server, "echo");
    let wrong =
        [&*bind, "echo.front=new:", "auth.allow_anonymous=false", "mqtt.listeners.default.enabled=false"];
    let error = server.reload(config(&wrong)).unwrap_err().to_string();
    assert!(error.contains("echo stays as it was"), "{error}");
    says(&mut Wire::dial(echo), "hi", "hi");
    assert_eq!(address(&server, "echo"), echo);
    // MQTT has its listener again, at another free port perhaps.
    Wire::open(address(&server, "mqtt"), "c");

    assert_eq!(keys(&reload(&server, &[]).applied), [""; 0]);
    assert_eq!(keys(&reload(&server, &["auth.allow_anonymous=false"]).applied), ["auth.allow_anonymous"]);
    assert_eq!(Wire::dial(address(&server, "mqtt")).introduce("d", None), "not authorized");
}
