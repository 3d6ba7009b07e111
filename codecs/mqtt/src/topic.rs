//! Topic names, topic filters and the form of shared subscriptions, as far as one string tells.
//!
//! Nothing is normalised or replaced [MQTT-4.7.3-4] [MQTT3-4.7.3-4].

use crate::Error;
use crate::error::fault;

/// A shared subscription's filter, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedFilter<'a> {
    /// The ShareName: who shares.
    pub group: &'a str,
    /// The filter that topics are matched with.
    pub filter: &'a str,
}

/// Checks a topic name: not empty [MQTT-4.7.3-1] [MQTT3-4.7.3-1], no U+0000 [MQTT-4.7.3-2] [MQTT3-4.7.3-2], at
/// most 65,535 bytes [MQTT-4.7.3-3] [MQTT3-4.7.3-3], no wildcards [MQTT-4.7.0-1] [MQTT3-4.7.1-1].
///
/// # Errors
/// With the rule that is broken, mostly [`crate::ReasonCode::TopicNameInvalid`].
#[inline]
pub fn check_topic_name(name: &str) -> Result<(), Error> {
    let bytes = name.as_bytes();
    let special = |byte: u8| matches!(byte, b'#' | b'+' | 0);
    let plain = match bytes.len() {
        0 => false,
        1..=64 => !bytes.iter().fold(false, |found, byte| found | special(*byte)),
        65..=0xFFFF => memchr::memchr3(b'#', b'+', 0, bytes).is_none(),
        _ => false,
    };
    if plain { Ok(()) } else { Err(bad_name(bytes)) }
}

#[cold]
fn bad_name(bytes: &[u8]) -> Error {
    if bytes.is_empty() {
        return fault!(TopicNameInvalid, "[MQTT-4.7.3-1] [MQTT3-4.7.3-1]", "a topic name is empty");
    }
    basic_fault(bytes).unwrap_or_else(|| {
        fault!(
            TopicNameInvalid,
            "[MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT3-3.3.2-2] [MQTT3-4.7.1-1]",
            "a topic name holds a wildcard"
        )
    })
}

/// What neither names nor filters may be.
fn basic_fault(bytes: &[u8]) -> Option<Error> {
    if bytes.len() > 0xFFFF {
        return Some(fault!(
            MalformedPacket,
            "[MQTT-4.7.3-3] [MQTT3-4.7.3-3]",
            "a topic is longer than 65535 bytes"
        ));
    }
    memchr::memchr(0, bytes).map(|_| {
        fault!(
            MalformedPacket,
            "[MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT3-1.5.3-2] [MQTT3-4.7.3-2]",
            "a topic holds U+0000"
        )
    })
}

/// Checks a topic filter: not empty, no U+0000, at most 65,535 bytes; `#` alone in the last level
/// [MQTT-4.7.1-1] [MQTT3-4.7.1-2], `+` alone in its level [MQTT-4.7.1-2] [MQTT3-4.7.1-3].
///
/// `$share/…` is an ordinary filter here; see [`parse_shared_filter`].
///
/// # Errors
/// With the rule that is broken, mostly [`crate::ReasonCode::TopicFilterInvalid`].
pub fn check_topic_filter(filter: &str) -> Result<(), Error> {
    let bytes = filter.as_bytes();
    if bytes.is_empty() {
        return Err(fault!(TopicFilterInvalid, "[MQTT-4.7.3-1] [MQTT3-4.7.3-1]", "a topic filter is empty"));
    }
    if let Some(error) = basic_fault(bytes) {
        return Err(error);
    }
    if memchr::memchr2(b'#', b'+', bytes).is_none() {
        return Ok(());
    }
    check_wildcards(filter)
}

fn check_wildcards(filter: &str) -> Result<(), Error> {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        if level.contains('#') && (level != "#" || levels.peek().is_some()) {
            return Err(fault!(
                TopicFilterInvalid,
                "[MQTT-4.7.1-1] [MQTT3-4.7.1-2]",
                "'#' is not alone in the last level of a topic filter"
            ));
        }
        if level.contains('+') && level != "+" {
            return Err(fault!(
                TopicFilterInvalid,
                "[MQTT-4.7.1-2] [MQTT3-4.7.1-3]",
                "'+' is not alone in its level of a topic filter"
            ));
        }
    }
    Ok(())
}

/// Takes a shared subscription's filter apart; `None` for one that does not begin with `$share/`. The ShareName
/// has at least one character [MQTT-4.8.2-1], no `/`, `+` or `#`, and a filter follows it [MQTT-4.8.2-2].
///
/// Decoding calls this for MQTT 5. In 3.x `$share/` has no meaning of its own; a server that gives it one calls
/// this itself.
///
/// # Errors
/// [`crate::ReasonCode::TopicFilterInvalid`] where the form is broken; the errors of [`check_topic_filter`]
/// for the filter inside.
pub fn parse_shared_filter(filter: &str) -> Result<Option<SharedFilter<'_>>, Error> {
    let Some(rest) = filter.strip_prefix("$share/") else {
        return Ok(None);
    };
    let Some((group, filter)) = rest.split_once('/') else {
        return Err(fault!(
            TopicFilterInvalid,
            "[MQTT-4.8.2-2]",
            "no topic filter follows the name of a shared subscription"
        ));
    };
    if group.is_empty() {
        return Err(fault!(
            TopicFilterInvalid,
            "[MQTT-4.8.2-1]",
            "the name of a shared subscription is empty"
        ));
    }
    if group.contains(['+', '#']) {
        return Err(fault!(
            TopicFilterInvalid,
            "[MQTT-4.8.2-2]",
            "the name of a shared subscription holds a wildcard"
        ));
    }
    check_topic_filter(filter)?;
    Ok(Some(SharedFilter { group, filter }))
}

#[cfg(test)]
mod tests;
