//! Names that are like something.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tidegate_types::Text;
use wildmatch::WildMatch;

/// The longest pattern, in bytes.
const LONGEST: usize = 256;
/// The most memory a compiled expression may take, in bytes. Law 4: `(a{999}){999}` is short as text.
const REGEX_BYTES: usize = 64 << 10;

/// Why a text is no pattern.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PatternError {
    /// Empty, or longer than a pattern may be.
    #[error("a pattern has 1 to {LONGEST} bytes")]
    Length,
    /// Not a regular expression, with what is wrong with it.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

/// A pattern in which `*` stands for any characters, none too, and `?` for one character; everything else stands for
/// itself, and the whole name has to match. There is no escape: a name with a `*` in it is banned by `client:`.
///
/// The time to match is at most the product of both lengths, whatever the pattern.
#[derive(Clone, Debug)]
pub struct Glob(Arc<(Text, WildMatch)>);

impl Glob {
    /// Takes any text of 1 to 256 bytes.
    ///
    /// # Errors
    /// When it is empty or longer.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        Ok(Self(Arc::new((of_fair_length(pattern)?, WildMatch::new(pattern)))))
    }

    /// The pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.0.as_str()
    }

    /// Whether the whole of `name` matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.1.matches(name)
    }
}

/// A regular expression that is found anywhere in a name unless `^` and `$` say where. In the syntax of the
/// `regex-lite` crate: as in most places, without look-around, back-references and `\p{…}`, so that the time to
/// match is at most the product of both lengths.
#[derive(Clone, Debug)]
pub struct Regex(Arc<regex_lite::Regex>);

impl Regex {
    /// Takes an expression of 1 to 256 bytes.
    ///
    /// # Errors
    /// When it is longer, is no expression, or would take more than 64 KiB.
    pub fn new(expression: &str) -> Result<Self, PatternError> {
        of_fair_length(expression)?;
        let regex = regex_lite::RegexBuilder::new(expression).size_limit(REGEX_BYTES).build();
        regex.map(|regex| Self(Arc::new(regex))).map_err(|error| PatternError::Regex(error.to_string()))
    }

    /// The expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in `name`.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// Both are what their text is.
macro_rules! as_its_text {
    ($pattern:ty) => {
        impl PartialEq for $pattern {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $pattern {}

        impl PartialOrd for $pattern {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $pattern {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl Hash for $pattern {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }
    };
}

as_its_text!(Glob);
as_its_text!(Regex);

fn of_fair_length(pattern: &str) -> Result<Text, PatternError> {
    if pattern.is_empty() || pattern.len() > LONGEST {
        Err(PatternError::Length)
    } else {
        Ok(Text::from(pattern))
    }
}
