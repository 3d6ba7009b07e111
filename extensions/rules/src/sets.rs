//! Filters as sets of topics: does one hold all of another, do two have a topic in common?
//!
//! Exact for one filter against one other, level by level: a level can be any text, so nothing but a wildcard holds a
//! wildcard. `#` takes the level above it too (`a/#` matches `a`) [MQTT-4.7.1-2], and a wildcard in the first level
//! leaves out what begins with `$` [MQTT-4.7.2-1]. A topic is a filter without wildcards, so both questions then say
//! whether it matches.

/// Whether every topic that `inner` matches is matched by `outer` too.
#[must_use]
pub fn contains(outer: &[u8], inner: &[u8]) -> bool {
    let hidden = inner.first() == Some(&b'$');
    let (mut outer, mut inner) = (levels(normal(outer)), levels(normal(inner)));
    let mut first = true;
    loop {
        let shielded = hidden && first;
        match (outer.next(), inner.next()) {
            (Some(b"#"), _) => return !shielded,
            (None, None) => return true,
            (Some(b"+"), Some(level)) if level != b"#" && !shielded => {}
            (Some(name), Some(level)) if name == level && name != b"+" => {}
            _ => return false,
        }
        first = false;
    }
}

/// Whether some topic is matched by both.
#[must_use]
pub fn overlap(one: &[u8], other: &[u8]) -> bool {
    let hidden = one.first() == Some(&b'$') || other.first() == Some(&b'$');
    let (mut one, mut other) = (levels(normal(one)), levels(normal(other)));
    let mut first = true;
    loop {
        let shielded = hidden && first;
        match (one.next(), other.next()) {
            (Some(b"#"), _) | (_, Some(b"#")) => return !shielded,
            (None, None) => return true,
            (Some(b"+"), Some(_)) | (Some(_), Some(b"+")) if !shielded => {}
            (Some(name), Some(level)) if name == level => {}
            _ => return false,
        }
        first = false;
    }
}

/// Whether every topic that `inner` matches begins with `prefix`.
#[must_use]
pub fn prefix_contains(prefix: &[u8], inner: &[u8]) -> bool {
    fixed_head(normal(inner)).starts_with(prefix)
}

/// What all topics of `filter` begin with, and nothing longer.
fn fixed_head(filter: &[u8]) -> &[u8] {
    let Some(at) = filter.iter().position(|byte| matches!(byte, b'+' | b'#')) else { return filter };
    let (head, tail) = filter.split_at_checked(at).unwrap_or((filter, b""));
    // `a/#` matches `a`, without the separator.
    if tail == b"#" { head.strip_suffix(b"/").unwrap_or(head) } else { head }
}

/// Whether some topic that `filter` matches begins with `prefix`.
#[must_use]
pub fn prefix_overlaps(prefix: &[u8], filter: &[u8]) -> bool {
    let hidden = prefix.first() == Some(&b'$');
    let mut wanted = levels(prefix).peekable();
    let mut filter = levels(normal(filter));
    let mut first = true;
    while let Some(name) = wanted.next() {
        let last = wanted.peek().is_none();
        let shielded = hidden && first;
        match filter.next() {
            Some(b"#") => return !shielded,
            Some(b"+") if !shielded => {}
            Some(level) if last && level != b"+" && level.starts_with(name) => {}
            Some(level) if level == name && level != b"+" => {}
            _ => return false,
        }
        first = false;
    }
    true
}

/// The two filters that have an equal in other words, as that one: a topic has at least one character, so that there
/// is nothing above the first level, and nothing above an empty first level, for `#` to take too.
pub(crate) fn normal(filter: &[u8]) -> &[u8] {
    match filter {
        b"#" => b"+/#",
        b"/#" => b"/+/#",
        filter => filter,
    }
}

fn levels(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'/')
}

#[cfg(test)]
mod tests;
