//! The file: a user a line.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::hash::{Cost, Hash};
use crate::proof::Proof;

/// Somebody in the file.
pub(crate) struct User {
    hash: Hash,
    nobody: bool,
    /// The last proof that succeeded.
    pub(crate) proof: Mutex<Option<Proof>>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

impl User {
    fn new(hash: Hash, nobody: bool) -> Self {
        Self { hash, nobody, proof: Mutex::new(None) }
    }

    /// Stands for everybody who is not in the file.
    pub(crate) fn is_nobody(&self) -> bool {
        self.nobody
    }

    /// Whether the password is his; as slow for nobody as for somebody.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        let matches = self.hash.matches(password);
        matches && !self.nobody
    }
}

/// The users of a file.
#[derive(Debug)]
pub struct Users {
    by_name: HashMap<Box<str>, Arc<User>>,
    nobody: Arc<User>,
}

/// A password file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("the password file {} cannot be read: {source}; `tidegate passwd` makes one", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not one of a password file.
    #[error("{}:{}: {}", path.display(), error.line, error.what)]
    Line {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it.
        error: LineError,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
    /// The system gives no more threads.
    #[error("the system gives no more threads: {0}")]
    System(#[source] io::Error),
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct LineError {
    /// The line, from 1; 0 when it is not a line's fault.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl Users {
    /// Reads a password file.
    ///
    /// # Errors
    /// When it cannot be read or a line of it is none.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|error| FileError::Line { path: path.to_owned(), error })
    }

    /// Reads the lines of a password file: `user:hash`; empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// The first line that is none, or says a user twice.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut by_name = HashMap::new();
        let mut costs: HashMap<Cost, usize> = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let fault = |what| LineError { line: index + 1, what };
            let Some((name, hash)) = entry(line).map_err(fault)? else { continue };
            let hash = Hash::parse(hash).map_err(fault)?;
            *costs.entry(hash.cost()).or_default() += 1;
            if by_name.insert(Box::from(name), Arc::new(User::new(hash, false))).is_some() {
                return Err(fault("the user stands here twice"));
            }
        }
        // Nobody costs what most users cost.
        let cost =
            costs.into_iter().max_by_key(|(_, users)| *users).map_or_else(Cost::default, |(cost, _)| cost);
        let nobody = Hash::of_nobody(cost)
            .map_err(|_| LineError { line: 0, what: "the system gives no randomness" })?;
        Ok(Self { by_name, nobody: Arc::new(User::new(nobody, true)) })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<User>> {
        self.by_name.get(name)
    }

    pub(crate) fn nobody(&self) -> &Arc<User> {
        &self.nobody
    }
}

/// Name and hash of a line; nothing for an empty line or a comment.
pub(crate) fn entry(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, hash) = line.split_once(':').ok_or("expected user:hash")?;
    check_name(name)?;
    Ok(Some((name, hash)))
}

/// What a user may be called.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a user's name has at least one character");
    }
    if name.len() > 256 {
        return Err("a user's name has at most 256 bytes");
    }
    if name.starts_with('#') || name.contains(|c: char| c == ':' || c.is_control()) {
        return Err("a user's name holds no colon and no control character and does not begin with #");
    }
    Ok(())
}
