//! Just enough MQTT to drive a broker: packets are written as asked, valid or not, and answers are read leniently.

use std::io;

pub mod client;
pub mod decode;
pub mod encode;
pub mod property;
pub mod tls;

/// Protocol versions, by their level on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1, level 3, name `MQIsdp`.
    V31,
    /// MQTT 3.1.1, level 4.
    V311,
    /// MQTT 5.0, level 5.
    V5,
}

/// Packet types, as in the high half of a packet's first byte.
pub mod kind {
    /// CONNECT.
    pub const CONNECT: u8 = 1;
    /// CONNACK.
    pub const CONNACK: u8 = 2;
    /// PUBLISH.
    pub const PUBLISH: u8 = 3;
    /// PUBACK.
    pub const PUBACK: u8 = 4;
    /// PUBREC.
    pub const PUBREC: u8 = 5;
    /// PUBREL.
    pub const PUBREL: u8 = 6;
    /// PUBCOMP.
    pub const PUBCOMP: u8 = 7;
    /// SUBSCRIBE.
    pub const SUBSCRIBE: u8 = 8;
    /// SUBACK.
    pub const SUBACK: u8 = 9;
    /// UNSUBSCRIBE.
    pub const UNSUBSCRIBE: u8 = 10;
    /// UNSUBACK.
    pub const UNSUBACK: u8 = 11;
    /// PINGREQ.
    pub const PINGREQ: u8 = 12;
    /// PINGRESP.
    pub const PINGRESP: u8 = 13;
    /// DISCONNECT.
    pub const DISCONNECT: u8 = 14;
    /// AUTH.
    pub const AUTH: u8 = 15;
}

/// One packet's bytes, cut out of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Type and flags.
    pub first: u8,
    /// Everything after the remaining length.
    pub body: &'a [u8],
    /// Length of the whole packet in the stream.
    pub len: usize,
}

/// The first whole packet in `bytes`, or `None` when more bytes are needed.
///
/// # Errors
/// `InvalidData` when the remaining length is longer than four bytes.
#[inline]
pub fn frame(bytes: &[u8]) -> io::Result<Option<Frame<'_>>> {
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let Some((length, used)) = varint(rest)? else { return Ok(None) };
    let Some(body) = rest.get(used..used + length) else { return Ok(None) };
    Ok(Some(Frame { first, body, len: 1 + used + length }))
}

/// A variable byte integer and how many bytes it took, or `None` when it is not whole.
///
/// # Errors
/// `InvalidData` when it goes on after four bytes.
#[inline]
pub fn varint(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((value, at + 1)));
        }
    }
    if bytes.len() >= 4 { Err(broken("remaining length longer than four bytes")) } else { Ok(None) }
}

pub(crate) fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
