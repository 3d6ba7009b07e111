//! Networks as people write them: `"10.0.0.0/8"`, and `"10.0.0.1"` for one address.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

/// Reads a list of networks, for `#[serde(deserialize_with = "crate::network::list")]`.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let written = Vec::<Written>::deserialize(deserializer)?;
    Ok(written.into_iter().map(|network| network.0).collect())
}

/// The same where the list may be unset.
pub(crate) fn list_if_set<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<IpNet>>, D::Error> {
    list(deserializer).map(Some)
}

/// A network that a bare address may stand for. Bits behind the prefix are taken off.
pub(crate) struct Written(pub(crate) IpNet);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl Visitor<'_> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network such as \"10.0.0.0/8\", or an address")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network
            .map(|network| Written(network.trunc()))
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
