//! Where a value came from.

use std::fmt;
use std::sync::Arc;

/// Where a value came from; prints as the front of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// A configuration file.
    File {
        /// The file as the user named it.
        file: Arc<str>,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// An environment variable, by its name.
    Environment(Arc<str>),
    /// A `--set`, by its key; its value is left out, as it may be a secret.
    Set(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Environment(variable) => f.write_str(variable),
            Self::Set(key) => write!(f, "--set {key}"),
        }
    }
}
