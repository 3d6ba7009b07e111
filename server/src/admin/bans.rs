//! Bans: who is kept out, until when and why.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_guard::{Ban, BanKey};
use tidegate_types::Text;

use super::{Call, Operator, Reply};

/// The longest reason or name, in bytes.
const LONGEST_TEXT: usize = 1_024;

/// The query of a page.
pub(super) const PAGE: &[(&str, &str)] = &[
    ("limit", "How many bans, from 1 to 1000; 100 if it is left out."),
    ("after", "The `what` of the last ban of the page before: its `next`."),
];

/// A ban to be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    what: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    by: Option<String>,
    /// Unix time in seconds.
    until: Option<u64>,
    seconds: Option<u64>,
    /// Whether the sessions of those it covers end too.
    #[serde(default)]
    end_sessions: bool,
}

/// The body's schema, for the OpenAPI document.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["what"],
        "additionalProperties": false,
        "properties": {
            "what": {
                "type": "string",
                "description": "Who: client:ID, user:NAME, address:IP, network:CIDR, client-pattern:GLOB, \
                                user-pattern:GLOB, client-regex:RE or user-regex:RE.",
                "examples": ["client:pump-7", "network:192.0.2.0/24"],
            },
            "why": { "type": "string", "description": "For people." },
            "by": { "type": "string", "description": "Who wants it; \"operator\" if it is left out." },
            "until": { "type": "integer", "description": "Unix time in seconds; not together with seconds." },
            "seconds": { "type": "integer", "description": "How long from now. Without either it holds for ever." },
            "end_sessions": { "type": "boolean", "default": false },
        },
    })
}

pub(super) fn list(operator: &Operator, call: &Call) -> Reply {
    let limit = match call.page_size() {
        Ok(limit) => limit,
        Err(reply) => return reply,
    };
    let after = match call.query("after").map(str::parse::<BanKey>) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(error)) => return Reply::problem(400, format!("after: {error}")),
    };
    let page = operator.server.desk().broker.bans().list(after.as_ref(), limit);
    let next = page.last().filter(|_| page.len() == limit).map(|last| last.what.to_string());
    let bans: Vec<Value> = page.iter().map(|ban| describe(ban)).collect();
    Reply::json(json!({ "bans": bans, "next": next }))
}

pub(super) fn show(operator: &Operator, call: &Call) -> Reply {
    let key = match named(call) {
        Ok(key) => key,
        Err(reply) => return reply,
    };
    let found = operator.server.desk().broker.bans().get(&key);
    found.map_or_else(|| no_ban(&key), |ban| Reply::json(describe(&ban)))
}

pub(super) fn set(operator: &Operator, call: &Call) -> Reply {
    let wanted: Wanted = match call.json() {
        Ok(wanted) => wanted,
        Err(reply) => return reply,
    };
    let end_sessions = wanted.end_sessions;
    let ban = match wanted.ban(SystemTime::now()) {
        Ok(ban) => ban,
        Err(why) => return Reply::problem(400, why),
    };
    let desk = operator.server.desk();
    if let Err(error) = desk.turn(|broker, turn| broker.ban(turn, &ban, end_sessions)) {
        return Reply::problem(409, error.to_string());
    }
    kept(operator).unwrap_or_else(|| Reply::json(describe(&ban)).with_status(201))
}

pub(super) fn lift(operator: &Operator, call: &Call) -> Reply {
    let key = match named(call) {
        Ok(key) => key,
        Err(reply) => return reply,
    };
    if operator.server.desk().broker.lift_ban(&key).is_none() {
        return no_ban(&key);
    }
    kept(operator).unwrap_or_else(Reply::done)
}

/// Waits until what was changed survives a restart; the answer if it does not.
fn kept(operator: &Operator) -> Option<Reply> {
    let error = operator.server.bans()?.wait().err()?;
    Some(Reply::problem(500, format!("it holds now, but will not after a restart: {error:#}")))
}

fn named(call: &Call) -> Result<BanKey, Reply> {
    call.parameter("what").parse().map_err(|error| Reply::problem(400, format!("what: {error}")))
}

fn no_ban(key: &BanKey) -> Reply {
    Reply::problem(404, format!("there is no ban of {key}"))
}

impl Wanted {
    fn ban(self, now: SystemTime) -> Result<Ban, String> {
        let what = self.what.parse().map_err(|error| format!("what: {error}"))?;
        let by = self.by.unwrap_or_else(|| "operator".to_owned());
        for (name, text) in [("why", &self.why), ("by", &by)] {
            if text.len() > LONGEST_TEXT {
                return Err(format!("{name}: at most {LONGEST_TEXT} bytes"));
            }
        }
        let until = match (self.until, self.seconds) {
            (None, None) => None,
            (Some(until), None) => {
                Some(UNIX_EPOCH.checked_add(Duration::from_secs(until)).ok_or("until: too far")?)
            }
            (None, Some(seconds)) => {
                Some(now.checked_add(Duration::from_secs(seconds)).ok_or("seconds: too many")?)
            }
            (Some(_), Some(_)) => return Err("until and seconds say the same: give one of them".to_owned()),
        };
        if until.is_some_and(|until| until <= now) {
            return Err("it would be over already".to_owned());
        }
        let (why, by) = (Text::from(self.why.as_str()), Text::from(by.as_str()));
        Ok(Ban { what, until, why, by, made: now, automatic: false })
    }
}

fn describe(ban: &Ban) -> Value {
    let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    json!({
        "what": ban.what.to_string(),
        "until": ban.until.map(seconds),
        "why": ban.why.as_str(),
        "by": ban.by.as_str(),
        "made": seconds(ban.made),
        "automatic": ban.automatic,
    })
}
