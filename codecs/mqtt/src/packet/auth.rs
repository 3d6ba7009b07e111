//! AUTH, of MQTT 5 alone.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{Error, Properties, PropertyId, PropertySet, ReasonCode, Role, Version};

/// An AUTH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success (from servers), continue, or re-authenticate (from clients).
    pub reason: ReasonCode,
    /// Authentication method and data, reason string, user properties.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        // Nothing at all means success without properties; a reason code alone is not provided for.
        let (code, properties) = if reader.is_empty() {
            (0, Properties::EMPTY)
        } else {
            (reader.u8()?, Properties::read(reader, PropertySet::Auth)?)
        };
        let reason =
            ReasonCode::new(code).filter(|&reason| allowed(reason, frame.role)).ok_or_else(|| {
                fault!(ProtocolError, "[MQTT-3.15.2-1]", "a reason code that this AUTH cannot have")
            })?;
        // The short form above has no place for the method; everything else must name it.
        let short = reason == ReasonCode::Success && properties.is_empty();
        if !short && !properties.contains(PropertyId::AuthenticationMethod) {
            return Err(fault!(
                ProtocolError,
                "[MQTT-4.12.0-5] MQTT 5.0 §3.15.2.2.2",
                "an AUTH does not name its method"
            ));
        }
        Ok(Self { reason, properties })
    }
}

const fn allowed(reason: ReasonCode, role: Role) -> bool {
    match reason {
        ReasonCode::Success => matches!(role, Role::Client),
        ReasonCode::ContinueAuthentication => true,
        ReasonCode::ReAuthenticate => matches!(role, Role::Server),
        _ => false,
    }
}

impl Body for Auth<'_> {
    fn first_byte(&self) -> u8 {
        0xF0
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        let short = self.reason == ReasonCode::Success && self.properties.is_empty();
        if !version.is_v5() || short {
            return;
        }
        sink.u8(self.reason.code());
        self.properties.write(sink);
    }
}

encodable!(Auth);
