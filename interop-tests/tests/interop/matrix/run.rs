//! Does everything, and compares what came of it with the table.

use std::path::Path;
use std::sync::OnceLock;

use tidegate_interop_tests::broker::Settings;

use super::kinds::{Expected, Kind, Row};
use super::speaker::{Answer, Speaker, Verb, Words};
use crate::interop::attacks::certificates::Certificates;
use crate::interop::attacks::drained;
use crate::interop::attacks::guarded::{Guarded, Overseer};

/// A development set that stays as long as the tests run.
fn certificates() -> &'static Path {
    static MADE: OnceLock<Certificates> = OnceLock::new();
    MADE.get_or_init(Certificates::new).directory()
}

/// Every verb of every gateway on every row of every kind.
pub(super) fn all(gateways: &[&dyn Speaker], kinds: &[Kind]) {
    let mut wrong = Vec::new();
    for kind in kinds {
        let mut settings =
            Settings::default().with_text("zones.default.attributes.role", "role-of-${username}");
        if kind.open {
            settings = settings.with_text("authorization.no_match", "allow");
        }
        for gateway in gateways {
            settings = gateway.listeners(settings, certificates());
        }
        let Some(guarded) = Guarded::with(kind.rules, settings) else { return };
        let overseer = guarded.overseer();
        let mut stage = Stage { guarded, overseer, said: 0 };
        for gateway in gateways {
            for row in &kind.rows {
                for verb in Verb::ALL.into_iter().filter(|verb| fits(*verb, row) && gateway.knows(*verb)) {
                    let (expected, came) = ((row.expected)(verb), stage.came_of(*gateway, row, verb));
                    if let Err(why) = came.and_then(|came| agrees(expected, came, verb)) {
                        let (name, id, at) = (gateway.name(), row.who.id, row.at);
                        wrong.push(format!("{name}, {}: {id}, {at}, {verb:?}: {why}", kind.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Nobody publishes to a filter.
fn fits(verb: Verb, row: &Row) -> bool {
    !(verb.publishes() && row.at.contains(['+', '#']))
}

fn agrees(expected: Expected, came: Expected, verb: Verb) -> Result<(), String> {
    // Whoever is gone already cannot be closed for what he left to be said.
    let will = matches!(verb, Verb::Will { .. }) && expected == Expected::Closed;
    let expected = if will { Expected::Refused } else { expected };
    if came == expected { Ok(()) } else { Err(format!("{came:?} instead of {expected:?}")) }
}

struct Stage {
    guarded: Guarded,
    overseer: Overseer,
    said: u32,
}

impl Stage {
    fn came_of(&mut self, gateway: &dyn Speaker, row: &Row, verb: Verb) -> Result<Expected, String> {
        self.said += 1;
        let payload = format!("message {}", self.said);
        let words = Words { topic: row.at, payload: &payload, qos: verb.qos(), retain: verb.retains() };
        let came = match verb {
            Verb::Publish { .. } => self.publish(gateway, row, &words),
            Verb::Will { .. } => self.will(gateway, row, &words),
            Verb::Subscribe { qos } => self.subscribe(gateway, row, None, qos),
            Verb::SubscribeShared { qos } => self.subscribe(gateway, row, Some("group"), qos),
        }?;
        if verb.retains() {
            let kept = self.retained(row.at);
            let expected = if came == Expected::Allowed { vec![payload] } else { Vec::new() };
            if kept != expected {
                return Err(format!("{came:?}, and retained is {kept:?}"));
            }
            self.overseer.publish(row.at, "", true);
        }
        Ok(came)
    }

    fn publish(&mut self, gateway: &dyn Speaker, row: &Row, words: &Words<'_>) -> Result<Expected, String> {
        let broker = &self.guarded.broker;
        let mut guest = gateway.connect(broker, certificates(), &row.who, None).ok_or("not let in")?;
        let said = guest.publish(words);
        let stays = guest.heard().is_some();
        let heard = self.heard(words.payload)?;
        seen(said, heard, stays)
    }

    fn will(&mut self, gateway: &dyn Speaker, row: &Row, words: &Words<'_>) -> Result<Expected, String> {
        let broker = &self.guarded.broker;
        drop(gateway.connect(broker, certificates(), &row.who, Some(words)));
        let again = gateway.connect(broker, certificates(), &row.who, None).ok_or("not let in")?;
        let heard = self.heard(words.payload)?;
        drop(again);
        seen(Answer::Unsaid, heard, true)
    }

    /// Whether the overseer hears a message: once or not at all.
    fn heard(&mut self, payload: &str) -> Result<bool, String> {
        match self.overseer.heard().as_slice() {
            [] => Ok(false),
            [one] if one == payload => Ok(true),
            others => Err(format!("heard {others:?}")),
        }
    }

    fn subscribe(
        &mut self,
        gateway: &dyn Speaker,
        row: &Row,
        group: Option<&str>,
        qos: u8,
    ) -> Result<Expected, String> {
        let topic = row.at.replace(['+', '#'], "x");
        self.overseer.publish(&topic, "kept", true);
        let broker = &self.guarded.broker;
        let mut guest = gateway.connect(broker, certificates(), &row.who, None).ok_or("not let in")?;
        let said = guest.subscribe(row.at, group, qos);
        let before = guest.heard();
        self.overseer.publish(&topic, "live", false);
        let then = guest.heard();
        self.overseer.publish(&topic, "", true);
        let (Some(before), Some(then)) = (before, then) else { return seen(said, false, false) };
        // A group is sent no retained messages [MQTT-4.8.2].
        let kept: &[&str] = if group.is_none() { &["kept"] } else { &[] };
        match (before.as_slice(), then.as_slice()) {
            ([], []) => seen(said, false, true),
            (before, [one]) if before == kept && one == "live" => seen(said, true, true),
            other => Err(format!("heard {other:?}")),
        }
    }

    /// What is retained on a topic.
    fn retained(&self, topic: &str) -> Vec<String> {
        let mut late = self.guarded.late_overseer();
        late.subscribe(topic, 0, &[]).unwrap();
        drained(&mut late)
    }
}

/// What is said has to be what is seen.
fn seen(said: Answer, done: bool, stays: bool) -> Result<Expected, String> {
    match (said, done, stays) {
        (Answer::Allowed | Answer::Unsaid, true, true) => Ok(Expected::Allowed),
        (Answer::Refused | Answer::Unsaid, false, true) => Ok(Expected::Refused),
        (_, false, false) => Ok(Expected::Closed),
        other => Err(format!("said, done, still there: {other:?}")),
    }
}
