//! Whom a rule is for.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use tidegate_broker::Principal;
use tidegate_config::sections::{NamePattern, Rule};

use crate::name::Name;

/// One of the things that must hold.
#[derive(Debug)]
pub(crate) enum Condition {
    /// There is no user name.
    Anonymous,
    /// The user's name is one of these.
    User(Box<[Name]>),
    /// The client's id is.
    Client(Box<[Name]>),
    /// The listener's name is.
    Listener(Box<[Name]>),
    /// The certificate's common name is.
    CommonName(Box<[Name]>),
    /// The certificate's subject is.
    Subject(Box<[Name]>),
    /// The address lies in one of these networks.
    Address(Box<[IpNet]>),
    /// The attribute of this name has a value like this.
    Attribute(Box<str>, Name),
}

/// The conditions of a rule; none if it is for everybody.
pub(crate) fn of(rule: &Rule) -> Box<[Condition]> {
    let mut conditions = Vec::new();
    if rule.anonymous {
        conditions.push(Condition::Anonymous);
    }
    let mut names = |patterns: &[NamePattern], kind: fn(Box<[Name]>) -> Condition| {
        if !patterns.is_empty() {
            conditions.push(kind(patterns.iter().map(Name::new).collect()));
        }
    };
    names(&rule.user, Condition::User);
    names(&rule.client, Condition::Client);
    names(&rule.listener, Condition::Listener);
    names(&rule.common_name, Condition::CommonName);
    names(&rule.subject, Condition::Subject);
    if !rule.address.is_empty() {
        conditions.push(Condition::Address(rule.address.iter().copied().map(canonical).collect()));
    }
    for attribute in &rule.attributes {
        conditions.push(Condition::Attribute(attribute.name.clone(), Name::new(&attribute.value)));
    }
    conditions.into()
}

/// A network of IPv4 addresses written as IPv6 (`::ffff:10.0.0.0/104`) as what it is.
fn canonical(network: IpNet) -> IpNet {
    let (IpAddr::V4(address), Some(bits)) =
        (network.addr().to_canonical(), network.prefix_len().checked_sub(96))
    else {
        return network;
    };
    match network {
        IpNet::V6(_) => Ipv4Net::new(address, bits).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    }
}

impl Condition {
    /// Whether it holds. What somebody does not have (a certificate, an address) meets no condition.
    pub(crate) fn holds(&self, who: &Principal) -> bool {
        let certificate = || who.certificate.as_ref();
        match self {
            Self::Anonymous => who.user.is_none(),
            Self::User(names) => among(names, who.user.as_ref().map(tidegate_types::Text::as_bytes)),
            Self::Client(names) => among(names, who.client.as_ref().map(tidegate_types::ClientId::as_bytes)),
            Self::Listener(names) => among(names, who.listener.as_ref().map(|name| name.as_bytes())),
            Self::CommonName(names) => among(
                names,
                certificate().and_then(|one| one.common_name.as_ref()).map(|name| name.as_bytes()),
            ),
            Self::Subject(names) => among(names, certificate().map(|one| one.subject.as_bytes())),
            Self::Address(networks) => who.remote.is_some_and(|remote| {
                let address = remote.ip().to_canonical();
                networks.iter().any(|network| network.contains(&address))
            }),
            Self::Attribute(name, value) => who
                .attributes
                .iter()
                .any(|(found, is)| found.as_bytes() == name.as_bytes() && value.matches(is.as_bytes())),
        }
    }
}

fn among(names: &[Name], found: Option<&[u8]>) -> bool {
    found.is_some_and(|found| names.iter().any(|name| name.matches(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_networks_are_those_they_map() {
        let of = |text: &str| canonical(text.parse().unwrap()).to_string();
        assert_eq!(of("::ffff:10.0.0.0/104"), "10.0.0.0/8");
        assert_eq!(of("::ffff:10.0.0.1/128"), "10.0.0.1/32");
        assert_eq!(of("10.0.0.0/8"), "10.0.0.0/8");
        assert_eq!(of("::/0"), "::/0");
        assert_eq!(of("fd00::/8"), "fd00::/8");
    }
}
