//! Changing a password file.

use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use crate::hash::{Cost, Hash, Work, text_of};
use crate::scram::{FEWEST_ITERATIONS, MOST_ITERATIONS, Verifier, prepare};
use crate::store::Held;
use crate::user::is_scram;
use crate::users::{SALTS, check_name, entry, salts_line};
use crate::{FileError, LONGEST_PASSWORD};

/// What RFC 7677 §4 found to be a tenth of a second of a computer; one core of a small controller takes seconds.
pub const DEFAULT_SCRAM_ITERATIONS: u32 = 15_000;

/// A password file cannot be changed; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What is there cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The name or the password is none.
    #[error("{0}")]
    Refused(&'static str),
    /// There is no such user.
    #[error("{} has no user of that name", .0.display())]
    NoSuchUser(PathBuf),
    /// The file cannot be written.
    #[error("the password file {} cannot be written: {source}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Gives a user a password, in a file that is made if it does not exist. Other users' lines stay as they are. Answers
/// whether the user is new.
///
/// All lines of a user are of one password: a SCRAM verifier that he has is made anew from this one.
///
/// # Errors
/// When the file cannot be read or written, or name or password are none.
pub fn set_user(path: &Path, name: &str, password: &[u8], cost: Cost) -> Result<bool, EditError> {
    check(name, password)?;
    // Before the file is locked: others need not wait for it.
    let line = hash_line(name, password, cost)?;
    let file = Held::any(path)?;
    let mut lines = file.read()?;
    let of_scram = iterations_of(&lines, name);
    let mut new = put(&mut lines, name, &line, false);
    if let Some(iterations) = of_scram {
        new &= put(&mut lines, name, &scram_line(name, password, iterations)?, true);
    }
    file.write(&lines)?;
    Ok(new)
}

/// Gives a user a SCRAM-SHA-256 verifier, in a file that is made if it does not exist. Other users' lines stay as they
/// are. Answers whether the user is new. `iterations` is work for the client, once a login;
/// [`DEFAULT_SCRAM_ITERATIONS`] suits most.
///
/// All lines of a user are of one password: a password hash that he has is made anew from this one, as argon2id.
///
/// # Errors
/// When the file cannot be read or written; when name or password are none, or are not what SASLprep (RFC 4013) takes;
/// with fewer than 4,096 or more than 10,000,000 iterations.
pub fn set_scram(path: &Path, name: &str, password: &[u8], iterations: u32) -> Result<bool, EditError> {
    check(name, password)?;
    let line = scram_line(name, password, iterations)?;
    let file = Held::any(path)?;
    let mut lines = file.read()?;
    let of_hash = cost_of(&lines, name);
    let mut new = put(&mut lines, name, &line, true);
    if !lines.iter().any(|line| line.starts_with(SALTS)) {
        lines.insert(0, salts_line()?);
    }
    if let Some(cost) = of_hash {
        new &= put(&mut lines, name, &hash_line(name, password, cost)?, false);
    }
    file.write(&lines)?;
    Ok(new)
}

/// Whether name and password are such that they may be set.
fn check(name: &str, password: &[u8]) -> Result<(), EditError> {
    check_name(name).map_err(EditError::Refused)?;
    if password.is_empty() {
        return Err(EditError::Refused("a password has at least one byte"));
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(EditError::Refused("a password has at most 1024 bytes"));
    }
    Ok(())
}

fn hash_line(name: &str, password: &[u8], cost: Cost) -> Result<String, EditError> {
    let hash = text_of(password, cost).ok_or(EditError::Refused("no hash of that cost can be made"))?;
    Ok(format!("{name}:{hash}"))
}

fn scram_line(name: &str, password: &[u8], iterations: u32) -> Result<String, EditError> {
    if prepare(name).ok().as_deref() != Some(name) {
        return Err(EditError::Refused(
            "a SCRAM user's name is in the form that SASLprep (RFC 4013) gives it: composed characters, \
             no invisible ones",
        ));
    }
    let password = std::str::from_utf8(password)
        .map_err(|_| EditError::Refused("a password for SCRAM is text in UTF-8"))
        .and_then(|password| prepare(password).map_err(|_| PASSWORD_UNFIT))?;
    let iterations = NonZeroU32::new(iterations)
        .filter(|count| (FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(&count.get()))
        .ok_or(EditError::Refused("SCRAM takes 4,096 to 10,000,000 iterations"))?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| FileError::NoRandomness)?;
    Ok(format!("{name}:{}", Verifier::of(&password, iterations, &salt)))
}

const PASSWORD_UNFIT: EditError =
    EditError::Refused("the password holds characters that SASLprep (RFC 4013) forbids, or nothing else");

/// The iterations of a user's verifier.
fn iterations_of(lines: &[String], name: &str) -> Option<u32> {
    let line = lines.iter().find(|line| is_of(line, name, Some(true)))?;
    let (_, credential) = entry(line).ok()??;
    Some(Verifier::parse(credential).ok()?.iterations().get())
}

/// The cost of a user's password hash; the default one for a hash that is not made any more.
fn cost_of(lines: &[String], name: &str) -> Option<Cost> {
    let line = lines.iter().find(|line| is_of(line, name, Some(false)))?;
    let (_, credential) = entry(line).ok()??;
    match Hash::parse(credential).ok()?.work() {
        Work::Argon2id(cost) => Some(cost),
        _ => Some(Cost::default()),
    }
}

/// Puts a line in the place of the old one of its kind, or after the user's other one, or last. Answers whether the
/// user had no line.
fn put(lines: &mut Vec<String>, name: &str, line: &str, scram: bool) -> bool {
    if let Some(old) = lines.iter_mut().find(|line| is_of(line, name, Some(scram))) {
        line.clone_into(old);
        return false;
    }
    let other = lines.iter().position(|line| is_of(line, name, None));
    lines.insert(other.map_or(lines.len(), |other| other + 1), line.to_owned());
    other.is_none()
}

/// Takes a user out of a file, with all lines of his. Other lines stay as they are.
///
/// # Errors
/// When the file cannot be read or written, or has no such user.
pub fn remove_user(path: &Path, name: &str) -> Result<(), EditError> {
    let file = Held::existing(path)?;
    let mut lines = file.read()?;
    let before = lines.len();
    lines.retain(|line| !is_of(line, name, None));
    if lines.len() == before {
        return Err(EditError::NoSuchUser(path.to_owned()));
    }
    file.write(&lines)
}

/// Whether a line is of this user, and of this kind if one is given (`true`: a SCRAM verifier).
fn is_of(line: &str, name: &str, scram: Option<bool>) -> bool {
    let Ok(Some((found, credential))) = entry(line) else { return false };
    found == name && scram.is_none_or(|scram| scram == is_scram(credential))
}
