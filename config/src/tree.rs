//! The merged configuration before it has types: values, each with its place.

use std::collections::BTreeMap;

use crate::Origin;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where the value stands.
    pub(crate) origin: Origin,
    /// Where its key stands; differs from `origin` in files only.
    pub(crate) key_origin: Origin,
    pub(crate) value: Value,
}

/// What TOML can say, and text whose type the option decides.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A bare word from the environment or from `--set`: `5` is a number to an option that wants a number
    /// and text to one that wants text.
    Bare(String),
    Array(Vec<Node>),
    Table(Table),
}

/// Keys and what they hold.
pub(crate) type Table = BTreeMap<String, Node>;

impl Node {
    pub(crate) fn new(origin: Origin, value: Value) -> Self {
        Self { key_origin: origin.clone(), origin, value }
    }

    pub(crate) const fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Lays `over` on top: tables merge key by key, anything else is replaced.
    pub(crate) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Table(under), Value::Table(over_table)) => {
                if matches!(self.origin, Origin::Default) {
                    self.origin = over.origin;
                    self.key_origin = over.key_origin;
                }
                merge(under, over_table);
            }
            (value, replacement) => {
                *value = replacement;
                self.origin = over.origin;
                self.key_origin = over.key_origin;
            }
        }
    }
}

/// Lays the keys of `over` on top of `under`.
pub(crate) fn merge(under: &mut Table, over: Table) {
    for (key, node) in over {
        match under.get_mut(&key) {
            Some(present) => present.merge(node),
            None => {
                under.insert(key, node);
            }
        }
    }
}

/// The deepest node on the way to `path` and how many segments lead to it. An array's element is `[n]`.
pub(crate) fn deepest<'a>(root: &'a Node, path: &[String]) -> (&'a Node, usize) {
    let mut node = root;
    for (depth, key) in path.iter().enumerate() {
        let child = match &node.value {
            Value::Table(table) => table.get(key),
            Value::Array(nodes) => element(key).and_then(|index| nodes.get(index)),
            _ => None,
        };
        match child {
            Some(child) => node = child,
            None => return (node, depth),
        }
    }
    (node, path.len())
}

/// The index in `[n]`.
fn element(segment: &str) -> Option<usize> {
    segment.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Turns every table named `key[]` into the one element of the array `key`.
pub(crate) fn gather(node: &mut Node) {
    let Value::Table(table) = &mut node.value else { return };
    table.values_mut().for_each(gather);
    let elements: Vec<String> = table.keys().filter(|key| key.ends_with("[]")).cloned().collect();
    for key in elements {
        let array = key.trim_end_matches("[]").to_owned();
        if let Some(inner) = table.remove(&key) {
            table.insert(array, Node::new(inner.origin.clone(), Value::Array(vec![inner])));
        }
    }
}

/// Puts the value at `path` back to what `defaults` has there, or takes it out; if nothing is there (it is what is
/// missing), does so with the table that lacks it. Array elements go with their array. Says whether anything that
/// a user wrote went.
pub(crate) fn reset(root: &mut Node, defaults: &Node, path: &[String]) -> bool {
    let mut keys: Vec<String> =
        path.iter().take_while(|segment| !segment.starts_with('[')).cloned().collect();
    while !keys.is_empty() && deepest(root, &keys).1 < keys.len() {
        keys.pop();
    }
    let (default, depth) = deepest(defaults, &keys);
    let default = (depth == keys.len()).then(|| default.clone());
    let Some((last, parents)) = keys.split_last() else { return false };
    let mut node = root;
    for key in parents {
        let Value::Table(table) = &mut node.value else { return false };
        let Some(child) = table.get_mut(key) else { return false };
        node = child;
    }
    let Value::Table(table) = &mut node.value else { return false };
    let Some(old) = table.remove(last) else { return false };
    if let Some(default) = default {
        table.insert(last.clone(), default);
    }
    old.origin != Origin::Default
}

/// `toml`'s own values, as the built-in defaults come, into a tree.
pub(crate) fn from_toml(value: toml::Value, origin: &Origin) -> Node {
    let value = match value {
        toml::Value::Boolean(value) => Value::Boolean(value),
        toml::Value::Integer(value) => Value::Integer(value),
        toml::Value::Float(value) => Value::Float(value),
        toml::Value::String(value) => Value::Text(value),
        toml::Value::Datetime(value) => Value::Text(value.to_string()),
        toml::Value::Array(values) => {
            Value::Array(values.into_iter().map(|value| from_toml(value, origin)).collect())
        }
        toml::Value::Table(table) => {
            Value::Table(table.into_iter().map(|(key, value)| (key, from_toml(value, origin))).collect())
        }
    };
    Node::new(origin.clone(), value)
}

/// A table that holds `node` at `path`.
pub(crate) fn nest(path: &[&str], node: Node) -> Node {
    path.iter().rev().fold(node, |inner, key| {
        let origin = inner.origin.clone();
        Node::new(origin, Value::Table(Table::from([((*key).to_owned(), inner)])))
    })
}

/// Segments as a user writes them: `a.b`, with an array element's `[n]` right after its key, and quotes around what
/// TOML would want in quotes.
pub(crate) fn join(path: &[String]) -> String {
    let mut joined = String::new();
    for segment in path {
        let element = segment.starts_with('[');
        if !joined.is_empty() && !element {
            joined.push('.');
        }
        if element
            || (!segment.is_empty() && segment.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))
        {
            joined.push_str(segment);
        } else {
            joined.push_str(&format!("\"{}\"", segment.escape_debug()));
        }
    }
    joined
}
