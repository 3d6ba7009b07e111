//! Decisions against a plain interpreter that knows nothing of the library's: placeholders by text replacement,
//! filters by the definition, subscriptions by trying every topic of a small world.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use tidegate_broker::{Decision, Principal};
use tidegate_types::{ClientId, Filter, TopicLimits};

use crate::sample::{publish, rules, subscribe};

/// Every topic of up to four levels over names that are more than the patterns below can tell apart.
static WORLD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = ["", "a", "c", "u", "$S", "other"];
    let (mut all, mut longer) = (Vec::new(), names.map(str::to_owned).to_vec());
    for _ in 0..4 {
        all.extend(longer.iter().filter(|topic| !topic.is_empty()).cloned());
        longer = longer.iter().flat_map(|topic| names.map(|name| format!("{topic}/{name}"))).collect();
    }
    all
});

const TOPICS: [&str; 16] = [
    "#",
    "+",
    "a",
    "a/#",
    "a/+",
    "+/c",
    "a/+/#",
    "/#",
    "$S/#",
    "${clientid}",
    "a/${clientid}",
    "a/${username}/#",
    "${username}/+",
    "prefix:a",
    "prefix:a/${clientid}",
    "literal:a/+",
];
const ASKED: [&str; 16] = [
    "#", "+", "a", "a/#", "a/+", "+/c", "a/c", "a/u/a", "c", "$S/a", "/a", "u/c", "+/+/#", "a/c/+", "other",
    "/#",
];

#[derive(Clone, Debug)]
struct Simple {
    allows: bool,
    user: Option<&'static str>,
    topics: Vec<&'static str>,
}

impl Simple {
    fn written(&self) -> String {
        let effect = if self.allows { "allow" } else { "deny" };
        let who = self.user.map_or("any = true".to_owned(), |user| format!("user = \"{user}\""));
        format!("[[rule]]\neffect = \"{effect}\"\n{who}\ntopics = {:?}\n", self.topics)
    }

    /// Whether it speaks of `asked`, by trying all topics.
    fn speaks_of(&self, asked: &str, values: &BTreeMap<&str, &str>) -> bool {
        self.topics.iter().any(|topic| {
            let mut text = (*topic).to_owned();
            for (name, value) in values {
                text = text.replace(name, value);
            }
            if let Some(literal) = text.strip_prefix("literal:") {
                return literal == asked;
            }
            let within = |topic: &str| match text.strip_prefix("prefix:") {
                Some(prefix) => topic.starts_with(prefix),
                None => matches(&text, topic),
            };
            let mut reached = WORLD.iter().filter(|topic| matches(asked, topic));
            if self.allows { reached.all(|topic| within(topic)) } else { reached.any(|topic| within(topic)) }
        })
    }
}

fn matches(filter: &str, topic: &str) -> bool {
    Filter::new(filter, &TopicLimits::default()).unwrap().matches(topic.as_bytes())
}

fn simple() -> impl Strategy<Value = Simple> {
    let user = prop::option::of(prop::sample::select(vec!["u", "v"]));
    let topics = prop::collection::vec(prop::sample::select(TOPICS.to_vec()), 1..3);
    (any::<bool>(), user, topics).prop_map(|(allows, user, topics)| Simple { allows, user, topics })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn decisions_are_those_of_the_plain_reading(set in prop::collection::vec(simple(), 0..24)) {
        let text: String = set.iter().map(Simple::written).collect();
        let rules = rules(&text);
        let who = Principal { user: Some("u".into()), client: Some(ClientId::new("c")), ..Principal::default() };
        let values = BTreeMap::from([("${clientid}", "c"), ("${username}", "u")]);
        for asked in ASKED {
            let first = set.iter().find(|rule| {
                rule.user.is_none_or(|user| user == "u") && rule.speaks_of(asked, &values)
            });
            let expected = match first {
                Some(rule) if rule.allows => Decision::Allow,
                Some(_) => Decision::Deny,
                None => Decision::Abstain,
            };
            prop_assert_eq!(subscribe(&rules, &who, asked), expected, "subscribe {}", asked);
            if !asked.contains(['+', '#']) {
                prop_assert_eq!(publish(&rules, &who, asked), expected, "publish {}", asked);
            }
        }
    }
}
