//! Spans of time, written as people write them: `"500ms"`, `"1h30m"`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::unit::ParseUnitError;

/// A span of time, `std`'s with a way to write it.
///
/// Written as whole numbers with units, largest unit first: `d`, `h`, `m`, `s`, `ms`, `us`, `ns`
/// (`"1h30m"`, `"500ms"`). A bare number is refused: the unit belongs to the value.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Duration(std::time::Duration);

/// Units in nanoseconds, largest first.
const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// What a message says was expected.
const EXPECTED: &str = "a duration such as \"30s\" or \"1h30m\"";

/// The text is not a duration.
const NOT_ONE: ParseUnitError = ParseUnitError::expected(EXPECTED);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(std::time::Duration::ZERO);

    /// `count` milliseconds.
    #[must_use]
    pub const fn from_millis(count: u64) -> Self {
        Self(std::time::Duration::from_millis(count))
    }

    /// `count` seconds.
    #[must_use]
    pub const fn from_secs(count: u64) -> Self {
        Self(std::time::Duration::from_secs(count))
    }

    /// `count` minutes, at most `u64::MAX` seconds.
    #[must_use]
    pub const fn from_mins(count: u64) -> Self {
        Self::from_secs(count.saturating_mul(60))
    }

    /// `count` hours, at most `u64::MAX` seconds.
    #[must_use]
    pub const fn from_hours(count: u64) -> Self {
        Self::from_secs(count.saturating_mul(3600))
    }

    /// `count` days, at most `u64::MAX` seconds.
    #[must_use]
    pub const fn from_days(count: u64) -> Self {
        Self::from_secs(count.saturating_mul(86_400))
    }

    /// The span as `std` has it.
    #[must_use]
    pub const fn get(self) -> std::time::Duration {
        self.0
    }

    /// The span in whole seconds, at most `u32::MAX`.
    #[must_use]
    pub fn as_secs_u32(self) -> u32 {
        u32::try_from(self.0.as_secs()).unwrap_or(u32::MAX)
    }
}

impl From<std::time::Duration> for Duration {
    fn from(span: std::time::Duration) -> Self {
        Self(span)
    }
}

impl From<Duration> for std::time::Duration {
    fn from(span: Duration) -> Self {
        span.0
    }
}

impl fmt::Display for Duration {
    /// Every unit that is not zero, largest first (`"1h30m"`), or `"0s"`; parses back to the same span.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.as_nanos();
        if left == 0 {
            return f.write_str("0s");
        }
        for (unit, nanos) in UNITS {
            let count = left / nanos;
            left %= nanos;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Duration {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text.trim();
        let mut units = UNITS.iter();
        let mut total: u128 = 0;
        if rest.is_empty() {
            return Err(NOT_ONE);
        }
        while !rest.is_empty() {
            let (number, after) = split_while(rest, |byte| byte.is_ascii_digit())?;
            let (unit, after) = split_while(after.trim_start(), |byte| byte.is_ascii_alphabetic())?;
            // `units` is consumed on the way: a unit may stand once, after the larger ones.
            let (_, nanos) = units.find(|(name, _)| *name == unit).ok_or(NOT_ONE)?;
            let count: u128 = number.parse().map_err(|_| NOT_ONE)?;
            let span = count.checked_mul(*nanos).ok_or(NOT_ONE)?;
            total = total.checked_add(span).ok_or(NOT_ONE)?;
            rest = after.trim_start();
        }
        let seconds = u64::try_from(total / 1_000_000_000).map_err(|_| NOT_ONE)?;
        let nanos = u32::try_from(total % 1_000_000_000).map_err(|_| NOT_ONE)?;
        Ok(Self(std::time::Duration::new(seconds, nanos)))
    }
}

/// `text` in two: the longest front whose bytes satisfy `wanted` (not empty), and what follows it.
fn split_while(text: &str, wanted: fn(&u8) -> bool) -> Result<(&str, &str), ParseUnitError> {
    let length = text.bytes().take_while(wanted).count();
    text.split_at_checked(length).filter(|(front, _)| !front.is_empty()).ok_or(NOT_ONE)
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Duration, E> {
        value.parse().map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        let cases = [
            ("0s", Duration::ZERO),
            ("500ms", Duration::from_millis(500)),
            ("1h30m", Duration::from_mins(90)),
            ("1h 30m", Duration::from_mins(90)),
            ("90 s", Duration::from_secs(90)),
            ("7d", Duration::from_days(7)),
            ("1d2h", Duration::from_hours(26)),
        ];
        for (text, span) in cases {
            assert_eq!(text.parse(), Ok(span), "{text}");
        }
    }

    #[test]
    fn refuses_no_unit_wrong_order_and_overflow() {
        for text in ["", "30", "30 ", "s", "1m1h", "1s1s", "1.5s", "-1s", "1M", "1w", "99999999999999999999d"]
        {
            assert_eq!(text.parse::<Duration>(), Err(NOT_ONE), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(seconds in any::<u64>(), nanos in 0u32..1_000_000_000, coarse in any::<u32>()) {
            let spans = [
                Duration(std::time::Duration::new(seconds, nanos)),
                Duration::from_secs(u64::from(coarse)),
                Duration::from_millis(u64::from(coarse)),
            ];
            for span in spans {
                prop_assert_eq!(span.to_string().parse(), Ok(span));
            }
        }

        #[test]
        fn any_text_parses_or_fails_quietly(text in "([0-9]{1,4} ?(d|h|m|s|ms|us|ns|x) ?){0,4}") {
            if let Ok(span) = text.parse::<Duration>() {
                prop_assert_eq!(span.to_string().parse(), Ok(span));
            }
        }
    }
}
