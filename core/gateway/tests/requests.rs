//! The answer to a request stands in no line: it neither waits for what is owed before it nor holds back what is owed
//! after it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and may read the clock"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{Alone, Broker, Journal, Position, Record, Switchboard, Ticket, Turn};
use tidegate_gateway::*;
use tidegate_types::Limits;

/// Keeps everything and commits when told.
#[derive(Default)]
struct Slow(Mutex<(u64, Vec<(Ticket, Reply)>)>);

impl Slow {
    fn commit(&self) -> Vec<(RequestId, Reply)> {
        let waiting = std::mem::take(&mut self.0.lock().unwrap().1);
        waiting.into_iter().map(|(ticket, reply)| (ticket.request, reply)).collect()
    }
}

impl Journal for Slow {
    fn keeps(&self) -> bool {
        true
    }

    fn write(&self, _record: &Record<'_>) -> Position {
        let mut state = self.0.lock().unwrap();
        state.0 += 1;
        Position(state.0)
    }

    fn when_committed(&self, _position: Position, ticket: Ticket, reply: Reply) -> Option<Reply> {
        self.0.lock().unwrap().1.push((ticket, reply));
        None
    }
}

struct Nowhere;

impl Switchboard for Nowhere {
    fn notify(&self, _seat: Seat, _notice: Notice) {}
}

/// A protocol of single letters: open, subscribe, publish, ask, respond.
struct Letters {
    log: Vec<String>,
    asked: String,
}

#[derive(Debug)]
struct Never;

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("never")
    }
}

impl std::error::Error for Never {}

impl WireError for Never {
    fn section(&self) -> &'static str {
        ""
    }
}

fn draft(topic: &str) -> Draft<'_> {
    Draft {
        topic,
        properties: Properties::NONE,
        payload: b"",
        guarantee: Guarantee::AtLeastOnce,
        retain: false,
        expiry_seconds: None,
    }
}

fn options() -> OpenOptions {
    OpenOptions {
        realm: Realm(0),
        client: ClientId::new("c"),
        clean: false,
        expiry: Duration::from_secs(60),
        credit: 10,
        handles: 100,
        will: None,
        protocol: &Protocol { gateway: "letters", name: "letters" },
        remote: ([127, 0, 0, 1], 1).into(),
    }
}

impl Letters {
    fn note<T: std::fmt::Debug>(&mut self, what: &str, outcome: Outcome<T>) {
        let how = if outcome.done().is_some() { "at once" } else { "pending" };
        self.log.push(format!("{what} {how}"));
    }
}

impl Channel for Letters {
    type Packet<'a> = u8;
    type Error = Never;

    fn decode(&self, bytes: &[u8]) -> Result<Decoded<u8>, Never> {
        Ok(bytes.first().map_or(Decoded::NeedMore(1), |letter| Decoded::Packet(*letter, 1)))
    }

    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: u8) {
        let wants = SubscribeDraft {
            filter: "#",
            group: None,
            guarantee: Guarantee::AtLeastOnce,
            no_local: false,
            retain_as_published: false,
            retained: RetainedOn::Never,
            identifier: None,
        };
        match packet {
            b'o' => {
                let outcome = cx.door.open(&PrincipalRef::new(Principal::default()), options());
                self.note("open", outcome);
            }
            b's' => {
                let outcome = cx.door.subscribe(&[wants]);
                self.note("subscribe", outcome);
            }
            b'p' => {
                let outcome = cx.door.publish(&draft("t"), None);
                self.note("publish", outcome);
            }
            b'a' => {
                let outcome = cx.door.request(&draft("ask"), Duration::from_secs(5));
                self.note("ask", outcome);
            }
            b'x' => {
                let outcome = cx.door.request(&draft("#"), Duration::from_secs(5));
                self.note("bad ask", outcome);
            }
            b'r' => {
                let topic = self.asked.clone();
                let outcome = cx.door.publish(&draft(&topic), None);
                self.note("respond", outcome);
            }
            other => panic!("{other}"),
        }
    }

    fn handle_malformed(&mut self, _cx: &mut Context<'_>, _error: &Never) {}

    fn handle_reply(&mut self, _cx: &mut Context<'_>, _id: RequestId, reply: Reply) {
        let what = match reply {
            Reply::Opened(_) => "opened",
            Reply::Subscribed(_) => "subscribed",
            Reply::Published(_) => "published",
            Reply::Responded(Ok(_)) => "responded",
            Reply::Responded(Err(Refusal::NoAnswer)) => "not answered",
            other => panic!("{other:?}"),
        };
        self.log.push(what.to_owned());
    }

    fn pull(&mut self, cx: &mut Context<'_>) {
        cx.door.pull(Budget { count: 100, bytes: usize::MAX }).unwrap();
        for pulled in cx.door.deliveries() {
            let Pulled::Delivery(delivery) = pulled else { continue };
            for property in delivery.message.properties().iter() {
                if let Property::ResponseTopic(topic) = property {
                    self.asked = topic.to_owned();
                }
            }
        }
    }

    fn handle_timeout(&mut self, _cx: &mut Context<'_>) {}

    fn handle_close(&mut self, cx: &mut Context<'_>, _why: CloseReason) {
        let outcome = cx.door.detach(Detach::Lost);
        self.note("detach", outcome);
    }

    fn is_finished(&self) -> bool {
        false
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

struct Stage {
    broker: Broker,
    journal: Arc<Slow>,
    turn: Turn,
    out: Outbox,
    peer: Framed<Letters>,
    seen: usize,
}

impl Stage {
    fn new() -> Self {
        let journal = Arc::new(Slow::default());
        let broker = Broker::with(Limits::default(), Arc::new(Nowhere), Alone, journal.clone());
        let turn = Turn::new(Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH });
        let letters = Letters { log: Vec::new(), asked: String::new() };
        let peer = Framed::new(letters, Seat::default(), 100);
        Self { broker, journal, turn, out: Outbox::new(), peer, seen: 0 }
    }

    fn act(&mut self, act: impl FnOnce(&mut Framed<Letters>, &mut Lent<'_>)) {
        let mut lent = Lent { verbs: &self.broker, turn: &mut self.turn, out: &mut self.out };
        act(&mut self.peer, &mut lent);
    }

    fn say(&mut self, letters: &str) {
        self.act(|peer, lent| {
            assert_eq!(peer.receive(lent, letters.as_bytes()).used, letters.len());
        });
    }

    /// Commits what waits.
    fn commit(&mut self) {
        for (id, reply) in self.journal.commit() {
            self.act(|peer, lent| peer.notice(lent, Notice::Reply(id, reply)));
        }
    }

    /// Hands over what the turn noted.
    fn end_turn(&mut self) {
        for (_, notice) in std::mem::take(&mut self.turn.notices) {
            self.act(|peer, lent| peer.notice(lent, notice));
        }
    }

    /// What happened since the last call.
    fn log(&mut self) -> Vec<String> {
        let log = &self.peer.channel().log;
        let new = log[self.seen..].to_vec();
        self.seen = log.len();
        new
    }
}

/// A session that subscribes to everything.
fn subscribed() -> Stage {
    let mut stage = Stage::new();
    stage.say("o");
    stage.commit();
    stage.say("s");
    stage.commit();
    assert_eq!(stage.log(), ["open pending", "opened", "subscribe pending", "subscribed"]);
    stage
}

#[test]
fn a_response_passes_what_is_owed_and_holds_nothing_back() {
    let mut stage = subscribed();
    stage.say("ap");
    assert_eq!(stage.log(), ["ask pending", "publish pending"]);
    // The publish after the open request is answered.
    stage.commit();
    assert_eq!(stage.log(), ["published"]);
    stage.act(|peer, lent| peer.pull(lent));
    // A response comes while a publish before it is owed; a refusal does, too.
    stage.say("pxr");
    stage.end_turn();
    assert_eq!(stage.log(), ["publish pending", "bad ask at once", "respond pending", "responded"]);
    stage.commit();
    assert_eq!(stage.log(), ["published", "published"]);
}

#[test]
fn a_channel_that_leaves_is_told_of_its_open_requests() {
    let mut stage = subscribed();
    stage.say("a");
    stage.act(|peer, lent| peer.close(lent, CloseReason::Lost));
    stage.end_turn();
    assert_eq!(stage.log(), ["ask pending", "detach at once", "not answered"]);
}
