//! What a peer's certificate says of it, once the transport has verified it.

use crate::Text;

/// A verified client certificate, as rules and names look at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// The subject's common name, if it has one and only one.
    pub common_name: Option<Text>,
    /// The subject's distinguished name, as text (RFC 4514): most specific part first, `CN=pump-7,O=Works`.
    pub subject: Text,
    /// The names it is issued for (RFC 5280 §4.2.1.6), in the order in which it lists them.
    pub names: Vec<AlternativeName>,
    /// SHA-256 of the whole certificate.
    pub fingerprint: [u8; 32],
}

/// A subject alternative name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AlternativeName {
    /// A host.
    Dns(Text),
    /// A mail address.
    Email(Text),
    /// A URI.
    Uri(Text),
    /// An address.
    Ip(std::net::IpAddr),
}
