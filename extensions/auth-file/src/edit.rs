//! Changing a password file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::hash::{Cost, text_of};
use crate::users::{Users, check_name, entry};
use crate::{FileError, LONGEST_PASSWORD};

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

/// Gives a user a password, in a file that is made if it does not exist. Other lines stay as they are. Answers
/// whether the user is new.
///
/// # Errors
/// When the file cannot be read or written, or name or password are none.
pub fn set_user(path: &Path, name: &str, password: &[u8], cost: Cost) -> Result<bool, EditError> {
    check_name(name).map_err(EditError::Refused)?;
    if password.is_empty() {
        return Err(EditError::Refused("a password has at least one byte"));
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(EditError::Refused("a password has at most 1024 bytes"));
    }
    let hash = text_of(password, cost).map_err(|_| EditError::Refused("no hash of that cost can be made"))?;
    let line = format!("{name}:{hash}");
    let mut lines = if path.exists() { read(path)? } else { Vec::new() };
    let old = lines.iter_mut().find(|line| is_of(line, name));
    let new = old.is_none();
    match old {
        Some(old) => *old = line,
        None => lines.push(line),
    }
    write(path, &lines)?;
    Ok(new)
}

/// Takes a user out of a file. Other lines stay as they are.
///
/// # Errors
/// When the file cannot be read or written, or has no such user.
pub fn remove_user(path: &Path, name: &str) -> Result<(), EditError> {
    let mut lines = read(path)?;
    let before = lines.len();
    lines.retain(|line| !is_of(line, name));
    if lines.len() == before {
        return Err(EditError::NoSuchUser(path.to_owned()));
    }
    write(path, &lines)
}

fn is_of(line: &str, name: &str) -> bool {
    matches!(entry(line), Ok(Some((found, _))) if found == name)
}

/// The lines of a file that a broker would take.
fn read(path: &Path) -> Result<Vec<String>, EditError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Users::parse(&text).map_err(|error| FileError::Line { path: path.to_owned(), error })?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Writes a file that only its owner reads, in one step: a broker that opens it finds the old one or the new one.
fn write(path: &Path, lines: &[String]) -> Result<(), EditError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = private(&beside).and_then(|mut file| {
        for line in lines {
            writeln!(file, "{line}")?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|source| {
        drop(fs::remove_file(&beside));
        EditError::Unwritable { path: path.to_owned(), source }
    })
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
