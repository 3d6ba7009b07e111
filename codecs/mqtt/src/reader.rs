//! The cursor every decoder uses: takes bytes from the front or says which rule their lack breaks.

use crate::error::fault;
use crate::{Error, PacketId, text};

/// What is left of a packet's body.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

/// The fields of a packet do not fit into its remaining length.
#[cold]
fn truncated() -> Error {
    fault!(MalformedPacket, "[MQTT-3.1.4-1] MQTT 5.0 §4.13.1", "a field runs past the end of the packet")
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that is left, without taking it.
    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.0.split_at_checked(n).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(head)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        let (head, rest) = self.0.split_first().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    /// A packet identifier: never 0 [MQTT-2.2.1-3] [MQTT3-2.3.1-1].
    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Error> {
        PacketId::new(self.u16()?).ok_or_else(|| {
            fault!(
                ProtocolError,
                "[MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT3-2.3.1-1]",
                "the packet identifier is zero"
            )
        })
    }

    /// A variable byte integer of MQTT 5: at most four bytes, and no more than it needs [MQTT-1.5.5-1].
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u32, Error> {
        match varint(self.0)? {
            Some(Varint { value, len, minimal: true }) => {
                self.0 = self.0.get(len..).unwrap_or_default();
                Ok(value)
            }
            Some(_) => Err(not_minimal()),
            None => Err(truncated()),
        }
    }

    /// Binary data: two bytes of length and as many bytes.
    #[inline]
    pub(crate) fn binary(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// A UTF-8 encoded string.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        text::decode(self.binary()?)
    }

    /// A string that [`crate::check_topic_name`] looks at next, which finds U+0000 too; the empty one has none.
    #[inline]
    pub(crate) fn topic(&mut self) -> Result<&'a str, Error> {
        text::decode_utf8(self.binary()?)
    }

    /// Refuses what follows the last field of a packet.
    #[inline]
    pub(crate) fn finish(&self) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(fault!(
            MalformedPacket,
            "[MQTT-3.1.4-1] MQTT 5.0 §4.13.1",
            "bytes follow the last field of the packet"
        ))
    }
}

/// A variable byte integer as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Varint {
    pub(crate) value: u32,
    /// Bytes it took, one to four.
    pub(crate) len: usize,
    /// Whether it could not have been shorter.
    pub(crate) minimal: bool,
}

/// Reads a variable byte integer; `None` while bytes are missing. A fourth byte that promises a fifth is an
/// error as soon as it is seen.
#[inline]
pub(crate) fn varint(bytes: &[u8]) -> Result<Option<Varint>, Error> {
    if let Some(&first) = bytes.first()
        && first < 0x80
    {
        return Ok(Some(Varint { value: u32::from(first), len: 1, minimal: true }));
    }
    long_varint(bytes)
}

fn long_varint(bytes: &[u8]) -> Result<Option<Varint>, Error> {
    let mut value = 0_u32;
    for (shift, (len, &byte)) in [0_u32, 7, 14, 21].into_iter().zip((1_usize..).zip(bytes)) {
        value |= u32::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(Some(Varint { value, len, minimal: byte != 0 || len == 1 }));
        }
        if len == 4 {
            return Err(fault!(
                MalformedPacket,
                "MQTT 5.0 §1.5.5, MQTT 3.1.1 §2.2.3",
                "a variable byte integer is longer than four bytes"
            ));
        }
    }
    Ok(None)
}

#[cold]
pub(crate) fn not_minimal() -> Error {
    fault!(MalformedPacket, "[MQTT-1.5.5-1]", "a variable byte integer is longer than it needs to be")
}

#[cfg(test)]
mod tests;
