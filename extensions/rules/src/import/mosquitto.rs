//! ACL files of mosquitto (`acl_file`, version 2).
//!
//! What that broker does, and what becomes of it here: a user's own lines, or for anonymous clients those before the
//! first `user`, are looked at first, `deny` before everything else; then the `pattern` lines, again `deny` first. One
//! section for each of them keeps that order. A line `topic read` filters messages there and lets every subscription
//! be made; here it is the subscriptions that it allows.

use std::collections::BTreeMap;

use tidegate_config::sections::{Activity, Effect, NamePattern};

use super::{Draft, Import, ImportError, is_pattern, pattern, quoted, within_bounds, written};
use crate::sets;

/// What stands in a pattern for somebody's parts.
const PLACEHOLDERS: [(&str, &str); 2] = [("%c", "${clientid}"), ("%u", "${username}")];

/// A `topic` or `pattern` line.
#[derive(Clone, Debug)]
struct Line {
    number: usize,
    /// Nothing for `deny`.
    grants: Option<Activity>,
    topic: String,
}

/// The lines for one user name, for anonymous clients, or the patterns.
#[derive(Debug, Default)]
struct Lines {
    denies: Vec<Line>,
    grants: Vec<Line>,
}

#[derive(Debug, Default)]
struct File {
    anonymous: Lines,
    users: BTreeMap<String, Lines>,
    patterns: Lines,
}

/// Reads an ACL file of mosquitto.
///
/// # Errors
/// The first line that mosquitto would not take either.
pub fn mosquitto(text: &str) -> Result<Import, ImportError> {
    within_bounds(text)?;
    let file = File::read(text)?;
    let mut drafts = Vec::new();
    let mut warnings = vec![
        "mosquitto lets every subscription be made and filters messages; here a subscription that reaches beyond what \
         the rules allow is refused: have clients subscribe to what they may read"
            .to_owned(),
    ];
    for (user, lines) in &file.users {
        let who = format!("user = {}", quoted(&NamePattern::escape(user)));
        lines.drafts(&who, &[], &mut drafts);
        lines.warn(&format!("user {user:?}"), &mut warnings);
    }
    file.anonymous.drafts("anonymous = true", &[], &mut drafts);
    file.anonymous.warn("anonymous clients", &mut warnings);
    file.patterns.drafts("any = true", &PLACEHOLDERS, &mut drafts);
    file.patterns.warn("patterns", &mut warnings);
    if file.patterns.grants.iter().chain(&file.patterns.denies).any(|line| line.topic.contains("%c")) {
        warnings.push(
            "a client id or user name with / in it fits no pattern here, and is refused by a deny pattern"
                .to_owned(),
        );
    }
    written(&drafts, "an ACL file of mosquitto", warnings)
}

impl File {
    fn read(text: &str) -> Result<Self, ImportError> {
        let mut file = Self::default();
        let mut user: Option<String> = None;
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.trim_end();
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let wrong = |reason: &str| ImportError { line: number, reason: reason.to_owned() };
            let (word, rest) = line.trim_start_matches(' ').split_once(' ').unwrap_or((line, ""));
            match (word, rest.trim()) {
                ("user", "") => return Err(wrong("a user name is missing")),
                ("user", name) => user = Some(name.to_owned()),
                ("topic" | "pattern", "") => return Err(wrong("a topic is missing")),
                ("topic", rest) => {
                    let lines = match &user {
                        Some(user) => file.users.entry(user.clone()).or_default(),
                        None => &mut file.anonymous,
                    };
                    lines.put(Line::read(number, rest, &[])?);
                }
                ("pattern", rest) => file.patterns.put(Line::read(number, rest, &PLACEHOLDERS)?),
                _ => return Err(wrong("expected user, topic or pattern")),
            }
        }
        Ok(file)
    }
}

impl Line {
    fn read(number: usize, rest: &str, placeholders: &[(&str, &str)]) -> Result<Self, ImportError> {
        let wrong = |reason: String| ImportError { line: number, reason };
        // Without a second word the first is the topic.
        let (access, topic) =
            rest.split_once(' ').map_or(("readwrite", rest), |(access, topic)| (access, topic.trim()));
        let grants = match access {
            "read" => Some(Activity::Subscribe),
            "write" => Some(Activity::Publish),
            "readwrite" => Some(Activity::All),
            "deny" => None,
            access => return Err(wrong(format!("expected read, write, readwrite or deny, got {access:?}"))),
        };
        if !is_pattern(&pattern(topic, placeholders)) {
            return Err(wrong(format!("no topic filter: {topic:?}")));
        }
        Ok(Self { number, grants, topic: topic.to_owned() })
    }
}

impl Lines {
    fn put(&mut self, line: Line) {
        if line.grants.is_some() { self.grants.push(line) } else { self.denies.push(line) }
    }

    fn drafts(&self, who: &str, placeholders: &[(&str, &str)], drafts: &mut Vec<Draft>) {
        for line in self.denies.iter().chain(&self.grants) {
            // There, a line with %u is not for those without a user name; here, a refusal would be all the wider.
            let named = line.grants.is_none() && !placeholders.is_empty() && line.topic.contains("%u");
            drafts.push(Draft {
                effect: if line.grants.is_some() { Effect::Allow } else { Effect::Deny },
                who: if named { "user = \"*\"".to_owned() } else { who.to_owned() },
                action: line.grants.unwrap_or_default(),
                qos: Vec::new(),
                retain: None,
                topics: vec![pattern(&line.topic, placeholders)],
                line: line.number,
            });
        }
    }

    /// Says where a subscription that was granted and filtered is refused now.
    fn warn(&self, whose: &str, warnings: &mut Vec<String>) {
        for deny in &self.denies {
            let reads = self.grants.iter().filter(|line| line.grants != Some(Activity::Publish));
            for grant in reads {
                let (deny_topic, read_topic) = (deny.topic.as_bytes(), grant.topic.as_bytes());
                if sets::overlap(deny_topic, read_topic) && !sets::contains(deny_topic, read_topic) {
                    warnings.push(format!(
                        "{whose}: subscriptions within {:?} (line {}) that reach into {:?} (line {}) are refused, not \
                         filtered",
                        grant.topic, grant.number, deny.topic, deny.number
                    ));
                }
            }
        }
    }
}
