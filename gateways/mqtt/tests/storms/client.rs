//! A client with a session of its own: what it sent and was not answered, what it got and was not released.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroU16;

use mqtt_codec::{
    Ack, AckKind, ConnAck, Connect, Decoded, Limits, Packet, Properties, PropertiesBuf, Property,
    PropertySet, Publish, Qos, ReasonCode, Subscribe, Subscription, SubscriptionOptions, Subscriptions,
    Version,
};
use tidegate_gateway::testkit::Line;

/// Messages it has on their way at most.
const WINDOW: usize = 5;

#[derive(Debug)]
pub(crate) struct Client {
    name: &'static str,
    version: Version,
    qos: Qos,
    pub(crate) line: Line,
    /// Whether its CONNACK has come.
    is_in: bool,
    was_in: bool,
    unread: Vec<u8>,
    next: u16,
    /// Sent and not finished, oldest first; the second is `None` once only PUBREL is left.
    open: VecDeque<(NonZeroU16, Option<u32>)>,
    /// Exactly-once messages it has and that were not released.
    held: BTreeSet<NonZeroU16>,
    subscribed: bool,
    pub(crate) got: Vec<u32>,
    /// DUP seen and sent.
    pub(crate) repeats: u32,
}

impl Client {
    pub(crate) fn new(name: &'static str, version: Version, qos: Qos, line: Line) -> Self {
        Self {
            name,
            version,
            qos,
            line,
            is_in: false,
            was_in: false,
            unread: Vec::new(),
            next: 0,
            open: VecDeque::new(),
            held: BTreeSet::new(),
            subscribed: true,
            got: Vec::new(),
            repeats: 0,
        }
    }

    pub(crate) fn is_in(&self) -> bool {
        self.is_in
    }

    /// Everything it sent is finished.
    pub(crate) fn is_settled(&self) -> bool {
        self.open.is_empty()
    }

    /// Everything it got is finished.
    pub(crate) fn is_quiet(&self) -> bool {
        self.held.is_empty() && self.subscribed
    }

    pub(crate) fn may_send(&self) -> bool {
        self.is_in && self.open.len() < WINDOW
    }

    /// It comes with a session that stays, over a new line.
    pub(crate) fn connect(&mut self, line: Line) -> Vec<u8> {
        self.line = line;
        self.is_in = false;
        self.unread.clear();
        let mut properties = PropertiesBuf::new(PropertySet::Connect);
        properties.push(Property::SessionExpiryInterval(3600)).unwrap();
        properties.push(Property::TopicAliasMaximum(1)).unwrap();
        let v5 = self.version.is_v5();
        let connect = Connect {
            version: self.version,
            clean_start: false,
            keep_alive: 0,
            properties: if v5 { properties.properties() } else { Properties::EMPTY },
            client_id: self.name,
            will: None,
            user_name: None,
            password: None,
        };
        let mut out = Vec::new();
        connect.encode(&mut out).unwrap();
        out
    }

    pub(crate) fn subscribe(&mut self, filter: &str) -> Vec<u8> {
        self.subscribed = false;
        let options = SubscriptionOptions { qos: self.qos, ..SubscriptionOptions::default() };
        let list = [Subscription { filter, options }];
        let packet_id = NonZeroU16::MAX;
        let subscriptions = Subscriptions::from_slice(&list);
        let mut out = Vec::new();
        Subscribe { packet_id, properties: Properties::EMPTY, subscriptions }
            .encode(self.version, &mut out)
            .unwrap();
        out
    }

    pub(crate) fn publish(&mut self, number: u32) -> Vec<u8> {
        // Identifiers come round soon, so that they are used again.
        self.next = self.next % 7 + 1;
        while self.open.iter().any(|(id, _)| id.get() == self.next) {
            self.next = self.next % 7 + 1;
        }
        let id = NonZeroU16::new(self.next).unwrap();
        self.open.push_back((id, Some(number)));
        let mut out = Vec::new();
        self.message(id, number, false, &mut out);
        out
    }

    fn message(&self, id: NonZeroU16, number: u32, dup: bool, out: &mut Vec<u8>) {
        let packet = Publish {
            dup,
            qos: self.qos,
            retain: false,
            topic: "t",
            packet_id: Some(id),
            properties: Properties::EMPTY,
            payload: &number.to_be_bytes(),
        };
        packet.encode(self.version, out).unwrap();
    }

    /// Reads what came; answers what it has to send.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut unread = std::mem::take(&mut self.unread);
        unread.extend_from_slice(bytes);
        let (mut out, mut used) = (Vec::new(), 0);
        let limits = Limits::client(Limits::MAX_PACKET_SIZE);
        while used < unread.len() {
            match mqtt_codec::decode(&unread[used..], &limits, Some(self.version)).unwrap() {
                Decoded::Packet { packet, len } => {
                    used += len;
                    self.handle(&packet, &mut out);
                }
                Decoded::NeedMore { .. } => break,
            }
        }
        self.unread = unread.split_off(used);
        out
    }

    fn handle(&mut self, packet: &Packet<'_>, out: &mut Vec<u8>) {
        match packet {
            Packet::ConnAck(connack) => self.come_in(connack, out),
            Packet::Publish(publish) => self.take(publish, out),
            Packet::PubRel(ack) => {
                self.held.remove(&ack.packet_id);
                out.extend(AckKind::PubComp.success(ack.packet_id));
            }
            Packet::PubAck(ack) | Packet::PubComp(ack) => self.open.retain(|(id, _)| *id != ack.packet_id),
            Packet::PubRec(ack) => self.release(ack, out),
            Packet::SubAck(_) => self.subscribed = true,
            Packet::Disconnect(packet) => assert_eq!(packet.reason, ReasonCode::SessionTakenOver),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// It is in, and sends again what was not answered, in its order [MQTT-4.4.0-1] [MQTT-4.6.0-1].
    fn come_in(&mut self, connack: &ConnAck<'_>, out: &mut Vec<u8>) {
        assert_eq!(connack.reason, ReasonCode::Success);
        // 3.1 cannot say it.
        let told = self.version != Version::V3;
        assert!(!told || connack.session_present == self.was_in, "{}: its session is there", self.name);
        self.is_in = true;
        self.was_in = true;
        for (id, number) in self.open.clone() {
            self.repeats += 1;
            match number {
                Some(number) => self.message(id, number, true, out),
                None => out.extend(AckKind::PubRel.success(id)),
            }
        }
    }

    fn take(&mut self, publish: &Publish<'_>, out: &mut Vec<u8>) {
        assert_eq!(publish.qos, self.qos);
        self.repeats += u32::from(publish.dup);
        let id = publish.packet_id.unwrap();
        let number = u32::from_be_bytes(publish.payload.try_into().unwrap());
        if self.qos == Qos::AtLeastOnce {
            self.got.push(number);
            out.extend(AckKind::PubAck.success(id));
            return;
        }
        if self.held.insert(id) {
            self.got.push(number);
        }
        out.extend(AckKind::PubRec.success(id));
    }

    fn release(&mut self, ack: &Ack<'_>, out: &mut Vec<u8>) {
        assert!(!ack.reason.is_error(), "{}: {ack:?}", self.name);
        for (id, number) in &mut self.open {
            if *id == ack.packet_id {
                *number = None;
            }
        }
        out.extend(AckKind::PubRel.success(ack.packet_id));
    }
}
