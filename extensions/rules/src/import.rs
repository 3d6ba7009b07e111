//! Rules of other brokers, as a rules file of ours.

mod emqx;
mod mosquitto;

use tidegate_config::sections::{Activity, Authorization, Effect, TopicPattern};

pub use emqx::emqx;
pub use mosquitto::mosquitto;

/// What came of reading another broker's rules.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Import {
    /// The rules file, in TOML, with where each rule came from.
    pub text: String,
    /// What is different now, and what could not be taken over; for people.
    pub warnings: Vec<String>,
}

/// Why rules of another broker cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ImportError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// The largest file that is taken over, in bytes.
const LARGEST: usize = 64 << 20;

fn within_bounds(text: &str) -> Result<(), ImportError> {
    if text.len() <= LARGEST {
        return Ok(());
    }
    Err(ImportError { line: 1, reason: format!("the file is larger than {LARGEST} bytes") })
}

/// A rule that is to be written.
#[derive(Clone, Debug)]
struct Draft {
    effect: Effect,
    /// Lines that say whom it is for, in TOML.
    who: String,
    action: Activity,
    qos: Vec<u8>,
    retain: Option<bool>,
    /// As our patterns are written.
    topics: Vec<String>,
    /// The line it came from.
    line: usize,
}

/// Writes the rules down and reads them again, so that what is handed out is a file that loads.
fn written(drafts: &[Draft], from: &str, warnings: Vec<String>) -> Result<Import, ImportError> {
    let mut text = format!("# Taken over from {from}.\n");
    for warning in &warnings {
        text.push_str(&format!("# NOTE: {}\n", warning.replace(char::is_control, " ")));
    }
    for draft in drafts {
        let rule = draft.to_string();
        // A wrong one is found here, while its line is known.
        Authorization::read_rules("", &rule)
            .map_err(|problems| ImportError { line: draft.line, reason: problems.to_string() })?;
        text.push('\n');
        text.push_str(&rule);
    }
    Ok(Import { text, warnings })
}

impl std::fmt::Display for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let effect = match self.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
            Effect::Disconnect => "disconnect",
        };
        writeln!(f, "[[rule]] # line {}\neffect = \"{effect}\"\n{}", self.line, self.who)?;
        match self.action {
            Activity::Publish => f.write_str("action = \"publish\"\n")?,
            Activity::Subscribe => f.write_str("action = \"subscribe\"\n")?,
            Activity::All => {}
        }
        if !self.qos.is_empty() {
            writeln!(f, "qos = {:?}", self.qos)?;
        }
        if let Some(retain) = self.retain {
            writeln!(f, "retain = {retain}")?;
        }
        writeln!(f, "topics = {}", texts(self.topics.iter().map(String::as_str)))
    }
}

/// A list of texts in TOML; one alone stands without brackets.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = texts.map(quoted).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A filter of theirs as a pattern of ours: `theirs` stands for a placeholder, what follows for ours.
fn pattern(filter: &str, placeholders: &[(&str, &str)]) -> String {
    let mut pattern = String::new();
    let mut rest = filter;
    'stretch: while !rest.is_empty() {
        for (theirs, ours) in placeholders {
            if let Some(after) = rest.strip_prefix(theirs) {
                pattern.push_str(ours);
                rest = after;
                continue 'stretch;
            }
        }
        let next = rest.chars().next().map_or(1, char::len_utf8);
        let (one, after) = rest.split_at_checked(next).unwrap_or((rest, ""));
        pattern.push_str(if rest.starts_with("${") { "$$" } else { one });
        rest = after;
    }
    let marked = ["literal:", "prefix:", "filter:"].iter().any(|word| filter.starts_with(word));
    if marked { format!("filter:{pattern}") } else { pattern }
}

/// Whether this is a pattern that loads.
fn is_pattern(pattern: &str) -> bool {
    TopicPattern::new(pattern).is_ok()
}
