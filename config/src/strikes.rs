//! How often something may go wrong before somebody is turned away for a while.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::unit::ParseUnitError;
use crate::{Duration, Rate};

/// So many within so much time, and what follows: `"20/1m ban 5m"`, or `"off"` for no bound.
///
/// The count is what brings the ban: with `"20/1m ban 5m"` the twentieth within a minute does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Strikes {
    /// They are not counted.
    Off,
    /// They are.
    Of {
        /// How many bring the ban.
        count: u32,
        /// Within how much time.
        window: Duration,
        /// How long the ban lasts.
        ban: Duration,
    },
}

const EXPECTED: &str = "a count, a time and a ban such as \"20/1m ban 5m\", or \"off\"";

/// The text says no such thing.
const NOT_ONE: ParseUnitError = ParseUnitError::expected(EXPECTED);

impl FromStr for Strikes {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, ParseUnitError> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let (rate, ban) = text.split_once(" ban ").ok_or(NOT_ONE)?;
        let rate: Rate = rate.parse().map_err(|_| NOT_ONE)?;
        let ban: Duration = ban.trim().parse().map_err(|_| NOT_ONE)?;
        match u32::try_from(rate.amount) {
            Ok(count) if rate.burst == rate.amount && !ban.get().is_zero() => {
                Ok(Self::Of { count, window: rate.per, ban })
            }
            _ => Err(NOT_ONE),
        }
    }
}

impl fmt::Display for Strikes {
    /// Parses back to the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Of { count, window, ban } => write!(f, "{count}/{window} ban {ban}"),
        }
    }
}

impl Serialize for Strikes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Strikes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(StrikesVisitor)
    }
}

struct StrikesVisitor;

impl Visitor<'_> for StrikesVisitor {
    type Value = Strikes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Strikes, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_are_read_and_written() {
        for (text, same) in
            [("20/m ban 5m", "20/1m ban 5m"), ("off", "off"), ("3/10s ban 1d", "3/10s ban 1d")]
        {
            let strikes: Strikes = text.parse().unwrap();
            assert_eq!(strikes.to_string(), same, "{text}");
            assert_eq!(same.parse(), Ok(strikes), "{text}");
        }
        for text in [
            "",
            "20/1m",
            "20/1m ban",
            "20/1m ban 0s",
            "0/1m ban 1m",
            "20/1m burst 5 ban 1m",
            "on",
            "5000000000/s ban 1s",
        ] {
            assert!(text.parse::<Strikes>().is_err(), "{text}");
        }
    }
}
