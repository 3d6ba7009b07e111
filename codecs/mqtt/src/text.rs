//! UTF-8 encoded strings.

use crate::Error;
use crate::error::fault;

/// Strings up to this length are scanned for NUL byte by byte, longer ones by memchr.
const SHORT: usize = 64;

/// Takes bytes as a string: well-formed UTF-8 without surrogates [MQTT-1.5.4-1] [MQTT3-1.5.3-1] and without
/// U+0000 [MQTT-1.5.4-2] [MQTT3-1.5.3-2]. A byte order mark stays where it is [MQTT-1.5.4-3] [MQTT3-1.5.3-3].
/// Other control characters and non-characters SHOULD NOT be sent; they are taken.
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Error> {
    let text = decode_utf8(bytes)?;
    if has_nul(bytes) {
        return Err(nul());
    }
    Ok(text)
}

/// As [`decode`], but U+0000 is left for the caller to find.
#[inline]
pub(crate) fn decode_utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| not_utf8())
}

/// The same rules, for a string that nobody looks at now.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() <= SHORT && bytes.iter().fold(true, |plain, byte| plain & matches!(byte, 1..=0x7F)) {
        return Ok(());
    }
    decode(bytes).map(drop)
}

#[inline]
fn has_nul(bytes: &[u8]) -> bool {
    if bytes.len() <= SHORT {
        return bytes.iter().fold(false, |found, byte| found | (*byte == 0));
    }
    memchr::memchr(0, bytes).is_some()
}

#[cold]
fn not_utf8() -> Error {
    fault!(
        MalformedPacket,
        "[MQTT-1.5.4-1] [MQTT-1.5.7-1] [MQTT3-1.5.3-1]",
        "a string is not well-formed UTF-8"
    )
}

#[cold]
fn nul() -> Error {
    fault!(
        MalformedPacket,
        "[MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT3-1.5.3-2] [MQTT3-4.7.3-2]",
        "a string holds U+0000"
    )
}
