//! The index against asking every rule in order.

use proptest::prelude::*;
use std::sync::Arc;
use tidegate_broker::Action;
use tidegate_config::Origin;
use tidegate_config::sections::{self as written, Authorization};
use tidegate_types::{Certificate, ClientId, Guarantee};

use super::*;

/// Rules as a file would have them; enough of one kind to make trees.
fn rules(lines: &[(usize, usize, usize, Vec<usize>)]) -> Vec<(written::Rule, Origin)> {
    const EFFECTS: [&str; 3] = ["allow", "deny", "disconnect"];
    const WHO: [&str; 15] = [
        "client = [\"a*\", \"c\", \"$S?S\"]",
        "client = \"?*\"",
        "user = [\"u*\", \"$*\"]\nlistener = \"lan\"",
        "any = true",
        "any = true",
        "any = true",
        "any = true",
        "anonymous = true",
        "user = \"u1\"",
        "user = [\"u1\", \"$SYS\"]",
        "user = \"u*\"",
        "client = [\"c\", \"a/b\"]",
        "listener = \"lan\"",
        "common_name = \"cn\"",
        "attributes = \"g=x\"",
    ];
    const ACTIONS: [&str; 5] = [
        "",
        "action = \"publish\"",
        "action = \"subscribe\"",
        "qos = 1",
        "action = \"publish\"\nretain = true",
    ];
    const TOPICS: [&str; 33] = [
        "/+/#",
        "+/+/#",
        "literal:/#",
        "#",
        "+/#",
        "a",
        "a/#",
        "a/+",
        "a/+/c",
        "+/b",
        "a/b/c",
        "a//c",
        "/",
        "/#",
        "$SYS/#",
        "$SYS/+",
        "b/#",
        "b",
        "${clientid}",
        "${clientid}/#",
        "a/${clientid}/c",
        "a/${username}",
        "+/${username}/#",
        "a/x-${clientid}",
        "a/${attr.g}/#",
        "${username}${clientid}/b",
        "literal:#",
        "literal:a/${clientid}",
        "literal:a/+",
        "prefix:a",
        "prefix:a/${clientid}",
        "prefix:",
        "a/${cert_cn}/+",
    ];
    let mut text = String::new();
    for (effect, who, action, topics) in lines {
        let topics: Vec<String> =
            topics.iter().map(|topic| format!("\"{}\"", TOPICS[topic % TOPICS.len()])).collect();
        let action = ACTIONS[action % ACTIONS.len()].replace("qos = 1", "qos = [1]");
        let (effect, who) = (EFFECTS[effect % EFFECTS.len()], WHO[who % WHO.len()]);
        text +=
            &format!("[[rule]]\neffect = \"{effect}\"\n{who}\n{action}\ntopics = [{}]\n", topics.join(", "));
    }
    Authorization::read_rules("r", &text).unwrap()
}

fn somebody() -> impl Strategy<Value = Principal> {
    let client = prop::sample::select(vec!["c", "a/b", "+", "#", "$SYS", "b", "x-c", "", "$share"]);
    let user = prop::option::of(prop::sample::select(vec!["u1", "u2", "$SYS", "a/b", "+", "b"]));
    let attribute = prop::sample::select(vec![vec![], vec!["x"], vec!["b/"], vec!["x", "b"]]);
    (client, user, attribute, any::<bool>(), any::<bool>()).prop_map(
        |(client, user, groups, lan, certified)| {
            let certificate = Certificate {
                common_name: Some("cn".into()),
                subject: "CN=cn".into(),
                names: Vec::new(),
                fingerprint: [0; 32],
            };
            Principal {
                user: user.map(Into::into),
                client: Some(ClientId::new(client)),
                attributes: groups.into_iter().map(|value| ("g".into(), value.into())).collect(),
                listener: lan.then(|| "lan".into()),
                certificate: certified.then(|| Arc::new(certificate)),
                ..Principal::default()
            }
        },
    )
}

const ASKED: [&str; 29] = [
    "/#", "/+/#", "/x", "a", "a/b", "a/c/c", "a/b/c", "a//c", "b", "b/b", "/", "$SYS/x", "$SYS", "c", "c/b",
    "a/x-c", "u1c/b", "ab", "a/c", "#", "+/#", "a/#", "a/+", "a/+/c", "+/b", "+/+/#", "$SYS/#", "a/b/#", "+",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_index_leaves_no_rule_out(
        lines in prop::collection::vec((0..3_usize, 0..15_usize, 0..5_usize, prop::collection::vec(0..33_usize, 1..4)), 0..40),
        who in somebody(),
        retain in any::<bool>(),
        guarantee in prop::sample::select(vec![Guarantee::AtMostOnce, Guarantee::AtLeastOnce]),
    ) {
        let rules: Vec<Rule> = rules(&lines).iter().map(|(rule, _)| Rule::new(rule)).collect();
        let index = Index::new(&rules);
        for text in ASKED {
            let publish = Action::Publish { topic: text, guarantee, retain };
            let subscribe = Action::Subscribe { filter: text, group: None, guarantee };
            let publish = (!text.contains(['+', '#'])).then_some(publish);
            for action in publish.into_iter().chain([subscribe]) {
                let question = Question::of(action);
                let values = Values::new(&who);
                let slow = rules.iter().position(|rule| rule.applies(question, &values, &mut Vec::new()));
                prop_assert_eq!(index.first(&rules, question, &who), slow, "{:?}", action);
            }
        }
    }
}
