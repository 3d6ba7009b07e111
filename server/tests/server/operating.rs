//! The admin port.

use serde_json::{Value, json};

use super::stage::Stage;
use super::wire::Wire;

#[test]
fn only_the_token_opens_the_api() {
    let stage = Stage::new("");
    let paths = ["/api/v1/clients", "/api/v1/gateways", "/api/v1/clients/mqtt/x"];
    for path in paths {
        for token in [None, Some("wrong"), Some("")] {
            let (status, body) = stage.http("GET", path, token, "");
            let problem: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, &problem["status"]), (401, &json!(401)), "{path}");
        }
    }
    assert_eq!(stage.api("GET", "/api/v1/clients", "").0, 200);
    for path in ["/health", "/ready", "/metrics", "/api/v1/openapi.json"] {
        assert_eq!(stage.http("GET", path, None, "").0, 200, "{path}");
    }
    assert_eq!(stage.http("GET", "/nothing", None, "").0, 404);
    assert_eq!(stage.http("DELETE", "/health", None, "").0, 405);
}

/// What the document lists is there: none of it is answered with 404 for its path or 405 for its method.
#[test]
fn the_document_lists_what_is_there() {
    let stage = Stage::new("");
    let (_, document) = stage.api("GET", "/api/v1/openapi.json", "");
    let mut looked_at = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let (status, body) = stage.http(&method.to_uppercase(), path, None, "");
            let guarded = methods[method]["security"] != json!([]);
            assert_eq!(status, if guarded { 401 } else { 200 }, "{method} {path}: {body}");
            looked_at += 1;
        }
    }
    assert!(looked_at >= 11, "only {looked_at} routes");
}

#[test]
fn clients_are_listed_page_by_page() {
    let stage = Stage::new("");
    let _clients: Vec<Wire> =
        ["a", "b", "c/d e", "ü"].iter().map(|id| Wire::open(stage.mqtt(), id)).collect();
    let mut seen = Vec::new();
    let mut path = "/api/v1/clients?limit=3".to_owned();
    loop {
        let (status, page) = stage.api("GET", &path, "");
        assert_eq!(status, 200, "{page}");
        let clients = page["clients"].as_array().unwrap();
        seen.extend(clients.iter().map(|client| client["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/clients?limit=3&after={}", next.replace('/', "%2F").replace(' ', "+"));
    }
    assert_eq!(seen, ["a", "b", "c/d e", "ü"]);
    assert_eq!(stage.api("GET", "/api/v1/clients?limit=0", "").0, 400);
    assert_eq!(stage.api("GET", "/api/v1/clients?after=x", "").0, 400);
}

#[test]
fn a_client_is_shown_and_ended() {
    let stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "x/y");
    client.subscribe("z/+");
    let (status, shown) = stage.api("GET", "/api/v1/clients/mqtt/x%2Fy", "");
    assert_eq!(status, 200);
    assert_eq!(shown["subscription_list"], json!([{ "filter": "z/+", "group": null, "qos": 1 }]));
    assert_eq!(stage.api("DELETE", "/api/v1/clients/mqtt/x%2Fy", "").0, 204);
    assert_eq!(client.goodbye(), "administrative action");
    assert_eq!(stage.api("GET", "/api/v1/clients/mqtt/x%2Fy", "").0, 404);
    assert_eq!(stage.api("DELETE", "/api/v1/clients/mqtt/x%2Fy", "").0, 404);
    assert_eq!(stage.api("DELETE", "/api/v1/clients/nothing/x", "").0, 404);
}

#[test]
fn a_message_is_published() {
    let stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "c");
    client.subscribe("from/api");
    let publish = |body: Value| stage.api("POST", "/api/v1/publish", &body.to_string());
    let body =
        json!({ "topic": "from/api", "payload": "hi", "qos": 1, "properties": { "user": { "a": "b" } } });
    assert_eq!(publish(body), (200, json!({ "receivers": 1 })));
    assert_eq!(client.message(), b"hi");
    assert_eq!(publish(json!({ "topic": "from/api", "payload_base64": "AP8=" })).0, 200);
    assert_eq!(client.message(), b"\x00\xff");
    for (wrong, status) in [
        (json!({ "topic": "a/#" }), 422),
        (json!({ "topic": "a", "qos": 3 }), 400),
        (json!({ "topic": "a", "payload_base64": "!" }), 400),
        (json!({ "topic": "a", "payload": "a", "payload_base64": "" }), 400),
        (json!({ "topik": "a" }), 400),
        (json!(1), 400),
    ] {
        assert_eq!(publish(wrong.clone()).0, status, "{wrong}");
    }
}

/// It is refused by what it announces, before it comes.
#[test]
fn a_body_too_long_is_refused() {
    let stage = Stage::new("");
    let mut wire = Wire::dial(stage.ready()["admin"].as_str().unwrap().parse().unwrap());
    let token = stage.read("data/admin-token");
    let head = format!("Host: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}", token.trim(), 5 << 20);
    wire.send_raw(format!("POST /api/v1/publish HTTP/1.1\r\n{head}\r\n\r\n").as_bytes());
    assert_eq!(wire.read_raw(12), b"HTTP/1.1 413");
}

#[test]
fn a_gateway_is_stopped_and_started() {
    let stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "c");
    let (status, shown) = stage.api("POST", "/api/v1/gateways/mqtt/stop", "");
    assert_eq!((status, &shown["running"]), (200, &json!(false)));
    assert_eq!(client.goodbye(), "server shutting down");
    assert_eq!(stage.http("GET", "/ready", None, "").0, 503);
    let (status, shown) = stage.api("POST", "/api/v1/gateways/mqtt/start", "");
    assert_eq!(status, 200);
    let address = shown["listeners"][0]["addresses"][0].as_str().unwrap().parse().unwrap();
    Wire::open(address, "c");
    assert_eq!(stage.http("GET", "/ready", None, "").0, 200);
    assert_eq!(stage.api("POST", "/api/v1/gateways/none/start", "").0, 404);
    assert_eq!(stage.api("POST", "/api/v1/gateways/none/stop", "").0, 404);
}

/// A worker counts when its turn ends, which may be after the client has read what the turn wrote.
#[test]
fn metrics_count_what_happened() {
    let mut stage = Stage::new("");
    let mut client = Wire::open(stage.mqtt(), "c");
    client.subscribe("a");
    client.publish("a", b"12345");
    client.message();
    for line in [
        "tidegate_messages_published_total 1",
        "tidegate_messages_delivered_bytes_total 5",
        "tidegate_sessions_connected 1",
        "tidegate_subscriptions 1",
        "tidegate_listener_accepted_total{gateway=\"mqtt\",listener=\"default\"} 1",
    ] {
        stage.wait_for(line, |stage| {
            let (_, text) = stage.http("GET", "/metrics", None, "");
            text.lines().any(|found| found == line).then_some(())
        });
    }
}
