//! Every kind of condition, every kind of topic, every act, every effect: one table.

use tidegate_broker::{Action, Authorizer, Decision, Principal};
use tidegate_types::{Guarantee, Text};

use crate::sample::{alice, rules, stranger};

/// A condition, whether it holds for alice, and whether for a stranger.
const WHO: &[(&str, bool, bool)] = &[
    ("any = true", true, true),
    ("anonymous = true", false, true),
    ("user = \"alice\"", true, false),
    ("user = \"bob\"", false, false),
    ("user = [\"bob\", \"a*\"]", true, false),
    ("user = \"*\"", true, false),
    ("client = \"c1\"", true, false),
    ("client = \"s?\"", false, true),
    ("client = \"*\"", true, true),
    ("address = \"10.0.0.0/8\"", true, false),
    ("address = [\"192.0.2.0/24\", \"10.1.2.3\"]", true, false),
    ("address = \"::ffff:10.0.0.0/104\"", true, false),
    ("address = \"0.0.0.0/0\"", true, false),
    ("address = \"10.2.0.0/16\"", false, false),
    ("listener = \"lan\"", true, false),
    ("listener = \"wan\"", false, false),
    ("common_name = \"pump-*\"", true, false),
    ("common_name = \"pump-7\"", true, false),
    ("common_name = \"pump-8\"", false, false),
    ("subject = \"*,O=Works\"", true, false),
    ("subject = \"CN=x\"", false, false),
    ("attributes = \"role=admin\"", true, false),
    ("attributes = [\"role=admin\", \"site=n*\"]", true, false),
    ("attributes = [\"role=admin\", \"site=south\"]", false, false),
    ("user = \"alice\"\nclient = \"c1\"\nlistener = \"lan\"", true, false),
    ("user = \"alice\"\nclient = \"c2\"", false, false),
];

/// What an act is at: topic or filter, quality of service, whether it would be retained.
type Act = (&'static str, bool, Guarantee, bool);

const PUBLISH: Act = ("a/b", false, Guarantee::AtLeastOnce, false);
const RETAIN: Act = ("a/b", false, Guarantee::AtLeastOnce, true);
const SUBSCRIBE: Act = ("a/b", true, Guarantee::AtLeastOnce, false);
const WIDE: Act = ("a/#", true, Guarantee::AtLeastOnce, false);

/// What a rule speaks of, and whether it allows each of the four acts above, and whether it refuses each.
const WHAT: &[(&str, [bool; 4], [bool; 4])] = &[
    ("topics = \"#\"", [true; 4], [true; 4]),
    ("action = \"publish\"\ntopics = \"#\"", [true, true, false, false], [true, true, false, false]),
    ("action = \"subscribe\"\ntopics = \"#\"", [false, false, true, true], [false, false, true, true]),
    ("qos = [0, 2]\ntopics = \"#\"", [false; 4], [false; 4]),
    ("qos = [1]\ntopics = \"#\"", [true; 4], [true; 4]),
    (
        "action = \"publish\"\nretain = true\ntopics = \"#\"",
        [false, true, false, false],
        [false, true, false, false],
    ),
    (
        "action = \"publish\"\nretain = false\ntopics = \"#\"",
        [true, false, false, false],
        [true, false, false, false],
    ),
    ("topics = \"a/b\"", [true, true, true, false], [true; 4]),
    ("topics = \"a/+\"", [true, true, true, false], [true; 4]),
    ("topics = \"a/#\"", [true; 4], [true; 4]),
    ("topics = \"b/#\"", [false; 4], [false; 4]),
    ("topics = [\"b\", \"a/b\"]", [true, true, true, false], [true; 4]),
    ("topics = \"literal:a/b\"", [true, true, true, false], [true, true, true, false]),
    ("topics = \"literal:a/#\"", [false, false, false, true], [false, false, false, true]),
    ("topics = \"prefix:a/\"", [true, true, true, false], [true; 4]),
    ("topics = \"prefix:a\"", [true; 4], [true; 4]),
    ("topics = \"prefix:a/bc\"", [false; 4], [false, false, false, true]),
    ("topics = \"$SYS/#\"", [false; 4], [false; 4]),
];

fn action((text, subscribes, guarantee, retain): Act) -> Action<'static> {
    if subscribes {
        Action::Subscribe { filter: text, group: Some("g"), guarantee }
    } else {
        Action::Publish { topic: text, guarantee, retain }
    }
}

#[test]
fn every_kind_of_rule_decides_every_act_as_the_table_says() {
    let effects = [("allow", Decision::Allow), ("deny", Decision::Deny), ("disconnect", Decision::Expel)];
    let people: [Principal; 2] = [alice(), stranger("s1")];
    let mut asked = 0;
    for (who, for_alice, for_stranger) in WHO {
        for (what, allowed, refused) in WHAT {
            for (effect, decision) in effects {
                // Alone, and among so many others that an index is made.
                let rule = format!("[[rule]]\neffect = \"{effect}\"\n{who}\n{what}\n");
                let other =
                    format!("[[rule]]\neffect = \"deny\"\n{who}\ntopics = \"elsewhere/${{clientid}}\"\n");
                let many = other.repeat(10) + &rule;
                for rules in [rules(&rule), rules(&many)] {
                    for (person, is_for) in people.iter().zip([for_alice, for_stranger]) {
                        for (act, at) in [PUBLISH, RETAIN, SUBSCRIBE, WIDE].into_iter().zip(0..) {
                            let speaks = if effect == "allow" { allowed[at] } else { refused[at] };
                            let expected = if *is_for && speaks { decision } else { Decision::Abstain };
                            assert_eq!(rules.authorize(person, action(act)), expected, "{rule}{act:?}");
                            asked += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(asked, WHO.len() * WHAT.len() * 3 * 2 * 2 * 4);
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = rules(
        "[[rule]]\neffect = \"deny\"\nany = true\naction = \"subscribe\"\ntopics = \"secret/#\"\n\
         [[rule]]\neffect = \"disconnect\"\nuser = \"mallory\"\ntopics = \"#\"\n\
         [[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n",
    );
    let cases = [
        ("secret/x", Decision::Deny, Decision::Allow),
        ("#", Decision::Deny, Decision::Abstain),
        ("+/x", Decision::Deny, Decision::Abstain),
        ("+/#", Decision::Deny, Decision::Abstain),
        ("secret", Decision::Deny, Decision::Allow),
        ("public/#", Decision::Allow, Decision::Abstain),
        ("+", Decision::Deny, Decision::Abstain),
        ("$SYS/#", Decision::Abstain, Decision::Abstain),
    ];
    for (text, subscribing, publishing) in cases {
        assert_eq!(crate::sample::subscribe(&rules, &alice(), text), subscribing, "{text}");
        if !text.contains(['+', '#']) {
            assert_eq!(crate::sample::publish(&rules, &alice(), text), publishing, "{text}");
        }
    }
    let mallory = Principal { user: Some(Text::from("mallory")), ..alice() };
    assert_eq!(crate::sample::subscribe(&rules, &mallory, "public/#"), Decision::Expel);
    assert_eq!(crate::sample::subscribe(&rules, &mallory, "#"), Decision::Deny);
}
