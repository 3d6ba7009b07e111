//! Quality of service and packet identifiers.

use std::num::NonZeroU16;

/// A packet identifier; 0 is none [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT3-2.3.1-1].
pub type PacketId = NonZeroU16;

/// Quality of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Qos {
    /// QoS 0.
    #[default]
    AtMostOnce = 0,
    /// QoS 1.
    AtLeastOnce = 1,
    /// QoS 2.
    ExactlyOnce = 2,
}

impl Qos {
    /// The level with this number; 3 is none.
    #[must_use]
    #[inline]
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    #[inline]
    pub const fn level(self) -> u8 {
        self as u8
    }
}
