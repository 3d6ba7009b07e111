//! What the router costs: nanoseconds a look-up and bytes a subscription, by number of subscriptions.
//!
//! `cargo run -p tidegate-broker --release --example router [most]`

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#![expect(clippy::expect_used, reason = "a measurement that fails stops")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tidegate_broker::router::{Options, Router, Target};
use tidegate_types::{Filter, TopicLimits};

/// A subscriber as wide as a shared session.
#[derive(Clone)]
struct Subscriber(Arc<u64>);

impl Target for Subscriber {
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

type Kind = (&'static str, fn(u64) -> (String, String));

/// A filter and a topic that it matches, by number.
const KINDS: [Kind; 6] = [
    ("exact, a topic each", |number| pair(format!("device/{number}/state"), "")),
    ("wildcard, device/N/+", |number| pair(format!("device/{number}/"), "+")),
    ("wildcard, device/N/#", |number| pair(format!("device/{number}/"), "#")),
    ("wildcard, +/N/state", |number| (format!("+/{number}/state"), format!("device/{number}/state"))),
    ("wildcard, three levels vary", |number| {
        let (site, line) = (number % 100, number / 100 % 100);
        pair(format!("site/{site}/line/{line}/cell/{number}/"), "+")
    }),
    ("mixed", |number| match number % 4 {
        0 => pair(format!("user/{number}/inbox"), ""),
        1 => pair(format!("device/{number}/"), "+"),
        2 => pair(format!("site/{}/cell/{number}/", number % 100), "#"),
        _ => (format!("+/{number}/state"), format!("pump/{number}/state")),
    }),
];

fn pair(stem: String, wildcard: &str) -> (String, String) {
    let topic = if wildcard.is_empty() { stem.clone() } else { format!("{stem}x") };
    (format!("{stem}{wildcard}"), topic)
}

fn main() {
    let most = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    println!(
        "{:<28} {:>9} {:>10} {:>10} {:>8} {:>8}",
        "filters", "count", "insert ns", "look-up ns", "nodes", "bytes"
    );
    for (name, kind) in KINDS {
        for count in [1_000, 100_000, 1_000_000].into_iter().filter(|count| *count <= most) {
            measure(name, kind, count);
        }
    }
    crowd(100_000);
}

/// One subscriber a filter. The filters' own text counts with the bytes, the subscriber does not.
fn measure(name: &str, kind: fn(u64) -> (String, String), count: u64) {
    let limits = TopicLimits::default();
    let subscriber = Subscriber(Arc::new(0));
    // Every look-up another topic, in an order that no prefetcher guesses.
    let topics: Vec<String> = (0..count.min(200_000)).map(|at| kind(at * 7_919 % count).1).collect();
    let before = resident();
    let router = Router::new();
    let began = Instant::now();
    for number in 0..count {
        let filter = Filter::new(&kind(number).0, &limits).expect("a filter");
        router.insert(&filter, subscriber.clone(), Options::default());
    }
    let insert = began.elapsed().as_nanos() / u128::from(count);
    let bytes = resident().saturating_sub(before) / count;
    let (mut nodes, mut matches, mut lookups) = (0_usize, 0_usize, 0_u32);
    let began = Instant::now();
    while lookups < 1_000_000 {
        for topic in &topics {
            let mut f = |target: &Subscriber, _| {
                black_box(target);
                matches += 1;
            };
            router.exact(topic.as_bytes(), &mut f);
            nodes += router.wildcards(topic.as_bytes(), &mut f);
            lookups += 1;
        }
    }
    let look_up = began.elapsed().as_nanos() / u128::from(lookups);
    assert!(matches >= usize::try_from(lookups).unwrap_or(0), "each topic has a subscriber");
    let nodes = nodes / usize::try_from(lookups).unwrap_or(1);
    println!("{name:<28} {count:>9} {insert:>10} {look_up:>10} {nodes:>8} {bytes:>8}");
}

/// Many subscribers of one topic.
fn crowd(count: u64) {
    let filter = Filter::new("news", &TopicLimits::default()).expect("a filter");
    let all: Vec<_> = (0..count).map(|number| Subscriber(Arc::new(number))).collect();
    let router = Router::new();
    let time = |what: &str, f: &dyn Fn()| {
        let began = Instant::now();
        f();
        println!(
            "a crowd of {count}: {what} {} ns a subscriber",
            began.elapsed().as_nanos() / u128::from(count)
        );
    };
    time("insert", &|| {
        for subscriber in &all {
            router.insert(&filter, subscriber.clone(), Options::default());
        }
    });
    time("look-up", &|| router.exact(b"news", |target, _| _ = black_box(target)));
    time("remove", &|| {
        for subscriber in &all {
            router.remove(&filter, subscriber.key());
        }
    });
}

/// Resident bytes of this process; zero where `/proc` does not say.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = statm.split(' ').nth(1).and_then(|text| text.parse().ok());
    pages.unwrap_or(0) * 4096
}
