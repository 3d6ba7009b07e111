//! Files that are one list of tables: `[[rule]]` again and again.

use serde::de::DeserializeOwned;

use crate::problem::Fault;
use crate::tree::{Node, Value};
use crate::{Loaded, Origin, Problem, Problems};

/// How many wrong entries are reported before the reader stops looking.
const MOST_PROBLEMS: usize = 50;

/// The entries of `[[key]]` and where each begins.
pub(crate) fn read<T: DeserializeOwned>(
    name: &str,
    text: &str,
    key: &str,
    most: usize,
) -> Result<Vec<(T, Origin)>, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, mut problems) = crate::source::document(name, text);
    let mut read = Vec::new();
    for (found, node) in root.table().into_iter().flatten() {
        if found != key {
            let fault = Fault::UnknownKey { known: vec![key.to_owned()] };
            problems.push(Problem::new(fault).under(found).or_at(&node.key_origin));
            continue;
        }
        let Value::Array(nodes) = &node.value else {
            let fault = Fault::Rule(format!("expected tables [[{key}]]"));
            problems.push(Problem::new(fault).under(key).or_at(&node.origin));
            continue;
        };
        if nodes.len() > most {
            let fault = Fault::Value { expected: format!("at most {most}"), got: nodes.len().to_string() };
            problems.push(Problem::new(fault).under(key).or_at(&node.origin));
            continue;
        }
        entries(nodes, key, &mut read, &mut problems);
    }
    if problems.is_empty() { Ok(read) } else { Err(Problems::new(problems)) }
}

fn entries<T: DeserializeOwned>(
    nodes: &[Node],
    key: &str,
    read: &mut Vec<(T, Origin)>,
    problems: &mut Vec<Problem>,
) {
    for (index, node) in nodes.iter().enumerate() {
        match crate::de::read(node) {
            Ok(entry) => read.push((entry, node.origin.clone())),
            Err(problem) => {
                problems.push(problem.or_at(&node.origin).under(&format!("[{index}]")).under(key));
            }
        }
        if problems.len() >= MOST_PROBLEMS {
            return;
        }
    }
}

impl Loaded {
    /// Where each element of a list begins, by the list's whole key (`authorization.rules`); empty when nothing of
    /// that name is a list.
    #[must_use]
    pub fn places(&self, key: &str) -> Vec<Origin> {
        let mut segments = key.split('.').map(str::to_owned);
        let root = segments.next().and_then(|section| self.tree.get(&section));
        let path: Vec<String> = segments.collect();
        let Some((node, depth)) = root.map(|root| crate::tree::deepest(root, &path)) else {
            return Vec::new();
        };
        match &node.value {
            Value::Array(nodes) if depth == path.len() => {
                nodes.iter().map(|node| node.origin.clone()).collect()
            }
            _ => Vec::new(),
        }
    }
}
