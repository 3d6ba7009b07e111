//! SUBACK.

use super::{Frame, ReasonCodes};
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{EncodeError, Error, PacketId, Properties, PropertySet, ReasonCode, Version};

/// A SUBACK.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubAck<'a> {
    /// That of the SUBSCRIBE [MQTT-3.8.4-2] [MQTT-2.2.1-6] [MQTT3-2.3.1-7].
    pub packet_id: PacketId,
    /// Reason string and user properties; none in 3.x.
    pub properties: Properties<'a>,
    /// One for each filter, in their order [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT3-3.9.3-1].
    pub codes: ReasonCodes<'a>,
}

/// [MQTT-3.9.3-2]
const fn allowed_v5(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::Success
            | ReasonCode::GrantedQos1
            | ReasonCode::GrantedQos2
            | ReasonCode::UnspecifiedError
            | ReasonCode::ImplementationSpecificError
            | ReasonCode::NotAuthorized
            | ReasonCode::TopicFilterInvalid
            | ReasonCode::PacketIdentifierInUse
            | ReasonCode::QuotaExceeded
            | ReasonCode::SharedSubscriptionsNotSupported
            | ReasonCode::SubscriptionIdentifiersNotSupported
            | ReasonCode::WildcardSubscriptionsNotSupported
    )
}

/// [MQTT3-3.9.3-2]. 3.1 had no 0x80; servers send it there all the same, so it is taken.
const fn allowed_v3(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::Success
            | ReasonCode::GrantedQos1
            | ReasonCode::GrantedQos2
            | ReasonCode::UnspecifiedError
    )
}

impl<'a> SubAck<'a> {
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet_id = reader.packet_id()?;
        let v5 = frame.version.is_v5();
        let properties = if v5 { Properties::read(reader, PropertySet::SubAck)? } else { Properties::EMPTY };
        let bytes = reader.take(reader.rest().len())?;
        let codes =
            ReasonCodes::checked(bytes, if v5 { allowed_v5 } else { allowed_v3 }).ok_or_else(|| {
                fault!(
                    ProtocolError,
                    "[MQTT-3.9.3-2] [MQTT3-3.9.3-2]",
                    "a SUBACK holds no code, or one it cannot have"
                )
            })?;
        Ok(Self { packet_id, properties, codes })
    }
}

impl Body for SubAck<'_> {
    fn first_byte(&self) -> u8 {
        0x90
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.codes.is_empty() {
            return Err(EncodeError::Inconsistent("a SUBACK without a code"));
        }
        Ok(())
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.u16(self.packet_id.get());
        if version.is_v5() {
            self.properties.write(sink);
        }
        self.codes.write(version, sink);
    }
}

encodable!(SubAck);
