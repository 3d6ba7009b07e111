//! UNSUBACK.

use super::{Frame, ReasonCodes};
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{Error, PacketId, Properties, PropertySet, ReasonCode, Version};

/// An UNSUBACK.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnsubAck<'a> {
    /// That of the UNSUBSCRIBE [MQTT-3.10.4-5] [MQTT-2.2.1-6] [MQTT3-3.10.4-4].
    pub packet_id: PacketId,
    /// Reason string and user properties; none in 3.x.
    pub properties: Properties<'a>,
    /// One for each filter, in their order [MQTT-3.11.3-1]; none in 3.x.
    pub codes: ReasonCodes<'a>,
}

/// [MQTT-3.11.3-2]
const fn allowed(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::Success
            | ReasonCode::NoSubscriptionExisted
            | ReasonCode::UnspecifiedError
            | ReasonCode::ImplementationSpecificError
            | ReasonCode::NotAuthorized
            | ReasonCode::TopicFilterInvalid
            | ReasonCode::PacketIdentifierInUse
    )
}

impl<'a> UnsubAck<'a> {
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet_id = reader.packet_id()?;
        if !frame.version.is_v5() {
            return Ok(Self { packet_id, properties: Properties::EMPTY, codes: ReasonCodes::EMPTY });
        }
        let properties = Properties::read(reader, PropertySet::UnsubAck)?;
        let bytes = reader.take(reader.rest().len())?;
        let codes = ReasonCodes::checked(bytes, allowed).ok_or_else(|| {
            fault!(ProtocolError, "[MQTT-3.11.3-2]", "an UNSUBACK holds no code, or one it cannot have")
        })?;
        Ok(Self { packet_id, properties, codes })
    }
}

impl Body for UnsubAck<'_> {
    fn first_byte(&self) -> u8 {
        0xB0
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.u16(self.packet_id.get());
        if version.is_v5() {
            self.properties.write(sink);
            self.codes.write(version, sink);
        }
    }
}

encodable!(UnsubAck);
