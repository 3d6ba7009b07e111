//! One level of a filter or topic.

use super::{BuildHasher, Hasher};

/// What a filter's level asks for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// Everything from here on, the level above included: `#`.
    Rest,
    /// Any one level: `+`.
    Any,
    /// The level of this name.
    Name,
}

/// A level of a filter, where it begins in its text, and its hash if it is a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) hash: u32,
}

impl<'a> Level<'a> {
    /// The level of `filter` that begins at `start`.
    pub(super) fn at(filter: &'a [u8], start: usize, hasher: &Hasher) -> Self {
        let text = text_at(filter, start);
        let (kind, hash) = match text {
            b"#" => (Kind::Rest, 0),
            b"+" => (Kind::Any, 0),
            name => (Kind::Name, hash(name, hasher)),
        };
        Self { kind, text, start, hash }
    }

    /// The order of siblings.
    pub(super) fn rank(&self) -> (Kind, u32, &'a [u8]) {
        (self.kind, self.hash, self.text)
    }
}

/// The text of the level that begins at `start`.
#[inline]
pub(super) fn text_at(filter: &[u8], start: usize) -> &[u8] {
    split(filter.get(start..).unwrap_or_default()).0
}

/// The first level, and what follows its separator.
#[inline]
pub(super) fn split(levels: &[u8]) -> (&[u8], Option<&[u8]>) {
    match levels.iter().position(|byte| *byte == b'/').and_then(|at| levels.split_at_checked(at)) {
        Some((first, rest)) => (first, rest.get(1..)),
        None => (levels, None),
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
pub(super) fn hash(name: &[u8], hasher: &Hasher) -> u32 {
    hasher.hash_one(name) as u32
}

/// Where the longest common beginning of whole levels of two filters ends; they share all before `start`.
pub(super) fn common_end(a: &[u8], b: &[u8], start: usize) -> usize {
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let ends = |it: &[u8]| matches!(it.get(same), None | Some(b'/'));
    if ends(a) && ends(b) {
        return start + same;
    }
    let shared = a.get(..same).unwrap_or(a);
    start + shared.iter().rposition(|byte| *byte == b'/').unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_levels() {
        for (a, b, start, end) in [
            ("a/b/c", "a/b/d", 0, 3),
            ("a/b", "a/b/d", 0, 3),
            ("a/bc", "a/b", 0, 1),
            ("a/b", "a/b", 2, 3),
            ("a/b/c/d", "a/b/c/e", 2, 5),
            ("a//x", "a//y", 2, 2),
            ("/+", "/x", 0, 0),
        ] {
            assert_eq!(common_end(a.as_bytes(), b.as_bytes(), start), end, "{a} {b}");
            assert_eq!(common_end(b.as_bytes(), a.as_bytes(), start), end, "{b} {a}");
        }
    }
}
