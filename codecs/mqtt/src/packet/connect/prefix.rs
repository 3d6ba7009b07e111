//! The front of a CONNECT, judged while the rest is still on its way.

use super::check_connect_flags;
use crate::error::fault;
use crate::reader::varint;
use crate::{Error, Version};

/// What the front of a CONNECT's body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// This version, with flags that are in order.
    Version(Version),
    /// Nothing wrong so far; this many bytes of body are needed to know.
    NeedMore(usize),
}

/// Refuses what cannot become a CONNECT of a known version, from as few bytes as possible: protocol name,
/// level and flags. `body` is what has come so far.
pub(crate) fn check_prefix(body: &[u8]) -> Result<Prefix, Error> {
    let Some((&[high, low], rest)) = body.split_first_chunk::<2>() else {
        // The shortest name there is has four bytes; its length has none in the upper byte.
        return if body.first().is_none_or(|&high| high == 0) {
            Ok(Prefix::NeedMore(2))
        } else {
            Err(bad_name())
        };
    };
    let name: &[u8] = match (high, low) {
        (0, 4) => b"MQTT",
        (0, 6) => b"MQIsdp",
        _ => return Err(bad_name()),
    };
    if !rest.iter().zip(name).all(|(got, want)| got == want) {
        return Err(bad_name());
    }
    // Two bytes of length, the name, level, flags.
    let needed = name.len().saturating_add(4);
    let Some((&level, rest)) = rest.get(name.len()..).and_then(<[u8]>::split_first) else {
        return Ok(Prefix::NeedMore(needed));
    };
    let version = match (name.len(), level) {
        (6, 3) => Version::V3,
        (4, 4) => Version::V4,
        (4, 5) => Version::V5,
        _ => {
            return Err(fault!(
                UnsupportedProtocolVersion,
                "[MQTT-3.1.2-2] [MQTT3-3.1.2-2]",
                "the protocol level is not supported"
            ));
        }
    };
    let Some(&flags) = rest.first() else {
        return Ok(Prefix::NeedMore(needed));
    };
    check_connect_flags(flags, version)?;
    Ok(Prefix::Version(version))
}

#[cold]
fn bad_name() -> Error {
    fault!(
        UnsupportedProtocolVersion,
        "[MQTT-3.1.2-1] [MQTT3-3.1.2-1]",
        "the protocol name is neither MQTT nor MQIsdp"
    )
}

/// The version whose CONNACK the sender of these bytes would understand: for a server that has refused a
/// CONNECT and wants to say so. Levels it does not know are answered in the nearest form: below 5 as 3.1.1
/// [MQTT3-3.1.2-2], above as MQTT 5 [MQTT-3.1.2-2]. `None` if the bytes do not show a CONNECT with a known
/// protocol name and a level, so nothing is owed to them.
#[must_use]
pub fn connect_version(bytes: &[u8]) -> Option<Version> {
    let (&first, rest) = bytes.split_first()?;
    let header = varint(rest).ok().flatten()?;
    if first != 0x10 {
        return None;
    }
    let body = rest.get(header.len..)?;
    let (level, v3) = match body {
        [0, 4, b'M', b'Q', b'T', b'T', level, ..] => (*level, false),
        [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', level, ..] => (*level, true),
        _ => return None,
    };
    Some(match level {
        _ if v3 => Version::V3,
        // The highest bit marks a bridge that tries its own dialect first.
        0..=4 | 0x80.. => Version::V4,
        _ => Version::V5,
    })
}
