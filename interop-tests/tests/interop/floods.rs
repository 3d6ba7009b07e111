//! Too much of what would be well in small numbers.

mod connections;
mod crowd;
mod failures;
mod logins;
mod quotas;
mod rates;

use std::path::Path;

use tidegate_interop_tests::broker::Settings;

/// A broker that asks for the passwords in this file, made of lines.
fn asking(dir: &Path, lines: &str) -> Settings {
    let file = dir.join("users");
    std::fs::write(&file, lines).unwrap();
    Settings::default()
        .with("auth.chain", "[\"people\"]")
        .with_text("auth.methods.people.kind", "password-file")
        .with_text("auth.methods.people.file", file.display())
}
