//! What a peer with valid keys can send that no honest one does. The records are sealed with the client's own keys.

use std::sync::Arc;

use rustls::crypto::cipher::{MessageEncrypter, OutboundChunks, OutboundPlainMessage};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, PeerMisbehaved, ProtocolVersion, SupportedCipherSuite,
    SupportedProtocolVersion,
};
use tidegate_config::sections::Tls;
use tidegate_tls::{Progress, Session, TlsAlert};

use crate::world::{BOTH, Link, World, acceptor};

/// ChaCha20-Poly1305 in both versions: its keys have the same shape in both.
const SUITES: [&str; 2] = ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS13_CHACHA20_POLY1305_SHA256"];

/// KeyUpdate that asks for one in return (RFC 8446 §4.6.3).
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 1];

/// A session and the keys of its client.
struct Forger {
    server: Session,
    seal: Box<dyn MessageEncrypter>,
    next: u64,
    got: Vec<u8>,
    to_send: Vec<u8>,
}

impl Forger {
    fn new(version: &'static SupportedProtocolVersion) -> Self {
        let world = World::new();
        let ciphers = SUITES.map(str::to_owned).to_vec();
        let acceptor = acceptor(&Tls { ciphers, ..world.tls() });
        let mut config = world.client(version);
        config.enable_secret_extraction = true;
        let Link { client, server, .. } = Link::up(&acceptor, &Arc::new(config), "localhost");
        let suite = client.negotiated_cipher_suite().unwrap();
        let (next, secrets) = client.dangerous_extract_secrets().unwrap().tx;
        let ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } = secrets else { panic!("another suite") };
        let seal = match suite {
            SupportedCipherSuite::Tls13(suite) => suite.aead_alg.encrypter(key, iv),
            SupportedCipherSuite::Tls12(suite) => suite.aead_alg.encrypter(key, iv.as_ref(), &[]),
        };
        Self { server, seal, next, got: Vec::new(), to_send: Vec::new() }
    }

    fn record(&mut self, typ: ContentType, payload: &[u8]) -> Vec<u8> {
        let payload = OutboundChunks::Single(payload);
        let plain = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_2, payload };
        let sealed = self.seal.encrypt(plain, self.next).unwrap().encode();
        self.next += 1;
        sealed
    }

    fn send(&mut self, typ: ContentType, payload: &[u8]) -> Result<Progress, TlsAlert> {
        let mut wire = self.record(typ, payload);
        self.server.receive(&mut wire, usize::MAX, &mut self.got, &mut self.to_send)
    }
}

#[test]
fn the_forger_is_understood() {
    for version in BOTH {
        let mut forger = Forger::new(version);
        assert_eq!(forger.send(ContentType::ApplicationData, b"hello"), Ok(Progress::More));
        assert_eq!((&forger.got[..], forger.to_send.len()), (&b"hello"[..], 0));
    }
}

#[test]
fn sending_goes_on_while_a_handshake_message_is_unfinished() {
    for cut in 1..KEY_UPDATE.len() {
        let mut forger = Forger::new(BOTH[1]);
        let (first, second) = KEY_UPDATE.split_at(cut);
        assert_eq!(forger.send(ContentType::Handshake, first), Ok(Progress::More));
        assert!(forger.server.held() > 0, "it is kept until the rest comes");
        for size in [1, 100, 20_000] {
            forger.server.send(&vec![1; size], &mut forger.to_send).unwrap();
        }
        // A byte at a time, sending in between.
        let sent = forger.to_send.len();
        let mut wire = forger.record(ContentType::Handshake, second);
        for byte in wire.chunks_mut(1) {
            let result = forger.server.receive(byte, usize::MAX, &mut forger.got, &mut forger.to_send);
            assert_eq!(result, Ok(Progress::More), "{cut}");
            forger.server.send(b"x", &mut forger.to_send).unwrap();
        }
        assert_eq!(forger.server.held(), 0);
        assert!(forger.to_send.len() > sent);
        let mut end = Vec::new();
        assert_eq!(forger.server.close(&mut end), Ok(()));
        assert!(!end.is_empty());
    }
}

#[test]
fn the_end_may_come_while_a_handshake_message_is_unfinished() {
    let mut forger = Forger::new(BOTH[1]);
    forger.send(ContentType::Handshake, &KEY_UPDATE[..3]).unwrap();
    assert_eq!(forger.server.close(&mut forger.to_send), Ok(()));
    assert!(!forger.to_send.is_empty() && forger.server.held() == 0);

    // Something else in between is not allowed (RFC 8446 §5.1).
    let mut forger = Forger::new(BOTH[1]);
    forger.send(ContentType::Handshake, &KEY_UPDATE[..3]).unwrap();
    let expected = Error::PeerMisbehaved(PeerMisbehaved::MessageInterleavedWithHandshakeMessage);
    assert_eq!(forger.send(ContentType::ApplicationData, b"x"), Err(TlsAlert::Refused(expected)));
    assert!(forger.got.is_empty() && forger.server.is_ended());
}

#[test]
fn renegotiation_is_answered_with_no_and_then_with_the_end() {
    let mut forger = Forger::new(BOTH[0]);
    // A ClientHello (RFC 5246 §7.4.1.2) as short as one may be.
    let mut hello = vec![1, 0, 0, 41, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xcc, 0xa9, 1, 0]);
    assert_eq!(forger.send(ContentType::Handshake, &hello), Ok(Progress::More));
    assert!(!forger.to_send.is_empty(), "a warning");
    assert_eq!(forger.send(ContentType::ApplicationData, b"go on"), Ok(Progress::More));
    assert_eq!(forger.got, b"go on");
    let again = (0..10).find_map(|_| forger.send(ContentType::Handshake, &hello).err());
    let expected = Error::PeerMisbehaved(PeerMisbehaved::TooManyRenegotiationRequests);
    assert_eq!(again, Some(TlsAlert::Refused(expected)));
    assert!(forger.server.is_ended());
}

#[test]
fn what_costs_and_says_nothing_is_limited() {
    for version in BOTH {
        let mut forger = Forger::new(version);
        let ended = (0..1_000).find_map(|_| forger.send(ContentType::ApplicationData, b"").err());
        let expected = Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments);
        assert_eq!(ended, Some(TlsAlert::Refused(expected)));
    }
    // Warnings (RFC 8446 §6 has none but two, RFC 5246 §7.2 many).
    let mut forger = Forger::new(BOTH[0]);
    let ended = (0..1_000).find_map(|_| forger.send(ContentType::Alert, &[1, 100]).err());
    assert_eq!(
        ended,
        Some(TlsAlert::Refused(Error::PeerMisbehaved(PeerMisbehaved::TooManyWarningAlertsReceived)))
    );
    assert!(forger.to_send.len() < 1_000);
}

#[test]
fn a_fatal_alert_ends_it() {
    for version in BOTH {
        let mut forger = Forger::new(version);
        let result = forger.send(ContentType::Alert, &[2, 40]);
        assert!(matches!(result, Err(TlsAlert::Refused(Error::AlertReceived(_)))), "{result:?}");
        assert!(forger.server.is_ended());
    }
}

#[test]
fn other_messages_after_the_handshake_end_it() {
    for version in BOTH {
        for kind in [2_u8, 4, 8, 11, 13, 15, 16, 20, 99] {
            let mut forger = Forger::new(version);
            let result = forger.send(ContentType::Handshake, &[kind, 0, 0, 1, 0]);
            assert!(matches!(result, Err(TlsAlert::Refused(_))), "{version:?} {kind}: {result:?}");
            assert!(!forger.to_send.is_empty(), "an alert");
        }
        let mut forger = Forger::new(version);
        let result = forger.send(ContentType::ChangeCipherSpec, &[1]);
        assert!(matches!(result, Err(TlsAlert::Refused(_))), "{result:?}");
    }
}
