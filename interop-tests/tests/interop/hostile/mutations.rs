//! Valid packets, damaged at random, sent over ever new connections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::wire::encode::{
    Connect, Publish, Will, put_ack, put_disconnect, put_packet, put_subscribe,
};
use tidegate_interop_tests::wire::property::{Property, Value, id};
use tidegate_interop_tests::wire::{Version, kind};

/// Packets one connection may carry before a new one is made.
const A_CONNECTION: u64 = 64;

/// The seed of this run: `INTEROP_SEED`, or from the process id.
pub(super) fn seed() -> u64 {
    let given = std::env::var("INTEROP_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| u64::from(std::process::id()) << 20 | 0x9E37)
}

/// A stream of numbers (xorshift64*), and packets made with them.
pub(super) struct Source {
    state: u64,
    samples: Vec<Vec<u8>>,
}

impl Source {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed.max(1), samples: samples() }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    /// A packet: one in eight is noise, one in eight whole, the others damaged in up to four places.
    fn packet(&mut self) -> Vec<u8> {
        let pick = self.below(self.samples.len());
        let mut bytes = self.samples[pick].clone();
        match self.below(8) {
            0 => bytes = (0..self.below(64) + 1).map(|_| self.next() as u8).collect(),
            1 => {}
            _ => {
                for _ in 0..=self.below(4) {
                    self.damage(&mut bytes);
                }
            }
        }
        bytes
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let edge = [0, 1, 0x7f, 0x80, 0xff][self.below(5)];
        match self.below(6) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.next() as u8,
            2 => bytes[at] = edge,
            3 => bytes.insert(at, edge),
            4 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => bytes.truncate(at.max(1)),
        }
    }
}

/// Sends that many packets; the broker may close at any of them, and then a new connection is made.
pub(super) fn send_all(broker: &Running, source: &mut Source, count: u64) {
    let mut left = count;
    while left > 0 {
        let mut stream = TcpStream::connect(broker.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        let version = [Version::V31, Version::V311, Version::V5][source.below(3)];
        if source.below(4) > 0 {
            let mut bytes = Vec::new();
            Connect::clean(version, "").put(&mut bytes);
            drop(stream.write_all(&bytes));
        }
        for _ in 0..A_CONNECTION.min(left) {
            left -= 1;
            let closed = stream.write_all(&source.packet()).is_err();
            if closed || (source.below(16) == 0 && ended(&mut stream)) {
                break;
            }
        }
    }
}

/// Takes what has arrived; whether the broker has closed.
fn ended(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 4096];
    matches!(stream.read(&mut buffer), Ok(0)) || stream.take_error().is_ok_and(|error| error.is_some())
}

fn samples() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut add = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        all.push(bytes);
    };
    let properties = [
        Property(id::MESSAGE_EXPIRY, Value::Long(60)),
        Property(id::TOPIC_ALIAS, Value::Short(1)),
        Property(id::RESPONSE_TOPIC, Value::Bytes(b"answer".to_vec())),
        Property(id::USER_PROPERTY, Value::Pair(b"name".to_vec(), b"value".to_vec())),
    ];
    for version in [Version::V31, Version::V311, Version::V5] {
        let delay = [Property(id::WILL_DELAY, Value::Long(1))];
        let will = Will { topic: "will", payload: b"gone", qos: 1, retain: true, properties: &delay };
        let session =
            [Property(id::SESSION_EXPIRY, Value::Long(5)), Property(id::RECEIVE_MAXIMUM, Value::Short(9))];
        let clean = Connect::clean(version, "hostile");
        add(&|out| Connect { will: Some(will.clone()), properties: &session, ..clean.clone() }.put(out));
        for qos in 0..3 {
            let (topic, payload, retain) = ("hostile/topic", b"payload".as_slice(), qos == 2);
            let publish = Publish { version, topic, payload, qos, id: 5, retain, properties: &properties };
            add(&|out| publish.put(out));
        }
        for filter in ["hostile/#", "+/x", "$share/group/hostile/+"] {
            add(&|out| put_subscribe(out, version, 3, filter, 1, &[]));
        }
    }
    for ack in [kind::PUBACK, kind::PUBREC, kind::PUBREL, kind::PUBCOMP] {
        add(&|out| put_ack(out, ack, 5));
    }
    add(&|out| put_packet(out, kind::UNSUBSCRIBE << 4 | 2, b"\0\x05\0\0\x05there"));
    add(&|out| put_packet(out, kind::AUTH << 4, &[0x18, 3, 0x15, 0, 0]));
    add(&|out| put_packet(out, kind::PINGREQ << 4, &[]));
    add(&|out| put_disconnect(out, 4, &[Property(id::SESSION_EXPIRY, Value::Long(1))]));
    all
}
