//! Peers that break the rules: an alert and the end, never a panic, never more memory than allowed.
//!
//! `TLS_INPUTS` says how many damaged inputs each test tries; a fuzzing run sets it high.

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use tidegate_config::ByteSize;
use tidegate_config::ClientCertificate::Optional;
use tidegate_config::sections::Tls;
use tidegate_tls::{Acceptor, Progress, Session, TlsAlert};

use crate::world::{BOTH, Link, World, acceptor};

fn inputs() -> u64 {
    std::env::var("TLS_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// xorshift64*: the same damage in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let wide = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(wide).unwrap() % sides.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap()
    }

    /// One piece of damage: a changed byte, a cut, an inserted run, a piece that comes twice.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.roll(bytes.len());
        match self.roll(6) {
            0 | 1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << self.roll(8)),
            2 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = self.byte()),
            3 => bytes.truncate(at),
            4 => {
                let run: Vec<u8> = (0..self.roll(40)).map(|_| self.byte()).collect();
                bytes.splice(at..at, run);
            }
            _ => {
                let copy: Vec<u8> = bytes.iter().skip(at).take(self.roll(200)).copied().collect();
                bytes.splice(at..at, copy);
            }
        }
    }
}

/// Feeds `wire` in random pieces, with random room, and sends in between. The first error, if there is one.
fn feed(session: &mut Session, wire: &mut [u8], dice: &mut Dice) -> Result<Vec<u8>, TlsAlert> {
    let (mut got, mut to_send) = (Vec::new(), Vec::new());
    let mut left = wire;
    while !left.is_empty() {
        let most = if dice.roll(2) == 0 { 10 } else { 3_000 };
        let length = (1 + dice.roll(most)).min(left.len());
        let (mut piece, rest) = left.split_at_mut(length);
        left = rest;
        loop {
            let room = 1 + dice.roll(2_000);
            let progress = session.receive(piece, room, &mut got, &mut to_send)?;
            assert!(session.held() <= 2 * 65_536 + 40_000, "{}", session.held());
            if dice.roll(3) == 0 && !session.is_handshaking() {
                session.send(&[7; 30], &mut to_send)?;
            }
            piece = &mut [];
            if progress != Progress::Room {
                break;
            }
        }
    }
    Ok(got)
}

/// After an error nothing works, quietly.
fn assert_over(session: &mut Session) {
    assert!(session.is_ended() && session.held() == 0);
    let mut out = Vec::new();
    assert_eq!(session.receive(&mut [1, 2, 3], 1, &mut Vec::new(), &mut out), Err(TlsAlert::Ended));
    assert_eq!(session.send(b"x", &mut out), Err(TlsAlert::Ended));
    assert!(out.is_empty());
}

#[test]
fn garbage_gets_an_alert() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id",
        &[0xff; 100],
        &[0x16, 3, 1, 0xff, 0xff, 1],
    ] {
        let mut session = acceptor.accept().unwrap();
        let mut to_send = Vec::new();
        let result = session.receive(&mut garbage.to_vec(), 1, &mut Vec::new(), &mut to_send);
        assert!(matches!(result, Err(TlsAlert::Refused(_))), "{result:?}");
        // A record of an alert that is fatal (RFC 8446 §6).
        assert_eq!((to_send[0], to_send[5]), (21, 2), "{to_send:?}");
        assert_over(&mut session);
    }
}

#[test]
fn random_bytes_end_it() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut dice = Dice(1);
    for _ in 0..inputs() {
        let mut wire: Vec<u8> = (0..dice.roll(2_000)).map(|_| dice.byte()).collect();
        let starts = [
            vec![],
            vec![22, 3, 1],
            vec![22, 3, 3, 2, 0, 1],
            vec![23, 3, 3],
            vec![21, 3, 3, 0, 2],
            vec![20, 3, 3, 0, 1, 1],
        ];
        wire.splice(0..0, starts[dice.roll(starts.len())].iter().copied());
        let mut session = acceptor.accept().unwrap();
        if feed(&mut session, &mut wire, &mut dice).is_err() {
            assert_over(&mut session);
        }
        assert!(session.is_handshaking() || session.is_ended());
    }
}

#[test]
fn damaged_handshakes_let_nobody_in_by_mistake() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Optional));
    let mut dice = Dice(2);
    for round in 0..inputs() {
        let version = BOTH[dice.roll(2)];
        let with = dice.roll(2) == 0;
        let config = if with { world.client_with_certificate(version) } else { world.client(version) };
        let mut link = Link::new(&acceptor, &Arc::new(config), "localhost");
        let damaged = dice.roll(2);
        let mut flight = 0;
        loop {
            let mut wire = link.client_sends();
            if wire.is_empty() {
                break;
            }
            let whole = wire.clone();
            if flight == damaged {
                dice.damage(&mut wire);
            }
            flight += 1;
            let (mut got, mut to_send) = (Vec::new(), Vec::new());
            let result = link.server.receive(&mut wire.clone(), usize::MAX, &mut got, &mut to_send);
            if result.is_err() {
                assert_over(&mut link.server);
                break;
            }
            let touched = wire != whole && flight == damaged + 1;
            // What follows the Finished unharmed is no part of the handshake any more.
            assert!(
                !touched || link.server.is_handshaking() || wire.starts_with(&whole) || got.is_empty(),
                "{round}"
            );
            if link.client_hears(&to_send).is_err() {
                break;
            }
        }
    }
}

/// What a client sends: several records, whole.
fn recorded(
    acceptor: &Acceptor,
    world: &World,
    version: &'static SupportedProtocolVersion,
) -> (Link, Vec<u8>, Vec<u8>) {
    let mut link = Link::up(acceptor, &Arc::new(world.client(version)), "localhost");
    let mut sent = Vec::new();
    let mut wire = Vec::new();
    for size in [1_usize, 40, 1_000, 20, 5_000, 3] {
        let text = vec![u8::try_from(size % 256).unwrap(); size];
        link.say_to_server(&text);
        wire.extend(link.client_sends());
        sent.extend(text);
    }
    (link, wire, sent)
}

#[test]
fn damaged_records_are_never_taken_for_data() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut dice = Dice(3);
    for _ in 0..inputs() {
        let (mut link, mut wire, sent) = recorded(&acceptor, &world, BOTH[dice.roll(2)]);
        dice.damage(&mut wire);
        let (mut got, mut to_send) = (Vec::new(), Vec::new());
        let result = link.server.receive(&mut wire.clone(), usize::MAX, &mut got, &mut to_send);
        assert!(sent.starts_with(&got), "what came is what was sent, up to the damage");
        // The version in a record's header does not count (RFC 8446 §5.1), and an unfinished record harms nobody.
        if result.is_err() {
            assert!(!to_send.is_empty(), "an alert");
            assert_over(&mut link.server);
        }
        // The same in random pieces.
        let (mut link, mut wire, sent) = recorded(&acceptor, &world, BOTH[dice.roll(2)]);
        dice.damage(&mut wire);
        if let Ok(got) = feed(&mut link.server, &mut wire, &mut dice) {
            assert!(sent.starts_with(&got));
        }
    }
}

#[test]
fn whole_records_survive_every_split() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut dice = Dice(4);
    for _ in 0..inputs() / 4 {
        let (mut link, mut wire, sent) = recorded(&acceptor, &world, BOTH[dice.roll(2)]);
        assert_eq!(feed(&mut link.server, &mut wire, &mut dice).unwrap(), sent);
        assert_eq!(link.server.held(), 0);
    }
}

#[test]
fn every_split_of_a_client_hello_is_the_same() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let client = Arc::new(world.client(BOTH[1]));
    let length = Link::new(&acceptor, &client, "localhost").client_sends().len();
    for at in 1..length {
        let mut link = Link::new(&acceptor, &client, "localhost");
        let mut wire = link.client_sends();
        let (first, second) = wire.split_at_mut(at);
        let (early, result) = link.server_hears(first);
        assert!(early.is_empty() && result.is_ok() && link.server.held() > 0, "{at}");
        let (answer, result) = link.server_hears(second);
        result.unwrap();
        link.client_hears(&answer).unwrap();
        link.pump().unwrap();
        link.talk();
    }
}

#[test]
fn records_that_are_too_long_are_refused_by_their_header() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        let (answer, result) = link.server_hears(&mut [23, 3, 3, 0x60, 0]);
        assert!(matches!(result, Err(TlsAlert::Refused(_))), "{result:?}");
        assert!(link.client_hears(&answer).is_err(), "the client is told");
        assert_over(&mut link.server);
    }
}

#[test]
fn handshake_messages_are_bounded() {
    let world = World::new();
    let tls = Tls { max_handshake_size: ByteSize::kib(32), ..world.tls() };
    let acceptor = acceptor(&tls);
    // A hello that says that it is 60,000 bytes long, in records of 1,000 and of 1.
    for size in [1_000_u16, 1] {
        let mut session = acceptor.accept().unwrap();
        let mut to_send = Vec::new();
        let mut message = vec![1, 0, 0xea, 0x60];
        message.resize(60_000, 0);
        let mut fed = 0;
        let error = message.chunks(size.into()).find_map(|part| {
            let mut record = vec![22, 3, 1];
            record.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
            record.extend(part);
            fed += record.len();
            let result = session.receive(&mut record, 1, &mut Vec::new(), &mut to_send);
            assert!(session.held() <= 80_000, "{}", session.held());
            result.err()
        });
        assert_eq!(error, Some(TlsAlert::TooLong(32_768)), "after {fed}");
        assert!(fed < 34_000, "{fed}");
        assert_over(&mut session);
    }
    // One that says that it is longer than any may be.
    let mut session = acceptor.accept().unwrap();
    let result = session.receive(&mut [22, 3, 1, 0, 4, 1, 2, 0, 0], 1, &mut Vec::new(), &mut Vec::new());
    assert!(result.is_err(), "{result:?}");
}

#[test]
fn renegotiation_is_refused_and_then_ends_it() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut link = Link::up(&acceptor, &Arc::new(world.client(BOTH[0])), "localhost");
    // A second hello without encryption is nothing that can be decrypted.
    let mut hello = Link::new(&acceptor, &Arc::new(world.client(BOTH[0])), "localhost").client_sends();
    let (_, result) = link.server_hears(&mut hello);
    assert!(matches!(result, Err(TlsAlert::Refused(rustls::Error::DecryptError))), "{result:?}");
    assert_over(&mut link.server);
}

#[test]
fn empty_records_do_not_go_on_for_ever() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    // Before encryption: empty handshake records.
    let mut session = acceptor.accept().unwrap();
    let mut to_send = Vec::new();
    let ended =
        (0..100).any(|_| session.receive(&mut [22, 3, 1, 0, 0], 1, &mut Vec::new(), &mut to_send).is_err());
    assert!(ended && session.held() == 0);
}
