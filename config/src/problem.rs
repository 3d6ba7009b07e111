//! What is wrong with a configuration, where, and what would be right.

use std::fmt;

use crate::Origin;

/// One thing that is wrong.
///
/// Prints on one line: `tidegate.toml:12:19: mqtt.max_packet_size: expected a size such as "1MiB", got true`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    origin: Option<Origin>,
    path: Vec<String>,
    fault: Fault,
}

/// What kind of thing is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The source cannot be read at all: not TOML, no such file, not UTF-8, no `=`.
    Source(String),
    /// No option has this name (the last segment of the path).
    UnknownKey { known: Vec<String> },
    /// The value is not one that this option takes.
    Value { expected: String, got: String },
    /// One of a closed list of words was expected.
    Word { known: Vec<String>, got: String },
    /// A required option is not set.
    Missing,
    /// Anything else a section's own rules refuse.
    Rule(String),
}

impl Problem {
    pub(crate) const fn new(fault: Fault) -> Self {
        Self { origin: None, path: Vec::new(), fault }
    }

    /// A source that cannot be read.
    pub(crate) fn source(origin: Option<Origin>, message: impl Into<String>) -> Self {
        Self { origin, path: Vec::new(), fault: Fault::Source(message.into()) }
    }

    /// The same problem, found below `key`; the first caller up from the value is called first.
    pub(crate) fn under(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }

    /// The same problem with its place, unless a deeper place is known already.
    pub(crate) fn or_at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The same problem; if it is a key that a struct skipped, with the names the struct has.
    pub(crate) fn among(mut self, fields: Option<&'static [&'static str]>) -> Self {
        if let (Fault::UnknownKey { known }, Some(fields), true) =
            (&mut self.fault, fields, self.path.is_empty())
        {
            *known = owned(fields);
        }
        self
    }

    /// The same problem without the value, which is a secret.
    pub(crate) fn without_value(mut self) -> Self {
        if let Fault::Value { got, .. } | Fault::Word { got, .. } = &mut self.fault {
            "a value that is not shown".clone_into(got);
        }
        self
    }

    /// The key's segments; an array element's is `[n]`.
    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }

    /// The key that is wrong (`mqtt.listeners.default.bind`); empty when a whole source is.
    #[must_use]
    pub fn key(&self) -> String {
        crate::tree::join(&self.path)
    }

    /// Where the wrong value came from; nothing when a value is missing and no source could be named.
    #[must_use]
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.key())?;
        }
        self.fault.fmt(f, self.path.last().map_or("", String::as_str))
    }
}

impl std::error::Error for Problem {}

impl Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
        match self {
            Self::Source(message) | Self::Rule(message) => f.write_str(message),
            Self::UnknownKey { known } => {
                f.write_str("unknown key")?;
                choices(f, key, known, "")
            }
            Self::Value { expected, got } => write!(f, "expected {expected}, got {got}"),
            Self::Word { known, got } => {
                write!(f, "{got} is not one of its values")?;
                choices(f, got.trim_matches('"'), known, "\"")
            }
            Self::Missing => f.write_str("must be set"),
        }
    }
}

/// The hint (`; did you mean …?`) if a known name is close, and all known names.
fn choices(f: &mut fmt::Formatter<'_>, got: &str, known: &[String], quote: &str) -> fmt::Result {
    if let Some(near) = nearest(got, known) {
        write!(f, "; did you mean {quote}{near}{quote}?")?;
    }
    let names: Vec<String> = known.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    match names.len() {
        0 => f.write_str(" (there are none here)"),
        1 => write!(f, " (known: {})", names.concat()),
        _ => write!(f, " (known: {})", names.join(", ")),
    }
}

/// The known name closest to `got`, if it is close enough to be a slip.
fn nearest<'a>(got: &str, known: &'a [String]) -> Option<&'a str> {
    let got = got.to_lowercase().replace('-', "_");
    let scored = known.iter().map(|name| (strsim::damerau_levenshtein(&got, name), name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len() / 3 + 1 && distance < name.len()).then_some(name)
}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Fault::Rule(message.to_string()))
    }

    fn invalid_type(unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::new(Fault::Value { expected: expected.to_string(), got: describe(unexpected) })
    }

    fn invalid_value(unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Fault::Word { known: owned(expected), got: quoted(variant) })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Fault::UnknownKey { known: owned(expected) }).under(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Fault::Missing).under(field)
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A wrong value as the user wrote it.
pub(crate) fn describe(value: serde::de::Unexpected<'_>) -> String {
    use serde::de::Unexpected;
    match value {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        Unexpected::Str(value) => quoted(value),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        other => other.to_string(),
    }
}

/// Text in quotes, on one line and not longer than is good to read.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).collect();
    let rest = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{}{rest}\"", shown.escape_debug())
}

/// Everything that is wrong, in the order of the places; never empty. Prints one problem a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn under(self, key: &str) -> Self {
        Self(self.0.into_iter().map(|problem| problem.under(key)).collect())
    }

    /// The problems.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// The problems in the order of their places: the file from top to bottom, then the other sources.
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| match &problem.origin {
            Some(Origin::File { line, column, .. }) => (0, *line, *column),
            Some(Origin::Environment(_)) => (1, 0, 0),
            Some(Origin::Set(_)) => (2, 0, 0),
            Some(Origin::Default) | None => (3, 0, 0),
        });
        Self(problems)
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
