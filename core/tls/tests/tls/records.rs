//! Data through a session: sizes, room, closing.

use std::sync::Arc;

use tidegate_tls::{Progress, TlsAlert};

use crate::world::{BOTH, Link, World, acceptor};

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn data_of_any_size_goes_both_ways() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        link.client.set_buffer_limit(None);
        for size in [0, 1, 100, 16_383, 16_384, 16_385, 40_000, 200_000] {
            for piece in [1_000, 4_096, 65_536] {
                link.piece = piece;
                link.got.clear();
                link.answers.clear();
                link.say_to_server(&text(size));
                link.pump().unwrap();
                link.say_to_client(&text(size));
                assert!(link.got == text(size) && link.answers == text(size), "{size} in {piece}");
                assert_eq!(link.server.held(), 0);
            }
        }
    }
}

#[test]
fn it_stops_when_there_is_no_room_and_goes_on_later() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        link.client.set_buffer_limit(None);
        let sent = text(100_000);
        link.say_to_server(&sent);
        let mut wire = link.client_sends();
        let (mut got, mut to_send) = (Vec::new(), Vec::new());
        let mut incoming = &mut wire[..];
        loop {
            let before = got.len();
            let progress = link.server.receive(incoming, 1_000, &mut got, &mut to_send).unwrap();
            let came = got.len() - before;
            assert!(came <= 16_384 + 1_000, "{came} at once");
            // Meanwhile the other direction works.
            link.say_to_client(b"still here");
            incoming = &mut [];
            match progress {
                Progress::Room => assert!(came >= 1_000),
                Progress::More => break,
                Progress::Closed => panic!("nobody closed"),
            }
        }
        assert!(got == sent && to_send.is_empty() && link.server.held() == 0);
        assert!(link.answers.len() >= 7 * b"still here".len());
        link.talk();
    }
}

#[test]
fn a_partial_record_is_all_that_is_kept() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        link.client.set_buffer_limit(None);
        let sent = text(60_000);
        link.say_to_server(&sent);
        let mut wire = link.client_sends();
        let (mut got, mut to_send) = (Vec::new(), Vec::new());
        for piece in wire.chunks_mut(777) {
            link.server.receive(piece, usize::MAX, &mut got, &mut to_send).unwrap();
            assert!(link.server.held() <= 2 * (16_384 + 2_048 + 5), "{}", link.server.held());
            link.say_to_client(b"x");
        }
        assert!(got == sent && link.server.held() == 0);
    }
}

#[test]
fn both_sides_can_close() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        link.say_to_server(b"last words");
        link.client.send_close_notify();
        link.say_to_server(b"");
        link.pump().unwrap();
        assert!(link.closed && link.got == b"last words");
        // The server's direction is still open.
        link.say_to_client(b"mine");
        assert_eq!(link.answers, b"mine");
        let mut wire = Vec::new();
        link.server.close(&mut wire).unwrap();
        link.client.read_tls(&mut &wire[..]).unwrap();
        assert!(link.client.process_new_packets().unwrap().peer_has_closed());
        assert!(link.server.is_ended());
        assert_eq!(link.server.send(b"more", &mut wire), Err(TlsAlert::Ended));
        assert_eq!(link.server.receive(&mut [], 1, &mut Vec::new(), &mut wire), Err(TlsAlert::Ended));
        assert_eq!(link.server.close(&mut wire), Err(TlsAlert::Ended));
    }
}

#[test]
fn nothing_is_sent_before_the_handshake_is_finished() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut link = Link::new(&acceptor, &Arc::new(world.client(BOTH[1])), "localhost");
    let mut wire = Vec::new();
    assert_eq!(link.server.send(b"x", &mut wire), Err(TlsAlert::NotReady));
    assert!(link.server.is_handshaking() && wire.is_empty());
    link.pump().unwrap();
    link.talk();

    let mut early = acceptor.accept().unwrap();
    assert_eq!(early.close(&mut wire), Ok(()));
    assert!(early.is_ended() && wire.is_empty());
}

#[test]
fn what_follows_the_end_of_the_stream_is_not_read() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let mut link = Link::up(&acceptor, &Arc::new(world.client(BOTH[1])), "localhost");
    link.client.send_close_notify();
    let mut wire = link.client_sends();
    wire.extend([0xff; 400]);
    let (mut got, mut to_send) = (Vec::new(), Vec::new());
    assert_eq!(link.server.receive(&mut wire, 1, &mut got, &mut to_send), Ok(Progress::Closed));
    assert_eq!(link.server.receive(&mut [0xff; 400], 1, &mut got, &mut to_send), Ok(Progress::Closed));
    assert!(got.is_empty() && link.server.held() == 0);
}

#[test]
fn keys_are_renewed_when_the_client_asks() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for piece in [1, 5, usize::MAX] {
        let mut link = Link::up(&acceptor, &Arc::new(world.client(BOTH[1])), "localhost");
        link.piece = piece;
        for _ in 0..5 {
            link.client.refresh_traffic_keys().unwrap();
            link.talk();
        }
    }
}
