//! Lists, and files, that map one text to another.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::naming::{NameFault, Naming};

/// Entries of a table: keys and the user names they stand for.
///
/// A file has an entry a line: a key alone (`pump-*`), or a key and its user in quotes (`"pump-7" = "pumps"`). Empty
/// lines and those that begin with `#` say nothing. What a key is, and what a name may be, says who reads the table.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table(Vec<(String, Naming)>);

/// A table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is none.
    #[error("{}:{line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// An entry is none.
    #[error("the entry {key:?} is none: {what}")]
    Entry {
        /// Its key.
        key: String,
        /// What is wrong with it.
        what: String,
    },
}

impl Table {
    /// A table of these entries; a name is what [`Naming::parse`] takes.
    ///
    /// # Errors
    /// The first name that is none.
    pub fn new<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TableError> {
        let entry = |(key, name): (&str, &str)| match Naming::parse(name) {
            Ok(naming) => Ok((key.to_owned(), naming)),
            Err(NameFault) => Err(fault(key, NameFault.to_string())),
        };
        entries.into_iter().map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Reads a file. A key without a user stands for `unnamed`.
    ///
    /// # Errors
    /// When it cannot be read, or the first line that is none or says a key twice.
    pub fn read(path: &Path, unnamed: &Naming) -> Result<Self, TableError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TableError::Unreadable { path: path.to_owned(), source })?;
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        for (index, line) in text.lines().enumerate() {
            let line_fault = |what: String| TableError::Line { path: path.to_owned(), line: index + 1, what };
            let Some((key, naming)) = entry(line.trim()).map_err(line_fault)? else { continue };
            if !seen.insert(key.clone()) {
                return Err(line_fault(format!("{key:?} stands here twice")));
            }
            entries.push((key, naming.unwrap_or_else(|| unnamed.clone())));
        }
        Ok(Self(entries))
    }

    /// These entries, and those of `other` after them.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn entries(self) -> Vec<(String, Naming)> {
        self.0
    }
}

/// Key and name of a line; nothing for an empty line or a comment.
fn entry(line: &str) -> Result<Option<(String, Option<Naming>)>, String> {
    const EXPECTED: &str = "expected a key alone, or \"key\" = \"user\", both in quotes";
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if !line.starts_with(['"', '\'']) {
        let plain = !line.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'=".contains(c));
        return if plain { Ok(Some((line.to_owned(), None))) } else { Err(EXPECTED.to_owned()) };
    }
    // Quotes and escapes are TOML's.
    let table: toml::Table =
        toml::from_str(line).map_err(|fault| format!("{EXPECTED}: {}", fault.message()))?;
    match table.into_iter().next() {
        Some((key, toml::Value::String(name))) => match Naming::parse(&name) {
            Ok(Naming::Anonymous) | Err(NameFault) => Err(NameFault.to_string()),
            Ok(naming) => Ok(Some((key, Some(naming)))),
        },
        _ => Err(EXPECTED.to_owned()),
    }
}

pub(crate) fn fault(key: &str, what: impl Into<String>) -> TableError {
    TableError::Entry { key: key.to_owned(), what: what.into() }
}
