//! The PROXY protocol, versions 1 and 2: in front of everything else a proxy says for whom it speaks.
//!
//! After the specification by HAProxy (`doc/proxy-protocol.txt`, §2.1 and §2.2). Pure: bytes to header. Whether the
//! proxy may be believed is decided before.

mod checksum;
#[cfg(test)]
mod tests;
mod v1;
mod v2;

use std::net::SocketAddr;

/// The longest header taken. Version 1 has a limit of its own; of version 2 nobody sends more than a few hundred
/// bytes.
pub(crate) const MAX_HEADER: usize = 4096;

/// What a proxy said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Header {
    /// For whom it speaks.
    pub(crate) source: Source,
    /// The common name of the certificate which the client showed the proxy, when that verified it.
    pub(crate) common_name: Option<String>,
}

/// For whom a proxy speaks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Source {
    /// A client at this address.
    Client(SocketAddr),
    /// A client of which it does not know the address, or that has none.
    Unknown,
    /// Nobody: it only looks whether somebody is here.
    #[default]
    Itself,
}

/// What the bytes are so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Parsed {
    /// The beginning of a header; more must come.
    NeedMore,
    /// A header of `length` bytes.
    Header {
        /// What it says.
        header: Header,
        /// How many bytes it takes.
        length: usize,
    },
}

/// Why it is no header.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the connection does not begin with a PROXY header")]
    NoHeader,
    #[error("the PROXY header is too long")]
    TooLong,
    #[error("the PROXY header's line is malformed")]
    Line,
    #[error("the PROXY header has an unknown version or command")]
    Command,
    #[error("the PROXY header has an unknown family or is not for a stream")]
    Family,
    #[error("the PROXY header is shorter than what it announces")]
    Truncated,
    #[error("the PROXY header's checksum is wrong")]
    Checksum,
}

/// Looks for a header at the beginning of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Malformed> {
    if begins(bytes, v2::SIGNATURE) {
        return v2::parse(bytes);
    }
    if begins(bytes, v1::SIGNATURE) {
        return v1::parse(bytes);
    }
    Err(Malformed::NoHeader)
}

/// Whether `bytes` begin with `signature`, as far as they go.
fn begins(bytes: &[u8], signature: &[u8]) -> bool {
    bytes.iter().zip(signature).all(|(one, other)| one == other)
}
