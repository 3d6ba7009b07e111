//! `[node]`

use serde::{Deserialize, Serialize};

use crate::{Checks, OptionDoc, Reload, Section};

/// What this broker is called.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// The name in logs, metrics and the admin API.
    pub name: String,
}

impl Default for Node {
    fn default() -> Self {
        Self { name: "tidegate".to_owned() }
    }
}

impl Section for Node {
    const NAME: &'static str = "node";
    const INTRO: &'static str = "What this broker is called.";

    fn options() -> &'static [OptionDoc] {
        &[OptionDoc {
            key: "name",
            unit: "1 to 64 letters, digits, dots, dashes, underscores or @",
            doc: "The name of this broker in logs, metrics and the admin API.",
            cost: "",
            reload: Reload::Restart,
            example: None,
        }]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(allowed) {
            let expected = "1 to 64 letters, digits, dots, dashes, underscores or @";
            checks.expected("name", expected, format!("{:?}", self.name));
        }
    }
}
