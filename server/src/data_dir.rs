//! The data directory and its lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

/// A data directory that is ours until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it does not exist, and locks it.
    ///
    /// # Errors
    /// When it cannot be made, or another broker holds it.
    pub(crate) fn lock(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        fs::create_dir_all(path).with_context(|| {
            format!("the data directory {shown} cannot be made; choose another with --data-dir DIR")
        })?;
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&file)
            .with_context(|| format!("{} cannot be opened; is the directory yours?", file.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(held(&path)),
            Err(TryLockError::Error(error)) => {
                return Err(anyhow!(error).context(format!("{} cannot be locked", file.display())));
            }
        }
        // Beside the lock, because a locked file cannot be read everywhere.
        fs::write(path.join("pid"), format!("{}\n", std::process::id()))
            .with_context(|| format!("the data directory {shown} cannot be written to"))?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        drop(fs::remove_file(self.path.join("pid")));
    }
}

fn held(path: &Path) -> String {
    let pid = fs::read_to_string(path.join("pid")).unwrap_or_default();
    let holder = match pid.trim() {
        "" => "another broker".to_owned(),
        pid => format!("another broker (process {pid})"),
    };
    format!(
        "the data directory {} belongs to {holder}: stop it, or give this one its own with --data-dir DIR",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_brokers_cannot_share_a_directory() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("deep/data");
        let first = DataDir::lock(&dir).unwrap();
        let message = DataDir::lock(&dir).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        drop(first);
        DataDir::lock(&dir).unwrap();
    }
}
