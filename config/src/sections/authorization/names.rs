//! Names as rules write them: one or several, each exact or with `*` and `?`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, SeqAccess, Unexpected, Visitor};
use serde::{Serialize, Serializer};

/// The longest name or pattern, in bytes.
const LONGEST: usize = 1024;

/// A name, or a pattern of names: `*` is any number of characters, `?` is one; a backslash takes their meaning from
/// `*`, `?` and itself.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NamePattern(Box<str>);

impl NamePattern {
    /// Reads a pattern; `None` when it is empty, too long, has U+0000, or a backslash before anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bad = text.is_empty() || text.len() > LONGEST || text.contains('\0');
        let mut escaped = false;
        for c in text.chars() {
            match (escaped, c) {
                (true, '*' | '?' | '\\') => escaped = false,
                (true, _) => return None,
                (false, c) => escaped = c == '\\',
            }
        }
        (!bad && !escaped).then(|| Self(text.into()))
    }

    /// The pattern that `name` alone matches.
    #[must_use]
    pub fn escape(name: &str) -> String {
        let mut text = String::with_capacity(name.len());
        for c in name.chars() {
            if matches!(c, '*' | '?' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text
    }

    /// The pattern, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one name that it matches; `None` if it is a pattern.
    #[must_use]
    pub fn exact(&self) -> Option<Cow<'_, str>> {
        if !self.0.contains(['*', '?', '\\']) {
            return Some(Cow::Borrowed(&self.0));
        }
        let mut name = String::with_capacity(self.0.len());
        let mut chars = self.0.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' | '?' => return None,
                '\\' => name.extend(chars.next()),
                c => name.push(c),
            }
        }
        Some(Cow::Owned(name))
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for NamePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("a name, in which * and ? are wildcards", Self::new))
    }
}

/// A named value that somebody has to have: `role=admin`; the value may be a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributePattern {
    /// The attribute's name.
    pub name: Box<str>,
    /// What its value has to match.
    pub value: NamePattern,
}

impl AttributePattern {
    fn new(text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let value = NamePattern::new(value)?;
        (!name.is_empty()).then(|| Self { name: name.into(), value })
    }
}

impl Serialize for AttributePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}={}", self.name, self.value))
    }
}

impl<'de> Deserialize<'de> for AttributePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("an attribute and its value such as \"role=admin\"", Self::new))
    }
}

/// A visitor of text that a function understands, and what is expected.
struct Text<T>(&'static str, fn(&str) -> Option<T>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.1(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Reads one text or a list of at least one, for `#[serde(deserialize_with = "…")]`.
pub(super) fn one_or_more<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(OneOrMore(PhantomData))
}

struct OneOrMore<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMore<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotes or a list such as [\"a\", \"b\"] with at least one")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        let one: StrDeserializer<'_, E> = text.into_deserializer();
        Ok(vec![T::deserialize(one)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        if list.is_empty() {
            return Err(de::Error::invalid_value(Unexpected::Other("an empty list"), &self));
        }
        Ok(list)
    }
}
