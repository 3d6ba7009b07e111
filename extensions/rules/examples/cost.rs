//! What a decision costs without the kernel's cache, and what a rule costs in memory.
//!
//! `cargo run --release -p tidegate-rules --example cost`
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example prints, and stops where it cannot go on"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use tidegate_broker::{Action, Authorizer, Principal};
use tidegate_config::Origin;
use tidegate_config::sections::{Authorization, NoMatch, Rule};
use tidegate_rules::Rules;
use tidegate_types::{ClientId, Guarantee};

const TURNS: u32 = 400_000;

/// A name, a rule by its number, and the topic whose rule is the one with that number.
type Kind = (&'static str, fn(usize) -> String, fn(usize) -> String);

const KINDS: [Kind; 7] = [
    (
        "a pattern of clients each, all topics",
        |n| format!("client = \"user-{n}-*\"\ntopics = \"#\""),
        |n| format!("any/{n}"),
    ),
    (
        "a rule for each user",
        |n| format!("user = \"user-{n}\"\ntopics = \"data/{n}/#\""),
        |n| format!("data/{n}/x"),
    ),
    (
        "a place for each rule",
        |n| format!("any = true\ntopics = \"site/{n}/+/#\""),
        |n| format!("site/{n}/x/y"),
    ),
    (
        "a place and a placeholder",
        |n| format!("any = true\ntopics = \"site/{n}/${{clientid}}/#\""),
        |n| format!("site/{n}/user-{n}-1/y"),
    ),
    (
        "a network for each rule",
        |n| format!("address = \"10.{}.{}.0/24\"\ntopics = \"site/{n}/#\"", n / 256, n % 256),
        |n| format!("site/{n}/x"),
    ),
    (
        "worst: a pattern that begins with ? each",
        |n| format!("client = \"?ser-{n}-1\"\ntopics = \"#\""),
        |n| format!("any/{n}"),
    ),
    (
        "worst: the same place, an attribute each",
        |n| format!("attributes = \"group={n}\"\ntopics = \"site/#\""),
        |_| "site/x".to_owned(),
    ),
];

fn main() {
    println!(
        "{:<46} {:>7} {:>10} {:>10} {:>10} {:>9} {:>9}",
        "", "rules", "publish", "subscribe", "refused", "B/rule", "build ms"
    );
    for (name, rule, topic) in KINDS {
        for count in [10, 1_000, 10_000] {
            measure(name, count, rule, topic);
        }
    }
    measure_filters();
}

/// A kind of filter, and how it is written.
type Filters = (&'static str, fn(usize) -> String);

/// Subscriptions with wildcards in front of 100,000 rules that refuse, none of which they meet.
fn measure_filters() {
    const COUNT: usize = 100_000;
    let mut text = String::new();
    for n in 0..COUNT {
        let place = format!("site/{}/{}/x{n}", n / 300, n % 300);
        writeln!(text, "[[rule]]\neffect = \"deny\"\nany = true\ntopics = \"{place}\"")
            .expect("text takes text");
    }
    let read = Authorization::read_rules("rules.toml", &text).expect("the rules are right");
    let begun = Instant::now();
    let rules = Rules::new(&read, NoMatch::Deny);
    println!(
        "\n{COUNT} rules that refuse, built in {:.0} ms; a filter that meets none:",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let filters: [Filters; 5] = [
        ("+/+/+/z…", |n| format!("+/+/+/z{n}")),
        ("+/7/+/z…", |n| format!("+/{}/+/z{n}", n % 300)),
        ("+/7/5/x9 (that stands elsewhere)", |n| format!("+/{}/{}/x9", n + 1, n)),
        ("+/+/+/+/+", |_| "+/+/+/+/+".to_owned()),
        ("site/+/+/z…", |n| format!("site/+/+/z{n}")),
    ];
    for (name, filter) in filters {
        let people: Vec<(Principal, String)> = (0..64).map(|n| (somebody(n), filter(n))).collect();
        let spent = time(&rules, &people, |filter| Action::Subscribe {
            filter,
            group: None,
            guarantee: Guarantee::AtMostOnce,
        });
        println!("{name:<46} {spent:>10.0} ns");
    }
}

fn measure(name: &str, count: usize, rule: fn(usize) -> String, topic: fn(usize) -> String) {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "[[rule]]\neffect = \"allow\"\n{}", rule(number)).expect("text takes text");
    }
    let read = Authorization::read_rules("rules.toml", &text).expect("the rules are right");
    let begun = Instant::now();
    let rules = Rules::new(&read, NoMatch::Deny);
    let built = begun.elapsed();
    let bytes = if count == 10_000 { bytes_a_rule(&read) } else { 0 };
    let people: Vec<(Principal, String)> = (0..64)
        .map(|turn| {
            let number = (turn * 7919) % count;
            (somebody(number), topic(number))
        })
        .collect();
    let publish = time(&rules, &people, |topic| Action::Publish {
        topic,
        guarantee: Guarantee::AtMostOnce,
        retain: false,
    });
    let subscribe = time(&rules, &people, |filter| Action::Subscribe {
        filter,
        group: None,
        guarantee: Guarantee::AtMostOnce,
    });
    let refused = time(&rules, &people, |_| Action::Subscribe {
        filter: "#",
        group: None,
        guarantee: Guarantee::AtMostOnce,
    });
    println!(
        "{name:<46} {count:>7} {publish:>7.0} ns {subscribe:>7.0} ns {refused:>7.0} ns {bytes:>9} {:>9.1}",
        built.as_secs_f64() * 1e3
    );
}

/// What a rule takes, once what was freed before is used up. What is built here stays, so that nothing is counted
/// that was there already.
fn bytes_a_rule(read: &[(Rule, Origin)]) -> usize {
    let build = || (0..12).for_each(|_| std::mem::forget(Rules::new(read, NoMatch::Deny)));
    build();
    let before = memory();
    build();
    memory().saturating_sub(before) / (12 * read.len())
}

fn somebody(number: usize) -> Principal {
    let name = format!("user-{number}");
    Principal {
        user: Some(name.as_str().into()),
        client: Some(ClientId::new(&format!("{name}-1"))),
        remote: format!("10.{}.{}.9:1", number / 256, number % 256).parse().ok(),
        attributes: vec![("group".into(), number.to_string().as_str().into())],
        listener: Some("lan".into()),
        ..Principal::default()
    }
}

fn time(rules: &Rules, people: &[(Principal, String)], act: impl for<'a> Fn(&'a str) -> Action<'a>) -> f64 {
    let (begun, spent) = (Instant::now(), cpu());
    let mut asked = 0_u32;
    // A slow kind is asked less often.
    while asked < TURNS && begun.elapsed().as_millis() < 500 {
        for (who, topic) in people {
            black_box(rules.authorize(black_box(who), act(black_box(topic))));
            asked += 1;
        }
    }
    cpu().saturating_sub(spent) as f64 / f64::from(asked.max(1))
}

/// Nanoseconds this thread had a processor for: others on the machine do not count.
fn cpu() -> u64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    spent.split(' ').next().and_then(|spent| spent.parse().ok()).unwrap_or(0)
}

/// Resident bytes.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0);
    pages * 4096
}
