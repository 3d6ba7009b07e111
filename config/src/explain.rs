//! Which values hold, where each came from, and what differs between two configurations.

use std::fmt;

use crate::secret::MASK;
use crate::tree::{Value, deepest};
use crate::{Loaded, OptionDoc, Origin, Reload};

/// One effective value.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The whole key: `mqtt.listeners.default.bind`.
    pub key: String,
    /// The value in TOML (`"1MiB"`), `•••` for a secret, `unset` for an option that has no value.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
    /// Its documentation.
    pub option: Option<&'static OptionDoc>,
}

impl Line {
    /// Whether nobody set it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.origin == Origin::Default
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}

/// An option whose value differs between two configurations.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The whole key.
    pub key: String,
    /// The value before, as [`Line::value`] shows it; `None` if the key did not exist.
    pub before: Option<String>,
    /// The value after; `None` if the key does not exist any more.
    pub after: Option<String>,
    /// When it takes hold; a key without documentation waits for a restart.
    pub reload: Reload,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "unset".to_owned());
        let Self { key, before, after, reload } = self;
        write!(f, "{key}: {} -> {} ({reload})", side(before), side(after))
    }
}

impl Loaded {
    /// Every value that holds, section by section in the order of the documentation, unset options included.
    #[must_use]
    pub fn explain(&self) -> Vec<Line> {
        self.docs.iter().flat_map(|doc| self.lines(doc)).collect()
    }

    fn lines(&self, doc: &crate::SectionDoc) -> Vec<Line> {
        let Some(values) = self.effective.get(doc.name) else { return Vec::new() };
        let mut keys = leaves(values);
        // Options that are unset have no leaf; those below a name that the user chooses are left out.
        let unset = |key: &&str| !key.contains('<') && !keys.iter().any(|leaf| covers(key, leaf));
        let missing: Vec<String> =
            doc.options.iter().map(|option| option.key).filter(unset).map(str::to_owned).collect();
        keys.extend(missing);
        let rank = |key: &String| {
            let place =
                doc.option(key).and_then(|found| doc.options.iter().position(|option| option == found));
            (parent(key).to_owned(), place.unwrap_or(usize::MAX))
        };
        keys.sort_by_cached_key(rank);
        keys.iter().map(|key| self.line(doc, values, key)).collect()
    }

    fn line(&self, doc: &crate::SectionDoc, values: &toml::Table, key: &str) -> Line {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let written = self.tree.get(doc.name).map(|root| deepest(root, &path));
        let origin = written.filter(|(_, depth)| *depth == path.len()).map(|(node, _)| node.origin.clone());
        let value = path.split_first().and_then(|(first, rest)| {
            rest.iter().try_fold(values.get(first)?, |value, segment| value.get(segment.as_str()))
        });
        Line {
            key: format!("{}.{key}", doc.name),
            value: value.map_or_else(|| "unset".to_owned(), toml::Value::to_string),
            origin: origin.unwrap_or_default(),
            option: doc.option(key),
        }
    }

    /// What `newer` would change, by key. A secret that differs is a change too; it shows as `•••`.
    #[must_use]
    pub fn changes(&self, newer: &Self) -> Vec<Change> {
        let lines = |loaded: &Self| -> std::collections::BTreeMap<String, Line> {
            loaded.explain().into_iter().map(|line| (line.key.clone(), line)).collect()
        };
        let (before, mut after) = (lines(self), lines(newer));
        let change = |old: Option<&Line>, new: Option<&Line>| {
            let line = new.or(old)?;
            let same = old.map(|line| &line.value) == new.map(|line| &line.value);
            if same && self.hidden(&line.key) == newer.hidden(&line.key) {
                return None;
            }
            let reload = line.option.map_or(Reload::Restart, |option| option.reload);
            let shown = |line: Option<&Line>| line.map(|line| line.value.clone());
            Some(Change { key: line.key.clone(), before: shown(old), after: shown(new), reload })
        };
        let mut changes: Vec<Change> =
            before.iter().filter_map(|(key, old)| change(Some(old), after.remove(key).as_ref())).collect();
        changes.extend(after.values().filter_map(|new| change(None, Some(new))));
        changes
    }
}

impl Loaded {
    /// The text of `key` if it is one that does not print, to compare it.
    fn hidden(&self, key: &str) -> Option<&str> {
        let mut path = key.split('.').map(str::to_owned);
        let root = self.tree.get(&path.next()?)?;
        let path: Vec<String> = path.collect();
        let (first, rest) = path.split_first()?;
        let values = self.effective.get(key.split('.').next()?)?;
        let shown = rest.iter().try_fold(values.get(first)?, |value, segment| value.get(segment.as_str()))?;
        let (node, depth) = deepest(root, &path);
        match &node.value {
            Value::Text(text) | Value::Bare(text) if depth == path.len() && shown.as_str() == Some(MASK) => {
                Some(text)
            }
            _ => None,
        }
    }
}

/// The keys of a table that hold no table, dotted. An empty table counts as a leaf of its own.
pub(crate) fn leaves(table: &toml::Table) -> Vec<String> {
    table
        .iter()
        .flat_map(|(key, value)| match value {
            toml::Value::Table(inner) => {
                leaves(inner).into_iter().map(|below| format!("{key}.{below}")).collect()
            }
            _ => vec![key.clone()],
        })
        .collect()
}

/// Whether `leaf` is `key` or lies below it.
fn covers(key: &str, leaf: &str) -> bool {
    leaf.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The table that `key` stands in.
fn parent(key: &str) -> &str {
    key.rsplit_once('.').map_or("", |(parent, _)| parent)
}
