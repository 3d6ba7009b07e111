//! Where encoders write: into the output buffer, or into a counter that only says how long it would be. Each
//! packet describes its body once, so length and bytes cannot disagree.

use crate::{EncodeError, Version};

/// The most a variable byte integer can say, and so the longest body.
pub(crate) const MAX_REMAINING: usize = 268_435_455;

pub(crate) trait Sink {
    fn raw(&mut self, bytes: &[u8]);

    /// A field with two bytes of length before it.
    fn binary(&mut self, bytes: &[u8]);

    #[inline]
    fn u8(&mut self, value: u8) {
        self.raw(&[value]);
    }

    #[inline]
    fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    #[inline]
    fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.binary(text.as_bytes());
    }

    /// A variable byte integer. A value that needs more than four bytes is refused before anything is written.
    #[inline]
    fn varint(&mut self, value: usize) {
        let mut rest = value;
        while rest >= 0x80 {
            self.u8(low_bits(rest) | 0x80);
            rest >>= 7;
        }
        self.u8(low_bits(rest));
    }
}

#[inline]
const fn low_bits(value: usize) -> u8 {
    value.to_le_bytes()[0] & 0x7F
}

/// Bytes that `value` takes as a variable byte integer.
#[inline]
pub(crate) const fn varint_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn raw(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn binary(&mut self, bytes: &[u8]) {
        // The counter refused what is longer; see `encode`.
        self.u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        self.raw(bytes);
    }
}

/// Counts bytes and remembers a field that is too long to be said.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    len: usize,
    overlong: bool,
}

impl Sink for Counter {
    #[inline]
    fn raw(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
    }

    #[inline]
    fn binary(&mut self, bytes: &[u8]) {
        self.overlong |= bytes.len() > 0xFFFF;
        self.len = self.len.saturating_add(2).saturating_add(bytes.len());
    }

    #[inline]
    fn varint(&mut self, value: usize) {
        self.len = self.len.saturating_add(varint_len(value));
    }
}

impl Counter {
    /// Bytes counted, or why they cannot be written.
    #[inline]
    pub(crate) const fn finish(self) -> Result<usize, EncodeError> {
        if self.overlong {
            return Err(EncodeError::FieldTooLong);
        }
        if self.len > MAX_REMAINING {
            return Err(EncodeError::PacketTooLong);
        }
        Ok(self.len)
    }
}

/// What follows a fixed header: the variable header and payload of one packet.
pub(crate) trait Body {
    /// Type and flags.
    fn first_byte(&self) -> u8;

    /// Writes what follows the remaining length.
    fn write(&self, version: Version, sink: &mut impl Sink);

    /// Refuses fields that contradict each other.
    #[inline]
    fn check(&self) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Bytes that are counted in the remaining length and written by someone else.
    #[inline]
    fn detached_len(&self) -> usize {
        0
    }
}

/// The remaining length of a packet.
#[inline]
fn remaining_len(body: &impl Body, version: Version) -> Result<usize, EncodeError> {
    body.check()?;
    let mut counter = Counter { len: body.detached_len(), overlong: false };
    body.write(version, &mut counter);
    counter.finish()
}

/// The whole length of a packet on the wire.
#[inline]
pub(crate) fn encoded_len(body: &impl Body, version: Version) -> Result<usize, EncodeError> {
    let remaining = remaining_len(body, version)?;
    Ok(remaining.saturating_add(varint_len(remaining)).saturating_add(1))
}

/// Appends a packet; on an error nothing is written.
#[inline]
pub(crate) fn encode(body: &impl Body, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let remaining = remaining_len(body, version)?;
    out.reserve(remaining.saturating_sub(body.detached_len()).saturating_add(5));
    out.u8(body.first_byte());
    out.varint(remaining);
    body.write(version, out);
    Ok(())
}

/// Gives a packet type its public `encoded_len` and `encode`.
macro_rules! encodable {
    ($name:ident) => {
        impl $name<'_> {
            /// Bytes this packet takes on the wire, fixed header included; to be held against the peer's
            /// Maximum Packet Size before [`Self::encode`] [MQTT-3.1.2-24].
            ///
            /// # Errors
            /// As [`Self::encode`].
            pub fn encoded_len(&self, version: $crate::Version) -> Result<usize, $crate::EncodeError> {
                $crate::sink::encoded_len(self, version)
            }

            /// Appends this packet to `out`. What `version` has no place for (properties and reason codes in
            /// 3.x) is left out.
            ///
            /// # Errors
            /// [`EncodeError`](crate::EncodeError) where the wire cannot say it; `out` is then as it was.
            pub fn encode(
                &self,
                version: $crate::Version,
                out: &mut Vec<u8>,
            ) -> Result<(), $crate::EncodeError> {
                $crate::sink::encode(self, version, out)
            }
        }
    };
}
pub(crate) use encodable;
