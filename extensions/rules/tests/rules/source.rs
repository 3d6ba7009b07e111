//! Rules in the configuration and in a file.

use tidegate_broker::{Action, Decision};
use tidegate_config::{Loaded, Loader, Sources};
use tidegate_rules::{Rules, RulesError};
use tidegate_types::Guarantee;

use crate::sample::{alice, publish};

fn load(text: &str) -> Loaded {
    Loader::new()
        .load(&Sources::new().with_file("tidegate.toml", text))
        .unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn without_a_source_there_are_no_rules() {
    assert!(Rules::open(&load("[authorization]\nno_match = \"allow\"\n")).unwrap().is_none());
}

#[test]
fn rules_of_the_configuration_come_before_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n").unwrap();
    let text = format!(
        "[authorization]\nfile = {:?}\n[[authorization.rules]]\neffect = \"deny\"\nany = true\ntopics = \"a\"\n",
        path.display().to_string()
    );
    let rules = Rules::open(&load(&text)).unwrap().expect("there is a source");
    assert_eq!(rules.len(), 2);
    assert_eq!(publish(&rules, &alice(), "a"), Decision::Deny);
    assert_eq!(publish(&rules, &alice(), "b"), Decision::Allow);
    let (who, act) =
        (alice(), |topic| Action::Publish { topic, guarantee: Guarantee::AtMostOnce, retain: false });
    let place = |topic| rules.why(&who, act(topic)).rule.map(|rule| rule.place.to_string());
    assert_eq!(place("a").as_deref(), Some("tidegate.toml:3:1"));
    assert_eq!(place("b"), Some(format!("{}:1:1", path.display())));
}

#[test]
fn an_empty_file_allows_nothing_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, "# nothing yet\n").unwrap();
    for (no_match, decision) in [("deny", Decision::Abstain), ("allow", Decision::Allow)] {
        let text =
            format!("[authorization]\nno_match = \"{no_match}\"\nfile = {:?}\n", path.display().to_string());
        let rules = Rules::open(&load(&text)).unwrap().expect("there is a source");
        assert!(rules.is_empty());
        assert_eq!(publish(&rules, &alice(), "a"), decision);
    }
}

#[test]
fn a_file_that_is_wrong_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let text = format!("[authorization]\nfile = {:?}\n", path.display().to_string());
    assert!(matches!(Rules::open(&load(&text)), Err(RulesError::Unreadable(..))));
    std::fs::write(&path, "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#/a\"\n").unwrap();
    let wrong = Rules::open(&load(&text)).unwrap_err().to_string();
    let expected =
        format!("{}:4:10: rule[0].topics: '#' stands alone in the last level, got \"#/a\"", path.display());
    assert_eq!(wrong, expected);
}

#[test]
fn a_file_that_is_far_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let text = format!("[authorization]\nfile = {:?}\n", path.display().to_string());
    assert!(matches!(Rules::open(&load(&text)), Err(RulesError::TooLarge(..))));
}
