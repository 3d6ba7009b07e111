//! CONNACK.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{EncodeError, Error, Properties, PropertySet, ReasonCode, Version};

/// A CONNACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server kept a session; never with a failure [MQTT-3.2.2-6] [MQTT3-3.2.2-4]. 3.1 cannot say
    /// it.
    pub session_present: bool,
    /// The answer; in 3.x one of six, see [`ReasonCode::to_v3`].
    pub reason: ReasonCode,
    /// What the server grants; none in 3.x.
    pub properties: Properties<'a>,
}

impl<'a> ConnAck<'a> {
    /// A refusal without properties.
    #[must_use]
    pub const fn refused(reason: ReasonCode) -> Self {
        Self { session_present: false, reason, properties: Properties::EMPTY }
    }

    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let flags = reader.u8()?;
        // In 3.1 the byte is reserved and says nothing.
        if frame.version != Version::V3 && flags & 0xFE != 0 {
            return Err(fault!(
                MalformedPacket,
                "[MQTT-3.2.2-1] MQTT 3.1.1 §3.2.2.1",
                "a reserved flag of a CONNACK is set"
            ));
        }
        let session_present = frame.version != Version::V3 && flags & 1 != 0;
        let code = reader.u8()?;
        let reason = if frame.version.is_v5() {
            ReasonCode::new(code).filter(|&reason| allowed(reason))
        } else {
            ReasonCode::from_v3(code)
        }
        .ok_or_else(|| {
            fault!(
                ProtocolError,
                "[MQTT-3.2.2-8] MQTT 3.1.1 §3.2.2.3",
                "a reason code that a CONNACK cannot have"
            )
        })?;
        if session_present && reason != ReasonCode::Success {
            return Err(fault!(
                ProtocolError,
                "[MQTT-3.2.2-6] [MQTT3-3.2.2-4]",
                "a CONNACK refuses and says that a session is present"
            ));
        }
        let properties = if frame.version.is_v5() {
            Properties::read(reader, PropertySet::ConnAck)?
        } else {
            Properties::EMPTY
        };
        Ok(Self { session_present, reason, properties })
    }
}

/// Table 3-1 of MQTT 5 [MQTT-3.2.2-8].
const fn allowed(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::Success
            | ReasonCode::UnspecifiedError
            | ReasonCode::MalformedPacket
            | ReasonCode::ProtocolError
            | ReasonCode::ImplementationSpecificError
            | ReasonCode::UnsupportedProtocolVersion
            | ReasonCode::ClientIdentifierNotValid
            | ReasonCode::BadUserNameOrPassword
            | ReasonCode::NotAuthorized
            | ReasonCode::ServerUnavailable
            | ReasonCode::ServerBusy
            | ReasonCode::Banned
            | ReasonCode::BadAuthenticationMethod
            | ReasonCode::TopicNameInvalid
            | ReasonCode::PacketTooLarge
            | ReasonCode::QuotaExceeded
            | ReasonCode::PayloadFormatInvalid
            | ReasonCode::RetainNotSupported
            | ReasonCode::QosNotSupported
            | ReasonCode::UseAnotherServer
            | ReasonCode::ServerMoved
            | ReasonCode::ConnectionRateExceeded
    )
}

impl Body for ConnAck<'_> {
    fn first_byte(&self) -> u8 {
        0x20
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.session_present && self.reason != ReasonCode::Success {
            return Err(EncodeError::Inconsistent("a CONNACK that refuses cannot have a session present"));
        }
        if !allowed(self.reason) {
            return Err(EncodeError::Inconsistent("a reason code that a CONNACK cannot have"));
        }
        Ok(())
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        match version {
            Version::V3 => {
                sink.u8(0);
                sink.u8(self.reason.to_v3());
            }
            Version::V4 => {
                sink.u8(u8::from(self.session_present));
                sink.u8(self.reason.to_v3());
            }
            Version::V5 => {
                sink.u8(u8::from(self.session_present));
                sink.u8(self.reason.code());
                self.properties.write(sink);
            }
        }
    }
}

encodable!(ConnAck);
