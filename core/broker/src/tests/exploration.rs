//! Random walks over takeover, publish, pull, settle, close and changes of rules, bans and rates, held against a model:
//! nothing acknowledged is lost but what the rules hide, nothing exactly-once comes twice, one lease lives.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tidegate_guard::{Ban, Rate};

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Publish {
        guarantee: Guarantee,
        repeat: bool,
    },
    Pull(usize),
    Accept(usize),
    Hold(usize),
    Free(usize),
    /// Opened by another connection; the older one is still used afterwards.
    TakeOver {
        credit: u16,
    },
    Lose,
    ActAsOlder(usize),
    /// The rules change and leave the topic alone.
    ChangeRules,
    /// The rules hide the topic, so many messages come, and the rules show it again.
    Hide(usize),
    /// Somebody else is banned.
    Ban,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let guarantee = prop_oneof![Just(Guarantee::AtLeastOnce), Just(Guarantee::ExactlyOnce)];
    let step = prop_oneof![
        4 => (guarantee, any::<bool>())
            .prop_map(|(guarantee, repeat)| Step::Publish { guarantee, repeat }),
        4 => (1_usize..6).prop_map(Step::Pull),
        3 => (0_usize..8).prop_map(Step::Accept),
        3 => (0_usize..8).prop_map(Step::Hold),
        3 => (0_usize..8).prop_map(Step::Free),
        1 => (1_u16..6).prop_map(|credit| Step::TakeOver { credit }),
        1 => Just(Step::Lose),
        1 => (0_usize..4).prop_map(Step::ActAsOlder),
        1 => Just(Step::ChangeRules),
        1 => (0_usize..3).prop_map(Step::Hide),
        1 => Just(Step::Ban),
    ];
    prop::collection::vec(step, 1..120)
}

/// The receiver as a conforming client keeps it.
#[derive(Default)]
struct Model {
    published: u32,
    /// Payloads that must arrive.
    expected: BTreeSet<u32>,
    /// Payloads that were sent, whatever became of them.
    sent: BTreeSet<u32>,
    /// Payloads that were published while they were hidden.
    hidden: BTreeSet<u32>,
    /// How often each exactly-once payload was taken as new.
    taken: BTreeMap<u32, u32>,
    arrived: BTreeSet<u32>,
    /// Handles the client holds, with what it took under them: survives reconnects.
    held: BTreeMap<u32, u32>,
    /// Deliveries of the present connection, unsettled: handle, payload, exactly once.
    open: Vec<(u32, u32, bool)>,
    last_new: u32,
}

impl Model {
    fn receive(&mut self, pulled: &Pulled) {
        match pulled {
            Pulled::Held(handle) => assert!(self.held.contains_key(handle), "handle {handle} was never held"),
            Pulled::Delivery(delivery) => {
                let payload = u32::from_be_bytes(delivery.message.payload().try_into().unwrap());
                assert!(!self.hidden.contains(&payload), "{payload} was hidden");
                self.sent.insert(payload);
                let exact = delivery.guarantee == Guarantee::ExactlyOnce;
                assert!(!self.open.iter().any(|(handle, ..)| *handle == delivery.handle), "handle in use");
                assert!(
                    !self.held.contains_key(&delivery.handle),
                    "handle {} is held and was given to something else",
                    delivery.handle
                );
                if !delivery.repeat {
                    assert!(payload > self.last_new, "out of order");
                    self.last_new = payload;
                }
                self.open.push((delivery.handle, payload, exact));
                if !exact {
                    self.arrived.insert(payload);
                }
            }
        }
    }

    fn pick(&self, index: usize, exact: bool) -> Option<(u32, u32)> {
        let fitting: Vec<_> = self.open.iter().filter(|(.., is)| *is == exact).collect();
        let (handle, payload, _) = fitting.get(index % fitting.len().max(1))?;
        Some((*handle, *payload))
    }
}

/// Lets everybody publish, and read if it says so.
struct Shows(bool);

impl Authorizer for Shows {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        let allowed = self.0 || matches!(action, Action::Publish { .. });
        if allowed { Decision::Allow } else { Decision::Deny }
    }
}

struct Walk {
    world: World,
    publisher: Client,
    receiver: Client,
    older: Vec<Client>,
    model: Model,
    once: u32,
}

impl Walk {
    fn new() -> Self {
        let mut world = World::new(Limits::default());
        // Slowed all the time, which loses nothing.
        let messages = Some(Rate::new(1, Duration::from_secs(1), 1).unwrap());
        let rates = ClientRates { messages, ..ClientRates::default() };
        world.broker.set_zones(Arc::new(Zone { rates, ..Zone::default() }), Vec::new());
        let publisher = world.open("publisher");
        let receiver = world.open("receiver");
        world.subscribe(&receiver, &[wants("t")]);
        Self { world, publisher, receiver, older: Vec::new(), model: Model::default(), once: 0 }
    }

    fn reconnect(&mut self, credit: u16) {
        let again = self.world.try_open(OpenOptions { credit, ..options("receiver") }).unwrap();
        assert!(again.resumed);
        self.older.push(std::mem::replace(&mut self.receiver, again));
        self.model.open.clear();
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Publish { guarantee, repeat } => self.publish(guarantee, repeat),
            Step::Pull(count) => {
                for pulled in self.world.pull_at_most(&self.receiver, count).0 {
                    self.model.receive(&pulled);
                }
            }
            Step::Accept(index) => {
                if let Some((handle, payload)) = self.model.pick(index, false) {
                    self.world.settle(&self.receiver, handle, Settlement::Accept).unwrap();
                    self.model.open.retain(|(open, ..)| *open != handle);
                    self.model.arrived.insert(payload);
                }
            }
            Step::Hold(index) => {
                if let Some((handle, payload)) = self.model.pick(index, true) {
                    *self.model.taken.entry(payload).or_default() += 1;
                    self.model.arrived.insert(payload);
                    self.world.settle(&self.receiver, handle, Settlement::Hold).unwrap();
                    self.model.open.retain(|(open, ..)| *open != handle);
                    self.model.held.insert(handle, payload);
                }
            }
            Step::Free(index) => {
                let count = self.model.held.len().max(1);
                if let Some(handle) = self.model.held.keys().nth(index % count).copied() {
                    self.world.free(&self.receiver, handle).unwrap();
                    self.model.held.remove(&handle);
                }
            }
            Step::TakeOver { credit } => self.reconnect(credit),
            Step::Lose => {
                self.world.leave(&self.receiver, Detach::Lost).unwrap();
                self.reconnect(5);
            }
            Step::ActAsOlder(index) => self.act_as_older(index),
            Step::ChangeRules => self.world.broker.set_rules(vec![Arc::new(Shows(true))]),
            Step::Hide(count) => self.hide(count),
            Step::Ban => self.ban(),
        }
    }

    fn publish(&mut self, guarantee: Guarantee, repeat: bool) {
        self.model.published += 1;
        self.once += 1;
        let payload = self.model.published.to_be_bytes();
        let draft = Draft { payload: &payload, guarantee, ..draft("t") };
        let exact = guarantee == Guarantee::ExactlyOnce;
        let once = exact.then_some(self.once);
        self.world.publish_once(&self.publisher, &draft, once).unwrap();
        if exact && repeat {
            self.publisher = self.world.open("publisher");
            self.world.publish_once(&self.publisher, &draft, once).unwrap();
        }
        self.model.expected.insert(self.model.published);
    }

    fn hide(&mut self, count: usize) {
        self.world.broker.set_rules(vec![Arc::new(Shows(false))]);
        for _ in 0..count {
            self.publish(Guarantee::AtLeastOnce, false);
            self.model.hidden.insert(self.model.published);
        }
        assert!(self.world.broker.sweep(&mut self.world.turn, 1_000));
        // What waited is gone; what was sent is still repeated until it is settled.
        let Model { expected, sent, .. } = &mut self.model;
        expected.retain(|payload| sent.contains(payload));
        let refused = self.world.subscribe(&self.receiver, &[wants("t")]);
        assert_eq!(refused, [Err(Refusal::NotAuthorized)]);
        self.world.broker.set_rules(vec![Arc::new(Shows(true))]);
        self.world.subscribe(&self.receiver, &[wants("t")]);
    }

    fn ban(&mut self) {
        self.once += 1;
        let what = format!("client:{}", self.once).parse().unwrap();
        let made = self.world.turn.now.wall;
        let ban = Ban { what, until: None, why: "".into(), by: "".into(), made, automatic: false };
        self.world.broker.ban(&mut self.world.turn, &ban, true).unwrap();
        let banned = CloseReason::Refused(Refusal::Banned);
        assert!(self.world.closed().iter().all(|(_, reason)| *reason != banned));
    }

    fn act_as_older(&mut self, index: usize) {
        let Some(older) = self.older.get(index % self.older.len().max(1)).cloned() else { return };
        assert!(!older.lease.is_current());
        assert_eq!(self.world.settle(&older, 1, Settlement::Accept), Err(Refusal::TakenOver));
        assert_eq!(self.world.publish(&older, &draft("t")), Err(Refusal::TakenOver));
        assert_eq!(self.world.leave(&older, Detach::Lost), Err(Refusal::TakenOver));
    }

    /// Everything is settled until nothing comes any more.
    fn finish(&mut self) {
        loop {
            self.step(&Step::Pull(1_000));
            let nothing = self.model.open.is_empty() && self.model.held.is_empty();
            while self.model.pick(0, false).is_some() {
                self.step(&Step::Accept(0));
            }
            while self.model.pick(0, true).is_some() {
                self.step(&Step::Hold(0));
            }
            while !self.model.held.is_empty() {
                self.step(&Step::Free(0));
            }
            if nothing {
                break;
            }
        }
        assert_eq!(self.model.arrived, self.model.expected, "lost or made up");
        assert!(self.model.taken.values().all(|times| *times == 1), "doubled: {:?}", self.model.taken);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_doubled_or_owned_twice(steps in steps()) {
        let mut walk = Walk::new();
        for step in &steps {
            walk.step(step);
        }
        walk.finish();
    }
}
