//! A span that may have no end: `"2h"` or `"never"`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::Duration;

/// How long something is kept: for a while, or until somebody removes it (written `"never"`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Lifetime {
    /// It ends this long after it was left.
    Of(Duration),
    /// It does not end by itself.
    Never,
}

impl Lifetime {
    /// The span, or nothing when it never ends.
    #[must_use]
    pub const fn get(self) -> Option<std::time::Duration> {
        match self {
            Self::Of(span) => Some(span.get()),
            Self::Never => None,
        }
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(span) => span.fmt(f),
            Self::Never => f.write_str("never"),
        }
    }
}

impl Serialize for Lifetime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LifetimeVisitor)
    }
}

struct LifetimeVisitor;

impl Visitor<'_> for LifetimeVisitor {
    type Value = Lifetime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"2h\", or \"never\"")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Lifetime, E> {
        if value == "never" {
            return Ok(Lifetime::Never);
        }
        value.parse().map(Lifetime::Of).map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}
