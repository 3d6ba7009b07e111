//! Bytes that are no packet, and what their sender would understand as an answer.

use std::fmt;

use mqtt_codec::{ReasonCode, Version, connect_version};
use tidegate_gateway::{Context, WireError};

use super::{MqttChannel, Stage};

/// What the codec says of bytes, and the version of whoever sent them.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    error: mqtt_codec::Error,
    /// `None` when nobody who speaks this protocol can be made out.
    version: Option<Version>,
}

impl Fault {
    pub(super) fn new(error: mqtt_codec::Error, version: Option<Version>, bytes: &[u8]) -> Self {
        Self { error, version: version.or_else(|| connect_version(bytes)) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl WireError for Fault {
    fn section(&self) -> &'static str {
        self.error.clause()
    }
}

impl MqttChannel {
    /// A connected v5 client is told why [MQTT-4.13.1-1], and so is one that tried to connect, as far as its
    /// version has words for it: 3.x for an unknown level [MQTT3-3.1.2-2] and a bad id [MQTT3-3.1.3-8], and for
    /// nothing else [MQTT3-3.1.4-1]. A wrong protocol name gets no answer [MQTT-3.1.2-1] [MQTT3-3.1.2-1].
    pub(super) fn handle_fault(&mut self, cx: &mut Context<'_>, fault: &Fault) {
        cx.door.complain(fault.error.what());
        match (self.stage, fault.version) {
            (Stage::Open, _) => self.end(cx, fault.error.reason(), fault.error.what()),
            (Stage::Fresh, Some(version)) => {
                self.version = version;
                match fault.error.connack_reason(version) {
                    Some(reason) => self.refuse(cx, reason, fault.error.what()),
                    None => self.leave_unannounced(),
                }
            }
            (Stage::Proving | Stage::Opening, _) if self.is_v5() => {
                self.refuse(cx, ReasonCode::MalformedPacket, fault.error.what());
            }
            _ => self.leave_unannounced(),
        }
    }
}
