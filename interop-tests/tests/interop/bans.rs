//! Bans, made as an operator makes them: over the admin port.

mod admin;
mod carried_out;
mod evasion;
mod flapping;
mod kept;

use serde_json::{Value, json};
use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::wire::Version;

use super::attacks::visitor::{Refusal, Visitor};

/// Bans for ever.
fn ban(broker: &Running, what: &str) {
    ban_with(broker, json!({ "what": what, "why": "a test", "by": "tester" }));
}

fn ban_with(broker: &Running, body: Value) {
    let answer = broker.api("POST", "/api/v1/bans", Some(&body)).unwrap();
    assert_eq!(answer.status, 201, "{body}: {answer:?}");
}

fn lift(broker: &Running, what: &str) {
    assert_eq!(broker.api("DELETE", &path(what), None).unwrap().status, 204, "{what}");
}

/// The path of one ban.
fn path(what: &str) -> String {
    let mut path = "/api/v1/bans/".to_owned();
    for byte in what.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

/// How a version says that somebody is banned.
fn banned(version: Version) -> Refusal {
    Refusal::Code(if version == Version::V5 { 0x8A } else { 5 })
}

/// What somebody is told who comes now; `None` when he is let in.
fn refusal(broker: &Running, visitor: &Visitor<'_>) -> Option<Refusal> {
    visitor.enter(broker.address).refusal()
}

/// Banned by his address he may be closed before he has said anything.
fn is_out(broker: &Running, visitor: &Visitor<'_>) -> bool {
    refusal(broker, visitor).is_some()
}
