//! HAProxy, the proxy whose protocol says for whom it speaks.

use std::process::Command;
use std::sync::OnceLock;

use super::Missing;
use super::debian::{Programs, programs};

/// A command for HAProxy.
///
/// # Errors
/// [`Missing`] when it can be had neither from `PATH` nor from packages.
pub fn haproxy() -> Result<Command, Missing> {
    static FOUND: OnceLock<Result<Programs, Missing>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let found = programs("haproxy", "haproxy 1", &["haproxy"], &["haproxy"])?;
        let runs = found.command("haproxy").arg("-v").output().is_ok_and(|output| output.status.success());
        let reason = || "its libraries do not load".to_owned();
        if runs { Ok(found) } else { Err(Missing { peer: "haproxy", reason: reason() }) }
    });
    found.clone().map(|found| found.command("haproxy"))
}
