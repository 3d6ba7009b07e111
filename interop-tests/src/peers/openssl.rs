//! OpenSSL's command line, as the system has it.

use std::process::Command;

use super::{Missing, on_path};

/// A command for `openssl`.
///
/// # Errors
/// [`Missing`] when the system has none.
pub fn openssl() -> Result<Command, Missing> {
    let found = on_path("openssl").map(Command::new);
    found.ok_or_else(|| Missing { peer: "openssl", reason: "it is not on PATH".to_owned() })
}
