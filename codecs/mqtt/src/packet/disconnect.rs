//! DISCONNECT.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{Error, Properties, PropertyId, PropertySet, ReasonCode, Role, Version};

/// A DISCONNECT. In 3.x only clients send it, and it says nothing but goodbye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Always success in 3.x.
    pub reason: ReasonCode,
    /// Session expiry (from clients), server reference, reason string, user properties; none in 3.x.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// The reason alone, without properties.
    #[must_use]
    pub const fn new(reason: ReasonCode) -> Self {
        Self { reason, properties: Properties::EMPTY }
    }

    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        if !frame.version.is_v5() {
            return Ok(Self::new(ReasonCode::Success));
        }
        // Nothing at all means success, and no property length means no properties.
        let code = if reader.is_empty() { 0 } else { reader.u8()? };
        let reason =
            ReasonCode::new(code).filter(|&reason| allowed(reason, frame.role)).ok_or_else(|| {
                fault!(ProtocolError, "[MQTT-3.14.2-1]", "a reason code that this DISCONNECT cannot have")
            })?;
        let properties = if reader.is_empty() {
            Properties::EMPTY
        } else {
            Properties::read(reader, PropertySet::Disconnect)?
        };
        if frame.role == Role::Client && properties.contains(PropertyId::SessionExpiryInterval) {
            return Err(fault!(
                ProtocolError,
                "[MQTT-3.14.2-2]",
                "a server sent a session expiry interval with a DISCONNECT"
            ));
        }
        Ok(Self { reason, properties })
    }
}

/// Table 3-10 of MQTT 5, by who decodes; and "bad authentication method", which only the table of all reason codes
/// (section 2.4) gives to DISCONNECT, and which a re-authentication ends with.
const fn allowed(reason: ReasonCode, role: Role) -> bool {
    match reason {
        ReasonCode::UnspecifiedError
        | ReasonCode::MalformedPacket
        | ReasonCode::ProtocolError
        | ReasonCode::ImplementationSpecificError
        | ReasonCode::TopicNameInvalid
        | ReasonCode::ReceiveMaximumExceeded
        | ReasonCode::TopicAliasInvalid
        | ReasonCode::PacketTooLarge
        | ReasonCode::MessageRateTooHigh
        | ReasonCode::QuotaExceeded
        | ReasonCode::AdministrativeAction
        | ReasonCode::PayloadFormatInvalid
        | ReasonCode::BadAuthenticationMethod => true,
        ReasonCode::Success | ReasonCode::DisconnectWithWill => matches!(role, Role::Server),
        ReasonCode::NotAuthorized
        | ReasonCode::ServerBusy
        | ReasonCode::ServerShuttingDown
        | ReasonCode::KeepAliveTimeout
        | ReasonCode::SessionTakenOver
        | ReasonCode::TopicFilterInvalid
        | ReasonCode::RetainNotSupported
        | ReasonCode::QosNotSupported
        | ReasonCode::UseAnotherServer
        | ReasonCode::ServerMoved
        | ReasonCode::SharedSubscriptionsNotSupported
        | ReasonCode::ConnectionRateExceeded
        | ReasonCode::MaximumConnectTime
        | ReasonCode::SubscriptionIdentifiersNotSupported
        | ReasonCode::WildcardSubscriptionsNotSupported => matches!(role, Role::Client),
        _ => false,
    }
}

impl Body for Disconnect<'_> {
    fn first_byte(&self) -> u8 {
        0xE0
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        let plain = self.properties.is_empty();
        if !version.is_v5() || (plain && self.reason == ReasonCode::Success) {
            return;
        }
        sink.u8(self.reason.code());
        if !plain {
            self.properties.write(sink);
        }
    }
}

encodable!(Disconnect);
