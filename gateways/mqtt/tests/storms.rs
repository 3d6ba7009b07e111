//! Clients that lose their connections, come back and take themselves over, on a network that delivers pieces and
//! notices in any order, with a journal that commits late and a fabric that grants late. What was promised holds:
//! nothing lost at QoS 1, nothing lost or doubled at QoS 2, everything in order.
//!
//! `MQTT_STORMS` says how many seeds, `MQTT_STORM_SEED` where they begin. A failure names its seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "storms/client.rs"]
mod client;

use std::sync::Arc;

use mqtt_codec::{Qos, Version};
use tidegate_broker::{
    Action, Alone, Anonymous, Authorizer, Broker, Claim, Decision, Fabric, Journal, Memory, Principal, Ticket,
};
use tidegate_config::Duration;
use tidegate_gateway::testkit::{LateJournal, Network, WideFabric};
use tidegate_gateway_mqtt::{MqttConfig, MqttGateway};
use tidegate_types::{Filter, Limits, Message, SessionKey};

use client::Client;

/// Messages a storm carries.
const MESSAGES: u32 = 40;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What commits and grants late, at the test's word.
#[derive(Clone, Default)]
struct Weather {
    journal: Option<Arc<LateJournal>>,
    fabric: Option<Arc<WideFabric>>,
    /// Whether the rules change again and again; what the two clients do stays allowed.
    rules: bool,
}

/// Rules that allow what the two clients do and nothing else.
struct Narrow;

impl Authorizer for Narrow {
    fn authorize(&self, _: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Publish { topic: "t", .. } | Action::Subscribe { filter: "t", .. } => Decision::Allow,
            _ => Decision::Abstain,
        }
    }
}

/// A fabric that the test keeps a hand on.
struct Wide(Arc<WideFabric>);

impl Fabric for Wide {
    const CLUSTERED: bool = true;

    fn claim(&self, key: &SessionKey, clean: bool, ticket: &Ticket) -> Claim {
        self.0.claim(key, clean, ticket)
    }

    fn release(&self, key: &SessionKey) {
        self.0.release(key);
    }

    fn interest(&self, filter: &Filter, wanted: bool) {
        self.0.interest(filter, wanted);
    }

    fn forward(&self, message: &Message) {
        self.0.forward(message);
    }
}

struct Storm<F: Fabric> {
    network: Network<F>,
    gateway: MqttGateway,
    weather: Weather,
    publisher: Client,
    subscriber: Client,
    seed: u64,
}

impl<F: Fabric + 'static> Storm<F> {
    fn new(seed: u64, qos: Qos, fabric: F, weather: Weather) -> Self {
        let journal = weather.journal.clone();
        let mut network = Network::new(seed, |switchboard| {
            let journal: Arc<dyn Journal> = match journal {
                Some(late) => late,
                None => Arc::new(Memory),
            };
            let broker = Broker::with(Limits::default(), switchboard, fabric, journal);
            let anonymous = Anonymous { loopback_only: true, names_unproven: true };
            broker.set_access(vec![Arc::new(anonymous)], Vec::new());
            broker
        });
        let config = MqttConfig {
            receive_maximum: 8,
            max_inflight: 3,
            connect_timeout: Duration::from_secs(3600),
            ..MqttConfig::default()
        };
        let realm = network.broker().realm("mqtt");
        let gateway = MqttGateway::new(&config, realm, Arc::new(|| 1), 4);
        let versions = [Version::V3, Version::V4, Version::V5];
        let mut version = || versions[network.random().below(3)];
        let (publisher, subscriber) = (version(), version());
        let publisher = Client::new("publisher", publisher, qos, network.connect(&gateway));
        let subscriber = Client::new("subscriber", subscriber, qos, network.connect(&gateway));
        Self { network, gateway, weather, publisher, subscriber, seed }
    }

    /// Both clients read and answer; then something happens to the weather.
    fn pump(&mut self) {
        for client in [&mut self.publisher, &mut self.subscriber] {
            let bytes = self.network.received(client.line);
            let answers = client.read(&bytes);
            self.network.send(client.line, &answers);
        }
        if let Some(journal) = &self.weather.journal
            && self.network.random().once_in(3)
        {
            journal.commit(1 + self.network.random().number() % 3);
        }
        if let Some(fabric) = self.weather.fabric.clone()
            && self.network.random().once_in(3)
        {
            self.grant(&fabric);
        }
    }

    /// Answers one of the claims that wait.
    fn grant(&mut self, fabric: &WideFabric) {
        let index = self.network.random().below(fabric.waiting());
        if let Some((seat, request, _)) = fabric.take(index) {
            self.network.act(|broker, turn| broker.claimed(turn, seat, request, Ok(())));
        }
    }

    /// Other rules hold, which say the same of these two.
    fn change_rules(&mut self) {
        let rules: Vec<Arc<dyn Authorizer>> =
            if self.network.random().once_in(2) { Vec::new() } else { vec![Arc::new(Narrow)] };
        self.network.broker().set_rules(rules);
        if self.network.random().once_in(2) {
            self.network.act(|broker, turn| {
                broker.sweep(turn, 1);
            });
        }
    }

    /// Lets it blow over: everything that waits happens.
    fn calm(&mut self) {
        for _ in 0..20_000 {
            self.pump();
            self.return_closed();
            let busy = self.network.step_once();
            if let Some(journal) = &self.weather.journal {
                let (written, committed) = journal.progress();
                if written != committed {
                    continue;
                }
            }
            let settled = self.publisher.is_settled() && self.publisher.is_in() && self.subscriber.is_in();
            if !busy && settled && self.subscriber.is_quiet() {
                return;
            }
        }
        panic!("seed {}: never calm: {:?} {:?}", self.seed, self.publisher, self.subscriber);
    }

    /// A client that was closed comes back: an older connection of its own may have taken the session, because
    /// bytes of different connections arrive in any order.
    fn return_closed(&mut self) {
        for publisher in [true, false] {
            let line = if publisher { self.publisher.line } else { self.subscriber.line };
            if self.network.is_closed(line) {
                self.again(publisher);
            }
        }
    }

    /// A client comes back, its old connection cut or left for the broker to close.
    fn again(&mut self, publisher: bool) {
        let cut = self.network.random().once_in(2);
        let line = self.network.connect(&self.gateway);
        let client = if publisher { &mut self.publisher } else { &mut self.subscriber };
        if cut {
            self.network.cut(client.line);
        }
        let bytes = client.connect(line);
        self.network.send(line, &bytes);
    }

    fn run(mut self) -> (Vec<u32>, u32) {
        for client in [&mut self.publisher, &mut self.subscriber] {
            let bytes = client.connect(client.line);
            self.network.send(client.line, &bytes);
        }
        self.calm();
        let subscribe = self.subscriber.subscribe("t");
        self.network.send(self.subscriber.line, &subscribe);
        self.calm();
        let (mut sent, mut steps) = (0, 0);
        while sent < MESSAGES {
            steps += 1;
            assert!(steps < 20_000, "seed {}: stuck: {:?} {:?}", self.seed, self.publisher, self.subscriber);
            match self.network.random().below(60) {
                0 => self.again(true),
                1 => self.again(false),
                2 | 3 if self.weather.rules => self.change_rules(),
                4..=17 if self.publisher.may_send() => {
                    let bytes = self.publisher.publish(sent);
                    self.network.send(self.publisher.line, &bytes);
                    sent += 1;
                }
                _ => {
                    self.network.step_once();
                    self.pump();
                }
            }
            self.return_closed();
        }
        self.calm();
        (self.subscriber.got, self.publisher.repeats + self.subscriber.repeats)
    }
}

fn check(seed: u64, qos: Qos, got: &[u32]) {
    let mut first = Vec::new();
    for number in got {
        if !first.contains(number) {
            first.push(*number);
        }
    }
    assert!(first.iter().copied().eq(0..MESSAGES), "seed {seed} {qos:?}: lost or out of order: {got:?}");
    if qos == Qos::ExactlyOnce {
        assert_eq!(got.len(), first.len(), "seed {seed}: doubled: {got:?}");
    }
}

fn storms<F: Fabric + 'static>(weather: impl Fn() -> (F, Weather)) {
    let (count, begin) = (setting("MQTT_STORMS", 150), setting("MQTT_STORM_SEED", 1));
    let mut repeats = 0;
    for seed in begin..begin + count {
        for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce] {
            let (fabric, weather) = weather();
            let (got, repeated) = Storm::new(seed, qos, fabric, weather).run();
            check(seed, qos, &got);
            repeats += repeated;
        }
    }
    assert!(repeats > 0, "a storm in which nothing is repeated shows nothing");
}

#[test]
fn on_a_single_node() {
    storms(|| (Alone, Weather::default()));
}

#[test]
fn with_a_journal_that_commits_late() {
    storms(|| (Alone, Weather { journal: Some(Arc::default()), ..Weather::default() }));
}

#[test]
fn with_rules_that_change() {
    storms(|| (Alone, Weather { rules: true, ..Weather::default() }));
    storms(|| (Alone, Weather { rules: true, journal: Some(Arc::default()), ..Weather::default() }));
}

#[test]
fn with_a_fabric_that_grants_late() {
    storms(|| {
        let fabric = Arc::new(WideFabric::default());
        (Wide(Arc::clone(&fabric)), Weather { fabric: Some(fabric), ..Weather::default() })
    });
}

#[test]
fn with_both() {
    storms(|| {
        let fabric = Arc::new(WideFabric::default());
        (
            Wide(Arc::clone(&fabric)),
            Weather { journal: Some(Arc::default()), fabric: Some(fabric), ..Weather::default() },
        )
    });
}

/// A publisher and a subscriber that stays, both connected, the subscription committed.
fn in_calm(seed: u64) -> (Storm<Wide>, Arc<LateJournal>) {
    let (journal, fabric) = (Arc::<LateJournal>::default(), Arc::<WideFabric>::default());
    let weather = Weather {
        journal: Some(Arc::clone(&journal)),
        fabric: Some(Arc::clone(&fabric)),
        ..Weather::default()
    };
    let mut storm = Storm::new(seed, Qos::AtLeastOnce, Wide(fabric), weather);
    for client in [&mut storm.publisher, &mut storm.subscriber] {
        let bytes = client.connect(client.line);
        storm.network.send(client.line, &bytes);
    }
    storm.calm();
    let subscribe = storm.subscriber.subscribe("t");
    storm.network.send(storm.subscriber.line, &subscribe);
    storm.calm();
    (storm, journal)
}

#[test]
fn a_journal_that_fails_promises_nothing() {
    for seed in 0..20 {
        let (mut storm, journal) = in_calm(seed);
        let bytes = storm.publisher.publish(0);
        storm.network.send(storm.publisher.line, &bytes);
        storm.network.run();
        assert!(storm.network.received(storm.publisher.line).is_empty(), "seed {seed}: answered too early");
        journal.fail();
        storm.network.run();
        let answer = storm.network.received(storm.publisher.line);
        // Version 5 is told by a PUBACK with a reason; 3.x has no word for it and is closed.
        let told = matches!(answer[..], [0x40, 3..=255, _, _, 0x80..=0xFF, ..]);
        let closed = answer.is_empty() && storm.network.is_closed(storm.publisher.line);
        assert!(told || closed, "seed {seed}: {answer:02x?}");
    }
}

#[test]
fn a_fenced_session_is_gone_and_its_client_told() {
    for seed in 0..20 {
        let (mut storm, _) = in_calm(seed);
        let realm = storm.network.broker().realm("mqtt");
        let client = tidegate_types::ClientId::new("subscriber");
        storm.network.act(|broker, turn| assert!(broker.fence(turn, realm, &client)));
        storm.network.run();
        assert!(storm.network.is_closed(storm.subscriber.line), "seed {seed}");
        assert!(
            storm.network.broker().client(realm, &client).is_none(),
            "seed {seed}: the other node has it"
        );
        let counters = storm.network.broker().counters();
        assert_eq!((counters.sessions, counters.subscriptions), (1, 0), "seed {seed}");
    }
}
