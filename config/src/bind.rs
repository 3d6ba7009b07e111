//! Where a listener listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::unit::ParseUnitError;

/// The address of a listener.
///
/// | written | listens on |
/// |---|---|
/// | `"localhost:1883"`, `"1883"`, `1883` | port 1883 of `127.0.0.1` and of `::1` |
/// | `"*:1883"` | port 1883 of every address, IPv4 and IPv6 |
/// | `"[::]:1883"` | the same: an IPv6 wildcard socket takes IPv4 too |
/// | `"0.0.0.0:1883"` | every IPv4 address and no IPv6 one |
/// | `"192.0.2.7:1883"`, `"[2001:db8::7]:1883"` | that address alone |
///
/// Port 0 asks the system for a free one. Host names other than `localhost` are refused: a name can start to
/// mean another machine.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Bind {
    /// Which addresses of this machine.
    pub host: Host,
    /// The port; 0 asks the system for a free one.
    pub port: u16,
}

/// Which addresses of this machine a listener takes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Host {
    /// `127.0.0.1` and `::1`, on the same port.
    Loopback,
    /// Every address, through one dual-stack socket.
    Any,
    /// One address.
    Ip(IpAddr),
}

/// What a message says was expected.
const EXPECTED: &str =
    "an address such as \"localhost:1883\", \"192.0.2.7:1883\", \"[::1]:1883\" or \"*:1883\"";

/// The text is not an address.
const NOT_ONE: ParseUnitError = ParseUnitError::expected(EXPECTED);

impl Bind {
    /// Port `port` of both loopback addresses.
    #[must_use]
    pub const fn loopback(port: u16) -> Self {
        Self { host: Host::Loopback, port }
    }

    /// Port `port` of every address.
    #[must_use]
    pub const fn any(port: u16) -> Self {
        Self { host: Host::Any, port }
    }

    /// The first socket address to bind. The listener must be bound; failing is an error.
    #[must_use]
    pub const fn first(self) -> SocketAddr {
        let ip = match self.host {
            Host::Loopback => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Host::Any => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            Host::Ip(ip) => ip,
        };
        SocketAddr::new(ip, self.port)
    }

    /// What else to bind once the first address is bound to `port` (which differs from [`Bind::port`] when
    /// that is 0), if the machine has it: a machine without IPv6 has no `::1`.
    #[must_use]
    pub const fn second(self, port: u16) -> Option<SocketAddr> {
        match self.host {
            Host::Loopback => Some(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port)),
            Host::Any | Host::Ip(_) => None,
        }
    }

    /// What to bind instead when the machine cannot open the first address's family.
    #[must_use]
    pub const fn fallback(self) -> Option<SocketAddr> {
        match self.host {
            Host::Any => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), self.port)),
            Host::Loopback | Host::Ip(_) => None,
        }
    }

    /// Whether an IPv6 socket of this listener takes IPv4 peers too (`IPV6_V6ONLY` off).
    #[must_use]
    pub const fn is_dual_stack(self) -> bool {
        matches!(self.host, Host::Any)
    }

    /// Whether only programs on this machine can reach it.
    #[must_use]
    pub const fn is_loopback(self) -> bool {
        match self.host {
            Host::Loopback => true,
            Host::Any => false,
            Host::Ip(ip) => ip.is_loopback(),
        }
    }
}

impl fmt::Display for Bind {
    /// Parses back to the same address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Host::Loopback => write!(f, "localhost:{}", self.port),
            Host::Any => write!(f, "*:{}", self.port),
            Host::Ip(ip) => SocketAddr::new(ip, self.port).fmt(f),
        }
    }
}

impl FromStr for Bind {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(port) = port(text) {
            return Ok(Self::loopback(port));
        }
        if let Some((host, digits)) = text.rsplit_once(':') {
            match host {
                "localhost" => return port(digits).map(Self::loopback),
                "*" => return port(digits).map(Self::any),
                _ => {}
            }
        }
        let address: SocketAddr = text.parse().map_err(|_| NOT_ONE)?;
        if matches!(address, SocketAddr::V6(v6) if v6.scope_id() != 0) {
            return Err(NOT_ONE); // no listener keeps a zone
        }
        let host = match address.ip() {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Host::Any,
            ip => Host::Ip(ip),
        };
        Ok(Self { host, port: address.port() })
    }
}

fn port(digits: &str) -> Result<u16, ParseUnitError> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().map_err(|_| NOT_ONE) } else { Err(NOT_ONE) }
}

impl Serialize for Bind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BindVisitor)
    }
}

struct BindVisitor;

impl Visitor<'_> for BindVisitor {
    type Value = Bind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Bind, E> {
        u16::try_from(value)
            .map(Bind::loopback)
            .map_err(|_| E::invalid_value(Unexpected::Signed(value), &"a port from 0 to 65535"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Bind, E> {
        value.parse().map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_form() {
        let ip = |text: &str| Host::Ip(text.parse().unwrap());
        let cases = [
            ("1883", Host::Loopback),
            ("localhost:1883", Host::Loopback),
            ("*:1883", Host::Any),
            ("[::]:1883", Host::Any),
            ("0.0.0.0:1883", ip("0.0.0.0")),
            ("127.0.0.1:1883", ip("127.0.0.1")),
            ("[::1]:1883", ip("::1")),
        ];
        for (text, host) in cases {
            assert_eq!(text.parse(), Ok(Bind { host, port: 1883 }), "{text}");
        }
    }

    #[test]
    fn refuses_names_and_nonsense() {
        for text in [
            "",
            ":1883",
            "+1883",
            "host:1883",
            "::1:1883",
            "127.0.0.1",
            "localhost:65536",
            "*:",
            "[fe80::1%2]:1",
        ] {
            assert_eq!(text.parse::<Bind>(), Err(NOT_ONE), "{text}");
        }
    }

    #[test]
    fn loopback_is_two_sockets_on_one_port() {
        let bind = Bind::loopback(0);
        assert_eq!(bind.first().to_string(), "127.0.0.1:0");
        assert_eq!(bind.second(4711).unwrap().to_string(), "[::1]:4711");
        assert!(bind.is_loopback() && !Bind::any(1).is_loopback());
        assert_eq!(Bind::any(1).fallback().unwrap().to_string(), "0.0.0.0:1");
    }

    proptest! {
        #[test]
        fn display_parses_back(port in any::<u16>(), ip in any::<IpAddr>()) {
            prop_assume!(ip != IpAddr::V6(Ipv6Addr::UNSPECIFIED));
            for host in [Host::Loopback, Host::Any, Host::Ip(ip)] {
                let bind = Bind { host, port };
                prop_assert_eq!(bind.to_string().parse(), Ok(bind));
            }
        }
    }
}
