//! PINGREQ and PINGRESP: two bytes each, nothing else.

/// A PINGREQ as it goes over the wire, in every version.
pub const PINGREQ: [u8; 2] = [0xC0, 0];

/// A PINGRESP as it goes over the wire, in every version; the answer to a PINGREQ [MQTT-3.12.4-1]
/// [MQTT3-3.12.4-1].
pub const PINGRESP: [u8; 2] = [0xD0, 0];
