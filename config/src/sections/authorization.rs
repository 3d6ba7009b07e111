//! `[authorization]`

mod names;
mod rule;
mod topic;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use names::{AttributePattern, NamePattern};
pub use rule::{Activity, Effect, Rule};
pub use topic::{Piece, Placeholder, TopicForm, TopicPattern};

use crate::{ByteSize, Checks, OptionDoc, Origin, Problems, Reload, Section};

/// Who may do what.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorization {
    /// Rules, asked in order before those of the file.
    pub rules: Vec<Rule>,
    /// A file of rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// What holds where no rule matches.
    pub no_match: NoMatch,
    /// Decisions remembered for each client.
    pub cache_entries: u32,
    /// Bytes of the decisions remembered for each client.
    pub cache_bytes: ByteSize,
}

/// What holds where no rule matches.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoMatch {
    /// It is refused.
    #[default]
    Deny,
    /// It is allowed.
    Allow,
}

impl Default for Authorization {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            file: None,
            no_match: NoMatch::default(),
            cache_entries: 64,
            cache_bytes: ByteSize::kib(8),
        }
    }
}

/// The most rules of one source.
pub const MOST_RULES: usize = 200_000;

impl Authorization {
    /// Whether there is any source of rules. Without one everybody who is let in may do everything.
    #[must_use]
    pub const fn has_rules(&self) -> bool {
        self.file.is_some() || !self.rules.is_empty()
    }

    /// The rules of a file and where each begins. The file says `[[rule]]` where the configuration says
    /// `[[authorization.rules]]`; messages call it `name`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read_rules(name: &str, text: &str) -> Result<Vec<(Rule, Origin)>, Problems> {
        crate::list_file::read(name, text, "rule", MOST_RULES)
    }
}

impl Section for Authorization {
    const NAME: &'static str = "authorization";
    const INTRO: &'static str = "Who may do what. The first rule that matches decides. Once there is a rule or a \
                                 rules file, what no rule allows is refused.";

    fn options() -> &'static [OptionDoc] {
        &[
            OptionDoc {
                key: "rules",
                unit: "a list of rules",
                doc: "Rules, asked in order before those of the file. Each says its effect (\"allow\", \"deny\" or \
                      \"disconnect\"), whom it is for (user, client, address, listener, common_name, subject, \
                      attributes, anonymous or any: all that are given must hold), the action (\"publish\", \
                      \"subscribe\" or \"all\"; qos and retain narrow it) and the topics. Write each as a table \
                      [[authorization.rules]].",
                cost: "0.3 to 0.8 KB of memory a rule",
                reload: Reload::Live,
                example: None,
            },
            OptionDoc {
                key: "file",
                unit: "path",
                doc: "A file of rules, each a table [[rule]] with the same keys, asked after those above.",
                cost: "0.3 to 0.8 KB of memory a rule",
                reload: Reload::Live,
                example: Some("\"/etc/tidegate/rules.toml\""),
            },
            OptionDoc {
                key: "no_match",
                unit: "\"deny\" or \"allow\"",
                doc: "What holds where no rule matches, once there is a source of rules.",
                cost: "\"allow\" opens whatever the rules forgot",
                reload: Reload::Live,
                example: None,
            },
            OptionDoc {
                key: "cache_entries",
                unit: "decisions",
                doc: "Decisions remembered for each connected client; 0 asks the rules every time. The oldest goes \
                      first. A change of the rules empties it.",
                cost: "memory for each client",
                reload: Reload::Live,
                example: None,
            },
            OptionDoc {
                key: "cache_bytes",
                unit: "size",
                doc: "Bytes of topics and filters that those decisions may hold for each client.",
                cost: "that much memory for each client",
                reload: Reload::Live,
                example: None,
            },
        ]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        if self.rules.len() > MOST_RULES {
            checks.expected("rules", format!("at most {MOST_RULES} rules"), self.rules.len());
        }
        if self.file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            checks.expected("file", "a path", "\"\"");
        }
        checks.within("cache_entries", self.cache_entries, 0, 10_000);
        checks.within("cache_bytes", self.cache_bytes, ByteSize::bytes(0), ByteSize::mib(1));
    }
}

#[cfg(test)]
mod tests;
