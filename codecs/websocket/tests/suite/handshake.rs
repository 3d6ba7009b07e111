//! Who is let in, who is not, and what each is told.

use websocket_codec::{MAX_FIELDS, MAX_REQUEST, Parsed, Policy, Refusal, Request};

use crate::upgrade::{GOOD, KEY, and, answer, policy, text, with};

#[test]
fn the_answer_is_the_specifications() {
    let (response, protocol) = answer(text("GET /mqtt HTTP/1.1", &GOOD).as_bytes(), &policy()).unwrap();
    let expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    assert_eq!((response.as_str(), protocol.as_deref()), (expected, Some("mqtt")));
}

#[test]
fn what_may_differ() {
    let requests = [
        with("Upgrade", Some("h2c, WebSocket")),
        with("Connection", Some("keep-alive, UPGRADE")),
        text("GET /mqtt HTTP/1.1", &[&[("Connection", "keep-alive")], &GOOD[..]].concat()),
        text("GET /mqtt?a=b&c HTTP/1.1", &GOOD),
        text("GET http://broker.example/mqtt HTTP/1.1", &GOOD),
        with("Host", Some("[::1]:8083")),
        // The key that RFC 6455 §4.1 shows, with bits to spare that are not zero.
        with("Sec-WebSocket-Key", Some("AQIDBAUGBwgJCgsMDQ4PEC==")),
        with("Origin", Some("HTTPS://console.example:443")),
        and("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        and("Content-Length", "0"),
        and("Cookie", "é\u{80}"),
        text("GET /mqtt HTTP/1.1", &GOOD).replace("\r\n", "\n"),
        text("GET /mqtt HTTP/1.1", &GOOD)
            .to_uppercase()
            .replace("/MQTT", "/mqtt")
            .replace(": MQTT", ": mqtt"),
    ];
    for request in requests {
        let (response, _) =
            answer(request.as_bytes(), &policy()).unwrap_or_else(|why| panic!("{why}: {request}"));
        assert!(!response.contains("Extensions"), "{request}");
    }
}

#[test]
fn the_clients_order_decides_on_the_sub_protocol() {
    let cases = [
        (Some("mqtt"), Some("mqtt")),
        (Some("mqtt, mqttv3.1"), Some("mqtt")),
        (Some("mqttv3.1, mqtt"), Some("mqttv3.1")),
        (Some("v12.stomp,,mqttv3.1 ,mqtt"), Some("mqttv3.1")),
        (Some("MQTT"), None),
        (Some("v12.stomp"), None),
        (None, None),
    ];
    let lenient = Policy { require_protocol: false, ..policy() };
    for (offered, expected) in cases {
        let request = with("Sec-WebSocket-Protocol", offered);
        let (response, protocol) = answer(request.as_bytes(), &lenient).unwrap();
        assert_eq!(protocol.as_deref(), expected, "{offered:?}");
        let line = expected.map(|name| format!("\r\nSec-WebSocket-Protocol: {name}\r\n"));
        assert!(line.map_or(!response.contains("Protocol:"), |line| response.contains(&line)));
        let strict = answer(request.as_bytes(), &policy());
        assert_eq!(strict.err(), expected.is_none().then_some(Refusal::Protocol), "{offered:?}");
    }
    let two = text(
        "GET /mqtt HTTP/1.1",
        &[&GOOD[..5], &GOOD[6..], &[("Sec-WebSocket-Protocol", "x")], &GOOD[5..6]].concat(),
    );
    assert_eq!(answer(two.as_bytes(), &policy()).unwrap().1.as_deref(), Some("mqtt"));
}

#[test]
fn who_is_not_let_in() {
    use Refusal as R;
    let line = |line| text(line, &GOOD);
    let cases = [
        (line("POST /mqtt HTTP/1.1"), R::Method, 405),
        (line("HEAD /mqtt HTTP/1.1"), R::Method, 405),
        (line("GET /mqtt HTTP/1.0"), R::HttpVersion, 505),
        (line("PRI * HTTP/2.0"), R::Malformed, 400),
        (line("GET /mqtt"), R::Malformed, 400),
        (line("GET / HTTP/1.1"), R::Path, 404),
        (line("GET /mqtt/ HTTP/1.1"), R::Path, 404),
        (line("GET /MQTT HTTP/1.1"), R::Path, 404),
        (line("GET /%6Dqtt HTTP/1.1"), R::Path, 404),
        (with("Host", None), R::Host, 400),
        (with("Host", Some("")), R::Host, 400),
        (and("Host", "other.example"), R::Host, 400),
        (and("Content-Length", "5"), R::Body, 400),
        (text("GET /mqtt HTTP/1.1", &[&GOOD[..], &[("Content-Length", "0"); 2]].concat()), R::Body, 400),
        (and("Transfer-Encoding", "chunked"), R::Body, 400),
        (with("Upgrade", None), R::NotAnUpgrade, 426),
        (with("Upgrade", Some("h2c")), R::NotAnUpgrade, 426),
        (with("Upgrade", Some("websockets")), R::NotAnUpgrade, 426),
        (with("Connection", None), R::NotAnUpgrade, 426),
        (with("Connection", Some("keep-alive")), R::NotAnUpgrade, 426),
        (with("Sec-WebSocket-Version", None), R::Version, 426),
        (with("Sec-WebSocket-Version", Some("8")), R::Version, 426),
        (with("Sec-WebSocket-Version", Some("13, 8")), R::Version, 426),
        (and("Sec-WebSocket-Version", "13"), R::Version, 426),
        (with("Sec-WebSocket-Key", None), R::Key, 400),
        (with("Sec-WebSocket-Key", Some("")), R::Key, 400),
        (with("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZQ==")), R::Key, 400),
        (with("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZSBub25jZQ")), R::Key, 400),
        (with("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZSBub25jZWE=")), R::Key, 400),
        (with("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZSBub25jZ!==")), R::Key, 400),
        (and("Sec-WebSocket-Key", KEY), R::Key, 400),
        (with("Origin", None), R::OriginMissing, 403),
        (with("Origin", Some("https://evil.example")), R::Origin, 403),
        (with("Origin", Some("null")), R::Origin, 403),
        (and("Origin", "https://console.example"), R::Origin, 403),
        (with("Sec-WebSocket-Protocol", Some("mqtt, a b")), R::ProtocolList, 400),
        (with("Sec-WebSocket-Protocol", Some("stomp")), R::Protocol, 400),
        (and("bad name", "x"), R::Malformed, 400),
        (and("Folded", "a\r\n b"), R::Malformed, 400),
        (and("Zero", "a\0b"), R::Malformed, 400),
    ];
    for (request, expected, status) in cases {
        let refusal = answer(request.as_bytes(), &policy()).expect_err(&request);
        assert_eq!((refusal, refusal.status()), (expected, status), "{request}");
    }
}

#[test]
fn a_browsers_page_request_is_told_what_this_is() {
    let page = text("GET / HTTP/1.1", &[("Host", "broker.example"), ("Connection", "keep-alive")]);
    let refusal = answer(page.as_bytes(), &policy()).unwrap_err();
    let response = String::from_utf8(refusal.response()).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade, close\r\n"), "{head}");
    assert!(head.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}");
    assert_eq!(body, "there are no pages here: this address speaks WebSocket\n");
}

#[test]
fn bytes_that_are_no_http_are_refused_at_once() {
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"\x10\x0D\x00\x04MQTT", b"\r\n\r\n", b"get / HTTP/1.1"] {
        assert!(matches!(Request::parse(&bytes[..1]), Parsed::Refused(Refusal::Malformed)), "{bytes:?}");
        assert!(matches!(Request::parse(bytes), Parsed::Refused(Refusal::Malformed)), "{bytes:?}");
    }
}

#[test]
fn heads_are_bounded() {
    let long = |len: usize| and("X", &"y".repeat(len - and("X", "").len()));
    assert_eq!(long(MAX_REQUEST).len(), MAX_REQUEST);
    assert!(answer(long(MAX_REQUEST).as_bytes(), &policy()).is_ok());
    let refused = |text: &str| matches!(Request::parse(text.as_bytes()), Parsed::Refused(Refusal::TooLarge));
    assert!(refused(&long(MAX_REQUEST + 1)));
    assert!(refused(&long(MAX_REQUEST + 1)[..MAX_REQUEST]));
    assert!(matches!(Request::parse(&long(MAX_REQUEST).as_bytes()[..MAX_REQUEST - 1]), Parsed::NeedMore));
    let fields = |count: usize| {
        text("GET /mqtt HTTP/1.1", &[&GOOD[..], &vec![("X", "y"); count - GOOD.len()]].concat())
    };
    assert!(answer(fields(MAX_FIELDS).as_bytes(), &policy()).is_ok());
    for count in [MAX_FIELDS + 1, 124, 125, 600] {
        assert_eq!(answer(fields(count).as_bytes(), &policy()).err(), Some(Refusal::TooLarge), "{count}");
    }
}

#[test]
fn a_part_of_a_request_is_not_judged() {
    let request = text("GET /mqtt HTTP/1.1", &GOOD);
    for cut in 0..request.len() {
        assert!(matches!(Request::parse(&request.as_bytes()[..cut]), Parsed::NeedMore), "{cut}");
    }
    let behind = [request.as_bytes(), b"\x82\x80"].concat();
    let Parsed::Request { request: parsed, consumed } = Request::parse(&behind) else { panic!() };
    assert_eq!(consumed, request.len());
    assert_eq!((parsed.path(), parsed.query()), ("/mqtt", None));
    assert_eq!(parsed.header("HOST"), Some(&b"broker.example"[..]));
    assert_eq!(parsed.headers("origin").count(), 1);
}
