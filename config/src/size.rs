//! Sizes in bytes, written as people write them: `"64MiB"`, `"512KB"`, `4096`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::unit::ParseUnitError;

/// A size in bytes.
///
/// Written as a whole number with a unit (`B`, `KB`, `MB`, `GB`, `TB` are powers of 1000, `KiB`, `MiB`,
/// `GiB`, `TiB` powers of 1024; case does not matter) or as a bare whole number of bytes. A bare `K` or `M`
/// is refused, as nobody knows which of the two it means.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ByteSize(u64);

/// Unit names, largest first within a base; the power-of-1024 ones are used to print.
const BINARY: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
const DECIMAL: [(&str, u64); 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];

/// What a message says was expected.
const EXPECTED: &str = "a size such as \"1MiB\"";

/// The text is not a size.
const NOT_ONE: ParseUnitError = ParseUnitError::expected(EXPECTED);

impl ByteSize {
    /// `count` bytes.
    #[must_use]
    pub const fn bytes(count: u64) -> Self {
        Self(count)
    }

    /// `count` × 1024 bytes, at most `u64::MAX`.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// `count` × 1024² bytes, at most `u64::MAX`.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// `count` × 1024³ bytes, at most `u64::MAX`.
    #[must_use]
    pub const fn gib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 30))
    }

    /// The size in bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size in bytes as a `usize`, at most `usize::MAX`.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The size in bytes as a `u32`, at most `u32::MAX`.
    #[must_use]
    pub fn as_u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for ByteSize {
    /// The largest binary unit that divides the size exactly, else bytes; parses back to the same size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = BINARY.iter().find(|(_, factor)| self.0 > 0 && self.0.is_multiple_of(*factor));
        match exact {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl FromStr for ByteSize {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or(NOT_ONE)?;
        let number: u64 = number.parse().map_err(|_| NOT_ONE)?;
        let unit = unit.trim_start();
        let factor = BINARY
            .iter()
            .chain(&DECIMAL)
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
            .map(|(_, factor)| *factor)
            .or(unit.is_empty().then_some(1))
            .ok_or(NOT_ONE)?;
        number.checked_mul(factor).map(Self).ok_or(NOT_ONE)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<ByteSize, E> {
        u64::try_from(value).map(ByteSize).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ByteSize, E> {
        Ok(ByteSize(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<ByteSize, E> {
        value.parse().map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        let cases: [(&str, u64); 9] = [
            ("0", 0),
            ("512KB", 512_000),
            ("64MiB", 64 << 20),
            ("64 mib", 64 << 20),
            ("1kb", 1000),
            ("1KiB", 1024),
            ("7B", 7),
            ("2GB", 2_000_000_000),
            ("1TiB", 1 << 40),
        ];
        for (text, bytes) in cases {
            assert_eq!(text.parse(), Ok(ByteSize::bytes(bytes)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_ambiguous_or_too_large() {
        for text in ["", "64M", "1K", "-1", "1.5MiB", "MiB", "99999999TiB", "1 2", "0x10"] {
            assert_eq!(text.parse::<ByteSize>(), Err(NOT_ONE), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(bytes in any::<u64>(), shift in 0u32..44) {
            for size in [ByteSize::bytes(bytes), ByteSize::bytes((bytes >> 44) << shift)] {
                prop_assert_eq!(size.to_string().parse(), Ok(size));
            }
        }

        #[test]
        fn any_text_parses_or_fails_quietly(text in ".{0,24}") {
            if let Ok(size) = text.parse::<ByteSize>() {
                prop_assert_eq!(size.to_string().parse(), Ok(size));
            }
        }
    }
}
