//! What is measured: one table.

use super::over::Over;
use crate::wire::Version;

/// Bytes of every payload: the length the reference figures were taken with.
pub const PAYLOAD: usize = 100;

/// One line of the report.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Name for `--only`.
    pub name: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// What happens.
    pub kind: Kind,
    /// What carries it.
    pub over: Over,
}

/// What happens in a scenario.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Messages flow; CPU-µs per delivered message.
    Flow(Shape),
    /// That many clients connect and subscribe; CPU-µs per client.
    Storm(usize),
    /// That many clients stay idle with one subscription; bytes of resident memory per client.
    Idle(usize),
    /// That many clients come one after the other, log in and leave; CPU-µs per client. TLS is resumed or not.
    Logins {
        /// How many.
        clients: usize,
        /// Whether they show the ticket of the one before.
        resumed: bool,
    },
}

/// Who publishes what to whom.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Topics and filters.
    pub pattern: Pattern,
    /// Number of publishing connections.
    pub publishers: usize,
    /// Number of subscribing connections.
    pub subscribers: usize,
    /// Quality of service, both ways.
    pub qos: u8,
    /// Protocol version of all connections.
    pub version: Version,
    /// Unacknowledged publishes a publisher may have (QoS 1 and 2).
    pub window: u64,
    /// Publishes of one publisher that may be on their way to a subscriber. Over all publishers of a subscriber it
    /// stays far below 100,000 messages, so that no broker's default queue overflows.
    pub outstanding: u64,
    /// Publishes a second over all publishers; `None` goes as fast as the windows allow.
    pub rate: Option<u64>,
}

/// How topics and filters meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Each publisher has a topic and a subscriber of its own.
    Pairs,
    /// All subscribers have the one publisher's topic.
    FanOut,
    /// Each publisher has a topic of its own, a wildcard filter takes them all.
    FanIn,
    /// One topic, and all subscribers in one shared group.
    Shared,
    /// Each subscriber has a wildcard filter of its own; publishers take their share of them in turn.
    Wildcards,
}

impl Shape {
    /// The topics publisher `p` sends to in turn.
    #[must_use]
    pub fn topics(&self, p: usize) -> Vec<String> {
        match self.pattern {
            Pattern::Pairs => vec![format!("bench/pair/{p}")],
            Pattern::FanOut => vec!["bench/all".to_owned()],
            Pattern::FanIn => vec![format!("bench/in/{p}")],
            Pattern::Shared => vec!["bench/jobs".to_owned()],
            Pattern::Wildcards => self.share(p).map(|s| format!("bench/{s}/value")).collect(),
        }
    }

    /// The filter of subscriber `s`.
    #[must_use]
    pub fn filter(&self, s: usize) -> String {
        match self.pattern {
            Pattern::Pairs => format!("bench/pair/{s}"),
            Pattern::FanOut => "bench/all".to_owned(),
            Pattern::FanIn => "bench/in/+".to_owned(),
            Pattern::Shared => "$share/group/bench/jobs".to_owned(),
            Pattern::Wildcards => format!("bench/{s}/+"),
        }
    }

    /// The publishers subscriber `s` hears.
    #[must_use]
    pub fn heard_by(&self, s: usize) -> std::ops::Range<usize> {
        match self.pattern {
            Pattern::Pairs => s..s + 1,
            Pattern::FanOut => 0..1,
            Pattern::FanIn | Pattern::Shared => 0..self.publishers,
            Pattern::Wildcards => {
                let p = s / (self.subscribers / self.publishers);
                p..p + 1
            }
        }
    }

    /// How many subscribers one publish reaches.
    #[must_use]
    pub fn copies(&self) -> u64 {
        if self.pattern == Pattern::FanOut { self.subscribers as u64 } else { 1 }
    }

    fn share(&self, p: usize) -> std::ops::Range<usize> {
        let each = self.subscribers / self.publishers;
        p * each..(p + 1) * each
    }
}

const PAIRS: Shape = Shape {
    pattern: Pattern::Pairs,
    publishers: 50,
    subscribers: 50,
    qos: 0,
    version: Version::V311,
    window: 100,
    outstanding: 1000,
    rate: None,
};

const fn flow(name: &'static str, title: &'static str, shape: Shape) -> Scenario {
    Scenario { name, title, kind: Kind::Flow(shape), over: Over::Tcp }
}

const fn over(over: Over, scenario: Scenario) -> Scenario {
    Scenario { over, ..scenario }
}

const fn logins(name: &'static str, title: &'static str, over: Over, resumed: bool) -> Scenario {
    Scenario { name, title, kind: Kind::Logins { clients: 2_000, resumed }, over }
}

const fn idle(name: &'static str, title: &'static str, over: Over, clients: usize) -> Scenario {
    Scenario { name, title, kind: Kind::Idle(clients), over }
}

const PACED: Shape = Shape { publishers: 500, subscribers: 500, qos: 1, rate: Some(10_000), ..PAIRS };
const QOS1: Shape = Shape { qos: 1, ..PAIRS };

/// Every line of the report, in its order.
pub const SCENARIOS: [Scenario; 25] = [
    flow("p2p0", "one-to-one 50→50 QoS 0", PAIRS),
    flow("p2p1", "one-to-one 50→50 QoS 1", QOS1),
    flow("p2p2", "one-to-one 50→50 QoS 2", Shape { qos: 2, ..PAIRS }),
    flow(
        "fanout",
        "fan-out 1→500 QoS 0",
        Shape { pattern: Pattern::FanOut, publishers: 1, subscribers: 500, outstanding: 50, ..PAIRS },
    ),
    flow(
        "fanin",
        "fan-in 200→1 QoS 1",
        Shape { pattern: Pattern::FanIn, publishers: 200, subscribers: 1, qos: 1, outstanding: 100, ..PAIRS },
    ),
    flow(
        "shared",
        "shared 100→5 QoS 1 (5.0)",
        Shape {
            pattern: Pattern::Shared,
            publishers: 100,
            subscribers: 5,
            qos: 1,
            version: Version::V5,
            outstanding: 100,
            ..PAIRS
        },
    ),
    flow(
        "wildcard",
        "5,000 subscribers with wildcard filters QoS 0",
        Shape { pattern: Pattern::Wildcards, subscribers: 5000, ..PAIRS },
    ),
    flow("paced", "paced 10,000/s 500→500 QoS 1", PACED),
    Scenario {
        name: "storm",
        title: "connect + subscribe, each of 5,000",
        kind: Kind::Storm(5_000),
        over: Over::Tcp,
    },
    idle("idle", "RSS bytes per idle subscribed connection, 10,000", Over::Tcp, 10_000),
    over(Over::Tls, flow("tls0", "one-to-one 50→50 QoS 0 over TLS 1.3", PAIRS)),
    over(Over::Tls, flow("tls1", "one-to-one 50→50 QoS 1 over TLS 1.3", QOS1)),
    over(Over::Ws, flow("ws0", "one-to-one 50→50 QoS 0 over WebSocket", PAIRS)),
    over(Over::Ws, flow("ws1", "one-to-one 50→50 QoS 1 over WebSocket", QOS1)),
    over(Over::Wss, flow("wss0", "one-to-one 50→50 QoS 0 over WebSocket and TLS 1.3", PAIRS)),
    over(Over::Wss, flow("wss1", "one-to-one 50→50 QoS 1 over WebSocket and TLS 1.3", QOS1)),
    over(Over::Tls, flow("pacedtls", "paced 10,000/s 500→500 QoS 1 over TLS 1.3", PACED)),
    over(Over::Ws, flow("pacedws", "paced 10,000/s 500→500 QoS 1 over WebSocket", PACED)),
    over(Over::Wss, flow("pacedwss", "paced 10,000/s 500→500 QoS 1 over WebSocket and TLS 1.3", PACED)),
    logins("login", "connect, log in, leave, each of 2,000", Over::Tcp, false),
    logins("tlslogin", "the same with a TLS 1.3 handshake", Over::Tls, false),
    logins("tlsagain", "the same with a resumed TLS 1.3 session", Over::Tls, true),
    idle("idletls", "RSS bytes per idle connection over TLS 1.3, 5,000", Over::Tls, 5_000),
    idle("idlews", "RSS bytes per idle connection over WebSocket, 5,000", Over::Ws, 5_000),
    idle("idlewss", "RSS bytes per idle connection over WebSocket and TLS 1.3, 5,000", Over::Wss, 5_000),
];
