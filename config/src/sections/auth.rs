//! `[auth]`

use std::fmt;
use std::path::PathBuf;

use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::{Bind, OptionDoc, Reload, Section};

/// Who may connect.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Whether clients without credentials are let in.
    pub allow_anonymous: AllowAnonymous,
    /// Users and password hashes.
    pub password_file: Option<PathBuf>,
}

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

impl Section for Auth {
    const NAME: &'static str = "auth";
    const INTRO: &'static str = "Who may connect.";

    fn options() -> &'static [OptionDoc] {
        &[
            OptionDoc {
                key: "allow_anonymous",
                unit: "\"loopback\", true or false",
                doc: "Whether clients without credentials are let in: \"loopback\" through listeners that only \
                      this machine can reach, true through every listener, false through none. Clients that show \
                      credentials have them checked in any case.",
                cost: "true lets everybody in who reaches the port",
                reload: Reload::NewConnections,
                example: None,
            },
            OptionDoc {
                key: "password_file",
                unit: "path",
                doc: "Users and their password hashes, as `tidegate passwd` writes them.",
                cost: "",
                reload: Reload::NewConnections,
                example: Some("\"/etc/tidegate/passwd\""),
            },
        ]
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
