//! Chromium, without a screen.

use std::process::Command;
use std::sync::OnceLock;

use super::Missing;
use super::debian::{Programs, programs};

/// Switches that keep it from looking for anything but what it is shown.
const QUIET: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A command for a browser without a screen; it wants `--user-data-dir` and a page.
///
/// # Errors
/// [`Missing`] when it can be had neither from `PATH` nor from packages.
pub fn chromium() -> Result<Command, Missing> {
    static FOUND: OnceLock<Result<Programs, Missing>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let found = programs("chromium", "chromium 1", &["chromium"], &["chromium"])?;
        let runs = found.command("chromium").arg("--version").output().is_ok_and(|o| o.status.success());
        let reason = || "its libraries do not load".to_owned();
        if runs { Ok(found) } else { Err(Missing { peer: "chromium", reason: reason() }) }
    });
    let mut command = found.clone()?.command("chromium");
    command.args(QUIET);
    Ok(command)
}
