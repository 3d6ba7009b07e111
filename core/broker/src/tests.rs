//! The kernel as its clients see it: verbs in, deliveries and notices out, in virtual time.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tidegate_types::{ClientId, CloseReason, Draft, Guarantee, Limits, Moment, Properties, Realm, Refusal};

use crate::*;

mod attachment;
mod authorized;
mod bans;
mod expiry;
mod exploration;
mod groups;
mod inbox;
mod journal;
mod limits;
mod login;
mod matrix;
mod ports;
mod proof;
mod publish;
mod quotas;
mod rates;
mod retained;
mod rules;
mod takeover;
mod transact;
mod tried;
mod work;
mod zones;

/// Collects what is told outside of turns.
#[derive(Default)]
pub(super) struct Post(pub(super) Mutex<Vec<(Seat, Notice)>>);

impl Switchboard for Post {
    fn notify(&self, seat: Seat, notice: Notice) {
        self.0.lock().push((seat, notice));
    }
}

/// A broker with a clock that only tests move.
pub(super) struct World<F: Fabric = Alone> {
    pub(super) broker: Broker<F>,
    pub(super) turn: Turn,
    pub(super) post: Arc<Post>,
    next_slot: u32,
}

/// A connected client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) lease: Lease,
    pub(super) seat: Seat,
    pub(super) resumed: bool,
}

pub(super) fn moment() -> Moment {
    Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH }
}

impl World {
    pub(super) fn new(limits: Limits) -> Self {
        let post = Arc::new(Post::default());
        let broker = Broker::new(limits, post.clone());
        Self { broker, turn: Turn::new(moment()), post, next_slot: 0 }
    }
}

pub(super) fn options(client: &str) -> OpenOptions {
    OpenOptions {
        realm: Realm(0),
        client: ClientId::new(client),
        clean: false,
        expiry: Duration::from_secs(60),
        credit: 10,
        handles: 65_535,
        will: None,
        protocol: &Protocol { gateway: "test", name: "test" },
        remote: ([127, 0, 0, 1], 1).into(),
    }
}

pub(super) fn draft(topic: &str) -> Draft<'_> {
    Draft {
        topic,
        properties: Properties::NONE,
        payload: b"payload",
        guarantee: Guarantee::AtLeastOnce,
        retain: false,
        expiry_seconds: None,
    }
}

pub(super) fn wants(filter: &str) -> SubscribeDraft<'_> {
    SubscribeDraft {
        filter,
        group: None,
        guarantee: Guarantee::ExactlyOnce,
        no_local: false,
        retain_as_published: false,
        retained: RetainedOn::Subscribe,
        identifier: None,
    }
}

pub(super) const NOTHING: RequestId = RequestId(0);

impl<F: Fabric> World<F> {
    pub(super) fn with(limits: Limits, fabric: F, journal: Arc<dyn Journal>) -> Self {
        let post = Arc::new(Post::default());
        let broker = Broker::with(limits, post.clone(), fabric, journal);
        Self { broker, turn: Turn::new(moment()), post, next_slot: 0 }
    }

    pub(super) fn seat(&mut self) -> Seat {
        self.next_slot += 1;
        Seat { worker: 0, generation: 0, slot: self.next_slot }
    }

    pub(super) fn try_open(&mut self, options: OpenOptions) -> Result<Client, Refusal> {
        self.open_as(&PrincipalRef::new(Principal::default()), options)
    }

    pub(super) fn open_as(
        &mut self,
        principal: &PrincipalRef,
        options: OpenOptions,
    ) -> Result<Client, Refusal> {
        let seat = self.seat();
        let outcome = self.broker.open(&mut self.turn, principal, options, (seat, NOTHING));
        let opened = outcome.done().expect("opens at once")?;
        Ok(Client { lease: opened.lease, seat, resumed: opened.resumed })
    }

    pub(super) fn open(&mut self, client: &str) -> Client {
        self.try_open(options(client)).unwrap()
    }

    pub(super) fn subscribe(&mut self, client: &Client, drafts: &[SubscribeDraft<'_>]) -> Granted {
        let outcome = self.broker.subscribe(&mut self.turn, &client.lease, drafts, NOTHING);
        outcome.done().expect("subscribes at once").unwrap()
    }

    pub(super) fn publish(&mut self, client: &Client, draft: &Draft<'_>) -> Result<u32, Refusal> {
        self.publish_once(client, draft, None)
    }

    pub(super) fn publish_once(
        &mut self,
        client: &Client,
        draft: &Draft<'_>,
        once: Option<u32>,
    ) -> Result<u32, Refusal> {
        self.turn.seat = Some(client.seat);
        let outcome = self.broker.publish(&mut self.turn, &client.lease, draft, once, NOTHING);
        Ok(outcome.done().expect("publishes at once")?.receivers)
    }

    pub(super) fn pull(&mut self, client: &Client) -> Vec<Pulled> {
        self.pull_at_most(client, 1_000).0
    }

    pub(super) fn pull_at_most(&mut self, client: &Client, count: usize) -> (Vec<Pulled>, PullEnd) {
        let budget = Budget { count, bytes: usize::MAX };
        let end = self.broker.pull(&mut self.turn, &client.lease, budget).unwrap();
        (std::mem::take(&mut self.turn.deliveries), end)
    }

    /// Pulls and tells payloads as text.
    pub(super) fn read(&mut self, client: &Client) -> Vec<String> {
        self.pull(client).iter().map(text).collect()
    }

    pub(super) fn settle(&mut self, client: &Client, handle: u32, how: Settlement) -> Result<(), Refusal> {
        self.broker.settle(&mut self.turn, &client.lease, handle, how, NOTHING).done().unwrap()
    }

    pub(super) fn free(&mut self, client: &Client, handle: u32) -> Result<(), Refusal> {
        self.broker.free(&mut self.turn, &client.lease, handle, NOTHING).done().unwrap()
    }

    pub(super) fn leave(&mut self, client: &Client, how: Detach) -> Result<(), Refusal> {
        self.broker.detach(&mut self.turn, &client.lease, how).done().unwrap()
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.turn.now = self.turn.now.after(time);
        self.broker.tick(&mut self.turn);
    }

    /// Who was woken since the last call.
    pub(super) fn woken(&mut self) -> Vec<Seat> {
        std::mem::take(&mut self.turn.wakes)
    }

    /// Who was told to go since the last call, and why.
    pub(super) fn closed(&mut self) -> Vec<(Seat, CloseReason)> {
        let notices = std::mem::take(&mut self.turn.notices);
        let closed = notices.into_iter().filter_map(|(seat, notice)| match notice {
            Notice::Close(reason) => Some((seat, reason)),
            _ => None,
        });
        closed.collect()
    }
}

pub(super) fn delivery(pulled: &Pulled) -> &Delivery {
    match pulled {
        Pulled::Delivery(delivery) => delivery,
        Pulled::Held(handle) => panic!("handle {handle} is held"),
    }
}

pub(super) fn text(pulled: &Pulled) -> String {
    String::from_utf8(delivery(pulled).message.payload().to_vec()).unwrap()
}
