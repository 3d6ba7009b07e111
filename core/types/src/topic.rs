//! Topic names.

use crate::TopicLimits;

/// Why a text is no topic name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// It has no character.
    #[error("a topic has at least one character")]
    Empty,
    /// It is longer than the limit.
    #[error("the topic is longer than {0} bytes")]
    TooLong(usize),
    /// It has more levels than the limit.
    #[error("the topic has more than {0} levels")]
    TooDeep(usize),
    /// It has a `+`, `#` or U+0000.
    #[error("a topic name has no '+', '#' or U+0000")]
    Character,
}

/// A checked topic name: levels separated by `/`, no wildcard, within the limits.
///
/// Empty levels count (`/a` has two), as MQTT has it [MQTT-4.7.3]; names that begin with `$` are hidden from
/// filters that begin with a wildcard [MQTT-4.7.2-1].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Topic<'a>(&'a str);

impl<'a> Topic<'a> {
    /// Checks `name` against the rules and `limits`.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(name: &'a str, limits: &TopicLimits) -> Result<Self, TopicError> {
        if name.is_empty() {
            return Err(TopicError::Empty);
        }
        if name.len() > limits.max_bytes {
            return Err(TopicError::TooLong(limits.max_bytes));
        }
        let mut levels = 1_usize;
        for byte in name.bytes() {
            match byte {
                b'/' => levels += 1,
                b'+' | b'#' | 0 => return Err(TopicError::Character),
                _ => {}
            }
        }
        if levels > limits.max_levels {
            return Err(TopicError::TooDeep(limits.max_levels));
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The name's bytes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// Whether filters with a leading wildcard must not see it [MQTT-4.7.2-1].
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.0.starts_with('$')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_rules() {
        let limits = TopicLimits { max_bytes: 8, max_levels: 3 };
        assert!(Topic::new("/a/b", &limits).is_ok());
        assert_eq!(Topic::new("", &limits), Err(TopicError::Empty));
        assert_eq!(Topic::new("a/b/c/d", &limits), Err(TopicError::TooDeep(3)));
        assert_eq!(Topic::new("123456789", &limits), Err(TopicError::TooLong(8)));
        for bad in ["a+", "#", "a\0b"] {
            assert_eq!(Topic::new(bad, &limits), Err(TopicError::Character), "{bad:?}");
        }
    }
}
