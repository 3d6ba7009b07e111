//! Requests that open a WebSocket, right and wrong.

use websocket_codec::{Parsed, Policy, Refusal, Request};

/// The key that RFC 6455 §1.3 answers.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A request in order, for a listener of [`policy`].
pub(crate) const GOOD: [(&str, &str); 7] = [
    ("Host", "broker.example"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Protocol", "mqtt"),
    ("Origin", "https://console.example"),
];

pub(crate) fn policy() -> Policy {
    Policy {
        path: "/mqtt".into(),
        protocols: vec!["mqttv3.1".into(), "mqtt".into()],
        require_protocol: true,
        origins: vec!["https://console.example".into()],
        allow_missing_origin: false,
    }
}

/// The text of a request.
pub(crate) fn text(line: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{line}\r\n{fields}\r\n")
}

/// A good request with one field changed; without a value it is left out.
pub(crate) fn with(name: &str, value: Option<&str>) -> String {
    let mut fields: Vec<_> = GOOD.into_iter().filter(|(field, _)| *field != name).collect();
    fields.extend(value.map(|value| (name, value)));
    text("GET /mqtt HTTP/1.1", &fields)
}

/// A good request with a field more.
pub(crate) fn and(name: &str, value: &str) -> String {
    let mut fields = GOOD.to_vec();
    fields.push((name, value));
    text("GET /mqtt HTTP/1.1", &fields)
}

/// The answer, and the sub-protocol.
pub(crate) fn answer(request: &[u8], policy: &Policy) -> Result<(String, Option<String>), Refusal> {
    match Request::parse(request) {
        Parsed::NeedMore => panic!("not whole: {:?}", String::from_utf8_lossy(request)),
        Parsed::Refused(refusal) => Err(refusal),
        Parsed::Request { request: parsed, consumed } => {
            assert_eq!(consumed, request.len());
            let accepted = parsed.accept(policy)?;
            Ok((String::from_utf8(accepted.response).unwrap(), accepted.protocol.map(str::to_owned)))
        }
    }
}
