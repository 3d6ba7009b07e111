//! Versions of the protocol as a configuration names them.

use mqtt_codec::Version;
use serde::{Deserialize, Serialize};

/// A version of MQTT.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ProtocolVersion {
    /// MQTT 3.1 (protocol name `MQIsdp`).
    #[serde(rename = "3.1")]
    V3,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V4,
    /// MQTT 5.0.
    #[serde(rename = "5")]
    V5,
}

impl ProtocolVersion {
    /// Every version there is.
    pub const ALL: [Self; 3] = [Self::V3, Self::V4, Self::V5];
}

impl From<ProtocolVersion> for Version {
    fn from(version: ProtocolVersion) -> Self {
        match version {
            ProtocolVersion::V3 => Self::V3,
            ProtocolVersion::V4 => Self::V4,
            ProtocolVersion::V5 => Self::V5,
        }
    }
}
