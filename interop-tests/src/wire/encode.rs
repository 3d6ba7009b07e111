//! Packets a client sends, appended to a buffer.

use super::property::{Property, put_block};
use super::{Version, kind};

/// Appends a variable byte integer.
pub fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return;
        }
    }
}

/// Appends text or binary data with its two-byte length.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a packet with any first byte and body.
pub fn put_packet(out: &mut Vec<u8>, first: u8, body: &[u8]) {
    out.push(first);
    put_varint(out, body.len());
    out.extend_from_slice(body);
}

/// A will, as a CONNECT carries it.
#[derive(Debug, Clone, Default)]
pub struct Will<'a> {
    /// Topic it is published to.
    pub topic: &'a str,
    /// Its payload.
    pub payload: &'a [u8],
    /// Its quality of service.
    pub qos: u8,
    /// Whether it is retained.
    pub retain: bool,
    /// Its properties (5.0 only).
    pub properties: &'a [Property],
}

/// A CONNECT.
#[derive(Debug, Clone)]
pub struct Connect<'a> {
    /// The version asked for.
    pub version: Version,
    /// Client identifier; may be empty.
    pub client_id: &'a str,
    /// Clean session, or clean start.
    pub clean: bool,
    /// Seconds; zero turns it off.
    pub keep_alive: u16,
    /// Will, if any.
    pub will: Option<Will<'a>>,
    /// User name, if any.
    pub user: Option<&'a str>,
    /// Password, if any.
    pub password: Option<&'a [u8]>,
    /// Properties (5.0 only).
    pub properties: &'a [Property],
}

impl<'a> Connect<'a> {
    /// A clean session without keep-alive, will or properties.
    #[must_use]
    pub fn clean(version: Version, client_id: &'a str) -> Self {
        let (will, user, password) = (None, None, None);
        Self { version, client_id, clean: true, keep_alive: 0, will, user, password, properties: &[] }
    }

    /// Appends the packet.
    pub fn put(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        let (name, level): (&[u8], u8) = match self.version {
            Version::V31 => (b"MQIsdp", 3),
            Version::V311 => (b"MQTT", 4),
            Version::V5 => (b"MQTT", 5),
        };
        put_bytes(&mut body, name);
        body.push(level);
        let will = self.will.as_ref();
        let will_flags = will.map_or(0, |w| 0x04 | w.qos << 3 | u8::from(w.retain) << 5);
        let shown = u8::from(self.user.is_some()) << 7 | u8::from(self.password.is_some()) << 6;
        body.push(shown | will_flags | u8::from(self.clean) << 1);
        body.extend(self.keep_alive.to_be_bytes());
        if self.version == Version::V5 {
            put_block(&mut body, self.properties);
        }
        put_bytes(&mut body, self.client_id.as_bytes());
        if let Some(will) = will {
            if self.version == Version::V5 {
                put_block(&mut body, will.properties);
            }
            put_bytes(&mut body, will.topic.as_bytes());
            put_bytes(&mut body, will.payload);
        }
        for shown in [self.user.map(str::as_bytes), self.password].into_iter().flatten() {
            put_bytes(&mut body, shown);
        }
        put_packet(out, kind::CONNECT << 4, &body);
    }
}

/// A PUBLISH.
#[derive(Debug, Clone)]
pub struct Publish<'a> {
    /// The version of the connection.
    pub version: Version,
    /// Topic name.
    pub topic: &'a str,
    /// Payload.
    pub payload: &'a [u8],
    /// Quality of service.
    pub qos: u8,
    /// Packet identifier; not sent at QoS 0.
    pub id: u16,
    /// Whether it is retained.
    pub retain: bool,
    /// Properties (5.0 only).
    pub properties: &'a [Property],
}

impl Publish<'_> {
    /// Appends the packet.
    pub fn put(&self, out: &mut Vec<u8>) {
        let mut body = Vec::with_capacity(self.topic.len() + self.payload.len() + 16);
        put_bytes(&mut body, self.topic.as_bytes());
        if self.qos > 0 {
            body.extend(self.id.to_be_bytes());
        }
        if self.version == Version::V5 {
            put_block(&mut body, self.properties);
        }
        body.extend_from_slice(self.payload);
        put_packet(out, kind::PUBLISH << 4 | self.qos << 1 | u8::from(self.retain), &body);
    }
}

/// Appends a SUBSCRIBE with one filter; `options` is the quality of service, or all option bits of 5.0.
pub fn put_subscribe(
    out: &mut Vec<u8>,
    version: Version,
    id: u16,
    filter: &str,
    options: u8,
    properties: &[Property],
) {
    let mut body = Vec::new();
    body.extend(id.to_be_bytes());
    if version == Version::V5 {
        put_block(&mut body, properties);
    }
    put_bytes(&mut body, filter.as_bytes());
    body.push(options);
    put_packet(out, kind::SUBSCRIBE << 4 | 2, &body);
}

/// Appends a PUBACK, PUBREC, PUBREL or PUBCOMP in its four-byte form.
#[inline]
pub fn put_ack(out: &mut Vec<u8>, kind: u8, id: u16) {
    let flags = if kind == kind::PUBREL { 2 } else { 0 };
    let [high, low] = id.to_be_bytes();
    out.extend_from_slice(&[kind << 4 | flags, 2, high, low]);
}

/// Appends a DISCONNECT; `code` is sent when not zero (5.0 only).
pub fn put_disconnect(out: &mut Vec<u8>, code: u8, properties: &[Property]) {
    let mut body = Vec::new();
    if code != 0 || !properties.is_empty() {
        body.push(code);
        put_block(&mut body, properties);
    }
    put_packet(out, kind::DISCONNECT << 4, &body);
}
