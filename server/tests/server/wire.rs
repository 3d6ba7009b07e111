//! A client of a few lines, for what the programs of the binary cannot show.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use mqtt_codec::{
    Connect, Decoded, Limits, Packet, Properties, Publish, Qos, Secret, Subscribe, Subscription,
    SubscriptionOptions, Subscriptions, Version, decode,
};

/// Longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that blocks.
pub(crate) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Wire {
    pub(crate) fn dial(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, input: Vec::new() }
    }

    /// Connected and let in.
    pub(crate) fn open(address: SocketAddr, client_id: &str) -> Self {
        let mut wire = Self::dial(address);
        assert_eq!(wire.introduce(client_id, None), "success");
        wire
    }

    /// The broker's answer to a CONNECT, in its own words.
    pub(crate) fn introduce(&mut self, client_id: &str, login: Option<(&str, &str)>) -> String {
        self.send(&Packet::Connect(Connect {
            version: Version::V5,
            clean_start: true,
            keep_alive: 0,
            properties: Properties::EMPTY,
            client_id,
            will: None,
            user_name: login.map(|(user, _)| user),
            password: login.map(|(_, password)| Secret::new(password.as_bytes())),
        }));
        self.next(|packet| match packet {
            Packet::ConnAck(ack) => ack.reason.name().to_owned(),
            other => panic!("{other:?}"),
        })
    }

    pub(crate) fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes).unwrap();
        self.stream.write_all(&bytes).unwrap();
    }

    pub(crate) fn subscribe(&mut self, filter: &str) {
        let options = SubscriptionOptions { qos: Qos::AtLeastOnce, ..SubscriptionOptions::default() };
        let list = [Subscription { filter, options }];
        self.send(&Packet::Subscribe(Subscribe {
            packet_id: 1.try_into().unwrap(),
            properties: Properties::EMPTY,
            subscriptions: Subscriptions::from_slice(&list),
        }));
        self.next(|packet| assert!(matches!(packet, Packet::SubAck(_)), "{packet:?}"));
    }

    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8]) {
        self.send(&Packet::Publish(Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic,
            packet_id: None,
            properties: Properties::EMPTY,
            payload,
        }));
    }

    /// The payload of the next message.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        self.next(|packet| match packet {
            Packet::Publish(publish) => publish.payload.to_vec(),
            other => panic!("{other:?}"),
        })
    }

    /// The reason of the broker's last word.
    pub(crate) fn goodbye(&mut self) -> String {
        self.next(|packet| match packet {
            Packet::Disconnect(bye) => bye.reason.name().to_owned(),
            other => panic!("{other:?}"),
        })
    }

    fn next<R>(&mut self, look: impl FnOnce(Packet<'_>) -> R) -> R {
        let limits = Limits::client(Limits::MAX_PACKET_SIZE);
        loop {
            if let Decoded::Packet { packet, len } = decode(&self.input, &limits, Some(Version::V5)).unwrap()
            {
                let seen = look(packet);
                self.input.drain(..len);
                return seen;
            }
            let mut chunk = [0; 4096];
            let count = self.stream.read(&mut chunk).unwrap();
            assert_ne!(count, 0, "the broker closed the connection");
            self.input.extend_from_slice(&chunk[..count]);
        }
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// So many bytes, as they come.
    pub(crate) fn read_raw(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Everything until the end.
    pub(crate) fn read_all(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Waits until the broker has closed the connection.
    pub(crate) fn closed(&mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}
