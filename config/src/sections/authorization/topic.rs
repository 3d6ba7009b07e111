//! Topics as rules write them: a filter, a text or a prefix, with placeholders.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// The longest pattern in bytes, and the most levels.
const LONGEST: usize = 1024;
const DEEPEST: usize = 128;

/// How the text of a pattern is read.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum TopicForm {
    /// As a topic filter: it stands for the topics that it matches.
    #[default]
    Filter,
    /// As itself: a topic or a subscription's filter has to be this very text.
    Literal,
    /// As the beginning of topics, character by character.
    Prefix,
}

/// What stands in for a part of somebody.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Placeholder {
    /// `${clientid}`
    Client,
    /// `${username}`
    User,
    /// `${cert_cn}`
    CommonName,
    /// `${address}`
    Address,
    /// `${attr.name}`
    Attribute(Box<str>),
}

const KNOWN: &str = "${clientid}, ${username}, ${cert_cn}, ${address}, ${attr.NAME}";

impl Placeholder {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "clientid" => Self::Client,
            "username" => Self::User,
            "cert_cn" => Self::CommonName,
            "address" => Self::Address,
            name => match name.strip_prefix("attr.") {
                Some(attribute) if !attribute.is_empty() => Self::Attribute(attribute.into()),
                _ => return None,
            },
        })
    }
}

/// A stretch of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Piece {
    /// What it says.
    Text(Box<str>),
    /// What is filled in.
    Value(Placeholder),
}

/// Topics that a rule is about: a filter (`site/+/#`), a text (`literal:#`) or a prefix (`prefix:site/7`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicPattern {
    source: Box<str>,
    form: TopicForm,
    pieces: Box<[Piece]>,
}

impl TopicPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, to be read after its key.
    pub fn new(source: &str) -> Result<Self, String> {
        let (form, text) = [
            ("literal:", TopicForm::Literal),
            ("prefix:", TopicForm::Prefix),
            ("filter:", TopicForm::Filter),
        ]
        .into_iter()
        .find_map(|(word, form)| Some((form, source.strip_prefix(word)?)))
        .unwrap_or((TopicForm::Filter, source));
        let pieces = pieces(text)?;
        check(form, &pieces)?;
        Ok(Self { source: source.into(), form, pieces })
    }

    /// A filter written so that it is read back as this very text, without placeholders.
    #[must_use]
    pub fn escape(filter: &str) -> String {
        let text = filter.replace("${", "$${");
        let marked = ["literal:", "prefix:", "filter:"].iter().any(|word| text.starts_with(word));
        if marked { format!("filter:{text}") } else { text }
    }

    /// The pattern, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// How it is read.
    #[must_use]
    pub const fn form(&self) -> TopicForm {
        self.form
    }

    /// Its stretches in order.
    #[must_use]
    pub const fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Takes `text` apart. `$${` stands for `${`.
fn pieces(text: &str) -> Result<Box<[Piece]>, String> {
    let mut pieces = Vec::new();
    let mut said = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (rest.get(..at).unwrap_or(""), rest.get(at.saturating_add(2)..).unwrap_or(""));
        if let Some(before) = before.strip_suffix('$') {
            said.push_str(before);
            said.push_str("${");
            rest = after;
            continue;
        }
        said.push_str(before);
        let (name, after) = after.split_once('}').ok_or("a placeholder ends with }")?;
        let value = Placeholder::named(name)
            .ok_or_else(|| format!("${{{name}}} is no placeholder (known: {KNOWN}; $${{ is a plain ${{)"))?;
        if !said.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut said).into()));
        }
        pieces.push(Piece::Value(value));
        rest = after;
    }
    said.push_str(rest);
    if !said.is_empty() {
        pieces.push(Piece::Text(said.into()));
    }
    Ok(pieces.into())
}

fn check(form: TopicForm, pieces: &[Piece]) -> Result<(), String> {
    // A value is a stretch of a level: one character stands for it.
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Value(_) => "x",
        })
        .collect();
    if text.len() > LONGEST || text.split('/').count() > DEEPEST {
        return Err(format!("a pattern has at most {LONGEST} bytes and {DEEPEST} levels"));
    }
    if text.contains('\0') {
        return Err("a topic has no U+0000".to_owned());
    }
    if form == TopicForm::Prefix {
        let wild = text.contains(['+', '#']);
        return if wild { Err("a prefix has no wildcards".to_owned()) } else { Ok(()) };
    }
    if text.is_empty() {
        return Err("a topic has at least one character".to_owned());
    }
    if text.starts_with("$share/") {
        let hint = "a shared subscription is judged by the filter inside: leave out $share/ and the group";
        return Err(hint.to_owned());
    }
    let mut levels = text.split('/').peekable();
    while let Some(level) = levels.next() {
        if level.contains('#') && !(level == "#" && levels.peek().is_none()) {
            return Err("'#' stands alone in the last level".to_owned());
        }
        if level.contains('+') && level != "+" {
            return Err("'+' stands alone in its level".to_owned());
        }
    }
    Ok(())
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for TopicPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for TopicPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PatternVisitor)
    }
}

struct PatternVisitor;

impl Visitor<'_> for PatternVisitor {
    type Value = TopicPattern;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topic filter such as \"site/+/#\", \"literal:#\" or \"prefix:site/\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TopicPattern, E> {
        TopicPattern::new(text).map_err(|fault| {
            let shown: String = text.chars().take(80).collect();
            E::custom(format_args!("{fault}, got \"{}\"", shown.escape_debug()))
        })
    }
}
