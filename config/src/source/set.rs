//! `--set section.key=value`.

use crate::tree::{Node, Value, from_toml, nest};
use crate::{Origin, Problem};

/// The assignment as a tree with one leaf.
pub(super) fn parse(assignment: &str) -> Result<Node, Problem> {
    let (key, text) = assignment.split_once('=').unwrap_or((assignment, ""));
    let origin = Origin::Set(key.trim().escape_debug().to_string().into());
    let keys: Vec<&str> = key.split('.').map(str::trim).collect();
    let named = keys.len() >= 2 && keys.iter().all(|key| !key.is_empty());
    if !named || !assignment.contains('=') {
        return Err(Problem::source(Some(origin), "expected section.key=value"));
    }
    Ok(nest(&keys, value(text, &origin)))
}

/// A value outside a file: quoted text, an array or a table as TOML has them, anything else as it stands, its
/// type left to the option.
pub(crate) fn value(text: &str, origin: &Origin) -> Node {
    let text = text.trim();
    let quoted = text.starts_with(['"', '\'', '[', '{']).then(|| format!("value = {text}"));
    let table =
        quoted.and_then(|line| toml::from_str::<toml::Table>(&line).ok()).filter(|table| table.len() == 1);
    match table.and_then(|mut table| table.remove("value")) {
        Some(value) => from_toml(value, origin),
        None => Node::new(origin.clone(), Value::Bare(text.to_owned())),
    }
}
