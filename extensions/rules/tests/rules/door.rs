//! Rules at a real broker's door: the classical ways round, each tried.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{
    Broker, Budget, Lease, Notice, OpenOptions, Principal, Protocol, Pulled, RequestId, RetainedOn, Seat,
    SubscribeDraft, Switchboard, Turn, Verbs as _,
};
use tidegate_types::{ClientId, Draft, Guarantee, Limits, Moment, Properties, Realm, Refusal};

use crate::sample::rules;

const NOTHING: RequestId = RequestId(0);

struct Nobody;

impl Switchboard for Nobody {
    fn notify(&self, _seat: Seat, _notice: Notice) {}
}

struct World {
    broker: Broker,
    turn: Turn,
    slots: u32,
}

impl World {
    fn new(text: &str) -> Self {
        let broker = Broker::new(Limits::default(), Arc::new(Nobody));
        broker.set_access(Vec::new(), vec![Arc::new(rules(text))]);
        Self {
            broker,
            turn: Turn::new(Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH }),
            slots: 0,
        }
    }

    fn open(&mut self, client: &str, superuser: bool) -> Lease {
        self.slots += 1;
        let seat = Seat { worker: 0, generation: 0, slot: self.slots };
        let client = ClientId::new(client);
        let principal = Principal { client: Some(client.clone()), superuser, ..Principal::default() };
        let options = OpenOptions {
            realm: Realm(0),
            client,
            clean: true,
            expiry: Duration::ZERO,
            credit: 100,
            handles: 100,
            will: None,
            protocol: &Protocol { gateway: "test", name: "test" },
            remote: ([127, 0, 0, 1], 1).into(),
        };
        let opened = self.broker.open(&mut self.turn, &Arc::new(principal), options, (seat, NOTHING));
        opened.done().expect("opens at once").unwrap().lease
    }

    fn subscribe(&mut self, lease: &Lease, group: Option<&str>, filter: &str) -> Result<(), Refusal> {
        let draft = SubscribeDraft {
            filter,
            group,
            guarantee: Guarantee::AtLeastOnce,
            no_local: false,
            retain_as_published: true,
            retained: RetainedOn::Subscribe,
            identifier: None,
        };
        let granted = self.broker.subscribe(&mut self.turn, lease, &[draft], NOTHING).done();
        granted.expect("subscribes at once").unwrap().remove(0).map(|_| ())
    }

    fn publish(&mut self, lease: &Lease, topic: &str, retain: bool) -> Result<(), Refusal> {
        let draft = Draft {
            topic,
            properties: Properties::NONE,
            payload: b"x",
            guarantee: Guarantee::AtMostOnce,
            retain,
            expiry_seconds: None,
        };
        let published = self.broker.publish(&mut self.turn, lease, &draft, None, NOTHING).done();
        published.expect("publishes at once").map(|_| ())
    }

    fn topics(&mut self, lease: &Lease) -> Vec<String> {
        let end = self.broker.pull(&mut self.turn, lease, Budget { count: 100, bytes: usize::MAX });
        assert!(end.is_ok());
        let pulled = std::mem::take(&mut self.turn.deliveries);
        let topic = |one: &Pulled| match one {
            Pulled::Delivery(delivery) => Some(delivery.message.topic().to_owned()),
            Pulled::Held(_) => None,
        };
        pulled.iter().filter_map(topic).collect()
    }
}

const RULES: &str = "[[rule]]\neffect = \"deny\"\nany = true\ntopics = \"secret/#\"\n\
                     [[rule]]\neffect = \"allow\"\nany = true\ntopics = [\"#\", \"own/${clientid}\"]\n";

#[test]
fn no_way_leads_to_what_is_refused() {
    let mut world = World::new(RULES);
    let (god, client) = (world.open("god", true), world.open("c", false));
    world.publish(&god, "secret/kept", true).unwrap();
    for filter in ["#", "+/#", "+/kept", "+/+", "secret", "secret/#", "secret/kept", "secret/+", "$SYS/#"] {
        for group in [None, Some("g")] {
            let refused = Err(Refusal::NotAuthorized);
            assert_eq!(world.subscribe(&client, group, filter), refused, "{group:?} {filter}");
        }
    }
    assert_eq!(world.publish(&client, "secret/x", false), Err(Refusal::NotAuthorized));
    world.publish(&god, "secret/live", false).unwrap();
    assert_eq!(world.topics(&client), [""; 0]);
    world.subscribe(&client, None, "open/#").unwrap();
    world.publish(&client, "open/x", false).unwrap();
    assert_eq!(world.topics(&client), ["open/x"]);
}

#[test]
fn changed_rules_end_what_they_do_not_allow() {
    let mut world = World::new("[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"#\"\n");
    let (god, client) = (world.open("god", true), world.open("c", false));
    world.subscribe(&client, None, "secret/#").unwrap();
    world.subscribe(&client, None, "open/#").unwrap();
    world.publish(&god, "secret/before", false).unwrap();
    assert_eq!(world.topics(&client), ["secret/before"]);
    world.publish(&god, "secret/queued", false).unwrap();
    world.broker.set_rules(vec![Arc::new(rules(RULES))]);
    world.publish(&god, "secret/after", false).unwrap();
    world.publish(&god, "open/after", false).unwrap();
    assert_eq!(world.topics(&client), ["open/after"]);
}
