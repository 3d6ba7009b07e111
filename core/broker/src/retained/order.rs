//! The order of topics, and messages as their own keys.

use std::borrow::Borrow;
use std::cmp::Ordering;

use tidegate_types::Message;

/// Compares topics with the separator below every other character, so that `a`, `a/…` and `a!` come in this order.
#[inline]
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    match a.iter().zip(b).find(|(a, b)| a != b) {
        Some((b'/', _)) => Ordering::Less,
        Some((_, b'/')) => Ordering::Greater,
        Some((a, b)) => a.cmp(b),
        None => a.len().cmp(&b.len()),
    }
}

/// Something with a topic's place. A message in the tree and a borrowed topic to look it up by are compared through
/// it, so that no key is stored beside the message.
pub(super) trait Key {
    fn topic(&self) -> &[u8];
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.topic() == other.topic()
    }
}

impl Eq for dyn Key + '_ {}

impl PartialOrd for dyn Key + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn Key + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.topic(), other.topic())
    }
}

/// A value, ordered by its topic.
#[derive(Debug)]
pub(super) struct Entry(pub(super) Message);

impl Key for Entry {
    fn topic(&self) -> &[u8] {
        self.0.topic_bytes()
    }
}

impl<'a> Borrow<dyn Key + 'a> for Entry {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.topic() == other.topic()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.topic(), other.topic())
    }
}

/// A place to look for.
pub(super) struct Probe<'a>(pub(super) &'a [u8]);

impl<'a> Probe<'a> {
    pub(super) fn as_key(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl Key for Probe<'_> {
    fn topic(&self) -> &[u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_first() {
        let sorted = [
            "", "/", "/a", "\u{1}", "$s", "$s/x", "$s!", "a", "a/", "a//", "a/b", "a/b/c", "a/b!", "a!", "b",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                assert_eq!(compare(a.as_bytes(), b.as_bytes()), at.cmp(&other), "{a:?} {b:?}");
            }
        }
    }
}
