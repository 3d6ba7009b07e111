//! From bytes to packets, one at a time, as far as the bytes go.

use crate::error::fault;
use crate::packet::{Frame, Prefix, check_prefix};
use crate::reader::{Varint, not_minimal, varint};
use crate::{Error, Limits, Packet, PacketType, Version, packet_type};

/// What the bytes at hand amount to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decoded<'a> {
    /// A whole packet.
    Packet {
        /// The packet, borrowed from the bytes.
        packet: Packet<'a>,
        /// Bytes it took from the front.
        len: usize,
    },
    /// The packet at the front is not complete, and nothing is wrong so far.
    NeedMore {
        /// With fewer bytes than this, counted from the front of the packet, no packet can come. Always more
        /// than there were. With this many more can be known: a packet, an error, or a higher number.
        at_least: usize,
    },
}

/// Decodes the packet at the front of `bytes`.
///
/// `version` is the connection's, `None` until a CONNECT was decoded; before that a server takes nothing else
/// and a client decodes nothing. Call it again with the longer buffer when more has come; nothing is kept
/// between calls. Errors come as early as possible: from the first byte (type, flags, direction), from the
/// fixed header (length), from the front of a CONNECT (protocol name, level, flags).
///
/// # Errors
/// The rule the peer broke. The connection is to be closed; after an error the bytes have no meaning.
#[inline]
pub fn decode<'a>(bytes: &'a [u8], limits: &Limits, version: Option<Version>) -> Result<Decoded<'a>, Error> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(Decoded::NeedMore { at_least: 2 });
    };
    let packet_type = packet_type::check(first, limits.role, version)?;
    let Some(remaining) = varint(rest)? else {
        return Ok(Decoded::NeedMore { at_least: bytes.len().saturating_add(1) });
    };
    // 3.x does not say that a remaining length is as short as it can be; MQTT 5 does [MQTT-1.5.5-1].
    if !remaining.minimal && version == Some(Version::V5) {
        return Err(not_minimal());
    }
    let header_len = remaining.len.saturating_add(1);
    let body_len = usize::try_from(remaining.value).unwrap_or(usize::MAX);
    let len = header_len.saturating_add(body_len);
    check_length(packet_type, body_len, len, limits, version)?;
    let arrived = bytes.get(header_len..).unwrap_or_default();
    let version = match version {
        Some(version) => version,
        None => match connect_version(arrived, remaining, body_len)? {
            Prefix::Version(version) => version,
            Prefix::NeedMore(needed) => {
                return Ok(Decoded::NeedMore { at_least: header_len.saturating_add(needed) });
            }
        },
    };
    let Some(body) = arrived.get(..body_len) else {
        return Ok(Decoded::NeedMore { at_least: len });
    };
    let frame = Frame { packet_type, flags: first & 0x0F, role: limits.role, version };
    let packet = Packet::read(frame, body)?;
    Ok(Decoded::Packet { packet, len })
}

/// The version a CONNECT names, from as much of it as has come.
fn connect_version(arrived: &[u8], remaining: Varint, body_len: usize) -> Result<Prefix, Error> {
    match check_prefix(arrived.get(..body_len).unwrap_or(arrived))? {
        Prefix::Version(Version::V5) if !remaining.minimal => Err(not_minimal()),
        prefix => Ok(prefix),
    }
}

/// Refuses a length that the packet must not or cannot have, before the body is buffered.
#[inline]
fn check_length(
    packet_type: PacketType,
    body_len: usize,
    len: usize,
    limits: &Limits,
    version: Option<Version>,
) -> Result<(), Error> {
    if u32::try_from(len).is_ok_and(|len| len <= limits.max_packet_size) {
        return match packet_type {
            PacketType::Publish => Ok(()),
            _ => check_exact_length(packet_type, body_len, version),
        };
    }
    Err(fault!(
        PacketTooLarge,
        "[MQTT-3.2.2-15] [MQTT-3.1.2-24] MQTT 5.0 §3.1.2.11.4, §3.2.2.3.6",
        "the packet is longer than the maximum packet size"
    ))
}

/// The shortest body of a CONNECT: name, level, flags, keep alive and an empty client identifier of 3.1.1.
const SHORTEST_CONNECT: usize = 12;

/// Packets whose length is fixed (pings always, acknowledgements and DISCONNECT in 3.x), and CONNECT, whose
/// front is looked at before its end is there.
fn check_exact_length(
    packet_type: PacketType,
    body_len: usize,
    version: Option<Version>,
) -> Result<(), Error> {
    use PacketType as T;
    let v5 = version == Some(Version::V5);
    let right = match packet_type {
        T::Connect => body_len >= SHORTEST_CONNECT,
        T::PingReq | T::PingResp => body_len == 0,
        T::Disconnect if !v5 => body_len == 0,
        T::PubAck | T::PubRec | T::PubRel | T::PubComp | T::UnsubAck if !v5 => body_len == 2,
        T::ConnAck if !v5 => body_len == 2,
        _ => true,
    };
    if right { Ok(()) } else { Err(wrong_length()) }
}

#[cold]
fn wrong_length() -> Error {
    fault!(
        MalformedPacket,
        "MQTT 5.0 §2.1.4, MQTT 3.1.1 §2.2.3",
        "the remaining length is not one a packet of this type has"
    )
}
