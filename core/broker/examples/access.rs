//! What the door costs: nanoseconds a publish, unguarded, guarded by 10,000 rules, measured, with bans.
//!
//! `cargo run -p tidegate-broker --release --example access [publishes]`

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#![expect(clippy::expect_used, reason = "a measurement that fails stops")]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{
    Action, Authorizer, Broker, ClientRates, Decision, DecisionLimits, Detach, Lease, Notice, OpenOptions,
    Principal, PrincipalRef, Protocol, RequestId, Seat, Switchboard, Turn, Verbs, Zone,
};
use tidegate_guard::{Ban, BanKey, Rate};
use tidegate_types::{ClientId, Draft, Guarantee, Limits, Moment, Properties, Realm, Text};

const RULES: usize = 10_000;
const TOPICS: usize = 32;
/// The median of so many runs is told.
const RUNS: usize = 9;

struct Nowhere;

impl Switchboard for Nowhere {
    fn notify(&self, _seat: Seat, _notice: Notice) {}
}

/// Rules looked through one by one; the last allows.
struct Linear(Vec<String>);

impl Authorizer for Linear {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        let (Action::Publish { topic: text, .. } | Action::Subscribe { filter: text, .. }) = action;
        let denied = self.0.iter().any(|rule| rule == text);
        if denied { Decision::Deny } else { Decision::Allow }
    }
}

struct Bench {
    broker: Broker,
    turn: Turn,
    lease: Lease,
    topics: Vec<String>,
}

fn moment() -> Moment {
    Moment { at: Instant::now(), wall: SystemTime::now() }
}

impl Bench {
    fn new(zone: Zone) -> Self {
        let broker = Broker::new(Limits::default(), Arc::new(Nowhere));
        broker.set_zones(Arc::new(zone), Vec::new());
        let mut turn = Turn::new(moment());
        let lease = open(&broker, &mut turn, "client");
        let topics = (0..TOPICS).map(|number| format!("site/7/device/{number}/state")).collect();
        Self { broker, turn, lease, topics }
    }

    fn rules(self) -> Self {
        let rules = (0..RULES).map(|number| format!("site/7/secret/{number}/state")).collect();
        self.broker.set_rules(vec![Arc::new(Linear(rules))]);
        self
    }

    fn bans(mut self) -> Self {
        for number in 0..RULES {
            let (why, by) = (Text::from("measured"), Text::from("example"));
            let what = BanKey::ClientId(format!("banned-{number}").as_str().into());
            let ban = Ban { what, until: None, why, by, made: self.turn.now.wall, automatic: false };
            self.broker.ban(&mut self.turn, &ban, false).expect("there is room");
        }
        self
    }

    /// Nanoseconds a publish.
    fn publish(&mut self, count: usize) -> f64 {
        let mut runs: Vec<f64> = (0..RUNS).map(|_| self.run(count)).collect();
        runs.sort_by(f64::total_cmp);
        runs.get(RUNS / 2).copied().unwrap_or(f64::NAN)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn run(&mut self, count: usize) -> f64 {
        let start = Instant::now();
        for topic in self.topics.iter().cycle().take(count) {
            let draft = Draft {
                topic,
                properties: Properties::NONE,
                payload: b"16 bytes of data",
                guarantee: Guarantee::AtMostOnce,
                retain: false,
                expiry_seconds: None,
            };
            let done = self.broker.publish(&mut self.turn, &self.lease, &draft, None, RequestId(0)).done();
            done.expect("at once").expect("allowed");
        }
        start.elapsed().as_nanos() as f64 / count as f64
    }
}

fn open(broker: &Broker, turn: &mut Turn, client: &str) -> Lease {
    let options = OpenOptions {
        realm: Realm(0),
        client: ClientId::new(client),
        clean: true,
        expiry: Duration::ZERO,
        credit: 1,
        handles: 1,
        will: None,
        protocol: &Protocol { gateway: "example", name: "example" },
        remote: ([127, 0, 0, 1], 1).into(),
    };
    let seat = Seat { worker: 0, generation: 0, slot: 1 };
    let opened = broker.open(turn, &PrincipalRef::default(), options, (seat, RequestId(0)));
    opened.done().expect("at once").expect("opened").lease
}

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let forgetful = DecisionLimits { entries: 0, bytes: 0 };
    let fast = Rate::per_second(1 << 32).ok();
    let rates = ClientRates { messages: fast, bytes: fast, subscribes: None };
    let bare = Bench::new(Zone::default()).publish(count);
    println!("publish, {TOPICS} topics in turn, nobody subscribes; ns a publish (more than unguarded)");
    println!("{:<44} {bare:>9.1}", "unguarded");
    let rows: [(&str, Bench, usize); 5] = [
        ("10,000 rules, remembered", Bench::new(Zone::default()).rules(), count),
        (
            "10,000 rules, asked each time (one by one)",
            Bench::new(Zone { decisions: forgetful, ..Zone::default() }).rules(),
            count / 500,
        ),
        ("message and byte rates", Bench::new(Zone { rates, ..Zone::default() }), count),
        ("10,000 bans", Bench::new(Zone::default()).bans(), count),
        ("all of it", Bench::new(Zone { rates, ..Zone::default() }).rules().bans(), count),
    ];
    for (name, mut bench, count) in rows {
        let cost = bench.publish(count.max(TOPICS));
        println!("{name:<44} {cost:>9.1} ({:+.1})", cost - bare);
    }
    connects(count / 10);
}

/// What a client costs that opens and goes.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn connects(count: usize) {
    println!("open and detach; ns each");
    for (name, bench) in [
        ("unguarded", Bench::new(Zone::default())),
        ("10,000 rules and bans", Bench::new(Zone::default()).rules().bans()),
    ] {
        let Bench { broker, mut turn, .. } = bench;
        let start = Instant::now();
        for _ in 0..count {
            let lease = open(&broker, &mut turn, "passing");
            let _done = broker.detach(&mut turn, &lease, Detach::Clean);
            turn.wakes.clear();
            turn.notices.clear();
        }
        println!("{name:<44} {:>9.1}", start.elapsed().as_nanos() as f64 / count as f64);
    }
}
