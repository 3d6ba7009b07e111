//! What a ban is of, and how that is written.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use tidegate_types::Text;

use super::Suspect;
use super::pattern::{Glob, PatternError, Regex};

/// What a ban is of.
///
/// Written as in `client:pump-7`, `user:eve`, `address:192.0.2.7`, `network:10.0.0.0/8`, `client-pattern:pump-*`,
/// `user-pattern:guest-??`, `client-regex:^pump-[0-9]+$`, `user-regex:^tmp_`. What follows the first colon is taken as
/// it is.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum BanKey {
    /// The client with this id, in every realm.
    ClientId(Text),
    /// Every client of this user.
    User(Text),
    /// Every client at this address. An IPv4-mapped IPv6 address is the IPv4 one. An IPv6 host has a whole /64 to
    /// choose from: ban its network.
    Address(IpAddr),
    /// Every client in this network.
    Network(IpNet),
    /// Every client whose id is like this.
    ClientPattern(Glob),
    /// Every client whose user name is like this.
    UserPattern(Glob),
    /// Every client in whose id this is found.
    ClientRegex(Regex),
    /// Every client in whose user name this is found.
    UserRegex(Regex),
}

/// Why a text is no [`BanKey`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BanKeyError {
    /// No colon, or something unknown before it.
    #[error(
        "a ban is of client:, user:, address:, network:, client-pattern:, user-pattern:, client-regex: or user-regex:"
    )]
    Kind,
    /// A client id or user name that is empty or longer than 65,535 bytes, which no client's is.
    #[error("a name has 1 to 65,535 bytes")]
    Name,
    /// Not an address.
    #[error("not an IPv4 or IPv6 address")]
    Address,
    /// Not a network.
    #[error("not a network like 10.0.0.0/8 or 2001:db8::/32")]
    Network,
    /// Not a pattern.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl BanKey {
    /// Whether `suspect` is whom this is of.
    #[must_use]
    pub fn covers(&self, suspect: &Suspect<'_>) -> bool {
        let address = suspect.address.map(|address| address.to_canonical());
        match self {
            Self::ClientId(id) => suspect.client.is_some_and(|client| client.as_bytes() == id.as_bytes()),
            Self::User(name) => suspect.user.is_some_and(|user| user.as_bytes() == name.as_bytes()),
            Self::Address(banned) => address == Some(banned.to_canonical()),
            Self::Network(network) => address.is_some_and(|address| canonical(*network).contains(&address)),
            Self::ClientPattern(glob) => suspect.client.is_some_and(|client| glob.matches(client)),
            Self::UserPattern(glob) => suspect.user.is_some_and(|user| glob.matches(user)),
            Self::ClientRegex(regex) => suspect.client.is_some_and(|client| regex.matches(client)),
            Self::UserRegex(regex) => suspect.user.is_some_and(|user| regex.matches(user)),
        }
    }

    /// The network that an address or a network stands for.
    pub(crate) fn network(&self) -> Option<IpNet> {
        match self {
            Self::Address(address) => Some(IpNet::from(address.to_canonical())),
            Self::Network(network) => Some(canonical(*network)),
            _ => None,
        }
    }

    /// The bytes of its text, none for addresses.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::ClientId(name) | Self::User(name) => name.len(),
            Self::ClientPattern(glob) | Self::UserPattern(glob) => glob.as_str().len(),
            Self::ClientRegex(regex) | Self::UserRegex(regex) => regex.as_str().len(),
            Self::Address(_) | Self::Network(_) => 0,
        }
    }
}

/// A network of one address is that address; bits beyond the prefix and the mapping of IPv4 are left out.
impl From<IpNet> for BanKey {
    fn from(network: IpNet) -> Self {
        let network = canonical(network);
        if network.prefix_len() == network.max_prefix_len() {
            Self::Address(network.addr())
        } else {
            Self::Network(network)
        }
    }
}

impl From<IpAddr> for BanKey {
    fn from(address: IpAddr) -> Self {
        Self::Address(address.to_canonical())
    }
}

/// The network without the bits beyond its prefix, and as IPv4 if it lies in `::ffff:0:0/96`.
fn canonical(network: IpNet) -> IpNet {
    let network = network.trunc();
    let mapped = match network.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    };
    let shorter = network.prefix_len().checked_sub(96);
    let four = |(address, length): (Ipv4Addr, u8)| Ipv4Net::new(address, length).ok();
    mapped.zip(shorter).and_then(four).map_or(network, IpNet::V4)
}

impl FromStr for BanKey {
    type Err = BanKeyError;

    fn from_str(text: &str) -> Result<Self, BanKeyError> {
        let (kind, rest) = text.split_once(':').ok_or(BanKeyError::Kind)?;
        Ok(match kind {
            "client" => Self::ClientId(name(rest)?),
            "user" => Self::User(name(rest)?),
            "address" => Self::from(rest.parse::<IpAddr>().map_err(|_| BanKeyError::Address)?),
            "network" => Self::from(rest.parse::<IpNet>().map_err(|_| BanKeyError::Network)?),
            "client-pattern" => Self::ClientPattern(Glob::new(rest)?),
            "user-pattern" => Self::UserPattern(Glob::new(rest)?),
            "client-regex" => Self::ClientRegex(Regex::new(rest)?),
            "user-regex" => Self::UserRegex(Regex::new(rest)?),
            _ => return Err(BanKeyError::Kind),
        })
    }
}

fn name(text: &str) -> Result<Text, BanKeyError> {
    if text.is_empty() || text.len() > 65_535 { Err(BanKeyError::Name) } else { Ok(Text::from(text)) }
}

impl fmt::Display for BanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientId(id) => write!(f, "client:{id}"),
            Self::User(name) => write!(f, "user:{name}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Network(network) => write!(f, "network:{network}"),
            Self::ClientPattern(glob) => write!(f, "client-pattern:{}", glob.as_str()),
            Self::UserPattern(glob) => write!(f, "user-pattern:{}", glob.as_str()),
            Self::ClientRegex(regex) => write!(f, "client-regex:{}", regex.as_str()),
            Self::UserRegex(regex) => write!(f, "user-regex:{}", regex.as_str()),
        }
    }
}
