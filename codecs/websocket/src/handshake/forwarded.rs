//! For whom a proxy speaks.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::Request;
use super::check::members;

/// By which field the proxies say for whom they speak. One of them has to be chosen: a proxy that writes one
/// passes the other on as the client sent it, and so the client could name any address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`: addresses, some with ports, separated by commas.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Request {
    /// The client's address: `peer`, which the connection comes from, unless that is a proxy that is trusted.
    /// `None` if it is, and none of the trusted proxies says where the client is.
    ///
    /// Each proxy adds the address it was called from at the right end. Read from there, the first address that
    /// is not a trusted proxy's is the client's; what stands left of it is the client's own claim and is not
    /// looked at. An entry that is no address (`unknown`) before that ends the walk, and nothing is known: the
    /// client is not where the proxy is. If all are trusted, the leftmost is the client. Addresses of IPv4 mapped into
    /// IPv6 are taken, and given, as IPv4.
    ///
    /// The port is the entry's; it is 0 when the entry has none, as usual. `X-Forwarded-Port` is left alone:
    /// most proxies mean by it the port that the client called, not the one it called from.
    pub fn client_address(
        &self,
        peer: SocketAddr,
        by: ForwardedBy,
        is_trusted: impl Fn(IpAddr) -> bool,
    ) -> Option<SocketAddr> {
        if !is_trusted(peer.ip().to_canonical()) {
            return Some(peer);
        }
        self.forwarded_for(by, is_trusted)
    }

    /// The same for a peer that has no address, such as a proxy that calls through a Unix socket, and is trusted.
    /// `None` when there is no entry, or one that is no address before any that is not trusted.
    pub fn forwarded_for(&self, by: ForwardedBy, is_trusted: impl Fn(IpAddr) -> bool) -> Option<SocketAddr> {
        // Commas are looked for without regard to quotes. No address has one, and so an opening quote that the
        // client sent cannot swallow what the proxies added.
        let (name, read): (_, fn(&str) -> Option<SocketAddr>) = match by {
            ForwardedBy::XForwardedFor => ("x-forwarded-for", address),
            ForwardedBy::Forwarded => ("forwarded", element),
        };
        let mut nearest = None;
        for entry in members(&self.0, name).rev() {
            let address = std::str::from_utf8(entry).ok().and_then(read)?;
            nearest = Some(address);
            if !is_trusted(address.ip()) {
                break;
            }
        }
        nearest
    }
}

/// The address in one element of `Forwarded`: pairs separated by semicolons (RFC 7239 §4).
fn element(text: &str) -> Option<SocketAddr> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let node = node.trim();
    let node = node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node);
    address(node)
}

/// An address, in brackets if it is IPv6 with a port, or IPv4 with a port.
fn address(text: &str) -> Option<SocketAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let (ip, port) = match IpAddr::from_str(bare) {
        Ok(ip) => (ip, 0),
        Err(_) => match SocketAddr::from_str(text) {
            Ok(address) => (address.ip(), address.port()),
            // `[2001:db8::1]:_port`, `192.0.2.1:_x`: a port that the proxy hides (RFC 7239 §6.2).
            Err(_) => (hidden_port(text)?, 0),
        },
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

fn hidden_port(text: &str) -> Option<IpAddr> {
    let (ip, _) = text.split_once(":_")?;
    let bare = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    IpAddr::from_str(bare).ok()
}

#[cfg(test)]
mod tests;
