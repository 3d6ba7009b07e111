//! Writing the files of a set.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::TlsError;

/// A file that anybody may read.
pub(super) fn public(path: &Path, text: &str) -> Result<(), TlsError> {
    write(path, text, 0o644)
}

/// A file that the owner alone may read, from the moment at which it is there.
pub(super) fn secret(path: &Path, text: &str) -> Result<(), TlsError> {
    write(path, text, 0o600)
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), TlsError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let source = io::Error::new(
        io::ErrorKind::AlreadyExists,
        "it is there already; tell it to overwrite, or name another place",
    );
    Err(TlsError::Unwritable { path: path.to_owned(), source })
}

/// Writes beside and renames, so that a broker that reloads never reads half of a file.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let written = fill(&beside, text, mode).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|source| TlsError::Unwritable { path: path.to_owned(), source })
}

fn fill(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        std::fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _: u32 = mode;
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
