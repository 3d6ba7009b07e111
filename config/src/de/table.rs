//! The inside of tables and arrays.

use std::collections::btree_map;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::Typed;
use crate::Problem;
use crate::problem::Fault;
use crate::tree::{Node, Table};

/// The entries of a table.
pub(super) struct Entries<'a> {
    entries: btree_map::Iter<'a, String, Node>,
    /// The keys of a struct; nothing for a map, whose keys are names that the user chose.
    fields: Option<&'static [&'static str]>,
    current: Option<(&'a str, &'a Node)>,
}

impl<'a> Entries<'a> {
    pub(super) fn named_by_the_user(table: &'a Table) -> Self {
        Self { entries: table.iter(), fields: None, current: None }
    }

    pub(super) fn with_fields(table: &'a Table, fields: &'static [&'static str]) -> Self {
        Self { entries: table.iter(), fields: Some(fields), current: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((key, node)) = self.entries.next() else { return Ok(None) };
        self.current = Some((key, node));
        if self.fields.is_none() && !is_name(key) {
            let rule = "a name is made of lower-case letters, digits, - and _";
            return Err(Problem::new(Fault::Rule(rule.to_owned())).under(key).or_at(&node.key_origin));
        }
        let key = seed.deserialize(BorrowedStrDeserializer::new(key));
        key.map(Some).map_err(|problem: Problem| problem.or_at(&node.key_origin))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some((key, node)) = self.current.take() else {
            return Err(Problem::new(Fault::Missing));
        };
        seed.deserialize(Typed(node)).map_err(|problem| problem.among(self.fields).under(key))
    }
}

/// Whether `key` may name a listener or another thing that the user names: it has to work as a TOML key and in
/// a metric's label, and its lower-case form is what the environment can say.
fn is_name(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !key.is_empty() && key.bytes().all(allowed)
}

/// The elements of an array.
pub(super) struct Elements<'a> {
    nodes: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'a> Elements<'a> {
    pub(super) fn new(nodes: &'a [Node]) -> Self {
        Self { nodes: nodes.iter().enumerate() }
    }
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some((index, node)) = self.nodes.next() else { return Ok(None) };
        let element = seed.deserialize(Typed(node));
        element.map(Some).map_err(|problem| problem.or_at(&node.origin).under(&format!("[{index}]")))
    }
}
