//! A rule, ready to be asked.

use tidegate_broker::{Action, Decision, Principal};
use tidegate_config::sections::{self as written, Activity, Effect};
use tidegate_types::Guarantee;

use crate::condition::{self, Condition};
use crate::pattern::Pattern;
use crate::values::Values;

/// A rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) effect: Effect,
    pub(crate) action: Activity,
    /// A bit for each quality of service that it speaks of.
    pub(crate) qos: u8,
    pub(crate) retain: Option<bool>,
    pub(crate) who: Box<[Condition]>,
    pub(crate) topics: Box<[Pattern]>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The topic, or the filter inside a group's subscription.
    pub(crate) text: &'a [u8],
    /// A filter with wildcards.
    pub(crate) wild: bool,
    subscribes: bool,
    /// The bit of the quality of service.
    pub(crate) qos: u8,
    retain: bool,
}

impl<'a> Question<'a> {
    pub(crate) fn of(action: Action<'a>) -> Self {
        let bit = |guarantee: Guarantee| 1_u8 << (guarantee as u8);
        match action {
            Action::Publish { topic, guarantee, retain } => {
                Self { text: topic.as_bytes(), wild: false, subscribes: false, qos: bit(guarantee), retain }
            }
            Action::Subscribe { filter, guarantee, .. } => {
                let text = filter.as_bytes();
                let wild = text.iter().any(|byte| matches!(byte, b'+' | b'#'));
                Self { text, wild, subscribes: true, qos: bit(guarantee), retain: false }
            }
        }
    }
}

impl Rule {
    pub(crate) fn new(rule: &written::Rule) -> Self {
        let listed =
            rule.qos.iter().fold(0_u8, |bits, qos| bits | 1_u8.checked_shl((*qos).into()).unwrap_or(0));
        Self {
            effect: rule.effect,
            action: rule.action,
            qos: if rule.qos.is_empty() { 0b111 } else { listed },
            retain: rule.retain,
            who: condition::of(rule),
            topics: rule.topics.iter().map(Pattern::new).collect(),
        }
    }

    pub(crate) const fn allows(&self) -> bool {
        matches!(self.effect, Effect::Allow)
    }

    /// Whether there are subscriptions that it could refuse.
    pub(crate) fn refuses_subscriptions(&self) -> bool {
        !self.allows() && self.action != Activity::Publish && self.retain != Some(true)
    }

    pub(crate) const fn decision(&self) -> Decision {
        match self.effect {
            Effect::Allow => Decision::Allow,
            Effect::Deny => Decision::Deny,
            Effect::Disconnect => Decision::Expel,
        }
    }

    /// Whether it is for this somebody and this kind of act; where is not looked at.
    pub(crate) fn is_about(&self, question: Question<'_>, who: &Principal) -> bool {
        let kind = match self.action {
            Activity::All => true,
            Activity::Publish => !question.subscribes,
            Activity::Subscribe => question.subscribes,
        };
        kind && self.qos & question.qos != 0
            && self.retain.is_none_or(|retain| retain == question.retain)
            && self.is_for(who)
    }

    pub(crate) fn is_for(&self, who: &Principal) -> bool {
        self.who.iter().all(|condition| condition.holds(who))
    }

    /// Whether it decides the question.
    pub(crate) fn applies(&self, question: Question<'_>, values: &Values<'_>, room: &mut Vec<u8>) -> bool {
        self.is_about(question, values.who())
            && self.topics.iter().any(|pattern| pattern.speaks_of(question.text, self.allows(), values, room))
    }
}
