//! Who may use a file, as Unix writes it: `"0660"`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::unit::ParseUnitError;

/// The permission bits of a file, in octal digits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FileMode(u32);

const EXPECTED: &str = "the octal mode of a file such as \"0660\"";

impl FileMode {
    /// `bits`, of which the lowest nine count.
    #[must_use]
    pub const fn new(bits: u32) -> Self {
        Self(bits & 0o777)
    }

    /// The bits.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for FileMode {
    /// Parses back to the same mode.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl FromStr for FileMode {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, ParseUnitError> {
        let octal = (3..=4).contains(&text.len()) && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let bits = u32::from_str_radix(text, 8).ok().filter(|bits| octal && *bits <= 0o777);
        bits.map(Self).ok_or(ParseUnitError::expected(EXPECTED))
    }
}

impl Serialize for FileMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FileModeVisitor)
    }
}

struct FileModeVisitor;

impl Visitor<'_> for FileModeVisitor {
    type Value = FileMode;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FileMode, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal() {
        assert_eq!("660".parse(), Ok(FileMode::new(0o660)));
        assert_eq!(FileMode::new(0o60).to_string().parse(), Ok(FileMode::new(0o60)));
        for text in ["", "66", "0888", "01777", "+660", "rw-rw----", "00660"] {
            assert!(text.parse::<FileMode>().is_err(), "{text}");
        }
    }
}
