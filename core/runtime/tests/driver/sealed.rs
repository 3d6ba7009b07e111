//! What holds for plain streams holds for those in TLS, in a WebSocket, and in both.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidegate_runtime::RuntimeConfig;
use tidegate_types::CloseReason;

use super::carriers::{Bytewise, Carried, SEALED};
use super::echo::{BLOCK, ECHO, FINISH, FLOOD, Happened, PANIC, SHARED, frame};
use super::stage::{DEADLINE, socket, workers};

#[test]
fn every_size_comes_back() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(1));
        let mut client = carried.connect();
        for length in [0, 1, 100, 4095, 16_379, 16_384, 32_763, 65_530, 65_536, 70_000, 1 << 20] {
            for command in [ECHO, SHARED] {
                let content = vec![u8::try_from(length % 251).unwrap(); length];
                client.send(command, &content);
                client.expect(command, &content);
            }
        }
        carried.stage.until("all bytes to be counted", |stage| {
            let counts = stage.runtime.listeners()[0].counts;
            counts.bytes_in > 1 << 20 && counts.bytes_out == counts.bytes_in
        });
        carried.stage.until("nothing to be kept", |stage| stage.runtime.kept_input() == 0);
    }
}

#[test]
fn byte_by_byte() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(1));
        let stream = socket(carried.stage.address);
        stream.set_nodelay(true).unwrap();
        let mut client = carried.over(Bytewise(stream));
        client.echoes(b"one");
        client.echoes(&[7; 700]);
        carried.stage.until("nothing to be kept", |stage| stage.runtime.kept_input() == 0);
    }
}

#[test]
fn a_pulled_flood_arrives_whole() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(1));
        let mut client = carried.connect();
        client.send(FLOOD, b"10");
        let mut got = vec![0; 10 << 20];
        client.0.read_exact(&mut got).unwrap();
        assert!(got.iter().all(|byte| *byte == b'.'), "{transport:?}");
        client.echoes(b"and on");
    }
}

#[test]
fn a_peer_that_never_reads_is_closed_and_holds_little() {
    for transport in SEALED {
        let config = RuntimeConfig { stall: Duration::from_millis(300), ..workers(1) };
        let carried = Carried::new(transport, config);
        let (mut client, mut other) = (carried.connect(), carried.connect());
        other.echoes(b"here");
        client.send(FLOOD, b"100");
        client.0.flush().unwrap();
        while carried.stage.next() != Happened::Closed(CloseReason::NotReading) {}
        let sent = carried.stage.runtime.listeners()[0].counts.bytes_out;
        assert!(sent < 50 << 20, "{transport:?}: {sent} bytes went somewhere");
        other.echoes(b"undisturbed");
    }
}

#[test]
fn a_peer_that_does_not_read_its_answers_is_not_read() {
    for transport in SEALED {
        let config = RuntimeConfig { stall: Duration::from_millis(500), ..workers(1) };
        let carried = Carried::new(transport, config);
        let mut client = carried.connect();
        let thread = std::thread::spawn(move || {
            let echo = frame(ECHO, &[b'x'; 60_000]);
            while client.0.write_all(&echo).is_ok() {}
        });
        while carried.stage.next() != Happened::Closed(CloseReason::NotReading) {}
        thread.join().unwrap();
        let counts = carried.stage.runtime.listeners()[0].counts;
        let held = counts.bytes_in.saturating_sub(counts.bytes_out);
        assert!(held < 1 << 20, "{transport:?}: {held} bytes of answers were held");
    }
}

#[test]
fn nothing_is_lost_while_connections_move() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(2));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..4usize)
                .map(|client| {
                    let mut connection = carried.connect();
                    scope.spawn(move || {
                        for round in 0..150usize {
                            let length = 1 + round * (client * 337 % 900);
                            connection.echoes(&vec![u8::try_from(round).unwrap(); length]);
                        }
                    })
                })
                .collect();
            let mover = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    carried.stage.runtime.shed(0, 1, 100);
                    carried.stage.runtime.shed(1, 0, 100);
                    std::thread::yield_now();
                }
            });
            for client in clients {
                client.join().unwrap();
            }
            done.store(true, Ordering::Relaxed);
            mover.join().unwrap();
        });
        let moves = carried.stage.happened.try_iter();
        let moves = moves.filter(|event| matches!(event, Happened::Reseated(_))).count();
        assert!(moves >= 4, "{transport:?}: only {moves} moves");
    }
}

#[test]
fn a_blocked_peer_that_moves_has_what_it_was_sent() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(2));
        let mut client = carried.connect();
        client.echoes(b"busy");
        let seat = carried.stage.came();
        let both = [frame(BLOCK, b"question"), frame(ECHO, b"after")].concat();
        client.0.write_all(&both).unwrap();
        client.0.flush().unwrap();
        carried.stage.runtime.shed(seat.worker, 1, 1);
        assert!(matches!(carried.stage.next(), Happened::Reseated(_)));
        let answer = tidegate_broker::Reply::Settled(Ok(()));
        let notice = tidegate_broker::Notice::Reply(tidegate_broker::RequestId(1), answer);
        tidegate_broker::Switchboard::notify(&*carried.stage.exchange, seat, notice);
        client.expect(BLOCK, b"question");
        client.expect(ECHO, b"after");
    }
}

#[test]
fn ends_are_in_order() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(1));
        let mut client = carried.connect();
        client.send(FINISH, b"");
        client.expect(ECHO, b"bye");
        // TLS without its end would be an error here, and so would a WebSocket without.
        assert_eq!(client.0.read(&mut [0; 1]).unwrap(), 0, "{transport:?}");
        let mut lost = carried.connect();
        lost.echoes(b"here");
        drop(lost);
        while carried.stage.next() != Happened::Closed(CloseReason::Lost) {}
        let mut bad = carried.connect();
        bad.send(PANIC, b"");
        bad.0.read_to_end(&mut Vec::new()).ok();
        let mut told = carried.connect();
        told.echoes(b"here");
        let thread = std::thread::spawn(move || {
            told.expect(ECHO, b"broker shutting down");
            assert_eq!(told.0.read(&mut [0; 1]).unwrap(), 0);
        });
        let drained = carried.stage.runtime.drain(DEADLINE);
        assert_eq!(drained.left, 0);
        thread.join().unwrap();
    }
}

#[test]
fn behind_a_proxy() {
    for transport in SEALED {
        let carried = Carried::new(transport, workers(1));
        carried.stage.change(|config| {
            config.proxy_protocol = true;
            config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        });
        let mut stream = socket(carried.stage.address);
        stream.write_all(b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 1883\r\n").unwrap();
        carried.over(stream).echoes(b"here");
        assert_eq!(carried.stage.last().remote, "192.0.2.7:40000".parse().unwrap());
    }
}
