//! Scans that skip what cannot match.
//!
//! A scan looks at the next topic. A match is taken; a topic that does not match tells the least topic after it
//! that could, and the scan seeks that one. So the work is bounded by the matches and the names that stand where the
//! filter has a `+`, each times the levels, not by the store: `a/+/c` looks at the names under `a`, not at what lies
//! below them; `a/#` and `a/b/+` read one stretch.

use std::collections::{BTreeSet, btree_set::Range};
use std::ops::Bound;

use tidegate_types::{Filter, Message};

use super::order::{Entry, Key, Probe, compare};

/// Where a part of a scan ended. Valid for the same filter at any later time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor(Box<[u8]>);

/// How a call ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum ScanEnd {
    /// There is nothing more.
    Done,
    /// There may be more from here on.
    More(Cursor),
}

/// What a call did.
pub(super) struct Scanned {
    pub(super) end: ScanEnd,
    /// Values looked at.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests count the work"))]
    pub(super) visited: usize,
}

/// What a topic means for a filter.
#[derive(Debug, Eq, PartialEq)]
enum Judged {
    /// It matches; more may follow directly.
    Match,
    /// It matches; the next that could is `jump` or later, where there is one.
    Last(Jump),
    /// It does not match.
    Skip(Jump),
}

#[derive(Debug, Eq, PartialEq)]
enum Jump {
    /// To this place or after it.
    To(Vec<u8>),
    /// Nothing later can match.
    End,
}

/// `limits` are the most values to look at and to find.
pub(super) fn scan(
    values: &BTreeSet<Entry>,
    filter: &Filter,
    after: Option<&Cursor>,
    limits: (usize, usize),
    out: &mut Vec<Message>,
) -> Scanned {
    let levels: Vec<&[u8]> = filter.as_bytes().split(|byte| *byte == b'/').collect();
    let start = after.map_or_else(|| beginning(&levels), |cursor| cursor.0.to_vec());
    let (mut visited, mut found) = (0, 0);
    let mut rest = from(values, &start);
    let mut next = rest.next();
    while let Some(entry) = next {
        visited += 1;
        let topic = entry.topic();
        let judged = judge(&levels, topic);
        if !matches!(judged, Judged::Skip(_)) {
            out.push(entry.0.clone());
            found += 1;
        }
        let full = visited >= limits.0 || found >= limits.1;
        next = match judged {
            Judged::Match if full => return more(visited, successor(topic)),
            Judged::Match => rest.next(),
            Judged::Last(Jump::To(place)) | Judged::Skip(Jump::To(place)) if full => {
                return more(visited, place);
            }
            Judged::Last(Jump::To(place)) | Judged::Skip(Jump::To(place)) => seek(values, &mut rest, &place),
            Judged::Last(Jump::End) | Judged::Skip(Jump::End) => None,
        };
    }
    Scanned { end: ScanEnd::Done, visited }
}

fn more(visited: usize, place: Vec<u8>) -> Scanned {
    Scanned { end: ScanEnd::More(Cursor(place.into())), visited }
}

/// Calls `f` for up to `max` values after `after`; answers where it ended, `None` at the end.
pub(super) fn visit(
    values: &BTreeSet<Entry>,
    after: Option<&Cursor>,
    max: usize,
    mut f: impl FnMut(&Message),
) -> Option<Cursor> {
    let start = after.map_or(&[][..], |cursor| &cursor.0);
    let mut last = None;
    for entry in from(values, start).take(max.max(1)) {
        f(&entry.0);
        last = Some(entry);
    }
    last.map(|entry| Cursor(successor(entry.topic()).into()))
}

fn from<'a>(values: &'a BTreeSet<Entry>, place: &[u8]) -> Range<'a, Entry> {
    let place = Probe(place);
    values.range::<dyn Key + '_, _>((Bound::Included(place.as_key()), Bound::Unbounded))
}

/// The first value at `place` or after it: often the very next one, else looked up.
fn seek<'a>(values: &'a BTreeSet<Entry>, rest: &mut Range<'a, Entry>, place: &[u8]) -> Option<&'a Entry> {
    let next = rest.next()?;
    if compare(next.topic(), place).is_ge() {
        return Some(next);
    }
    *rest = from(values, place);
    rest.next()
}

/// The least place after `topic`: a separator sorts lowest.
fn successor(topic: &[u8]) -> Vec<u8> {
    [topic, b"/"].concat()
}

/// The least place after `topic` and all below it: U+0001 is the lowest character but the separator.
fn after_all_below(topic: &[u8]) -> Vec<u8> {
    [topic, &[1]].concat()
}

/// The least topic that a filter can match.
fn beginning(levels: &[&[u8]]) -> Vec<u8> {
    let named = levels.iter().position(|level| is_wildcard(level)).unwrap_or(levels.len());
    levels.get(..named).unwrap_or_default().join(&b'/')
}

fn is_wildcard(level: &[u8]) -> bool {
    level == b"+" || level == b"#"
}

/// Compares a topic with a filter level by level.
fn judge(filter: &[&[u8]], topic: &[u8]) -> Judged {
    if topic.first() == Some(&b'$') && filter.first().is_some_and(|level| is_wildcard(level)) {
        return Judged::Skip(Jump::To(b"%".to_vec()));
    }
    // The end of the topic's last level that a `+` took: the place to count up when all below is done.
    let mut counted = None;
    let mut start = 0;
    for level in filter {
        if *level == b"#" {
            return Judged::Match;
        }
        let Some(rest) = topic.get(start..) else {
            return Judged::Skip(too_short(topic, level));
        };
        let end = start + rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        if *level == b"+" {
            counted = Some(end);
        } else {
            let (above, name) =
                (topic.get(..start).unwrap_or_default(), topic.get(start..end).unwrap_or_default());
            if compare(name, level).is_lt() {
                return Judged::Skip(Jump::To([above, level].concat()));
            }
            if name != *level {
                return Judged::Skip(count_up(topic, counted));
            }
        }
        start = end + 1;
    }
    if start > topic.len() {
        Judged::Last(count_up(topic, counted))
    } else {
        Judged::Skip(count_up(topic, counted))
    }
}

/// The topic matches as far as it goes; what comes below it may match.
fn too_short(topic: &[u8], level: &[u8]) -> Jump {
    let below = successor(topic);
    if level == b"+" { Jump::To(below) } else { Jump::To([&below, level].concat()) }
}

fn count_up(topic: &[u8], counted: Option<usize>) -> Jump {
    counted.and_then(|end| topic.get(..end)).map_or(Jump::End, |above| Jump::To(after_all_below(above)))
}
