//! sslscan, which lists what a TLS server offers.

use std::process::Command;
use std::sync::OnceLock;

use super::Missing;
use super::debian::{Programs, programs};

/// A command for sslscan.
///
/// # Errors
/// [`Missing`] when it can be had neither from `PATH` nor from packages.
pub fn sslscan() -> Result<Command, Missing> {
    static FOUND: OnceLock<Result<Programs, Missing>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let found = programs("sslscan", "sslscan 1", &["sslscan"], &["sslscan"])?;
        let runs = found.command("sslscan").arg("--version").output().is_ok_and(|o| o.status.success());
        let reason = || "its libraries do not load".to_owned();
        if runs { Ok(found) } else { Err(Missing { peer: "sslscan", reason: reason() }) }
    });
    found.clone().map(|found| found.command("sslscan"))
}
