use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use tidegate_broker::{Action, Anonymous, Authorizer, Broker, Decision, SubscribeDraft, Switchboard, Turn};
use tidegate_types::{ClientId, Draft, Guarantee, Limits, Moment, Properties, Realm};

use super::*;
use crate::{OpenOptions, Outbox, Principal, PrincipalRef, Protocol, RequestId, RetainedOn, WireError};

struct Nobody;

impl Switchboard for Nobody {
    fn notify(&self, _seat: Seat, _notice: Notice) {}
}

/// Every byte is a publish to [`TOPIC`], `.` one to a topic nobody subscribes to.
#[derive(Default)]
struct OneByte {
    handled: usize,
}

const TOPIC: &str = "a/a/a/a/a/a/a/a/a/a/a/a";

#[derive(Debug)]
struct Never(Infallible);

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Never {}

impl WireError for Never {
    fn section(&self) -> &'static str {
        match self.0 {}
    }
}

impl Channel for OneByte {
    type Packet<'a> = u8;
    type Error = Never;

    fn decode(&self, bytes: &[u8]) -> Result<Decoded<u8>, Never> {
        Ok(bytes.first().map_or(Decoded::NeedMore(1), |byte| Decoded::Packet(*byte, 1)))
    }

    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: u8) {
        self.handled += 1;
        let topic = match packet {
            b'.' => "nobody",
            b'!' => "forbidden",
            _ => TOPIC,
        };
        let published = cx.door.publish_as(&Principal::default(), &draft(topic)).done().unwrap();
        assert_eq!(published.is_ok(), packet != b'!');
    }

    fn handle_malformed(&mut self, _: &mut Context<'_>, error: &Never) {
        match error.0 {}
    }

    fn handle_reply(&mut self, _: &mut Context<'_>, _: RequestId, _: Reply) {}
    fn pull(&mut self, _: &mut Context<'_>) {}
    fn handle_timeout(&mut self, _: &mut Context<'_>) {}
    fn handle_close(&mut self, _: &mut Context<'_>, _: CloseReason) {}

    fn is_finished(&self) -> bool {
        false
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "there is no other way to make an instant")]
fn moment() -> Moment {
    Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH }
}

fn draft(topic: &str) -> Draft<'_> {
    Draft {
        topic,
        properties: Properties::NONE,
        payload: b"",
        guarantee: Guarantee::AtMostOnce,
        retain: false,
        expiry_seconds: None,
    }
}

/// A broker in which one session subscribes to everything with `a` or `+` in each level of [`TOPIC`].
fn broker(turn: &mut Turn) -> Broker {
    let broker = Broker::new(Limits::default(), Arc::new(Nobody));
    broker.set_access(vec![Arc::new(Anonymous { loopback_only: true, names_unproven: true })], Vec::new());
    let options = OpenOptions {
        realm: Realm(0),
        client: ClientId::new("c"),
        clean: true,
        expiry: std::time::Duration::ZERO,
        credit: 1,
        handles: 1,
        will: None,
        protocol: &Protocol { gateway: "test", name: "test" },
        remote: ([127, 0, 0, 1], 1).into(),
    };
    let seat = Seat { worker: 0, generation: 0, slot: 1 };
    let opened =
        broker.open(turn, &PrincipalRef::new(Principal::default()), options, (seat, RequestId(0))).done();
    let lease = opened.unwrap().unwrap().lease;
    for number in 0..4_096_u32 {
        let levels = (0..12).map(|level| if number >> level & 1 == 0 { "a" } else { "+" });
        let filter = levels.collect::<Vec<_>>().join("/");
        let wanted = SubscribeDraft {
            filter: &filter,
            group: None,
            guarantee: Guarantee::AtMostOnce,
            no_local: false,
            retain_as_published: false,
            retained: RetainedOn::Never,
            identifier: None,
        };
        broker.subscribe(turn, &lease, &[wanted], RequestId(0)).done().unwrap().unwrap();
    }
    broker
}

#[test]
fn what_costs_much_leaves_the_rest_of_a_read_for_a_later_turn() {
    let mut turn = Turn::new(moment());
    let broker = broker(&mut turn);
    let mut out = Outbox::new();
    let mut peer = Framed::new(OneByte::default(), Seat { worker: 0, generation: 0, slot: 2 }, 10);
    let bytes = [b'a'; 100];
    let (mut used, mut turns) = (0, 0);
    while used < bytes.len() {
        turn.work = 0;
        let mut lent = Lent { verbs: &broker, turn: &mut turn, out: &mut out };
        let progress = peer.receive(&mut lent, &bytes[used..]);
        assert!(progress.used > 0 && progress.need == 1, "{progress:?}");
        used += progress.used;
        turns += 1;
        // The last packet may pass the bound by what it costs itself: at most three units for a filter.
        assert!(turn.work < Turn::MUCH_WORK + 3 * 4_096, "{} units in a turn", turn.work);
    }
    assert_eq!(peer.channel().handled, 100);
    assert!(turns >= 40, "{turns} turns for 100 times 8,192 units and more");
}

#[test]
fn ordinary_packets_are_all_taken_at_once() {
    let mut turn = Turn::new(moment());
    let broker = broker(&mut turn);
    // Also in a turn that has cost much before.
    turn.work = Turn::MUCH_WORK;
    let mut out = Outbox::new();
    let mut peer = Framed::new(OneByte::default(), Seat { worker: 0, generation: 0, slot: 2 }, 10);
    let mut lent = Lent { verbs: &broker, turn: &mut turn, out: &mut out };
    assert_eq!(peer.receive(&mut lent, &[b'.'; 10_000]).used, 10_000);
}

/// Closes the connections of those who publish what is forbidden.
struct Forbids;

impl Authorizer for Forbids {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Publish { topic: "forbidden", .. } => Decision::Expel,
            _ => Decision::Allow,
        }
    }
}

#[test]
fn what_stands_behind_an_attempt_that_ends_a_connection_is_not_heard() {
    let mut turn = Turn::new(moment());
    let broker = Broker::new(Limits::default(), Arc::new(Nobody));
    broker.set_rules(vec![Arc::new(Forbids)]);
    let mut out = Outbox::new();
    let peer = |slot| Framed::new(OneByte::default(), Seat { worker: 0, generation: 0, slot }, 10);
    let (mut bad, mut good) = (peer(1), peer(2));
    let mut lent = Lent { verbs: &broker, turn: &mut turn, out: &mut out };
    assert_eq!(bad.receive(&mut lent, b"..!...").used, 3);
    assert_eq!(bad.receive(&mut lent, b"...").used, 0, "nor later in the turn");
    assert_eq!(bad.channel().handled, 3);
    assert_eq!(good.receive(&mut lent, b"......").used, 6, "it is another's to go");
    let reason = CloseReason::Refused(tidegate_types::Refusal::NotAuthorized);
    assert!(matches!(turn.notices[..], [(seat, Notice::Close(why))] if seat.slot == 1 && why == reason));
}
