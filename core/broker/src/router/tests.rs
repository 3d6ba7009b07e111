use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use proptest::prelude::*;
use tidegate_types::TopicLimits;

use super::*;

mod size;

impl Target for u32 {
    fn key(&self) -> usize {
        usize::try_from(*self).unwrap()
    }
}

fn filter(text: &str) -> Filter {
    Filter::new(text, &TopicLimits::default()).unwrap()
}

fn options(number: u32) -> Options {
    Options { identifier: NonZeroU32::new(number), ..Options::default() }
}

/// Few names, so that filters meet; the empty one and a hidden one among them.
fn a_filter() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["a", "b", "ab", "", "+", "+", "$s", "long-name"]);
    (prop::collection::vec(level, 0..6), any::<bool>()).prop_map(|(mut levels, rest)| {
        if rest || levels.is_empty() || levels == [""] {
            levels.push("#");
        }
        levels.join("/")
    })
}

fn a_topic() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["a", "b", "ab", "", "$s", "long-name", "other"]);
    prop::collection::vec(level, 1..6)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("empty", |it| !it.is_empty())
}

#[derive(Clone, Debug)]
enum Change {
    Insert(String, u32, u32),
    Remove(String, u32),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pool = prop::collection::vec(a_filter(), 1..20);
    pool.prop_flat_map(|pool| {
        let filter = prop::sample::select(pool);
        let change =
            (filter, any::<bool>(), 0_u32..6, 1_u32..100).prop_map(|(filter, insert, target, number)| {
                if insert { Change::Insert(filter, target, number) } else { Change::Remove(filter, target) }
            });
        prop::collection::vec(change, 1..120)
    })
}

type Model = BTreeMap<String, BTreeMap<u32, Options>>;

fn apply(router: &Router<u32>, model: &mut Model, change: &Change) {
    match change {
        Change::Insert(text, target, number) => {
            let targets = model.entry(text.clone()).or_default();
            let first = targets.is_empty();
            let replaced = targets.insert(*target, options(*number));
            let inserted = router.insert(&filter(text), *target, options(*number));
            assert_eq!(inserted, Inserted { first, replaced }, "{text}");
        }
        Change::Remove(text, target) => {
            let found = model.get_mut(text).is_some_and(|targets| targets.remove(target).is_some());
            model.retain(|_, targets| !targets.is_empty());
            let last = found && !model.contains_key(text);
            assert_eq!(router.remove(&filter(text), target.key()), Removed { last, found }, "{text}");
        }
    }
}

/// Every match, in no order; a pair that comes twice stays twice.
fn found(router: &Router<u32>, topic: &str) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut note = |target: &u32, options: Options| found.push((*target, options.identifier.unwrap().get()));
    router.exact(topic.as_bytes(), &mut note);
    router.wildcards(topic.as_bytes(), &mut note);
    found.sort_unstable();
    found
}

fn expected(model: &Model, topic: &str) -> Vec<(u32, u32)> {
    let matching = model.iter().filter(|(text, _)| filter(text).matches(topic.as_bytes()));
    let pairs = matching.flat_map(|(_, targets)| targets);
    let mut all: Vec<_> =
        pairs.map(|(target, options)| (*target, options.identifier.unwrap().get())).collect();
    all.sort_unstable();
    all
}

fn all_pages(router: &Router<u32>, max: usize) -> Vec<FilterCount> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        cursor = router.page(cursor.as_ref(), max, &mut all);
        if cursor.is_none() {
            return all;
        }
    }
}

proptest! {
    #[test]
    fn finds_what_the_definition_says(
        changes in changes(),
        topics in prop::collection::vec(a_topic(), 1..30),
        page in 1_usize..9,
    ) {
        let router = Router::new();
        let mut model = Model::new();
        for (done, change) in changes.iter().enumerate() {
            apply(&router, &mut model, change);
            if done % 16 == 0 {
                for topic in &topics {
                    prop_assert_eq!(found(&router, topic), expected(&model, topic), "{}", topic);
                }
            }
        }
        for topic in &topics {
            prop_assert_eq!(found(&router, topic), expected(&model, topic), "{}", topic);
        }
        prop_assert_eq!(router.len(), model.values().map(BTreeMap::len).sum::<usize>());
        prop_assert_eq!(router.has_wildcards(), model.keys().any(|text| filter(text).has_wildcard()));
        for (text, targets) in &model {
            prop_assert_eq!(router.subscribers(&filter(text)), targets.len());
            for (target, options) in targets {
                prop_assert_eq!(router.get(&filter(text), target.key()), Some(*options));
            }
        }
        let mut listed: Vec<_> =
            all_pages(&router, page).into_iter().map(|it| (it.filter.to_string(), it.subscribers)).collect();
        listed.sort();
        let counts: Vec<_> = model.iter().map(|(text, targets)| (text.clone(), targets.len())).collect();
        prop_assert_eq!(listed, counts);
        for (text, targets) in &model {
            for target in targets.keys() {
                prop_assert!(router.remove(&filter(text), target.key()).found);
            }
        }
        prop_assert!(router.is_empty() && !router.has_wildcards());
        prop_assert!(topics.iter().all(|topic| found(&router, topic).is_empty()));
        router.trie.check();
    }

    #[test]
    fn the_trie_keeps_its_shape(changes in changes()) {
        let router = Router::new();
        let mut model = Model::new();
        for change in &changes {
            apply(&router, &mut model, change);
            router.trie.check();
        }
    }

    #[test]
    fn pages_survive_changes(
        stays in prop::collection::btree_set(a_filter(), 1..25),
        comes_and_goes in prop::collection::vec(a_filter(), 1..25),
        page in 1_usize..4,
    ) {
        let router = Router::new();
        for text in &stays {
            router.insert(&filter(text), 0, options(1));
        }
        let mut all = Vec::new();
        let mut cursor = None;
        let mut turn = 0_usize;
        loop {
            cursor = router.page(cursor.as_ref(), page, &mut all);
            if cursor.is_none() {
                break;
            }
            let other = &comes_and_goes[turn % comes_and_goes.len()];
            if !router.remove(&filter(other), 1).found {
                router.insert(&filter(other), 1, options(1));
            }
            turn += 1;
        }
        let listed: Vec<_> = all.iter().map(|it| it.filter.to_string()).collect();
        let distinct: BTreeSet<_> = listed.iter().cloned().collect();
        prop_assert!(stays.is_subset(&distinct), "{:?}", listed);
        let twice = stays.iter().find(|text| listed.iter().filter(|it| it == text).count() > 1);
        prop_assert_eq!(twice, None);
    }
}

/// A name that another begins with is another name, within a label too.
#[test]
fn names_end_where_levels_end() {
    let router = Router::new();
    router.insert(&filter("x/a/b/+"), 1, options(1));
    router.insert(&filter("x/a/b/+/c"), 1, options(1));
    for text in ["x/a/bc/+", "x/+/b/+", "x/a/b/+/cd/#", "x/a/b/#", "x/a/b/+/c/+"] {
        assert_eq!(router.get(&filter(text), 1), None, "{text}");
        assert!(!router.remove(&filter(text), 1).found, "{text}");
    }
    assert_eq!(found(&router, "x/a/bc/y"), []);
    assert_eq!(found(&router, "x/a/b/y/cd"), []);
    router.insert(&filter("y/b/c/+"), 1, options(1));
    router.insert(&filter("y/b/d/+"), 1, options(1));
    assert!(!router.remove(&filter("y/b-c/+"), 1).found, "'-' is no separator");
    assert_eq!(router.len(), 4);
}

#[test]
fn a_page_goes_on_after_a_filter_that_left() {
    let router = Router::new();
    for text in ["a/+", "a/+/c/d", "b"] {
        router.insert(&filter(text), 1, options(1));
    }
    let mut all = Vec::new();
    let mut cursor = router.page(None, 1, &mut all);
    while let Some(at) = cursor {
        let last = all.last().unwrap().filter.clone();
        router.remove(&last, 1);
        cursor = router.page(Some(&at), 1, &mut all);
    }
    let mut listed: Vec<_> = all.iter().map(|it| it.filter.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, ["a/+", "a/+/c/d", "b"]);
}

/// As many nodes below each other as there are levels, dropped on a stack that recursion would overflow.
#[test]
fn a_deep_trie_is_dropped_without_recursion() {
    let limits = TopicLimits { max_bytes: 65_535, max_levels: 32_768 };
    let router = Router::new();
    for stem in ["+/", "n/"] {
        for levels in 1..1_500_usize {
            let filter = Filter::new(&format!("{}+", stem.repeat(levels)), &limits).unwrap();
            router.insert(&filter, 1, options(1));
        }
    }
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(64 * 1024);
        small.spawn_scoped(scope, move || drop(router)).unwrap();
    });
}

#[test]
fn every_change_counts() {
    let router = Router::new();
    let before = router.generation();
    router.insert(&filter("a/+"), 1, options(1));
    let inserted = router.generation();
    router.insert(&filter("a/+"), 1, options(2));
    let replaced = router.generation();
    router.remove(&filter("a/+"), 1);
    let removed = router.generation();
    router.remove(&filter("a/+"), 1);
    assert!(before < inserted && inserted < replaced && replaced < removed);
    assert_eq!(removed, router.generation(), "nothing changed");
}

#[test]
fn a_crowd_under_one_filter() {
    let router = Router::new();
    for text in ["crowd", "crowd/+"] {
        let filter = filter(text);
        for target in 0..100_000 {
            router.insert(&filter, target, options(1));
        }
        assert_eq!(router.subscribers(&filter), 100_000);
        // From the front: the dearest order for a list that closes its gaps.
        for target in 0..100_000 {
            assert_eq!(router.remove(&filter, target), Removed { last: target == 99_999, found: true });
        }
    }
}

#[test]
fn many_names_under_one_level() {
    let router = Router::new();
    for number in 0..20_000 {
        router.insert(&filter(&format!("d/{number}/+")), number, options(1));
    }
    let visited = router.wildcards(b"d/777/x", |target, _| assert_eq!(*target, 777));
    assert!(visited <= 3, "{visited} nodes");
    assert_eq!(all_pages(&router, 1000).len(), 20_000);
    for number in 0..20_000 {
        assert!(router.remove(&filter(&format!("d/{number}/+")), number.key()).found);
        if number % 4096 == 0 {
            router.trie.check();
        }
    }
    assert!(router.is_empty());
}

/// Deep filters cost two nodes each and no stack.
#[test]
fn deep_filters() {
    let limits = TopicLimits { max_bytes: 65_535, max_levels: 32_768 };
    let router = Router::new();
    let mut filters = Vec::new();
    for levels in (1..32_000_usize).step_by(97) {
        filters.push(Filter::new(&format!("{}+", "+/".repeat(levels)), &limits).unwrap());
        filters.push(Filter::new(&format!("{}a/#", "+/".repeat(levels)), &limits).unwrap());
    }
    for filter in &filters {
        router.insert(filter, 1, options(1));
    }
    let topic = "a/".repeat(31_000);
    let mut matches = 0;
    let visited = router.wildcards(topic.as_bytes(), |_, _| matches += 1);
    let expected = filters.iter().filter(|filter| filter.matches(topic.as_bytes())).count();
    assert_eq!(matches, expected);
    assert!(visited <= 2 * filters.len(), "{visited} nodes");
    for filter in filters.iter().rev().step_by(2) {
        assert!(router.remove(filter, 1).last);
    }
    router.trie.check();
}

/// All mixtures of `+` and one name: the worst there is. The work stays below two nodes a filter.
#[test]
fn mixtures_of_wildcards() {
    let router = Router::new();
    for bits in 0..1_u32 << 10 {
        let levels: Vec<_> = (0..10).map(|at| if bits >> at & 1 == 0 { "a" } else { "+" }).collect();
        router.insert(&filter(&format!("{}/x/#", levels.join("/"))), bits, options(1));
    }
    let visited = router.wildcards(b"a/a/a/a/a/a/a/a/a/a/y", |target, _| panic!("{target} does not match"));
    assert!(visited <= 2 << 10, "{visited} nodes");
    let mut matches = 0;
    router.wildcards(b"a/a/a/a/a/a/a/a/a/a/x/z", |_, _| matches += 1);
    assert_eq!(matches, 1 << 10);
}
