//! PUBACK, PUBREC, PUBREL and PUBCOMP: one shape.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{self, Body, Sink};
use crate::{EncodeError, Error, PacketId, PacketType, Properties, PropertySet, ReasonCode, Role, Version};

/// Which of the four acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AckKind {
    /// Answers a PUBLISH of QoS 1.
    PubAck,
    /// Answers a PUBLISH of QoS 2.
    PubRec,
    /// Answers a PUBREC.
    PubRel,
    /// Answers a PUBREL.
    PubComp,
}

/// A PUBACK, PUBREC, PUBREL or PUBCOMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack<'a> {
    /// That of the PUBLISH [MQTT-2.2.1-5].
    pub packet_id: PacketId,
    /// Always success in 3.x.
    pub reason: ReasonCode,
    /// Reason string and user properties; none in 3.x.
    pub properties: Properties<'a>,
}

impl AckKind {
    #[inline]
    const fn first_byte(self) -> u8 {
        match self {
            Self::PubAck => 0x40,
            Self::PubRec => 0x50,
            // Reserved flags 0010 [MQTT-3.6.1-1] [MQTT3-3.6.1-1].
            Self::PubRel => 0x62,
            Self::PubComp => 0x70,
        }
    }

    /// A successful acknowledgement, the same four bytes in every version.
    #[must_use]
    #[inline]
    pub const fn success(self, packet_id: PacketId) -> [u8; 4] {
        let [high, low] = packet_id.get().to_be_bytes();
        [self.first_byte(), 2, high, low]
    }
}

impl<'a> Ack<'a> {
    /// Success without properties.
    #[must_use]
    pub const fn success(packet_id: PacketId) -> Self {
        Self { packet_id, reason: ReasonCode::Success, properties: Properties::EMPTY }
    }

    /// The reason alone, without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, reason: ReasonCode) -> Self {
        Self { packet_id, reason, properties: Properties::EMPTY }
    }

    #[inline]
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet_id = reader.packet_id()?;
        // In 3.x nothing can follow: the length was held against two bytes before the body was looked at.
        if reader.is_empty() {
            return Ok(Self::success(packet_id));
        }
        Self::read_reason(frame, packet_id, reader)
    }

    /// MQTT 5: a reason code, and properties if there is more.
    fn read_reason(frame: Frame, packet_id: PacketId, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let (set, allowed): (_, fn(ReasonCode, Role) -> bool) = match frame.packet_type {
            PacketType::PubRec => (PropertySet::PubRec, publish_reason),
            PacketType::PubRel => (PropertySet::PubRel, release_reason),
            PacketType::PubComp => (PropertySet::PubComp, release_reason),
            _ => (PropertySet::PubAck, publish_reason),
        };
        let reason =
            ReasonCode::new(reader.u8()?).filter(|&reason| allowed(reason, frame.role)).ok_or_else(|| {
                fault!(
                    ProtocolError,
                    "[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]",
                    "a reason code that this acknowledgement cannot have"
                )
            })?;
        let properties = if reader.is_empty() { Properties::EMPTY } else { Properties::read(reader, set)? };
        reader.finish()?;
        Ok(Self { packet_id, reason, properties })
    }

    /// Bytes this packet takes on the wire, fixed header included.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encoded_len(&self, kind: AckKind, version: Version) -> Result<usize, EncodeError> {
        sink::encoded_len(&Outgoing { ack: self, kind }, version)
    }

    /// Appends this packet to `out`, in its shortest form. In 3.x reason and properties are left out.
    ///
    /// # Errors
    /// [`EncodeError::PacketTooLong`] for properties longer than a packet.
    #[inline]
    pub fn encode(&self, kind: AckKind, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !version.is_v5() || (self.reason == ReasonCode::Success && self.properties.is_empty()) {
            out.extend_from_slice(&kind.success(self.packet_id));
            return Ok(());
        }
        sink::encode(&Outgoing { ack: self, kind }, version, out)
    }
}

/// What PUBACK and PUBREC may say. "No matching subscribers" is the server's to say.
const fn publish_reason(reason: ReasonCode, role: Role) -> bool {
    match reason {
        ReasonCode::NoMatchingSubscribers => matches!(role, Role::Client),
        ReasonCode::Success
        | ReasonCode::UnspecifiedError
        | ReasonCode::ImplementationSpecificError
        | ReasonCode::NotAuthorized
        | ReasonCode::TopicNameInvalid
        | ReasonCode::PacketIdentifierInUse
        | ReasonCode::QuotaExceeded
        | ReasonCode::PayloadFormatInvalid => true,
        _ => false,
    }
}

/// What PUBREL and PUBCOMP may say.
const fn release_reason(reason: ReasonCode, _role: Role) -> bool {
    matches!(reason, ReasonCode::Success | ReasonCode::PacketIdentifierNotFound)
}

/// An acknowledgement with its type.
struct Outgoing<'a> {
    ack: &'a Ack<'a>,
    kind: AckKind,
}

impl Body for Outgoing<'_> {
    fn first_byte(&self) -> u8 {
        self.kind.first_byte()
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.u16(self.ack.packet_id.get());
        let plain = self.ack.properties.is_empty();
        if !version.is_v5() || (plain && self.ack.reason == ReasonCode::Success) {
            return;
        }
        sink.u8(self.ack.reason.code());
        if !plain {
            self.ack.properties.write(sink);
        }
    }
}
