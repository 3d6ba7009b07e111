//! What a message costs between the read buffer and the write buffer, gateway and kernel together:
//! `cargo run --release -p tidegate-gateway-mqtt --example speed`.
//!
//! One publisher and one subscriber in one thread, no sockets: the bytes of 64 messages are given to the
//! publisher's peer, the subscriber's peer is pulled, and its answers are given back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement reads the clock, prints, and stops at the first surprise"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use mqtt_codec::{
    Ack, AckKind, Connect, Decoded, Limits as WireLimits, Packet, PacketId, Properties, PropertiesBuf,
    Property, PropertySet, Publish, Qos, Subscribe, Subscription, SubscriptionOptions, Subscriptions,
    Version,
};
use tidegate_broker::{Anonymous, Broker, Switchboard, Turn};
use tidegate_gateway::{Accepted, Gateway, Lent, Moment, Notice, Outbox, Peer, Seat};
use tidegate_gateway_mqtt::{MqttChannel, MqttConfig, MqttGateway};
use tidegate_types::Limits;

const BATCH: u16 = 64;
const ROUNDS: u32 = 20_000;

struct Nobody;

impl Switchboard for Nobody {
    fn notify(&self, _seat: Seat, _notice: Notice) {}
}

struct Bench {
    broker: Broker,
    turn: Turn,
    out: Outbox,
}

impl Bench {
    fn new() -> Self {
        let broker = Broker::new(Limits::default(), Arc::new(Nobody));
        let anonymous = Anonymous { loopback_only: true, names_unproven: true };
        broker.set_access(vec![Arc::new(anonymous)], Vec::new());
        let turn = Turn::new(Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH });
        Self { broker, turn, out: Outbox::new() }
    }

    /// Gives bytes to a peer and takes what it sends.
    fn exchange(&mut self, peer: &mut dyn Peer, seat: Seat, bytes: &[u8], sent: &mut Vec<u8>) {
        self.turn.seat = Some(seat);
        let mut lent = Lent { verbs: &self.broker, turn: &mut self.turn, out: &mut self.out };
        if !bytes.is_empty() {
            assert_eq!(peer.receive(&mut lent, bytes).used, bytes.len());
        }
        peer.pull(&mut lent);
        sent.clear();
        sent.extend_from_slice(self.out.contiguous().unwrap());
        self.out.clear();
        self.turn.wakes.clear();
        self.turn.notices.clear();
        tidegate_types::HeldBytes::settle();
    }
}

fn seat(slot: u32) -> Seat {
    Seat { worker: 0, generation: 0, slot }
}

fn join(bench: &mut Bench, gateway: &MqttGateway, version: Version, slot: u32) -> Box<dyn Peer> {
    let here = SocketAddr::from(([127, 0, 0, 1], 1883));
    let now = bench.turn.now.at;
    let accepted = Accepted {
        seat: seat(slot),
        remote: here,
        local: here,
        listener: Arc::from("x"),
        certificate: None,
        now,
    };
    let mut peer = gateway.accept(accepted);
    let connect = Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        properties: Properties::EMPTY,
        client_id: if slot == 0 { "publisher" } else { "subscriber" },
        will: None,
        user_name: None,
        password: None,
    };
    let (mut bytes, mut sent) = (Vec::new(), Vec::new());
    connect.encode(&mut bytes).unwrap();
    bench.exchange(peer.as_mut(), seat(slot), &bytes, &mut sent);
    assert_eq!(sent[0], 0x20);
    peer
}

fn main() {
    println!("a channel takes {} bytes", size_of::<MqttChannel>());
    for version in [Version::V4, Version::V5] {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
            let nanos = measure(version, qos, false);
            println!("{version} {qos:?}: {nanos} ns a message");
        }
    }
    println!(
        "5.0 AtMostOnce with a user property: {} ns a message",
        measure(Version::V5, Qos::AtMostOnce, true)
    );
}

fn measure(version: Version, qos: Qos, property: bool) -> u128 {
    let mut bench = Bench::new();
    let realm = bench.broker.realm("mqtt");
    let gateway = MqttGateway::new(&MqttConfig::default(), realm, Arc::new(|| 1), 1_024);
    let mut publisher = join(&mut bench, &gateway, version, 0);
    let mut subscriber = join(&mut bench, &gateway, version, 1);
    let (mut bytes, mut sent) = (Vec::new(), Vec::new());
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    let list = [Subscription { filter: "building/7/floor/3/sensor/1", options }];
    let subscribe = Subscribe {
        packet_id: PacketId::MIN,
        properties: Properties::EMPTY,
        subscriptions: Subscriptions::from_slice(&list),
    };
    subscribe.encode(version, &mut bytes).unwrap();
    bench.exchange(subscriber.as_mut(), seat(1), &bytes, &mut sent);

    let batch = messages(version, qos, property);
    let releases: Vec<u8> =
        (1..=BATCH).flat_map(|n| AckKind::PubRel.success(PacketId::new(n).unwrap())).collect();
    let (mut answers, start) = (Vec::new(), Instant::now());
    for _ in 0..ROUNDS {
        bench.exchange(publisher.as_mut(), seat(0), &batch, &mut sent);
        if qos == Qos::ExactlyOnce {
            bench.exchange(publisher.as_mut(), seat(0), &releases, &mut sent);
        }
        bench.exchange(subscriber.as_mut(), seat(1), &[], &mut sent);
        assert!(!sent.is_empty());
        while answer(version, &sent, &mut answers) {
            bench.exchange(subscriber.as_mut(), seat(1), &answers, &mut sent);
        }
    }
    start.elapsed().as_nanos() / u128::from(ROUNDS) / u128::from(BATCH)
}

fn messages(version: Version, qos: Qos, property: bool) -> Vec<u8> {
    let mut properties = PropertiesBuf::new(PropertySet::Publish);
    if property {
        properties.push(Property::UserProperty("trace", "0123456789abcdef")).unwrap();
    }
    let mut bytes = Vec::new();
    for n in 1..=BATCH {
        let packet = Publish {
            dup: false,
            qos,
            retain: false,
            topic: "building/7/floor/3/sensor/1",
            packet_id: PacketId::new(n).filter(|_| qos != Qos::AtMostOnce),
            properties: properties.properties(),
            payload: &[b'x'; 64],
        };
        packet.encode(version, &mut bytes).unwrap();
    }
    bytes
}

/// The subscriber's answers to what it was sent; its own decoding is part of the figure.
fn answer(version: Version, sent: &[u8], answers: &mut Vec<u8>) -> bool {
    answers.clear();
    let limits = WireLimits::client(WireLimits::MAX_PACKET_SIZE);
    let mut rest = sent;
    while let Ok(Decoded::Packet { packet, len }) = mqtt_codec::decode(rest, &limits, Some(version)) {
        rest = &rest[len..];
        let reply = match packet {
            Packet::Publish(Publish { packet_id: Some(id), qos: Qos::AtLeastOnce, .. }) => {
                AckKind::PubAck.success(id)
            }
            Packet::Publish(Publish { packet_id: Some(id), .. }) => AckKind::PubRec.success(id),
            Packet::PubRel(Ack { packet_id, .. }) => AckKind::PubComp.success(packet_id),
            _ => continue,
        };
        answers.extend_from_slice(&reply);
    }
    !answers.is_empty()
}
