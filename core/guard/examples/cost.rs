//! What a question costs. `cargo run -p tidegate-guard --release --example cost`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it measures, prints, and stops when something is amiss"
)]

use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tidegate_guard::*;
use tidegate_types::Text;

const ROUNDS: u32 = 2_000_000;
const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn cost<R>(what: &str, rounds: u32, mut round: impl FnMut(u64) -> R) {
    let (wall, started) = (Instant::now(), on_cpu());
    for n in 0..rounds {
        black_box(round(u64::from(n)));
    }
    let spent = on_cpu().zip(started).map_or(wall.elapsed(), |(now, started)| now.saturating_sub(started));
    let nanos = spent.as_secs_f64() * 1e9 / f64::from(rounds);
    println!("{what:<52} {nanos:>9.1} ns");
}

/// The time this thread had a processor, where Linux says so: others may be busy meanwhile.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn main() {
    rates();
    addresses();
    for (networks, patterns) in [(false, ""), (true, ""), (true, "client-pattern"), (true, "client-regex")] {
        bans(networks, patterns);
    }
    others();
}

fn rates() {
    let rate = Rate::new(100_000_000, Duration::from_secs(1), 1_000_000).unwrap();
    let mut bucket = Bucket::default();
    cost("Bucket::take", ROUNDS * 10, |n| bucket.take(&rate, Tick(n * 20), 1));
    let mut bucket = Bucket::default();
    cost("Bucket::charge", ROUNDS * 10, |n| bucket.charge(&rate, Tick(n * 20), 1));
    let shared = SharedBucket::new(rate);
    cost("SharedBucket::take", ROUNDS * 10, |n| shared.take(Tick(n * 20), 1));
    let shared = SharedBucket::new(rate);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (0..).take_while(|_| !done.load(Ordering::Relaxed)).for_each(|n| {
                black_box(shared.charge(Tick(n * 20), 1));
            });
        });
        cost("SharedBucket::take, a second thread at it", ROUNDS * 10, |n| shared.take(Tick(n * 20), 1));
        done.store(true, Ordering::Relaxed);
    });
}

fn address(n: u64) -> IpAddr {
    IpAddr::from((0x2001_0db8_u128 << 96 | u128::from(n) << 64 | 1).to_be_bytes())
}

fn addresses() {
    let rate = Rate::new(1, Duration::from_secs(3600), 10).unwrap();
    let table = PerAddress::<Bucket>::new(AddressBounds::default());
    cost("PerAddress::take, 10,000 known addresses", ROUNDS, |n| {
        table.take(address(n % 10_000), &rate, Tick(n), 1)
    });
    let table = PerAddress::<Bucket>::new(AddressBounds::default());
    cost("PerAddress::take, ever new addresses, table full", ROUNDS, |n| {
        table.take(address(n), &rate, Tick(n), 1)
    });
    let open = Arc::new(OpenConnections::new(AddressBounds::default()));
    cost("OpenConnections::enter and leave", ROUNDS, |n| open.enter(address(n % 10_000), 5));
}

fn bans(any: bool, patterns: &str) {
    let bans = Bans::default();
    let mut count = 0;
    let mut set = |what: String| {
        count += 1;
        let (why, by) = (Text::from("why"), Text::from("by"));
        let what: BanKey = what.parse().unwrap();
        bans.set(Ban { what, until: None, why, by, made: NOW, automatic: false }, NOW).unwrap();
    };
    for n in 0..if any { 3_000 } else { 0 } {
        set(format!("client:banned-{n}"));
        set(format!("user:banned-{n}"));
        set(format!("address:10.{}.{}.7", n / 256, n % 256));
    }
    for n in 0..if any { 250 } else { 0 } {
        for length in [16, 20, 24, 28] {
            set(format!("network:172.{}.{}.0/{length}", n, n % 16 * 16));
        }
    }
    for n in 0..if patterns.is_empty() { 0 } else { 1000 } {
        set(format!("{patterns}:{}banned-{n}-{}", if patterns.ends_with("regex") { "^" } else { "" }, "*"));
    }
    let names: Vec<String> = (0..1000).map(|n| format!("honest-{n}")).collect();
    let rounds = if patterns.is_empty() { ROUNDS } else { ROUNDS / 200 };
    cost(
        &format!("Bans::find, {count} bans{}{patterns}", if patterns.is_empty() { "" } else { ", 1,000 a " }),
        rounds,
        |n| {
            let name = names.get(usize::try_from(n % 1000).unwrap()).map(String::as_str);
            let address = Some(IpAddr::from([192, 0, 2, 7]));
            bans.find(&Suspect { client: name, user: name, address }, NOW)
        },
    );
}

fn others() {
    let (failures, rules) = (Failures::new(AddressBounds::default()), FailureRules::default());
    for n in 0..5_000 {
        failures.failed(&rules, address(n), Some("eve"), Tick(0));
    }
    cost("Failures::may_try, 5,000 addresses known", ROUNDS, |n| {
        failures.may_try(&rules, address(n % 10_000), Some("eve"), Tick(0)).is_ok()
    });
    let quotas = Arc::new(Quotas::new());
    let users: Vec<Text> = (0..1000).map(|n| Text::from(format!("user-{n}").as_str())).collect();
    let kept: Vec<Hold> = users.iter().map(|user| quotas.take(user, Kind::Sessions, 1, 9).unwrap()).collect();
    cost("Quotas::take and give back", ROUNDS, |n| {
        let user = users.get(usize::try_from(n % 1000).unwrap()).unwrap();
        quotas.take(user, Kind::Subscriptions, 1, 9)
    });
    drop(kept);
    let flapping = Flapping::new(AddressBounds::default());
    cost("Flapping::note_client, ever new clients, table full", ROUNDS, |n| {
        flapping.note_client(&Flapping::USUAL, &n.to_string(), Tick(0), NOW)
    });
}
