//! Too much of what would be well in small numbers.

mod connections;
mod crowd;
mod failures;
mod logins;
mod quotas;
mod rates;

use std::path::Path;

use tidegate_interop_tests::broker::Settings;

/// A cheap hash of the password `secret`, as mosquitto makes them.
pub(crate) const HASH: &str = "$7$101$MDEyMzQ1Njc4OWFi$EO/lLlkeUgIiBaS8G8UK0ZMP1u508TA7Tl+AdJ1cEsmlbGyEPAERErpfq84j1kepISs0UzmcdL4ucgZ2uodxfQ==";

/// One of the password `changed`.
pub(crate) const OTHER_HASH: &str = "$7$101$YWJjZGVmZ2hpamts$B13XExvGlVQwNm8MeRrvKpvjHmh3cLGn+N37hsKI+tR+Pon9E2X3MZdApi5LJV1+Nr6U0yKleZ56vReEKJ49PQ==";

/// A broker that asks for the passwords in this file, made of lines.
pub(crate) fn asking(dir: &Path, lines: &str) -> Settings {
    let file = dir.join("users");
    std::fs::write(&file, lines).unwrap();
    Settings::default()
        .with("auth.chain", "[\"people\"]")
        .with_text("auth.methods.people.kind", "password-file")
        .with_text("auth.methods.people.file", file.display())
}
