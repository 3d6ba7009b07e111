//! Topic filters.

use std::fmt;

use crate::{Text, TopicLimits};

/// Why a text is no topic filter.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It has no character [MQTT-4.7.3-1].
    #[error("a filter has at least one character")]
    Empty,
    /// It is longer than the limit.
    #[error("the filter is longer than {0} bytes")]
    TooLong(usize),
    /// It has more levels than the limit.
    #[error("the filter has more than {0} levels")]
    TooDeep(usize),
    /// `#` stands elsewhere than alone in the last level [MQTT-4.7.1-1].
    #[error("'#' stands alone in the last level")]
    MultiLevelWildcard,
    /// `+` shares its level with something else [MQTT-4.7.1-2].
    #[error("'+' stands alone in its level")]
    SingleLevelWildcard,
    /// It has a U+0000 [MQTT-4.7.3-2].
    #[error("a filter has no U+0000")]
    Character,
}

/// A checked topic filter, one pointer wide and shared by the tables that hold it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Filter(Text);

impl Filter {
    /// Checks `filter` against the rules and `limits`.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(filter: &str, limits: &TopicLimits) -> Result<Self, FilterError> {
        Self::check(filter, limits)?;
        Ok(Self(Text::from(filter)))
    }

    /// The check without the copy.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn check(filter: &str, limits: &TopicLimits) -> Result<(), FilterError> {
        if filter.is_empty() {
            return Err(FilterError::Empty);
        }
        if filter.len() > limits.max_bytes {
            return Err(FilterError::TooLong(limits.max_bytes));
        }
        let mut levels = filter.split('/').enumerate().peekable();
        while let Some((depth, level)) = levels.next() {
            if depth >= limits.max_levels {
                return Err(FilterError::TooDeep(limits.max_levels));
            }
            check_level(level, levels.peek().is_none())?;
        }
        Ok(())
    }

    /// The filter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The filter's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it has a wildcard; without one it matches the topic of the same name and nothing else.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.as_bytes().iter().any(|byte| matches!(byte, b'+' | b'#'))
    }

    /// Whether it matches `topic`; the plain definition that every index is tested against.
    #[must_use]
    pub fn matches(&self, topic: &[u8]) -> bool {
        let hidden = topic.first() == Some(&b'$');
        let mut names = topic.split(|byte| *byte == b'/');
        for (depth, level) in self.as_bytes().split(|byte| *byte == b'/').enumerate() {
            let shielded = hidden && depth == 0;
            match (level, names.next()) {
                (b"#", _) => return !shielded,
                (b"+", Some(_)) if !shielded => {}
                (literal, Some(name)) if literal == name && literal != b"+" => {}
                _ => return false,
            }
        }
        names.next().is_none()
    }
}

fn check_level(level: &str, last: bool) -> Result<(), FilterError> {
    if level.contains('\0') {
        return Err(FilterError::Character);
    }
    if level.contains('#') && !(level == "#" && last) {
        return Err(FilterError::MultiLevelWildcard);
    }
    if level.contains('+') && level != "+" {
        return Err(FilterError::SingleLevelWildcard);
    }
    Ok(())
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a group of subscribers that share the messages of one filter.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct GroupName(Text);

impl GroupName {
    /// A group's name: any non-empty text without `/`, `+`, `#` and U+0000 [MQTT-4.8.2-1, -2].
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let bad = name.is_empty() || name.contains(['/', '+', '#', '\0']);
        (!bad).then(|| Self(Text::from(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Result<Filter, FilterError> {
        Filter::new(text, &TopicLimits::default())
    }

    #[test]
    fn follows_the_rules() {
        for good in ["#", "+", "/", "a/#", "+/+", "/+/#", "a//b", "$SYS/#"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        assert_eq!(filter(""), Err(FilterError::Empty));
        assert_eq!(filter("a\0"), Err(FilterError::Character));
        for bad in ["a#", "#/a", "a/#/b", "a/b#", "##"] {
            assert_eq!(filter(bad), Err(FilterError::MultiLevelWildcard), "{bad}");
        }
        for bad in ["a+", "+a/b", "a/+b", "++"] {
            assert_eq!(filter(bad), Err(FilterError::SingleLevelWildcard), "{bad}");
        }
        let shallow = TopicLimits { max_levels: 2, ..TopicLimits::default() };
        assert_eq!(Filter::new("a/b/#", &shallow), Err(FilterError::TooDeep(2)));
    }

    #[test]
    fn matches_as_defined() {
        let table = [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("#", "a/b", true),
            ("+", "/a", false),
            ("+/+", "/a", true),
            ("/+", "/a", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("$SYS/+", "$SYS/x", true),
            ("a/+/c", "a//c", true),
        ];
        for (pattern, topic, expected) in table {
            assert_eq!(filter(pattern).unwrap().matches(topic.as_bytes()), expected, "{pattern} on {topic}");
        }
    }
}
