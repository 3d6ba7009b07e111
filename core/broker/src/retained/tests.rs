use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tidegate_types::{Draft, Guarantee, Moment, Properties, PublisherId, Stamp, TopicLimits};

use super::*;

fn filter(text: &str) -> Filter {
    Filter::new(text, &TopicLimits::default()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test may read the clock")]
fn origin() -> Instant {
    Instant::now()
}

fn message(topic: &str, payload: &[u8], arrived: Instant, expiry_seconds: Option<u32>) -> Message {
    let draft = Draft {
        topic,
        properties: Properties::default(),
        payload,
        guarantee: Guarantee::AtMostOnce,
        retain: true,
        expiry_seconds,
    };
    let arrived = Moment { at: arrived, wall: SystemTime::UNIX_EPOCH };
    Message::new(&draft, Stamp { publisher: PublisherId(1), arrived, revision: 1 }, &mut Vec::new())
}

fn value(topic: &str) -> Message {
    message(topic, b"value", origin(), None)
}

fn store(topics: impl IntoIterator<Item = String>) -> Retained {
    let store = Retained::new(&Limits::default());
    for topic in topics {
        store.set(value(&topic)).unwrap();
    }
    store
}

fn a_topic() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["a", "b", "", "$s", "a!", "\u{1}", "z", "%"]);
    prop::collection::vec(level, 1..6)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("empty", |it| !it.is_empty())
}

fn a_filter() -> impl Strategy<Value = String> {
    let level = prop::sample::select(vec!["a", "b", "", "+", "+", "$s", "a!", "z", "0"]);
    (prop::collection::vec(level, 0..6), any::<bool>()).prop_map(|(mut levels, rest)| {
        if rest || levels.is_empty() || levels == [""] {
            levels.push("#");
        }
        levels.join("/")
    })
}

/// All parts of a scan, with `between` called after each.
fn scan(store: &Retained, filter: &Filter, budget: (usize, usize), mut between: impl FnMut()) -> Vec<String> {
    let mut out = Vec::new();
    let mut after = None;
    loop {
        let before = out.len();
        let end = store.scan(filter, after.as_ref(), budget.0, budget.1, &mut out);
        assert!(out.len() - before <= budget.1.max(1));
        match end {
            ScanEnd::Done => return out.iter().map(|it| it.topic().to_owned()).collect(),
            ScanEnd::More(cursor) => after = Some(cursor),
        }
        between();
    }
}

fn sorted(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all
}

proptest! {
    #[test]
    fn finds_what_the_definition_says(
        topics in prop::collection::btree_set(a_topic(), 0..60),
        filters in prop::collection::vec(a_filter(), 1..10),
        budget in (0_usize..5, 0_usize..5),
    ) {
        let store = store(topics.iter().cloned());
        for text in &filters {
            let filter = filter(text);
            let expected: Vec<_> = topics.iter().filter(|it| filter.matches(it.as_bytes())).cloned().collect();
            let whole = scan(&store, &filter, (usize::MAX, usize::MAX), || ());
            prop_assert_eq!(&sorted(whole), &expected, "{}", text);
            prop_assert_eq!(&sorted(scan(&store, &filter, budget, || ())), &expected, "{} in parts", text);
        }
    }

    #[test]
    fn change_between_the_parts_loses_nothing_that_stays(
        stays in prop::collection::btree_set(a_topic(), 1..40),
        changes in prop::collection::vec(a_topic(), 1..40),
        text in a_filter(),
        budget in (1_usize..4, 1_usize..4),
    ) {
        let store = store(stays.iter().cloned());
        let filter = filter(&text);
        let mut turn = 0;
        let found = scan(&store, &filter, budget, || {
            let other = &changes[turn % changes.len()];
            turn += 1;
            if stays.contains(other) || !store.clear(other.as_bytes()) {
                store.set(value(other)).unwrap();
            }
        });
        for topic in &stays {
            let times = found.iter().filter(|it| *it == topic).count();
            prop_assert_eq!(times, usize::from(filter.matches(topic.as_bytes())), "{} in {}", topic, text);
        }
    }

    #[test]
    fn keeps_its_accounts(
        changes in prop::collection::vec((a_topic(), 0_usize..40, any::<bool>()), 1..80),
        max_messages in 1_usize..20,
        max_values in 1_usize..20,
    ) {
        let one = value("a/b").held_bytes();
        let limits = Limits { retained_messages: max_messages, retained_bytes: max_values * one, ..Limits::default() };
        let store = Retained::new(&limits);
        let mut model = BTreeMap::new();
        for (topic, bytes, set) in changes {
            if set {
                let message = message(&topic, &vec![0; bytes], origin(), None);
                let others: usize = model.iter().filter(|(it, _)| **it != topic).map(|(_, held)| held).sum();
                let old = model.get(&topic).copied();
                let room = model.len() < max_messages || old.is_some();
                let held = message.held_bytes();
                let fits = others + held <= limits.retained_bytes || old.is_some_and(|old| held <= old);
                prop_assert_eq!(store.set(message).is_ok(), room && fits);
                if room && fits {
                    model.insert(topic, held);
                }
            } else {
                prop_assert_eq!(store.clear(topic.as_bytes()), model.remove(&topic).is_some());
            }
            prop_assert_eq!((store.len(), store.bytes()), (model.len(), model.values().sum::<usize>()));
        }
    }
}

#[test]
fn a_value_is_replaced_and_found() {
    let store = Retained::new(&Limits::default());
    store.set(message("a/b", b"old", origin(), None)).unwrap();
    store.set(message("a/b", b"new", origin(), None)).unwrap();
    assert_eq!(store.get(b"a/b").unwrap().payload(), b"new");
    assert_eq!(store.len(), 1);
    assert!(store.get(b"a").is_none() && store.clear(b"a/b") && !store.clear(b"a/b"));
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[test]
fn what_expired_is_swept() {
    let store = Retained::new(&Limits::default());
    let start = origin();
    let at = |seconds| start + Duration::from_secs(seconds);
    assert_eq!(store.sweep(start, 10), 0);
    for number in 0..100_u32 {
        store
            .set(message(&format!("t/{number}"), b"", start, (number % 2 == 0).then_some(number + 1)))
            .unwrap();
    }
    assert_eq!((0..4).map(|_| store.sweep(start, 30)).sum::<usize>(), 0, "nothing has expired yet");
    // Two rounds of parts, wherever the last round ended.
    let swept: usize = (0..20).map(|_| store.sweep(at(50), 10)).sum();
    assert_eq!((swept, store.len()), (25, 75));
    let swept: usize = (0..20).map(|_| store.sweep(at(1000), 10)).sum();
    assert_eq!((swept, store.len()), (25, 50));
    assert_eq!(store.sweep(at(1000), 10), 0);
}

/// Work counts matches and names under a `+`, whatever else is stored.
#[test]
fn work_does_not_grow_with_the_store() {
    let plants = 20;
    let topics =
        (0..20_000).map(|number| format!("plant/{}/line/{}/value/{number}", number % plants, number % 100));
    let store = store(topics.chain((0..plants).map(|plant| format!("plant/{plant}/status"))));
    for (text, matches, most) in [
        ("plant/7/status", 1, 1),
        ("plant/+/status", plants, 2 * plants + 2),
        ("plant/+/nothing", 0, 2 * plants + 2),
        ("+/+/status", plants, 3 * plants + 3),
        ("plant/7/line/+", 0, 103),
        ("plant/3/line/3/#", 200, 202),
        ("nothing/+/x", 0, 1),
        ("zzz/#", 0, 1),
    ] {
        let mut out = Vec::new();
        let unlimited = (usize::MAX, usize::MAX);
        let scanned = scan::scan(&store.state.read().values, &filter(text), None, unlimited, &mut out);
        assert_eq!((scanned.end, out.len()), (ScanEnd::Done, matches), "{text}");
        assert!(scanned.visited <= most, "{text} looked at {}", scanned.visited);
    }
}

#[test]
fn a_scan_beside_writers_finds_what_stays_once() {
    let stays = 500_usize;
    let store = store((0..stays).map(|number| format!("s/{number}/x")));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (store, done) = (&store, &done);
        scope.spawn(move || {
            let mut number = 0_usize;
            while !done.load(Ordering::Acquire) {
                number = (number + 7) % (4 * stays);
                let topic = format!("s/{number}/x");
                if number < stays || !store.clear(topic.as_bytes()) {
                    store.set(value(&topic)).unwrap();
                }
            }
        });
        for round in 1..200_usize {
            let found = scan(store, &filter("s/+/x"), (round, 16), || ());
            let mut numbers: Vec<usize> =
                found.iter().filter_map(|it| it.split('/').nth(1)?.parse().ok()).collect();
            numbers.retain(|number| *number < stays);
            numbers.sort_unstable();
            assert_eq!(numbers, (0..stays).collect::<Vec<_>>());
        }
        done.store(true, Ordering::Release);
    });
}
