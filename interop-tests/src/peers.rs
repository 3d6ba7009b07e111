//! Real software for the tests, installed once under `<target>/peers` by its ecosystem's ordinary client.
//!
//! Installing is idempotent and safe under parallel test processes: a lock file serialises installers, and a
//! peer appears under its final name only when it is whole. Nothing needs root.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub mod cargo;
pub mod chromium;
pub mod debian;
pub mod haproxy;
pub mod mosquitto;
pub mod node;
pub mod openssl;
pub mod python;
pub mod sslscan;

/// Why a peer cannot be used on this machine.
#[derive(Debug, Clone)]
pub struct Missing {
    /// The peer's name.
    pub peer: &'static str,
    /// What went wrong, for a person.
    pub reason: String,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not available: {}", self.peer, self.reason)
    }
}

impl std::error::Error for Missing {}

/// The directory cargo builds into, found from the running executable.
#[must_use]
pub fn target_dir() -> PathBuf {
    profile_dir().parent().map_or_else(std::env::temp_dir, Path::to_path_buf)
}

/// The directory of the profile the running executable was built in, such as `target/debug`.
#[must_use]
pub fn profile_dir() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let dir = exe.parent().unwrap_or(Path::new("."));
    let is_deps = dir.file_name().is_some_and(|name| name == "deps");
    if is_deps { dir.parent().unwrap_or(dir).to_path_buf() } else { dir.to_path_buf() }
}

/// Where peers live: `<target>/peers`.
#[must_use]
pub fn root() -> PathBuf {
    target_dir().join("peers")
}

/// Unwraps a peer, or says visibly that the test is skipped; where `CI=true` a missing peer is a failure.
///
/// # Panics
/// When the environment says `CI=true` and the peer is missing.
#[must_use]
pub fn need<T>(peer: Result<T, Missing>) -> Option<T> {
    match peer {
        Ok(peer) => Some(peer),
        Err(missing) => {
            assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "{missing}");
            progress(&format!("SKIPPED: {missing}"));
            None
        }
    }
}

/// One line to the real standard error, which the test harness does not capture.
pub fn progress(line: &str) {
    drop(writeln!(io::stderr().lock(), "[peers] {line}"));
}

/// Installs a peer into `<target>/peers/<name>` unless the same `version` is there already.
///
/// `install` fills the directory it is given, which is renamed when it succeeds.
///
/// # Errors
/// What the installer reports, or a failing file operation.
fn install(
    name: &'static str,
    version: &str,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, Missing> {
    let missing = |reason: String| Missing { peer: name, reason };
    let root = root();
    fs::create_dir_all(&root).map_err(|e| missing(format!("{}: {e}", root.display())))?;
    let lock = File::create(root.join(format!("{name}.lock"))).map_err(|e| missing(e.to_string()))?;
    lock.lock().map_err(|e| missing(format!("lock: {e}")))?;
    let home = root.join(name);
    let stamp = home.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(home);
    }
    progress(&format!("installing {name} into {} (once)", home.display()));
    let part = root.join(format!("{name}.part"));
    remove(&part).and_then(|()| fs::create_dir_all(&part)).map_err(|e| missing(e.to_string()))?;
    install(&part).map_err(missing)?;
    fs::write(part.join(".installed"), version).map_err(|e| missing(e.to_string()))?;
    remove(&home).and_then(|()| fs::rename(&part, &home)).map_err(|e| missing(e.to_string()))?;
    progress(&format!("installed {name}"));
    Ok(home)
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Runs an installer's command; its last lines are the reason when it fails.
fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{program}: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let all = text(&output.stdout) + &text(&output.stderr);
    let lines: Vec<&str> = all.lines().rev().take(8).collect();
    let tail: Vec<&str> = lines.into_iter().rev().collect();
    Err(format!("{program}: {}: {}", output.status, tail.join(" | ")))
}

/// The first program of this name on `PATH`.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|dir| dir.join(program))
        .find(|p| p.is_file())
}
