//! `[log]`

use serde::{Deserialize, Serialize};

use crate::{Checks, OptionDoc, Reload, Section};

/// What is logged, how and where to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level, or levels by module: `info,tidegate_runtime=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
    /// Where lines go.
    pub target: LogTarget,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where log lines go.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogTarget {
    /// Standard output.
    Stdout,
    /// Standard error.
    #[default]
    Stderr,
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default(), target: LogTarget::default() }
    }
}

impl Section for Log {
    const NAME: &'static str = "log";
    const INTRO: &'static str = "What is logged, how and where to. Secrets and payloads are never logged.";

    fn options() -> &'static [OptionDoc] {
        &[
            OptionDoc {
                key: "level",
                unit: "off, error, warn, info, debug or trace, also by module",
                doc: "The least important level that is logged, for everything (\"info\") or also by module \
                      (\"info,tidegate_runtime=debug\").",
                cost: "debug and trace write lines for every client and slow the broker down",
                reload: Reload::Live,
                example: None,
            },
            OptionDoc {
                key: "format",
                unit: "\"text\" or \"json\"",
                doc: "How a line looks: for people, or one JSON object a line.",
                cost: "",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "target",
                unit: "\"stderr\" or \"stdout\"",
                doc: "Where lines go. The first screen goes to standard output in any case.",
                cost: "",
                reload: Reload::Restart,
                example: None,
            },
        ]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        for directive in self.level.split(',') {
            let level = directive.rsplit('=').next().unwrap_or(directive).trim();
            if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
                let expected = "a level (off, error, warn, info, debug, trace) such as \"info\" or \
                                \"info,tidegate_runtime=debug\"";
                checks.expected("level", expected, format!("{:?}", self.level));
                break;
            }
        }
    }
}
