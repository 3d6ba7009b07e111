//! What the admin port takes, and from whom.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;

use super::{ban, lift, path, refusal};
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::Visitor;

#[test]
fn the_admin_port_says_what_it_takes_and_what_holds() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    for body in [
        json!({}),
        json!({ "what": "eve" }),
        json!({ "what": "client:" }),
        json!({ "what": "address:300.0.0.1" }),
        json!({ "what": "network:10.0.0.0/33" }),
        json!({ "what": "client-regex:(" }),
        json!({ "what": "client-pattern:" }),
        json!({ "what": "client:eve", "seconds": 0 }),
        json!({ "what": "client:eve", "until": 1 }),
        json!({ "what": "client:eve", "until": 1, "seconds": 5 }),
        json!({ "what": "client:eve", "forever": true }),
        json!({ "what": "client:eve", "why": "x".repeat(2_000) }),
    ] {
        let answer = broker.api("POST", "/api/v1/bans", Some(&body)).unwrap();
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    assert_eq!(refusal(&broker, &Visitor::new(Version::V5, "eve")), None);
    // Names with every character that means something to a path.
    let names = ["client:eve", "client:a/b", "client:a b%?#+", "client:\u{e9}", "client-regex:^a[/]b$"];
    for what in names {
        ban(&broker, what);
        let one = broker.api("GET", &path(what), None).unwrap();
        assert_eq!((one.status, &one.body["what"]), (200, &json!(what)));
        assert_eq!((&one.body["by"], &one.body["automatic"]), (&json!("tester"), &json!(false)));
    }
    let all = broker.api("GET", "/api/v1/bans", None).unwrap().body["bans"].as_array().unwrap().len();
    assert_eq!(all, names.len());
    for what in names {
        lift(&broker, what);
        assert_eq!(broker.api("DELETE", &path(what), None).unwrap().status, 404, "{what}");
        assert_eq!(broker.api("GET", &path(what), None).unwrap().status, 404, "{what}");
    }
}

/// The status of an answer to a request with these lines in its head.
fn status(broker: &Running, request: &str, head: &str, body: &str) -> u16 {
    let ready = fs::read_to_string(broker.dir().join("ready.json")).unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let admin: SocketAddr = ready["admin"].as_str().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(admin).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{head}\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn who_has_no_token_bans_nobody_and_lifts_nothing() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    ban(&broker, "client:eve");
    let token = fs::read_to_string(broker.dir().join("data/admin-token")).unwrap();
    let token = token.trim();
    let shorter = &token[..token.len() - 1];
    for head in [
        String::new(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: Bearer {shorter}\r\n"),
        format!("Authorization: Bearer {token}x\r\n"),
        format!("Authorization: Basic {token}\r\n"),
        format!("Authorization: {token}\r\n"),
        format!("X-Authorization: Bearer {token}\r\n"),
    ] {
        let body = r#"{"what":"client:alice"}"#;
        assert_eq!(status(&broker, "POST /api/v1/bans", &head, body), 401, "{head}");
        assert_eq!(status(&broker, "DELETE /api/v1/bans/client:eve", &head, ""), 401, "{head}");
        assert_eq!(status(&broker, "GET /api/v1/bans", &head, ""), 401, "{head}");
    }
    let head = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(status(&broker, "GET /api/v1/bans/client:alice", &head, ""), 404);
    assert_eq!(status(&broker, "GET /api/v1/bans/client:eve", &head, ""), 200);
}
