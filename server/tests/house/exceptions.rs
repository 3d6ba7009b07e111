//! Lists of reasoned exceptions: `[[allow]]` tables in a TOML file beside the rule.

use std::collections::BTreeSet;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    allow: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    what: String,
    reason: String,
}

/// What a rule lets pass, and which of it was needed.
pub(crate) struct Exceptions {
    file: &'static str,
    allowed: BTreeSet<String>,
    needed: BTreeSet<String>,
}

impl Exceptions {
    /// Reads `server/tests/house/<file>`; an entry without a reason of at least three words is refused.
    pub(crate) fn read(file: &'static str) -> Self {
        let path = crate::tree::root().join("server/tests/house").join(file);
        let text = std::fs::read_to_string(&path).expect("the list of exceptions can be read");
        let list: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for entry in &list.allow {
            assert!(entry.reason.split_whitespace().count() >= 3, "{file}: {} has no reason", entry.what);
        }
        let allowed = list.allow.into_iter().map(|entry| entry.what).collect();
        Self { file, allowed, needed: BTreeSet::new() }
    }

    /// Whether `what` may pass; notes that it was needed.
    pub(crate) fn allow(&mut self, what: &str) -> bool {
        let allowed = self.allowed.contains(what);
        if allowed {
            self.needed.insert(what.to_owned());
        }
        allowed
    }

    /// Fails if there are faults, or exceptions that nothing needs any more.
    pub(crate) fn settle(self, faults: &[String]) {
        let stale: Vec<&String> = self.allowed.difference(&self.needed).collect();
        assert!(faults.is_empty(), "\n{}\n(a reasoned exception goes to {})", faults.join("\n"), self.file);
        assert!(stale.is_empty(), "{}: nothing needs {stale:?} any more", self.file);
    }
}
