//! A broker, a gateway, peers, and a clock that moves when it is told to.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use mqtt_codec::{
    Ack, AckKind, Connect, Decoded, Limits as WireLimits, Packet, Properties, PropertiesBuf, Property,
    PropertySet, Publish, Qos, Subscribe, Subscription, SubscriptionOptions, Subscriptions, Version,
};
use tidegate_broker::{Anonymous, Authenticator, Authorizer, Broker, Switchboard, Turn};
use tidegate_gateway::{Accepted, CloseReason, Gateway, Lent, Moment, Notice, Outbox, Peer, Seat};
use tidegate_gateway_mqtt::{MqttConfig, MqttGateway};
use tidegate_types::{Certificate, Limits};

use crate::late::Late;

/// Keeps notices until the world hands them out.
#[derive(Default)]
pub(crate) struct Board(Mutex<Vec<(Seat, Notice)>>);

impl Switchboard for Board {
    fn notify(&self, seat: Seat, notice: Notice) {
        self.0.lock().unwrap().push((seat, notice));
    }
}

/// One client's connection.
struct Wire {
    peer: Option<Box<dyn Peer>>,
    /// What the broker has not used yet.
    unread: Vec<u8>,
    /// What the broker sent.
    sent: Vec<u8>,
    closed: bool,
}

pub(crate) struct World {
    pub(crate) gateway: MqttGateway,
    pub(crate) verbs: Late,
    board: Arc<Board>,
    turn: Turn,
    out: Outbox,
    wires: Vec<Wire>,
}

/// A client's number.
pub(crate) type Client = usize;

pub(crate) fn id(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&MqttConfig::default())
    }

    pub(crate) fn with(config: &MqttConfig) -> Self {
        let anonymous = Anonymous { loopback_only: true, names_unproven: true };
        Self::guarded(config, vec![Arc::new(anonymous)], Vec::new())
    }

    pub(crate) fn guarded(
        config: &MqttConfig,
        authenticators: Vec<Arc<dyn Authenticator>>,
        authorizers: Vec<Arc<dyn Authorizer>>,
    ) -> Self {
        let board = Arc::new(Board::default());
        let broker = Broker::new(Limits::default(), Arc::clone(&board) as Arc<dyn Switchboard>);
        broker.set_access(authenticators, authorizers);
        let realm = broker.realm("mqtt");
        let ids = Arc::new(Mutex::new(0_u128));
        let ids = Arc::new(move || {
            let mut last = ids.lock().unwrap();
            *last += 1;
            *last
        });
        let now = Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH };
        Self {
            gateway: MqttGateway::new(config, realm, ids, 1_024),
            verbs: Late::new(broker),
            board,
            turn: Turn::new(now),
            out: Outbox::new(),
            wires: Vec::new(),
        }
    }

    pub(crate) fn broker(&self) -> &Broker {
        self.verbs.broker()
    }

    /// A peer comes.
    pub(crate) fn arrive(&mut self) -> Client {
        self.arrive_through("default", None)
    }

    /// A peer comes through a listener, and shows a certificate or none.
    pub(crate) fn arrive_through(&mut self, listener: &str, certificate: Option<Certificate>) -> Client {
        let client = self.wires.len();
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let accepted = Accepted {
            seat: seat(client),
            remote: loopback(40_000),
            local: loopback(1883),
            listener: Arc::from(listener),
            certificate: certificate.map(Arc::new),
            now: self.turn.now.at,
        };
        let peer = Some(self.gateway.accept(accepted));
        self.wires.push(Wire { peer, unread: Vec::new(), sent: Vec::new(), closed: false });
        client
    }

    fn act<R>(&mut self, client: Client, act: impl FnOnce(&mut dyn Peer, &mut Lent<'_>) -> R) -> Option<R> {
        let mut peer = self.wires[client].peer.take()?;
        self.turn.seat = Some(seat(client));
        let result =
            act(peer.as_mut(), &mut Lent { verbs: &self.verbs, turn: &mut self.turn, out: &mut self.out });
        let finished = self.collect(client, peer.as_mut());
        self.wires[client].closed |= finished;
        if !finished {
            self.wires[client].peer = Some(peer);
        }
        self.turn.seat = None;
        Some(result)
    }

    /// Pulls and writes until nothing comes any more.
    fn collect(&mut self, client: Client, peer: &mut dyn Peer) -> bool {
        loop {
            peer.pull(&mut Lent { verbs: &self.verbs, turn: &mut self.turn, out: &mut self.out });
            if self.out.is_empty() {
                return peer.is_finished();
            }
            for segment in self.out.segments() {
                self.wires[client].sent.extend_from_slice(match segment {
                    tidegate_gateway::Segment::Buffer(bytes) => bytes,
                    tidegate_gateway::Segment::Shared(bytes) => bytes,
                });
            }
            self.out.clear();
        }
    }

    /// Hands out wakes and notices until there are none.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut notices = std::mem::take(&mut self.turn.notices);
            notices.append(&mut self.board.0.lock().unwrap());
            notices.extend(self.turn.wakes.drain(..).map(|seat| (seat, Notice::Wake)));
            if notices.is_empty() {
                return;
            }
            for (seat, notice) in notices {
                let client = usize::try_from(seat.slot).unwrap();
                self.act(client, |peer, lent| peer.notice(lent, notice));
                self.read(client);
            }
        }
    }

    /// Gives a client's peer what it has not read.
    fn read(&mut self, client: Client) {
        loop {
            let bytes = std::mem::take(&mut self.wires[client].unread);
            let used = self.act(client, |peer, lent| {
                if peer.is_blocked() || bytes.is_empty() { 0 } else { peer.receive(lent, &bytes).used }
            });
            let used = used.unwrap_or(bytes.len());
            self.wires[client].unread = bytes[used..].to_vec();
            if used == 0 {
                return;
            }
        }
    }

    /// A client sends bytes.
    pub(crate) fn send_bytes(&mut self, client: Client, bytes: &[u8]) {
        self.wires[client].unread.extend_from_slice(bytes);
        self.read(client);
        self.settle();
    }

    /// A client sends bytes that do not end a packet.
    pub(crate) fn send_part(&mut self, client: Client, bytes: &[u8]) {
        self.send_bytes(client, bytes);
        self.act(client, |peer, lent| peer.progress(lent, bytes.len()));
    }

    /// A client sends packets in one piece.
    pub(crate) fn send(&mut self, client: Client, version: Version, packets: &[Packet<'_>]) {
        let mut bytes = Vec::new();
        packets.iter().for_each(|packet| packet.encode(version, &mut bytes).unwrap());
        self.send_bytes(client, &bytes);
    }

    /// What a client was sent since it was asked last.
    pub(crate) fn take(&mut self, client: Client) -> Vec<u8> {
        std::mem::take(&mut self.wires[client].sent)
    }

    pub(crate) fn is_closed(&self, client: Client) -> bool {
        self.wires[client].closed
    }

    /// The client's connection breaks.
    pub(crate) fn lose(&mut self, client: Client) {
        self.close(client, CloseReason::Lost);
    }

    pub(crate) fn close(&mut self, client: Client, why: CloseReason) {
        self.act(client, |peer, lent| peer.close(lent, why));
        self.settle();
    }

    /// Time passes; what is due happens.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.turn.now.after(time);
        while self.turn.now.at < end.at {
            let step = (end.at - self.turn.now.at).min(Duration::from_millis(500));
            self.turn.now = self.turn.now.after(step);
            let now = self.turn.now.at;
            self.verbs.broker().tick(&mut self.turn);
            self.settle();
            for client in 0..self.wires.len() {
                let due = self.wires[client].peer.as_ref().and_then(|peer| peer.poll_timeout());
                if due.is_some_and(|due| due <= now) {
                    self.act(client, |peer, lent| peer.timeout(lent));
                    self.settle();
                }
            }
        }
    }

    /// Late answers come, oldest first.
    pub(crate) fn release(&mut self) {
        for (seat, id, reply) in self.verbs.release() {
            self.board.notify(seat, Notice::Reply(id, reply));
        }
        self.settle();
    }

    /// A client comes, connects and is let in; its CONNACK is taken.
    pub(crate) fn connect(&mut self, connect: &Connect<'_>) -> Client {
        let client = self.arrive();
        self.send(client, connect.version, &[Packet::Connect(*connect)]);
        let bytes = self.take(client);
        let packets = all(connect.version, &bytes);
        let [Packet::ConnAck(connack), ..] = packets[..] else { panic!("no CONNACK but {packets:?}") };
        assert_eq!(connack.reason, mqtt_codec::ReasonCode::Success);
        client
    }

    /// A client subscribes; its SUBACK is taken, and what follows stays.
    pub(crate) fn subscribe(&mut self, client: Client, version: Version, filter: &str, qos: Qos) {
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        self.send(client, version, &[subscribe(9, &[Subscription { filter, options }], Properties::EMPTY)]);
        let bytes = self.take(client);
        let packets = all(version, &bytes);
        let [Packet::SubAck(suback), ..] = packets[..] else { panic!("no SUBACK but {packets:?}") };
        assert_eq!(suback.codes.iter().map(|code| code.code()).collect::<Vec<_>>(), [qos.level()]);
        let length = packets[0].encoded_len(version).unwrap();
        self.wires[client].sent = bytes[length..].to_vec();
    }
}

fn seat(client: Client) -> Seat {
    Seat { worker: 0, generation: 0, slot: u32::try_from(client).unwrap() }
}

/// Everything in `bytes`.
pub(crate) fn all(version: Version, bytes: &[u8]) -> Vec<Packet<'_>> {
    let (mut packets, mut rest) = (Vec::new(), bytes);
    let limits = WireLimits::client(WireLimits::MAX_PACKET_SIZE);
    while !rest.is_empty() {
        match mqtt_codec::decode(rest, &limits, Some(version)).unwrap() {
            Decoded::Packet { packet, len } => {
                packets.push(packet);
                rest = &rest[len..];
            }
            Decoded::NeedMore { .. } => panic!("half a packet at the end: {rest:?}"),
        }
    }
    packets
}

/// A CONNECT with an id and nothing else but a clean session.
pub(crate) fn hello(version: Version, client_id: &str) -> Connect<'_> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        properties: Properties::EMPTY,
        client_id,
        will: None,
        user_name: None,
        password: None,
    }
}

pub(crate) fn properties(set: PropertySet, list: &[Property<'_>]) -> PropertiesBuf {
    let mut buffer = PropertiesBuf::new(set);
    list.iter().for_each(|property| buffer.push(*property).unwrap());
    buffer
}

pub(crate) fn publish<'a>(qos: Qos, packet_id: u16, topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic,
        packet_id: NonZeroU16::new(packet_id),
        properties: Properties::EMPTY,
        payload,
    }
}

pub(crate) fn subscribe<'a>(
    packet_id: u16,
    list: &'a [Subscription<'a>],
    properties: Properties<'a>,
) -> Packet<'a> {
    let subscriptions = Subscriptions::from_slice(list);
    Packet::Subscribe(Subscribe { packet_id: id(packet_id), properties, subscriptions })
}

/// A successful acknowledgement.
pub(crate) fn ack(kind: AckKind, packet_id: u16) -> Packet<'static> {
    let ack = Ack::success(id(packet_id));
    match kind {
        AckKind::PubAck => Packet::PubAck(ack),
        AckKind::PubRec => Packet::PubRec(ack),
        AckKind::PubRel => Packet::PubRel(ack),
        AckKind::PubComp => Packet::PubComp(ack),
    }
}
