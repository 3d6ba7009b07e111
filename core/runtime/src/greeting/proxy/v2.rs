//! Version 2: binary, with extensions (§2.2).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::checksum::crc32c;
use super::{Header, MAX_HEADER, Malformed, Parsed, Source};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family, length.
const FIXED: usize = 16;

/// `PP2_TYPE_CRC32C` and `PP2_TYPE_SSL` (§2.2.4, §2.2.6), and of the latter's parts the client's common name.
const CHECKSUM: u8 = 0x03;
const TLS: u8 = 0x20;
const TLS_COMMON_NAME: u8 = 0x22;

/// `PP2_CLIENT_CERT_CONN` and `PP2_CLIENT_CERT_SESS`: the client showed a certificate.
const SHOWED_CERTIFICATE: u8 = 0x02 | 0x04;

/// The longest common name believed; RFC 5280 appendix A.1 allows 64 characters.
const MAX_NAME: usize = 256;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Malformed> {
    let Some((fixed, _)) = bytes.split_first_chunk::<FIXED>() else { return Ok(Parsed::NeedMore) };
    let [.., command, family, high, low] = *fixed;
    let announced = usize::from(u16::from_be_bytes([high, low]));
    let length = FIXED + announced;
    if length > MAX_HEADER {
        return Err(Malformed::TooLong);
    }
    // A proxy that speaks for itself says nothing else of interest.
    let speaks_for_itself = match command {
        0x20 => true,
        0x21 => false,
        _ => return Err(Malformed::Command),
    };
    let Some(whole) = bytes.get(..length) else { return Ok(Parsed::NeedMore) };
    if speaks_for_itself {
        return Ok(Parsed::Header { header: Header::default(), length });
    }
    let (source, extensions) = addresses(family, whole.get(FIXED..).unwrap_or_default())?;
    let common_name = read_extensions(whole, extensions)?;
    Ok(Parsed::Header { header: Header { source, common_name }, length })
}

/// The client's address, and what follows the addresses.
fn addresses(family: u8, rest: &[u8]) -> Result<(Source, &[u8]), Malformed> {
    match family {
        // Unspecified.
        0x00 => Ok((Source::Unknown, rest)),
        // TCP over IPv4.
        0x11 => {
            let ([a, b, c, d, _, _, _, _, high, low, _, _], rest) =
                rest.split_first_chunk::<12>().ok_or(Malformed::Truncated)?;
            let port = u16::from_be_bytes([*high, *low]);
            Ok((Source::Client((Ipv4Addr::new(*a, *b, *c, *d), port).into()), rest))
        }
        // TCP over IPv6.
        0x21 => {
            let (source, rest) = rest.split_first_chunk::<16>().ok_or(Malformed::Truncated)?;
            let (_, rest) = rest.split_first_chunk::<16>().ok_or(Malformed::Truncated)?;
            let ([high, low, _, _], rest) = rest.split_first_chunk::<4>().ok_or(Malformed::Truncated)?;
            let port = u16::from_be_bytes([*high, *low]);
            Ok((Source::Client((Ipv6Addr::from(*source), port).into()), rest))
        }
        // A Unix stream: two paths of 108 bytes.
        0x31 => Ok((Source::Unknown, rest.get(216..).ok_or(Malformed::Truncated)?)),
        _ => Err(Malformed::Family),
    }
}

/// Checks the checksum, where there is one, and answers the common name, where there is one.
fn read_extensions(whole: &[u8], mut rest: &[u8]) -> Result<Option<String>, Malformed> {
    let mut name = None;
    while let Some((kind, value, after)) = next_extension(rest)? {
        match kind {
            CHECKSUM => {
                let value: [u8; 4] = value.try_into().map_err(|_| Malformed::Truncated)?;
                let end = whole.len().saturating_sub(after.len());
                let begin = end.saturating_sub(value.len());
                let before = whole.get(..begin).unwrap_or_default();
                // The field itself counts as zeroes.
                if crc32c([before, &[0; 4], after]) != u32::from_be_bytes(value) {
                    return Err(Malformed::Checksum);
                }
            }
            TLS => name = common_name(value)?,
            _ => {}
        }
        rest = after;
    }
    Ok(name)
}

/// Kind, value and what follows.
type Extension<'a> = (u8, &'a [u8], &'a [u8]);

fn next_extension(bytes: &[u8]) -> Result<Option<Extension<'_>>, Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let ([kind, high, low], rest) = bytes.split_first_chunk::<3>().ok_or(Malformed::Truncated)?;
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let (value, rest) = rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
    Ok(Some((*kind, value, rest)))
}

/// The common name, if the client showed a certificate and the proxy says that it is valid.
fn common_name(value: &[u8]) -> Result<Option<String>, Malformed> {
    let ([client, verify @ ..], mut rest) = value.split_first_chunk::<5>().ok_or(Malformed::Truncated)?;
    let verified = *verify == [0; 4] && client & SHOWED_CERTIFICATE != 0;
    let mut name = None;
    while let Some((kind, value, after)) = next_extension(rest)? {
        if kind == TLS_COMMON_NAME && verified {
            name = believable(value);
        }
        rest = after;
    }
    Ok(name)
}

fn believable(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let sound = !name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control);
    sound.then(|| name.to_owned())
}
