//! The file: a user a line, or two.

use std::collections::HashMap;
use std::hash::Hash as Hashed;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};

use crate::hash::{Cost, Hash, Work};
use crate::scram::{self, Key, Look};
use crate::user::{Credential, User};
use tidegate_types::Text;

/// The longest name of a user, in bytes.
pub(crate) const LONGEST_NAME: usize = 256;

/// The users of a file.
#[derive(Debug)]
pub struct Users {
    by_name: HashMap<Box<str>, Arc<User>>,
    nobody: Arc<User>,
    /// How the verifiers look of those who have none; none if nobody has one.
    look: Option<Look>,
    /// What the file itself says to make the salts of those from who are not in it.
    salts: Option<Key>,
}

/// Begins a line that says from what the salts are made that names get which are not in the file: so that they stay
/// when the file changes and the broker starts again. Other brokers read a comment.
pub(crate) const SALTS: &str = "#salts:";

/// What became of the users when a file was read again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Replaced {
    /// How many there are now.
    pub users: usize,
    /// Who is not in the file any more, in the order of their names.
    pub gone: Vec<Text>,
    /// Of whom the file says another password or verifier, likewise.
    pub changed: Vec<Text>,
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

    /// Reads the lines of a password file: `user:credential`, where the credential is a password hash or a SCRAM
    /// verifier; empty lines and those that begin with `#` say nothing (`#salts:` but for the salts that names get which
    /// are not here). A user has one line of each kind at most.
    ///
    /// # Errors
    /// The first line that is none, or says a user twice.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut by_name: HashMap<Box<str>, User> = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let fault = |what| LineError { line: index + 1, what };
            let Some((name, credential)) = entry(line).map_err(fault)? else { continue };
            let credential = Credential::parse(credential).map_err(fault)?;
            by_name.entry(Box::from(name)).or_default().add(credential).map_err(fault)?;
        }
        // Nobody costs what the dearest user costs.
        let work = by_name.values().filter_map(User::work).max();
        let nobody = User::nobody(work.unwrap_or(Work::Argon2id(Cost::default())))
            .map_err(|_| LineError { line: 0, what: "the system gives no randomness" })?;
        let looks = by_name
            .values()
            .filter_map(User::scram)
            .map(|verifier| Look { iterations: verifier.iterations(), salt_bytes: verifier.salt().len() });
        let look = most(looks);
        let salts = text.lines().find_map(salts_of);
        let by_name = by_name.into_iter().map(|(name, user)| (name, Arc::new(user))).collect();
        Ok(Self { by_name, nobody: Arc::new(nobody), look, salts })
    }

    /// Takes over those of `old` of whom the file still says the same: what they have proved stays proved. Answers who
    /// it says something else of.
    pub(crate) fn keep_from(&mut self, old: &Self) -> Replaced {
        let mut changed = Vec::new();
        for (name, user) in &mut self.by_name {
            match old.get(name) {
                Some(before) if before.stands_as(user) => *user = Arc::clone(before),
                Some(_) => changed.push(Text::from(&**name)),
                None => {}
            }
        }
        let gone = old.by_name.keys().filter(|name| !self.by_name.contains_key(*name));
        let mut gone: Vec<Text> = gone.map(|name| Text::from(&**name)).collect();
        for names in [&mut gone, &mut changed] {
            names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        }
        Replaced { users: self.len(), gone, changed }
    }

    /// A number that only this file gives, for the salts of those who are not in it. A file that says none gives
    /// another one whenever somebody's line changes.
    pub(crate) fn secret(&self) -> Key {
        if let Some(salts) = self.salts {
            return salts;
        }
        let mut names: Vec<_> = self.by_name.iter().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        let mut secret = [0; 32];
        for (_, user) in names {
            let hash = user.hash().map_or(&[][..], Hash::output);
            let keys = user.scram().map(|verifier| verifier.keys().map(|key| &key[..]).concat());
            secret = scram::mac(&secret, &[hash, keys.as_deref().unwrap_or_default()].concat());
        }
        secret
    }

    /// How verifiers look here; nothing if no user has one.
    pub(crate) fn look(&self) -> Option<Look> {
        self.look
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

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<User>> {
        self.by_name.get(name)
    }

    pub(crate) fn nobody(&self) -> &Arc<User> {
        &self.nobody
    }
}

/// Name and credential of a line; nothing for an empty line or a comment.
pub(crate) fn entry(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, credential) = line.split_once(':').ok_or("expected user:hash")?;
    check_name(name)?;
    Ok(Some((name, credential)))
}

/// What a line says from what salts are made.
fn salts_of(line: &str) -> Option<Key> {
    let mut key = [0; 32];
    let text = line.strip_prefix(SALTS)?.trim_ascii();
    (Base64::decode(text, &mut key).ok()?.len() == key.len()).then_some(key)
}

/// A new line of that kind.
pub(crate) fn salts_line() -> Result<String, FileError> {
    let mut key: Key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| FileError::NoRandomness)?;
    Ok(format!("{SALTS}{}", Base64::encode_string(&key)))
}

/// What is found most often; of several the greatest.
fn most<T: Copy + Hashed + Ord>(found: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for one in found {
        *counts.entry(one).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(one, count)| (*count, *one)).map(|(one, _)| one)
}

/// What a user may be called.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a user's name has at least one character");
    }
    if name.len() > LONGEST_NAME {
        return Err("a user's name has at most 256 bytes");
    }
    if name.starts_with('#') || name.contains(|c: char| c == ':' || c.is_control()) {
        return Err("a user's name holds no colon and no control character and does not begin with #");
    }
    Ok(())
}
