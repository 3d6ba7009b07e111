//! What the router costs: nanoseconds a look-up and bytes a subscription, by number of subscriptions.
//!
//! `cargo run -p tidegate-broker --release --example router [most subscriptions]`

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
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    if let [count, kind] = numbers[..] {
        let kind = usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).expect("a kind");
        return measure(kind.0, kind.1, count);
    }
    let most = numbers.first().copied().unwrap_or(1_000_000);
    println!(
        "{:<28} {:>9} {:>10} {:>10} {:>6} {:>6}",
        "filters", "count", "insert ns", "look-up ns", "nodes", "bytes"
    );
    for kind in 0..KINDS.len() {
        for count in [1_000, 100_000, 1_000_000].into_iter().filter(|count| *count <= most) {
            // A process each: what one leaves free would hide what the next takes.
            let program = std::env::current_exe().expect("this program");
            let arguments = [count.to_string(), kind.to_string()];
            let ended = std::process::Command::new(program).args(arguments).status().expect("a process");
            assert!(ended.success(), "a measurement failed");
        }
    }
    crowd(100_000);
}

/// One subscriber a filter. Making the filter counts with the insertion and its text with the bytes; the subscriber
/// does not.
fn measure(name: &str, kind: fn(u64) -> (String, String), count: u64) {
    let limits = TopicLimits::default();
    let subscriber = Subscriber(Arc::new(0));
    let before = resident();
    let router = Router::new();
    let began = Instant::now();
    for number in 0..count {
        let filter = Filter::new(&kind(number).0, &limits).expect("a filter");
        router.insert(&filter, subscriber.clone(), Options::default());
    }
    let insert = began.elapsed().as_secs_f64() * 1e9 / f64::from(count_32(count));
    let bytes = resident().saturating_sub(before) / count;
    // Every look-up another topic, in an order that no prefetcher guesses.
    let topics: Vec<String> = (0..count.min(200_000)).map(|at| kind(at * 7_919 % count).1).collect();
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
    let look_up = began.elapsed().as_secs_f64() * 1e9 / f64::from(lookups);
    assert!(matches >= usize::try_from(lookups).unwrap_or(0), "each topic has a subscriber");
    let nodes = nodes / usize::try_from(lookups).unwrap_or(1);
    println!("{name:<28} {count:>9} {insert:>10.0} {look_up:>10.0} {nodes:>6} {bytes:>6}");
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
    time("look-up", &|| router.exact(b"news", |target, _| drop(black_box(target.clone()))));
    time("remove", &|| {
        for subscriber in &all {
            router.remove(&filter, subscriber.key());
        }
    });
}

fn count_32(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Resident bytes of this process; zero where `/proc` does not say.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = statm.split(' ').nth(1).and_then(|text| text.parse().ok());
    pages.unwrap_or(0) * 4096
}
