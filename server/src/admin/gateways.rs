//! Gateways: what listens, and how to stop and start it.

use serde_json::{Value, json};

use super::{Call, Operator, Reply};
use crate::GatewayReport;

pub(super) fn list(operator: &Operator, _: &Call) -> Reply {
    let gateways: Vec<Value> = operator.server.gateways().iter().map(describe).collect();
    Reply::json(json!({ "gateways": gateways }))
}

pub(super) fn start(operator: &Operator, call: &Call) -> Reply {
    let name = call.parameter("gateway");
    if find(operator, name).is_none() {
        return no_gateway(name);
    }
    match operator.server.start_gateway(name) {
        Ok(_) => shown(operator, name),
        Err(error) => Reply::problem(409, format!("{error:#}")),
    }
}

pub(super) fn stop(operator: &Operator, call: &Call) -> Reply {
    let name = call.parameter("gateway");
    match operator.server.stop_gateway(name) {
        Ok(()) => shown(operator, name),
        Err(_) => no_gateway(name),
    }
}

fn no_gateway(name: &str) -> Reply {
    Reply::problem(404, format!("no gateway is called {name:?}; GET /api/v1/gateways lists them"))
}

fn find(operator: &Operator, name: &str) -> Option<GatewayReport> {
    operator.server.gateways().into_iter().find(|gateway| gateway.name == name)
}

fn shown(operator: &Operator, name: &str) -> Reply {
    find(operator, name).map_or_else(|| no_gateway(name), |gateway| Reply::json(describe(&gateway)))
}

fn describe(gateway: &GatewayReport) -> Value {
    let listeners = gateway.listeners.iter().map(|report| {
        let counts = report.counts;
        json!({
            "name": report.bound.first().map(|bound| &*bound.listener),
            "addresses": report.bound.iter().map(|bound| bound.local).collect::<Vec<_>>(),
            "connections": counts.accepted.saturating_sub(counts.closed),
            "accepted": counts.accepted,
            "refused": counts.refused,
            "bytes_in": counts.bytes_in,
            "bytes_out": counts.bytes_out,
        })
    });
    json!({
        "name": gateway.name,
        "running": gateway.running,
        "listeners": listeners.collect::<Vec<_>>(),
    })
}
