//! Packets a server sends, as owned values.

use std::io;

use super::property::{Cursor, Property, Value};
use super::{Frame, Version, broken, kind};

/// A packet from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// CONNACK: session present, code, properties.
    ConnAck(bool, u8, Vec<Property>),
    /// PUBLISH.
    Publish(Message),
    /// PUBACK, PUBREC, PUBREL or PUBCOMP: type, packet identifier, reason code.
    Ack(u8, u16, u8),
    /// SUBACK: packet identifier, codes.
    SubAck(u16, Vec<u8>),
    /// UNSUBACK: packet identifier, codes.
    UnsubAck(u16, Vec<u8>),
    /// PINGRESP.
    PingResp,
    /// DISCONNECT: reason code, properties.
    Disconnect(u8, Vec<Property>),
    /// AUTH: reason code, properties.
    Auth(u8, Vec<Property>),
}

/// A PUBLISH that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the broker says it may have been sent before.
    pub dup: bool,
    /// Quality of service.
    pub qos: u8,
    /// The retain flag.
    pub retain: bool,
    /// Topic; empty when an alias stands for it.
    pub topic: String,
    /// Packet identifier; zero at QoS 0.
    pub id: u16,
    /// Properties (5.0 only).
    pub properties: Vec<Property>,
    /// Payload.
    pub payload: Vec<u8>,
}

impl Message {
    /// The value of a property, the first if there are several.
    #[must_use]
    pub fn property(&self, id: u8) -> Option<&Value> {
        find(&self.properties, id)
    }
}

/// The value of a property, the first if there are several.
#[must_use]
pub fn find(properties: &[Property], id: u8) -> Option<&Value> {
    properties.iter().find(|property| property.0 == id).map(|property| &property.1)
}

/// Reads one packet of a server.
///
/// # Errors
/// `InvalidData` when it is no packet a server may send, or too short.
pub fn packet(frame: Frame<'_>, version: Version) -> io::Result<Packet> {
    let mut body = Cursor(frame.body);
    let v5 = version == Version::V5;
    Ok(match frame.first >> 4 {
        kind::CONNACK => {
            let present = body.byte()? & 1 == 1;
            Packet::ConnAck(present, body.byte()?, if v5 { body.properties()? } else { Vec::new() })
        }
        kind::PUBLISH => Packet::Publish(message(frame, v5)?),
        ack @ kind::PUBACK..=kind::PUBCOMP => {
            let id = body.short()?;
            Packet::Ack(ack, id, body.byte().unwrap_or(0))
        }
        kind::SUBACK => {
            let id = body.short()?;
            if v5 {
                body.properties()?;
            }
            Packet::SubAck(id, body.0.to_vec())
        }
        kind::UNSUBACK => {
            let id = body.short()?;
            if v5 {
                body.properties()?;
            }
            Packet::UnsubAck(id, body.0.to_vec())
        }
        kind::PINGRESP => Packet::PingResp,
        kind::DISCONNECT => Packet::Disconnect(body.byte().unwrap_or(0), body.properties()?),
        kind::AUTH => Packet::Auth(body.byte().unwrap_or(0), body.properties()?),
        _ => return Err(broken("a packet only clients send")),
    })
}

fn message(frame: Frame<'_>, v5: bool) -> io::Result<Message> {
    let mut body = Cursor(frame.body);
    let topic = String::from_utf8(body.bytes()?.to_vec()).map_err(|_| broken("topic is not UTF-8"))?;
    let qos = frame.first >> 1 & 3;
    let id = if qos > 0 { body.short()? } else { 0 };
    let properties = if v5 { body.properties()? } else { Vec::new() };
    let (dup, retain) = (frame.first & 8 != 0, frame.first & 1 != 0);
    Ok(Message { dup, qos, retain, topic, id, properties, payload: body.0.to_vec() })
}
