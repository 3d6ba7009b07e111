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
    const TOPICS: [&str; 45] = [
        "+/+/c/+/e",
        "+/b/+/d",
        "$SYS/+/x",
        "a/+/c/#",
        "prefix:a/b/",
        "prefix:$S",
        "prefix:a/x-${clientid}",
        "literal:${clientid}/+",
        "literal:a/${username}/#",
        "${username}/b/c",
        "+/b/${attr.g}",
        "+/+/x-${clientid}/d",
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

const ASKED: [&str; 43] = [
    "+/+/c/d/e",
    "+/b/+/d",
    "+/+/+/+",
    "+/b/#",
    "$SYS/+/x",
    "$SYS/+/#",
    "b/+",
    "a/+/#",
    "a/bc/+",
    "+/b/c/#",
    "u1/+/c",
    "+/+/x-c/+",
    "a/b/+/#",
    "+/x-b",
    "/#",
    "/+/#",
    "/x",
    "a",
    "a/b",
    "a/c/c",
    "a/b/c",
    "a//c",
    "b",
    "b/b",
    "/",
    "$SYS/x",
    "$SYS",
    "c",
    "c/b",
    "a/x-c",
    "u1c/b",
    "ab",
    "a/c",
    "#",
    "+/#",
    "a/#",
    "a/+",
    "a/+/c",
    "+/b",
    "+/+/#",
    "$SYS/#",
    "a/b/#",
    "+",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_index_leaves_no_rule_out(
        lines in prop::collection::vec((0..3_usize, 0..15_usize, 0..5_usize, prop::collection::vec(0..45_usize, 1..4)), 0..40),
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

/// What the rule or the filter of a number says.
type Written = fn(usize) -> String;

/// The most that is looked at for any of these filters among the rules that `rule` writes.
fn dearest(rule: Written, count: usize, filter: Written) -> usize {
    let text: String =
        (0..count).map(|n| format!("[[rule]]\neffect = \"deny\"\nany = true\n{}\n", rule(n))).collect();
    let rules = Authorization::read_rules("r", &text).unwrap();
    let rules: Vec<Rule> = rules.iter().map(|(rule, _)| Rule::new(rule)).collect();
    let index = Index::new(&rules);
    let who = Principal { client: Some(ClientId::new("c")), ..Principal::default() };
    let asked = (0..200).map(|n| {
        let filter = filter(n);
        let action = Action::Subscribe { filter: &filter, group: None, guarantee: Guarantee::AtMostOnce };
        index.measured(&rules, Question::of(action), &who).1
    });
    asked.max().unwrap()
}

/// What a subscription costs does not grow with the rules, whatever wildcards it begins with.
#[test]
fn no_filter_makes_all_rules_be_looked_at() {
    let places = |n: usize| format!("topics = \"site/{}/{}/x{n}\"", n / 100, n % 100);
    let filters: [Written; 7] = [
        |n| format!("+/+/+/z{n}"),
        |n| format!("+/{n}/+/z{n}"),
        |n| format!("+/+/{n}/+/#"),
        |n| format!("+/+/{n}/x1/+"),
        |n| format!("+/{n}/{}/x9999", n % 50),
        |n| format!("+/+{}", "/+".repeat(n % 20 + 3)),
        |n| format!("${n}/+/#"),
    ];
    for (at, filter) in filters.into_iter().enumerate() {
        let work = dearest(places, 10_000, filter);
        assert!(work < 500, "{at}: {work} looked at");
    }
    let others: [(Written, Written); 9] = [
        (|n| format!("topics = \"s{n}/a/b\"\naction = \"publish\""), |_| "#".to_owned()),
        (|n| format!("topics = \"s{n}/a\"\nqos = [2]"), |_| "+/#".to_owned()),
        (|n| format!("topics = \"$s{n}/a\""), |_| "+/a".to_owned()),
        (|n| format!("topics = \"+/a/s{n}\""), |_| "$SYS/+/+".to_owned()),
        (|n| format!("topics = \"prefix:a/s{n}\""), |n| format!("+/t{n}/+")),
        (|n| format!("topics = \"s{n}/${{clientid}}/x\""), |n| format!("+/d{n}/+")),
        (|n| format!("topics = \"s{n}/${{username}}\""), |_| "+".to_owned()),
        (|n| format!("topics = \"s{n}/${{username}}\""), |n| format!("+/d{n}")),
        (|n| format!("topics = \"literal:a/s{n}\""), |_| "a/+".to_owned()),
    ];
    for (at, (rule, filter)) in others.into_iter().enumerate() {
        let work = dearest(rule, 10_000, filter);
        assert!(work < 500, "other {at}: {work} looked at");
    }
}
