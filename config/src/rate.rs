//! How many in how much time.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::Duration;
use crate::unit::ParseUnitError;

/// A rate with its burst, written `"100/s"`, `"10/5m"`, `"1MiB/s"` or, with a burst, `"100/s burst 500"`.
///
/// Without a burst as much may come at once as in one period.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many (bytes, where the option counts bytes).
    pub amount: u64,
    /// In how much time.
    pub per: Duration,
    /// How many may come at once.
    pub burst: u64,
}

/// The longest period.
const LONGEST: Duration = Duration::from_days(366);

/// The most in a second: what can still be counted.
const FASTEST: u128 = 1 << 33;

/// What a message says was expected.
const EXPECTED: &str = "a rate such as \"100/s\", \"10/5m\", \"1MiB/s\" or \"100/s burst 500\"";

/// The text is not a rate.
const NOT_ONE: ParseUnitError = ParseUnitError::expected(EXPECTED);

impl FromStr for Rate {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, ParseUnitError> {
        let (rate, burst) = match text.split_once(" burst ") {
            Some((rate, burst)) => (rate, Some(amount(burst)?)),
            None => (text, None),
        };
        let (count, per) = rate.split_once('/').ok_or(NOT_ONE)?;
        let count = amount(count)?;
        let per = per.trim();
        let unit = per.starts_with(|c: char| c.is_ascii_alphabetic());
        let per = if unit { format!("1{per}") } else { per.to_owned() };
        let per: Duration = per.parse().map_err(|_| NOT_ONE)?;
        let burst = burst.unwrap_or(count);
        let nanos = per.get().as_nanos();
        let too_fast = u128::from(count) * 1_000_000_000 > nanos.saturating_mul(FASTEST);
        if count == 0 || burst == 0 || nanos == 0 || per > LONGEST || too_fast {
            return Err(NOT_ONE);
        }
        Ok(Self { amount: count, per, burst })
    }
}

fn amount(text: &str) -> Result<u64, ParseUnitError> {
    let text = text.trim();
    match text.parse() {
        Ok(count) => Ok(count),
        Err(_) => text.parse::<crate::ByteSize>().map(crate::ByteSize::get).map_err(|_| NOT_ONE),
    }
}

impl fmt::Display for Rate {
    /// Parses back to the same rate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.amount, self.per)?;
        if self.burst == self.amount { Ok(()) } else { write!(f, " burst {}", self.burst) }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_in_one_way_and_read_in_several() {
        for (text, same) in [
            ("100/s", "100/1s"),
            ("10/5m", "10/5m"),
            ("1KiB/s burst 4KiB", "1024/1s burst 4096"),
            ("7/h burst 7", "7/1h"),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.to_string(), same, "{text}");
            assert_eq!(same.parse(), Ok(rate), "{text}");
        }
        for text in [
            "",
            "100",
            "100/",
            "/s",
            "0/s",
            "1/0s",
            "1/s burst 0",
            "x/s",
            "1/s burst",
            "-1/s",
            "1/367d",
            "9GiB/s",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
