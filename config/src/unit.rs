//! The error of every unit's `FromStr`.

use std::fmt;

/// A text that is not a value of its unit; says what would be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParseUnitError {
    expected: &'static str,
}

impl ParseUnitError {
    /// `expected` reads well after "expected".
    pub(crate) const fn expected(expected: &'static str) -> Self {
        Self { expected }
    }
}

impl fmt::Display for ParseUnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for ParseUnitError {}
