use std::sync::LazyLock;

use proptest::prelude::*;
use tidegate_types::{Filter, TopicLimits};

use super::*;

/// Every topic of up to four levels over an alphabet that is larger than what a filter here can name: whatever
/// three-level filters differ in, one of these shows it.
static TOPICS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = ["", "a", "b", "ab", "$", "$a", "zz"];
    let mut all: Vec<String> = Vec::new();
    let mut longer: Vec<String> = names.map(str::to_owned).to_vec();
    for _ in 0..4 {
        all.extend(longer.iter().filter(|topic| !topic.is_empty()).cloned());
        longer = longer.iter().flat_map(|topic| names.map(|name| format!("{topic}/{name}"))).collect();
    }
    all
});

fn is_filter(text: &str) -> bool {
    Filter::check(text, &TopicLimits::default()).is_ok()
}

fn filters() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["", "a", "b", "ab", "$", "$a", "+", "+", "+"]);
    (prop::collection::vec(level, 0..4), any::<bool>())
        .prop_map(|(levels, all)| {
            let mut levels: Vec<&str> = levels;
            if all {
                levels.push("#");
            }
            levels.join("/")
        })
        .prop_filter("no filter", |text| is_filter(text))
}

fn matching(filter: &str, topics: &[String]) -> Vec<bool> {
    let filter = Filter::new(filter, &TopicLimits::default()).unwrap();
    topics.iter().map(|topic| filter.matches(topic.as_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn sets_are_what_enumeration_says(one in filters(), other in filters()) {
        let (left, right) = (matching(&one, &TOPICS), matching(&other, &TOPICS));
        let both = || left.iter().zip(&right);
        prop_assert_eq!(contains(one.as_bytes(), other.as_bytes()), both().all(|(l, r)| *l || !*r), "{} in {}", other, one);
        prop_assert_eq!(overlap(one.as_bytes(), other.as_bytes()), both().any(|(l, r)| *l && *r), "{} and {}", one, other);
        prop_assert_eq!(overlap(one.as_bytes(), other.as_bytes()), overlap(other.as_bytes(), one.as_bytes()));
    }

    #[test]
    fn prefixes_are_what_enumeration_says(
        prefix in prop::sample::select(vec!["", "a", "a/", "/", "ab", "a/b", "a/b/", "a/$", "$", "$a", "$a/", "b/a/a", "//"]),
        filter in filters(),
    ) {
        let topics = &*TOPICS;
        let matched = matching(&filter, topics);
        let both = || topics.iter().zip(&matched).filter(|(_, is)| **is).map(|(topic, _)| topic.starts_with(prefix));
        let (prefix, inner) = (prefix.as_bytes(), filter.as_bytes());
        prop_assert_eq!(prefix_contains(prefix, inner), both().all(|begins| begins), "{} in {:?}", filter, prefix);
        prop_assert_eq!(prefix_overlaps(prefix, inner), both().any(|begins| begins), "{} and {:?}", filter, prefix);
    }

    #[test]
    fn a_topic_is_a_filter_without_wildcards(filter in filters(), topic in prop::sample::select(TOPICS.clone())) {
        let is = Filter::new(&filter, &TopicLimits::default()).unwrap().matches(topic.as_bytes());
        prop_assert_eq!(contains(filter.as_bytes(), topic.as_bytes()), is);
        prop_assert_eq!(overlap(filter.as_bytes(), topic.as_bytes()), is);
    }

    #[test]
    fn anything_is_answered(one in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        let _: bool = contains(&one, &other) | overlap(&one, &other);
        let _: bool = prefix_contains(&one, &other) | prefix_overlaps(&one, &other);
    }
}

#[test]
fn the_classical_holes_are_closed() {
    let table: [(&str, &str, bool, bool); 14] = [
        // rule, subscription, contains, overlap
        ("secret/#", "#", false, true),
        ("secret/#", "+/x", false, true),
        ("secret/#", "secret", true, true),
        ("secret/+", "secret/#", false, true),
        ("a/#", "a/+/c", true, true),
        ("a/+/#", "a/#", false, true),
        ("+/#", "#", true, true),
        ("#", "+/#", true, true),
        ("/#", "+", false, false),
        ("+/+/#", "/#", true, true),
        ("#", "$SYS/#", false, false),
        ("+/x", "$SYS/x", false, false),
        ("$SYS/#", "#", false, false),
        ("$SYS/#", "$SYS/+", true, true),
    ];
    for (rule, subscription, within, common) in table {
        let found = (
            contains(rule.as_bytes(), subscription.as_bytes()),
            overlap(rule.as_bytes(), subscription.as_bytes()),
        );
        assert_eq!(found, (within, common), "{rule} and {subscription}");
    }
}
