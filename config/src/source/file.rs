//! A TOML file, with the line and column of every key and value.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::tree::{Node, Table, Value};
use crate::{Origin, Problem};

/// The file's tree, and every place where it is not TOML. What could be read is in the tree even then.
pub(crate) fn parse(name: &str, text: &str) -> (Node, Vec<Problem>) {
    let places = Places::new(name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| places.syntax(error)).collect();
        return (Node::new(places.at(&(0..0)), Value::Table(Table::new())), problems);
    }
    (places.table_node(table.into_inner(), &(0..0)), Vec::new())
}

/// Turns byte offsets into lines and columns.
struct Places<'a> {
    name: Arc<str>,
    text: &'a str,
    /// The offset after each line's end.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(name: &str, text: &'a str) -> Self {
        let lines = text.match_indices('\n').map(|(offset, _)| offset.saturating_add(1)).collect();
        Self { name: name.into(), text, lines }
    }

    fn at(&self, span: &Range<usize>) -> Origin {
        let before = self.lines.partition_point(|start| *start <= span.start);
        let start = before.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or(0);
        let column = self.text.get(start..span.start).map_or(0, |text| text.chars().count());
        Origin::File {
            file: Arc::clone(&self.name),
            line: before.saturating_add(1),
            column: column.saturating_add(1),
        }
    }

    /// `toml`'s message without its quotation of the line, which may hold a secret.
    fn syntax(&self, error: &toml::de::Error) -> Problem {
        let origin = error.span().map(|span| self.at(&span));
        Problem::source(origin, format!("not valid TOML: {}", error.message().replace('\n', ", ")))
    }

    fn table_node(&self, table: DeTable<'_>, span: &Range<usize>) -> Node {
        let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
            let key_origin = self.at(&key.span());
            let key: std::borrow::Cow<'_, str> = key.into_inner();
            (key.into_owned(), Node { key_origin, ..self.node(value) })
        };
        Node::new(self.at(span), Value::Table(table.into_iter().map(entry).collect()))
    }

    fn node(&self, value: Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        let value = match value.into_inner() {
            DeValue::Boolean(value) => Value::Boolean(value),
            DeValue::Integer(value) => integer(value.as_str(), value.radix()),
            DeValue::Float(value) => float(value.as_str()),
            DeValue::String(value) => Value::Text(value.into_owned()),
            DeValue::Datetime(value) => Value::Text(value.to_string()),
            DeValue::Array(values) => {
                Value::Array(values.into_iter().map(|value| self.node(value)).collect())
            }
            DeValue::Table(table) => return self.table_node(table, &span),
        };
        Node::new(self.at(&span), value)
    }
}

/// An integer; one too large for 64 bits stays text, which every option that wants a number refuses.
fn integer(digits: &str, radix: u32) -> Value {
    i64::from_str_radix(digits, radix).map_or_else(|_| Value::Text(digits.to_owned()), Value::Integer)
}

fn float(digits: &str) -> Value {
    digits.parse().map_or_else(|_| Value::Text(digits.to_owned()), Value::Float)
}
