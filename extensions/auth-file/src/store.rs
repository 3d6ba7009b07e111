//! A password file that is changed: by one at a time, in one step, staying whose it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::FileError;
use crate::edit::EditError;
use crate::users::Users;

/// A password file that nobody else changes meanwhile: the file itself is locked until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    /// Where it really is: behind symbolic links.
    path: PathBuf,
    file: File,
    /// It was made to be locked, and has nothing in it yet.
    fresh: bool,
    written: bool,
}

impl Held {
    /// Waits until nobody else changes the file.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub(crate) fn existing(path: &Path) -> Result<Self, EditError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        Ok(Self::lock(path, |path| File::open(path).map(|file| (file, false))).map_err(unreadable)?)
    }

    /// Likewise, and makes an empty one if there is none.
    ///
    /// # Errors
    /// When it can be neither opened nor made.
    pub(crate) fn any(path: &Path) -> Result<Self, EditError> {
        let open = |path: &Path| match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut options = OpenOptions::new();
                options.append(true).create(true);
                private(&mut options).open(path).map(|file| (file, true))
            }
            opened => opened.map(|file| (file, false)),
        };
        Self::lock(path, open).map_err(|source| EditError::Unwritable { path: path.to_owned(), source })
    }

    /// Opens and locks; again, if meanwhile another has put a new file in its place.
    fn lock(path: &Path, open: impl Fn(&Path) -> io::Result<(File, bool)>) -> io::Result<Self> {
        loop {
            let (file, made) = open(path)?;
            file.lock()?;
            match fs::canonicalize(path) {
                Ok(real) if is_at(&file, &real)? => {
                    let fresh = made && file.metadata()?.len() == 0;
                    return Ok(Self { path: real, file, fresh, written: false });
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// The lines of a file that a broker would take.
    pub(crate) fn read(&self) -> Result<Vec<String>, EditError> {
        let path = || self.path.clone();
        let text = fs::read_to_string(&self.path)
            .map_err(|source| FileError::Unreadable { path: path(), source })?;
        Users::parse(&text).map_err(|error| FileError::Line { path: path(), error })?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Puts these lines in its place, in one step: a broker that opens it finds the old ones or the new ones. Owner
    /// and mode stay; a file that was not there is for its owner alone.
    pub(crate) fn write(mut self, lines: &[String]) -> Result<(), EditError> {
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(format!(".{}.new", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = self.fill(&beside, lines).and_then(|()| fs::rename(&beside, &self.path));
        self.written = written.is_ok();
        written.map_err(|source| {
            drop(fs::remove_file(&beside));
            EditError::Unwritable { path: self.path.clone(), source }
        })
    }

    fn fill(&self, beside: &Path, lines: &[String]) -> io::Result<()> {
        // Whoever holds the lock is the only one who writes there: one that is there is left of a process that died.
        if beside.symlink_metadata().is_ok() {
            fs::remove_file(beside)?;
        }
        let mut options = OpenOptions::new();
        let mut file = private(options.write(true).create_new(true)).open(beside)?;
        for line in lines {
            writeln!(file, "{line}")?;
        }
        if !self.fresh {
            inherit(&self.file, &file)?;
        }
        file.sync_all()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What was made to be locked and came to nothing. Who waits for the lock sees that it is gone.
        if self.fresh && !self.written {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Whether this path leads to this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = file.metadata()?;
    let there = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    Ok((own.dev(), own.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Gives a new file the owner and the mode of the old one.
#[cfg(unix)]
fn inherit(old: &File, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (was, is) = (old.metadata()?, new.metadata()?);
    if (was.uid(), was.gid()) != (is.uid(), is.gid()) {
        fchown(new, Some(was.uid()), Some(was.gid())).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("it belongs to somebody else, and cannot be left to him: {error}"),
            )
        })?;
    }
    new.set_permissions(was.permissions())
}

#[cfg(not(unix))]
fn inherit(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

/// To be read by its owner alone.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
