//! Peers that send anything: nothing panics, nobody else notices, nothing is left behind.
//!
//! `MQTT_GATEWAY_INPUTS` says how many inputs (the long tier uses a million), `MQTT_GATEWAY_SEED` which.

use mqtt_codec::{
    Ack, Auth, Connect, Disconnect, Filters, Packet, Properties, PropertiesBuf, Property, PropertySet,
    Publish, Qos, ReasonCode, RetainHandling, Subscription, SubscriptionOptions, Unsubscribe, Version, Will,
};

use crate::world::{World, all, hello, id, properties, publish, subscribe};

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

const TOPICS: [&str; 4] = ["t", "t/1", "$SYS/x", "a/very/long/one/indeed"];
const FILTERS: [&str; 5] = ["t", "#", "t/+", "$share/g/t", "$share/g/#"];
const LEVELS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

fn connect(dice: &mut Dice, version: Version, out: &mut Vec<u8>) {
    let expiry = properties(
        PropertySet::Connect,
        &[
            Property::SessionExpiryInterval(dice.one_of(&[0, 5, u32::MAX])),
            Property::ReceiveMaximum(id(dice.one_of(&[1, 2, 100]))),
            Property::TopicAliasMaximum(dice.one_of(&[0, 1, 10])),
            Property::MaximumPacketSize(std::num::NonZeroU32::new(dice.one_of(&[10, 50, 1000])).unwrap()),
        ],
    );
    let v5 = version == Version::V5;
    let will = Will {
        qos: dice.one_of(&LEVELS),
        retain: dice.coin(),
        properties: Properties::EMPTY,
        topic: "w",
        payload: b"w",
    };
    let connect = Connect {
        clean_start: dice.coin(),
        keep_alive: dice.one_of(&[0, 1, 60]),
        properties: if v5 && dice.coin() { expiry.properties() } else { Properties::EMPTY },
        will: dice.coin().then_some(will),
        ..hello(version, dice.one_of(&["x", "y", "z"]))
    };
    connect.encode(out).unwrap();
}

fn packet(dice: &mut Dice, version: Version, out: &mut Vec<u8>) {
    let number = id(dice.one_of(&[1, 2, 3, 65_535]));
    let v5 = version == Version::V5;
    let qos = dice.one_of(&LEVELS);
    let alias = properties(PropertySet::Publish, &[Property::TopicAlias(id(dice.one_of(&[1, 2, 32, 33])))]);
    let with_alias = v5 && dice.coin();
    let topic = if with_alias && dice.coin() { "" } else { dice.one_of(&TOPICS) };
    let options =
        SubscriptionOptions { qos, retain_handling: RetainHandling::SendIfNew, ..Default::default() };
    let options = if v5 { options } else { SubscriptionOptions { qos, ..Default::default() } };
    let list = [Subscription { filter: dice.one_of(&FILTERS), options }];
    let filters = [dice.one_of(&FILTERS)];
    let reason =
        if v5 { dice.one_of(&[ReasonCode::Success, ReasonCode::QuotaExceeded]) } else { ReasonCode::Success };
    let method = method();
    let packet = match dice.below(14) {
        0..=4 => Packet::Publish(Publish {
            retain: dice.coin(),
            properties: if with_alias { alias.properties() } else { Properties::EMPTY },
            ..publish(qos, if qos == Qos::AtMostOnce { 0 } else { number.get() }, topic, b"payload")
        }),
        5 => Packet::PubAck(Ack::new(number, reason)),
        6 => Packet::PubRec(Ack::new(number, reason)),
        7 => Packet::PubRel(Ack::success(number)),
        8 => Packet::PubComp(Ack::success(number)),
        9 => subscribe(number.get(), &list, Properties::EMPTY),
        10 => Packet::Unsubscribe(Unsubscribe {
            packet_id: number,
            properties: Properties::EMPTY,
            filters: Filters::from_slice(&filters),
        }),
        11 => Packet::PingReq,
        12 if v5 => {
            Packet::Auth(Auth { reason: ReasonCode::ReAuthenticate, properties: method.properties() })
        }
        _ => Packet::Disconnect(Disconnect::new(ReasonCode::Success)),
    };
    packet.encode(version, out).unwrap();
}

fn method() -> PropertiesBuf {
    properties(PropertySet::Auth, &[Property::AuthenticationMethod("M")])
}

#[test]
fn whatever_peers_send_nothing_breaks() {
    let inputs = setting("MQTT_GATEWAY_INPUTS", 20_000);
    let seed = setting("MQTT_GATEWAY_SEED", 0x5EED_0001) | 1;
    println!("{inputs} inputs from seed {seed}");
    let mut dice = Dice(seed);
    let mut done = 0;
    while done < inputs {
        let mut world = World::new();
        let witness = world.connect(&hello(Version::V4, "witness"));
        for _ in 0..200 {
            done += 1;
            rush(&mut dice, &mut world);
        }
        world.verbs.be_late(false);
        world.release();
        world.take(witness);
        world.subscribe(witness, Version::V4, "quiet", Qos::AtMostOnce);
        let sender = world.connect(&hello(Version::V4, "witness's friend"));
        world.send(sender, Version::V4, &[Packet::Publish(publish(Qos::AtMostOnce, 0, "quiet", b"!"))]);
        assert_eq!(all(Version::V4, &world.take(witness)).len(), 1);
        assert!(!world.is_closed(witness));
    }
}

/// One connection: a CONNECT, packets, a few bytes changed, in pieces, then nothing.
fn rush(dice: &mut Dice, world: &mut World) {
    let version = dice.one_of(&[Version::V3, Version::V4, Version::V5]);
    let mut bytes = Vec::new();
    if dice.below(20) > 0 {
        connect(dice, version, &mut bytes);
    }
    for _ in 0..dice.below(20) {
        packet(dice, version, &mut bytes);
    }
    for _ in 0..dice.below(3) {
        if !bytes.is_empty() {
            let at = dice.below(bytes.len());
            bytes[at] = dice.next().to_le_bytes()[0];
        }
    }
    let client = world.arrive();
    world.verbs.be_late(dice.below(4) == 0);
    while !bytes.is_empty() {
        let length = 1 + dice.below(bytes.len());
        let piece: Vec<u8> = bytes.drain(..length).collect();
        world.send_bytes(client, &piece);
        if dice.coin() {
            world.release();
        }
    }
    if dice.coin() {
        world.verbs.be_late(false);
        world.release();
        world.lose(client);
    }
}

#[test]
fn a_conversation_may_be_split_anywhere() {
    let mut bytes = Vec::new();
    hello(Version::V5, "c").encode(&mut bytes).unwrap();
    for packet in [
        subscribe(
            1,
            &[Subscription { filter: "t", options: SubscriptionOptions::default() }],
            Properties::EMPTY,
        ),
        Packet::Publish(publish(Qos::ExactlyOnce, 2, "t", b"x")),
        Packet::PubRel(Ack::success(id(2))),
        Packet::PingReq,
    ] {
        packet.encode(Version::V5, &mut bytes).unwrap();
    }
    let mut whole = World::new();
    let client = whole.arrive();
    whole.send_bytes(client, &bytes);
    let expected = whole.take(client);
    let kinds = |bytes: &[u8]| {
        let mut kinds: Vec<_> = all(Version::V5, bytes).iter().map(|packet| format!("{packet:?}")).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&expected).len(), 6);
    for cut in 1..bytes.len() {
        let mut world = World::new();
        let client = world.arrive();
        world.send_bytes(client, &bytes[..cut]);
        world.send_bytes(client, &bytes[cut..]);
        assert_eq!(kinds(&world.take(client)), kinds(&expected), "cut at {cut}");
    }
}
