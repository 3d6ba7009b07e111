//! Names that are chosen to make a rule say more than its author meant.

use tidegate_broker::{Decision, Principal};
use tidegate_rules::Rules;
use tidegate_types::ClientId;

use crate::sample::{publish, rules, stranger, subscribe};

const UNFIT: [&str; 12] =
    ["+", "#", "a/b", "/", "a/", "", "a+", "#a", "\0", "a\0b", "$share/g/#", "secret/#"];

const OWN: &str = "[[rule]]\neffect = \"allow\"\nany = true\ntopics = [\"own/${clientid}/#\", \"literal:lit/${clientid}\", \
                   \"prefix:pre/${clientid}\", \"mixed/x-${clientid}\"]\n";

/// The rules alone and among so many that an index is made.
fn both(text: &str) -> [Rules; 2] {
    let others = "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"else/${username}\"\n".repeat(10);
    [rules(text), rules(&(others + text))]
}

#[test]
fn an_unfit_name_never_widens_what_is_allowed() {
    for rules in both(OWN) {
        for name in UNFIT {
            let who = stranger(name);
            for base in ["own", "lit", "pre", "mixed/x-", "mixed"] {
                for tail in ["", "/a", "/a/b", "/#", "/+", "/+/#", "/a/#", "/x-a"] {
                    let text = format!("{base}{tail}");
                    assert_eq!(subscribe(&rules, &who, &text), Decision::Abstain, "{name:?} {text}");
                    assert_eq!(publish(&rules, &who, &text), Decision::Abstain, "{name:?} {text}");
                }
                let own = format!("{base}/{name}");
                assert_eq!(subscribe(&rules, &who, &own), Decision::Abstain, "{name:?} {own}");
            }
        }
    }
}

#[test]
fn long_and_foreign_names_are_names() {
    let long = "x".repeat(60_000);
    for rules in both(OWN) {
        for name in ["c1", "größe", "日本", "$SYS", "a b", "*", "?", "..", "%c", "${username}", long.as_str()]
        {
            let who = stranger(name);
            assert_eq!(publish(&rules, &who, &format!("own/{name}/a")), Decision::Allow, "{name}");
            assert_eq!(subscribe(&rules, &who, &format!("own/{name}/#")), Decision::Allow, "{name}");
            assert_eq!(publish(&rules, &who, &format!("mixed/x-{name}")), Decision::Allow, "{name}");
            assert_eq!(publish(&rules, &who, "own/other/a"), Decision::Abstain, "{name}");
            assert_eq!(subscribe(&rules, &who, "own/+/#"), Decision::Abstain, "{name}");
        }
    }
}

#[test]
fn no_name_reaches_what_begins_with_a_dollar() {
    let text =
        "[[rule]]\neffect = \"allow\"\nany = true\ntopics = [\"${clientid}/#\", \"prefix:${username}\"]\n";
    for rules in both(text) {
        for name in ["$SYS", "$share", "$"] {
            let who = Principal { user: Some(name.into()), ..stranger(name) };
            for topic in ["$SYS/x", "$SYS", "$share/g/x", "$/x"] {
                assert_eq!(publish(&rules, &who, topic), Decision::Abstain, "{name} {topic}");
                assert_eq!(subscribe(&rules, &who, topic), Decision::Abstain, "{name} {topic}");
            }
        }
        assert_eq!(publish(&rules, &stranger("SYS"), "SYS/x"), Decision::Allow);
    }
}

#[test]
fn a_refusal_cannot_be_escaped_by_a_name() {
    let text = "[[rule]]\neffect = \"deny\"\nany = true\ntopics = [\"box/${clientid}/secret\", \"lit/${username}\"]\n\
                [[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n";
    for rules in both(text) {
        let good = Principal { user: Some("u".into()), ..stranger("c") };
        assert_eq!(publish(&rules, &good, "box/c/secret"), Decision::Deny);
        assert_eq!(publish(&rules, &good, "box/c/open"), Decision::Allow);
        assert_eq!(subscribe(&rules, &good, "box/#"), Decision::Deny);
        assert_eq!(publish(&rules, &good, "lit/u"), Decision::Deny);
        assert_eq!(publish(&rules, &good, "lit/v"), Decision::Allow);
        for name in UNFIT {
            let who = Principal { user: Some("u".into()), ..stranger(name) };
            // It means all that the rule could have meant.
            for topic in ["box/c/secret", "box/a/b/secret", "box/c/open", "box/x"] {
                assert_eq!(publish(&rules, &who, topic), Decision::Deny, "{name:?} {topic}");
            }
            for filter in ["box/+/open", "box/#", "+/x", "#"] {
                assert_eq!(subscribe(&rules, &who, filter), Decision::Deny, "{name:?} {filter}");
            }
            assert_eq!(publish(&rules, &who, "other"), Decision::Allow, "{name:?}");
        }
        // Nobody's user name is no way round either.
        assert_eq!(publish(&rules, &stranger("c"), "lit/u"), Decision::Deny);
        assert_eq!(publish(&rules, &stranger("c"), "other"), Decision::Allow);
    }
}

#[test]
fn an_attribute_given_twice_is_no_value() {
    let text = "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"g/${attr.g}/#\"\n";
    for rules in both(text) {
        let with = |values: &[&str]| Principal {
            attributes: values.iter().map(|value| ("g".into(), (*value).into())).collect(),
            client: Some(ClientId::new("c")),
            ..Principal::default()
        };
        assert_eq!(publish(&rules, &with(&["x"]), "g/x/1"), Decision::Allow);
        assert_eq!(publish(&rules, &with(&["x", "y"]), "g/x/1"), Decision::Abstain);
        assert_eq!(publish(&rules, &with(&[]), "g//1"), Decision::Abstain);
    }
}
