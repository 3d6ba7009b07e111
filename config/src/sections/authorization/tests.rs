use super::*;
use crate::{Loader, Sources};

fn read(text: &str) -> Result<Vec<(Rule, Origin)>, String> {
    Authorization::read_rules("rules.toml", text).map_err(|problems| problems.to_string())
}

#[test]
fn a_rule_is_read_whole() {
    let text = r#"
        [[rule]]
        effect = "disconnect"
        user = ["alice", "b*"]
        client = "pump-?"
        address = ["10.1.2.3/8", "::1"]
        listener = "lan"
        common_name = "x"
        subject = "CN=x,O=Works"
        attributes = ["role=admin", "site=n*"]
        action = "publish"
        qos = [0, 1]
        retain = false
        topics = ["a/${clientid}/#", "literal:#", "prefix:p/${attr.Site}", "filter:literal:x"]
        comment = "why"
    "#;
    let rules = read(text).unwrap();
    let [(rule, place)] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!(place.to_string(), "rules.toml:2:9");
    assert_eq!(rule.effect, Effect::Disconnect);
    assert_eq!(rule.user.iter().map(NamePattern::as_str).collect::<Vec<_>>(), ["alice", "b*"]);
    assert_eq!(rule.address.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
    assert_eq!(rule.attributes.first().map(|one| &*one.name), Some("role"));
    let forms: Vec<TopicForm> = rule.topics.iter().map(TopicPattern::form).collect();
    assert_eq!(forms, [TopicForm::Filter, TopicForm::Literal, TopicForm::Prefix, TopicForm::Filter]);
    // What is written is read back.
    let again = toml::to_string(&toml::Table::from_iter([(
        "rule".to_owned(),
        toml::Value::Array(vec![toml::Value::try_from(rule).unwrap()]),
    )]));
    assert_eq!(read(&again.unwrap()).unwrap().first().map(|(rule, _)| rule), Some(rule));
}

/// A rule for everybody about everything, with one line that is wrong.
fn with(line: &str) -> String {
    format!("[[rule]]\neffect = \"allow\"\n{line}\n")
}

#[test]
fn a_wrong_rule_is_told_where_and_what() {
    let cases = [
        (
            with("any = true\ntopics = \"a/#/b\""),
            "4:10: rule[0].topics: '#' stands alone in the last level, got \"a/#/b\"",
        ),
        (
            with("any = true\ntopics = [\"a\", \"a/${client}\"]"),
            "4:16: rule[0].topics[1]: ${client} is no placeholder (known: ${clientid}, ${username}, ${cert_cn}, \
             ${address}, ${attr.NAME}; $${ is a plain ${), got \"a/${client}\"",
        ),
        (
            with("any = true\ntopics = \"$share/g/a\""),
            "4:10: rule[0].topics: a shared subscription is judged by the filter inside: leave out $share/ and the \
             group, got \"$share/g/a\"",
        ),
        (
            with("usr = \"a\"\ntopics = \"a\""),
            "3:1: rule[0].usr: unknown key; did you mean user? (known: effect, any, anonymous, user, client, \
             address, listener, common_name, subject, attributes, action, qos, retain, topics, comment)",
        ),
        (
            with("user = []\ntopics = \"a\""),
            "3:8: rule[0].user: expected text in quotes or a list such as [\"a\", \"b\"] with at least one, got an \
             empty list",
        ),
        (
            with("user = 5\ntopics = \"a\""),
            "3:8: rule[0].user: expected text in quotes or a list such as [\"a\", \"b\"] with at least one, got 5",
        ),
        (
            with("user = [\"a\\\\b\"]\ntopics = \"a\""),
            "3:9: rule[0].user[0]: expected a name, in which * and ? are wildcards, got \"a\\\\b\"",
        ),
        (
            with("address = [\"10.0.0.0/33\"]\ntopics = \"a\""),
            "3:12: rule[0].address[0]: expected a network such as \"10.0.0.0/8\", or an address, got \"10.0.0.0/33\"",
        ),
        (
            with("topics = \"a\""),
            "1:1: rule[0]: the rule says nothing of whom it is for; write any = true for everybody",
        ),
        (
            with("any = true"),
            "1:1: rule[0]: the rule says nothing of topics; write topics = \"#\" for all but those that begin with $",
        ),
        (
            with("any = true\nuser = \"a\"\ntopics = \"a\""),
            "1:1: rule[0]: the rule is for everybody (any) and for somebody; leave one out",
        ),
        (
            with("any = true\nqos = [3]\ntopics = \"a\""),
            "1:1: rule[0]: the rule has a qos other than 0, 1 and 2",
        ),
        (
            with("any = true\nretain = true\ntopics = \"a\""),
            "1:1: rule[0]: the rule has retain, which goes with action = \"publish\" alone",
        ),
        (
            "[[rule]]\neffect = \"alow\"\n".to_owned(),
            "2:10: rule[0].effect: \"alow\" is not one of its values; did you mean \"allow\"? (known: \"allow\", \"deny\", \"disconnect\")",
        ),
        (
            "[[rules]]\neffect = \"allow\"\n".to_owned(),
            "1:3: rules: unknown key; did you mean rule? (known: rule)",
        ),
        ("rule = 5\n".to_owned(), "1:8: rule: expected tables [[rule]]"),
        ("[[rule]]\n".to_owned(), "1:1: rule[0].effect: must be set"),
    ];
    for (text, message) in cases {
        assert_eq!(read(&text).unwrap_err(), format!("rules.toml:{message}"), "{text}");
    }
}

#[test]
fn every_wrong_rule_is_reported() {
    let text = "[[rule]]\neffect = 1\n[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n[[rule]]\n";
    let message = read(text).unwrap_err();
    assert_eq!(message.lines().count(), 2, "{message}");
    assert!(message.contains(":2:10: rule[0].effect") && message.contains("rule[2].effect"), "{message}");
}

#[test]
fn a_list_has_a_bound() {
    let text = "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n".repeat(3);
    let read = |most| crate::list_file::read::<Rule>("t", &text, "rule", most).map(|rules| rules.len());
    assert_eq!(read(3), Ok(3));
    assert_eq!(read(2).unwrap_err().to_string(), "t:1:1: rule: expected at most 2, got 3");
}

#[test]
fn rules_stand_in_the_configuration_too() {
    let text = "[authorization]\nno_match = \"allow\"\n\n[[authorization.rules]]\neffect = \"deny\"\nany = true\n\
                topics = \"a\"\n\n[[authorization.rules]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n";
    let loaded = Loader::new().load(&Sources::new().with_file("t.toml", text)).unwrap();
    let section: Authorization = loaded.section().unwrap();
    assert_eq!(section.rules.len(), 2);
    assert!(section.has_rules() && !Authorization::default().has_rules());
    let places: Vec<String> = loaded.places("authorization.rules").iter().map(ToString::to_string).collect();
    assert_eq!(places, ["t.toml:4:1", "t.toml:9:1"]);
    assert!(loaded.places("authorization.file").is_empty() && loaded.places("no.such").is_empty());

    let text = "[[authorization.rules]]\neffect = \"deny\"\nany = true\ntopics = \"a+\"\n";
    let problems = Loader::new().load(&Sources::new().with_file("t.toml", text)).unwrap_err().to_string();
    let mut none =
        String::from("t.toml:1:1: authorization.rules[0]: the rule says nothing of whom it is for;");
    none.push_str(" write any = true for everybody");
    let bare = "[[authorization.rules]]\neffect = \"deny\"\ntopics = \"a\"\n";
    let refused = Loader::new().load(&Sources::new().with_file("t.toml", bare)).unwrap_err().to_string();
    assert_eq!(refused, none);
    assert_eq!(
        problems,
        "t.toml:4:10: authorization.rules[0].topics: '+' stands alone in its level, got \"a+\""
    );
}

#[test]
fn names_and_topics_say_exactly_what_they_mean() {
    let exact = |text: &str| NamePattern::new(text).unwrap().exact().map(std::borrow::Cow::into_owned);
    assert_eq!(exact("alice").as_deref(), Some("alice"));
    assert_eq!(exact("al*"), None);
    assert_eq!(exact(r"a\*\\b").as_deref(), Some(r"a*\b"));
    for name in ["a*b?", r"\", "plain", r"\*"] {
        assert_eq!(exact(&NamePattern::escape(name)).as_deref(), Some(name));
    }
    for bad in ["", r"\", r"a\b", "\0"] {
        assert_eq!(NamePattern::new(bad), None, "{bad:?}");
    }
    for topic in ["literal:x", "a/${clientid}", "$${x", "prefix:filter:"] {
        let pattern = TopicPattern::new(&TopicPattern::escape(topic)).unwrap();
        assert_eq!(pattern.form(), TopicForm::Filter);
        assert_eq!(pattern.pieces(), [Piece::Text(topic.into())]);
    }
}

proptest::proptest! {
    #[test]
    fn any_pattern_is_read_or_refused_quietly(text in r"[a-b$\{\}./+#\\*?:]{0,24}|\PC{0,24}") {
        proptest::prop_assert!(!TopicPattern::new(&text).is_ok_and(|pattern| pattern.as_str() != text));
        proptest::prop_assert!(NamePattern::new(&text).is_none_or(|pattern| pattern.as_str() == text));
    }
}
