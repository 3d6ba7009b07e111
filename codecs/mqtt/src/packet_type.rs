//! The type and flags in the first byte of a packet.

use crate::error::fault;
use crate::{Error, Role, Version, packet};

/// The sixteen types but the one that is forbidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the packets', documented there")]
pub enum PacketType {
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}

impl PacketType {
    /// The type in the high half of a first byte; 0 is forbidden.
    #[must_use]
    #[inline]
    pub const fn of(first_byte: u8) -> Option<Self> {
        Some(match first_byte >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }
}

/// Judges a first byte: type known in this version, sent by the right side, at the right time, flags as they
/// must be.
#[inline]
pub(crate) fn check(first_byte: u8, role: Role, version: Option<Version>) -> Result<PacketType, Error> {
    // The first packet is a CONNECT and none after it is: everything else waits for a version.
    if version.is_some() && first_byte >> 4 == PacketType::Publish as u8 {
        packet::check_flags(first_byte & 0x0F)?;
        return Ok(PacketType::Publish);
    }
    check_other(first_byte, role, version)
}

fn check_other(first_byte: u8, role: Role, version: Option<Version>) -> Result<PacketType, Error> {
    let Some(packet_type) = PacketType::of(first_byte) else {
        return Err(fault!(
            MalformedPacket,
            "MQTT 5.0 §2.1.2, MQTT 3.1.1 §2.2.1",
            "packet type 0 is forbidden"
        ));
    };
    check_flags(packet_type, first_byte & 0x0F, version)?;
    let Some(version) = version else {
        return check_first(packet_type, role);
    };
    check_direction(packet_type, role, version)?;
    Ok(packet_type)
}

/// Reserved flags have the value the table says [MQTT-2.1.3-1] [MQTT3-2.2.2-1] [MQTT3-2.2.2-2].
fn check_flags(packet_type: PacketType, flags: u8, version: Option<Version>) -> Result<(), Error> {
    let expected = match packet_type {
        PacketType::Publish => return packet::check_flags(flags).map(drop),
        PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => 2,
        _ => 0,
    };
    // 3.1 lets these three be sent again with DUP.
    let dup = if version == Some(Version::V3) && expected == 2 { 8 } else { 0 };
    if flags & !dup == expected {
        return Ok(());
    }
    Err(fault!(
        MalformedPacket,
        "[MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] \
         [MQTT3-2.2.2-1] [MQTT3-2.2.2-2] [MQTT3-3.6.1-1] [MQTT3-3.8.1-1] [MQTT3-3.10.1-1] [MQTT3-3.14.1-1]",
        "reserved flags of the fixed header have another value"
    ))
}

/// Before there is a version.
fn check_first(packet_type: PacketType, role: Role) -> Result<PacketType, Error> {
    if packet_type == PacketType::Connect && role == Role::Server {
        return Ok(packet_type);
    }
    Err(fault!(
        ProtocolError,
        "[MQTT-3.1.0-1] [MQTT3-3.1.0-1]",
        "the first packet is not a CONNECT to a server"
    ))
}

/// Who sends what, and in which version.
fn check_direction(packet_type: PacketType, role: Role, version: Version) -> Result<(), Error> {
    use PacketType as T;
    let allowed = match packet_type {
        T::Connect => {
            return Err(fault!(ProtocolError, "[MQTT-3.1.0-2] [MQTT3-3.1.0-2]", "a second CONNECT"));
        }
        T::Publish | T::PubAck | T::PubRec | T::PubRel | T::PubComp => true,
        T::Subscribe | T::Unsubscribe | T::PingReq => role == Role::Server,
        T::ConnAck | T::SubAck | T::UnsubAck | T::PingResp => role == Role::Client,
        T::Disconnect => role == Role::Server || version.is_v5(),
        T::Auth if !version.is_v5() => {
            return Err(fault!(MalformedPacket, "MQTT 3.1.1 §2.2.1", "packet type 15 is forbidden in 3.x"));
        }
        T::Auth => true,
    };
    if allowed {
        return Ok(());
    }
    Err(fault!(
        ProtocolError,
        "MQTT 5.0 §2.1.2, MQTT 3.1.1 §2.2.1",
        "a packet of this type is not sent in this direction"
    ))
}
