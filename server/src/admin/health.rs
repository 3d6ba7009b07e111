//! Whether it lives, whether it serves.

use serde_json::json;

use super::{Call, Operator, Reply};

/// The process answers: it lives.
pub(super) fn health(_: &Operator, _: &Call) -> Reply {
    Reply::json(json!({ "status": "alive" }))
}

/// Every gateway that is to run has its listeners, and nobody has told the broker to go.
pub(super) fn ready(operator: &Operator, _: &Call) -> Reply {
    let (status, reason) = match () {
        () if operator.server.is_draining() => (503, "draining"),
        () if !serves(operator) => (503, "no listener"),
        () => (200, "ready"),
    };
    Reply::json(json!({ "status": reason })).with_status(status)
}

fn serves(operator: &Operator) -> bool {
    operator.server.gateways().iter().any(|gateway| !gateway.listeners.is_empty())
}
