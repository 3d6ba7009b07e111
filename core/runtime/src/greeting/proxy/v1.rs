//! Version 1: one line of text (§2.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Header, Malformed, Parsed, Source};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

/// The longest line, with its end.
const MAX_LINE: usize = 107;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Malformed> {
    let window = bytes.get(..MAX_LINE).unwrap_or(bytes);
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if window.len() < MAX_LINE { Ok(Parsed::NeedMore) } else { Err(Malformed::TooLong) };
    };
    let line = window.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Malformed::Line)?;
    let line = std::str::from_utf8(line).map_err(|_| Malformed::Line)?;
    let header = Header { source: source(line)?, common_name: None };
    Ok(Parsed::Header { header, length: end.saturating_add(1) })
}

/// `PROXY TCP4 192.0.2.7 192.0.2.1 40000 1883`, or `PROXY UNKNOWN` with anything behind it.
fn source(line: &str) -> Result<Source, Malformed> {
    let mut words = line.split(' ').skip(1);
    let address: fn(&str) -> Option<IpAddr> = match words.next() {
        Some("UNKNOWN") => return Ok(Source::Unknown),
        Some("TCP4") => |word| word.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        Some("TCP6") => |word| word.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => return Err(Malformed::Line),
    };
    let mut next = || words.next().ok_or(Malformed::Line);
    let (source, destination) = (next()?, next()?);
    let (source_port, destination_port) = (next()?, next()?);
    let source = address(source).zip(port(source_port)).ok_or(Malformed::Line)?;
    address(destination).zip(port(destination_port)).ok_or(Malformed::Line)?;
    if words.next().is_some() {
        return Err(Malformed::Line);
    }
    Ok(Source::Client(source.into()))
}

fn port(word: &str) -> Option<u16> {
    let plain = word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    plain.then(|| word.parse().ok()).flatten()
}
