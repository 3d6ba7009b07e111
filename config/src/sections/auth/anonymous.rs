//! Clients without credentials.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::Bind;

/// Whether clients without credentials are let in: `"loopback"`, `true` or `false`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AllowAnonymous {
    /// Through listeners that only this machine can reach.
    #[default]
    Loopback,
    /// Through every listener.
    Always,
    /// Through none.
    Never,
}

impl AllowAnonymous {
    /// Who that is, in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Loopback => "programs on this machine",
            Self::Always => "everybody",
            Self::Never => "nobody",
        }
    }

    /// Whether a listener at `bind` lets clients without credentials in.
    ///
    /// This judges the listener, not the peer: behind a proxy on this machine every peer looks local.
    #[must_use]
    pub const fn at(self, bind: Bind) -> bool {
        match self {
            Self::Loopback => bind.is_loopback(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Serialize for AllowAnonymous {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Loopback => serializer.serialize_str("loopback"),
            Self::Always => serializer.serialize_bool(true),
            Self::Never => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for AllowAnonymous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AllowAnonymousVisitor)
    }
}

struct AllowAnonymousVisitor;

impl Visitor<'_> for AllowAnonymousVisitor {
    type Value = AllowAnonymous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"loopback\", true or false")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<AllowAnonymous, E> {
        Ok(if value { AllowAnonymous::Always } else { AllowAnonymous::Never })
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<AllowAnonymous, E> {
        match value {
            "loopback" => Ok(AllowAnonymous::Loopback),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anonymous_clients_stay_on_this_machine_unless_told() {
        let cases = [
            ("localhost:1883", [true, true, false]),
            ("127.0.0.1:1883", [true, true, false]),
            ("[::1]:1883", [true, true, false]),
            ("*:1883", [false, true, false]),
            ("0.0.0.0:1883", [false, true, false]),
            ("192.0.2.7:1883", [false, true, false]),
        ];
        for (bind, expected) in cases {
            let at = bind.parse().unwrap();
            let rules = [AllowAnonymous::Loopback, AllowAnonymous::Always, AllowAnonymous::Never];
            assert_eq!(rules.map(|rule| rule.at(at)), expected, "{bind}");
        }
    }
}
