//! rumqttd, built from the Rust package registry. Heavy: only the benchmark asks for it. Its own lock file names a
//! dependency that current compilers refuse, so cargo resolves afresh.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Missing, install, root, run};

/// The version the benchmark compares with.
pub const RUMQTTD_VERSION: &str = "0.20.0";

/// The rumqttd program, built in release mode on first use (minutes).
///
/// # Errors
/// [`Missing`] when it cannot be fetched or built.
pub fn rumqttd() -> Result<PathBuf, Missing> {
    static FOUND: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    FOUND
        .get_or_init(|| install("cargo", RUMQTTD_VERSION, build).map(|home| home.join("bin/rumqttd")))
        .clone()
}

fn build(into: &Path) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["install", "rumqttd", "--version", RUMQTTD_VERSION, "--root"]).arg(into);
    command.env("CARGO_TARGET_DIR", root().join("cargo-build")).current_dir(into);
    run(&mut command).map(drop)
}
