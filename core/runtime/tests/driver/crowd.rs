//! Many that greet, against those that were let in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::ClientConnection;
use tidegate_gateway::Transport;
use tidegate_runtime::{RuntimeConfig, TurnedAway};

use super::carriers::{Carried, secure};
use super::echo::{ECHO, HOLD, Happened, frame};
use super::stage::{socket, workers};

/// A client's first words.
fn hello(carried: &Carried) -> Vec<u8> {
    let config = carried.certificates.client(false);
    let mut client = ClientConnection::new(Arc::clone(&config), "localhost".try_into().unwrap()).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

fn is_answered(stranger: &TcpStream) -> bool {
    stranger.set_nonblocking(true).unwrap();
    let answered = stranger.peek(&mut [0]).is_ok();
    stranger.set_nonblocking(false).unwrap();
    answered
}

#[test]
fn a_packet_waits_for_a_few_handshakes_and_not_for_all() {
    let carried = Carried::new(Transport::Tls, workers(1));
    let stage = &carried.stage;
    let mut honest = carried.connect();
    honest.echoes(b"let in");
    stage.came();
    let hello = hello(&carried);
    let mut strangers: Vec<_> = (0..200).map(|_| socket(stage.address)).collect();
    stage.until("all to be accepted", |stage| stage.runtime.connections() == 201);
    // The worker stands still at the door while everything comes; the packet is the last.
    let door = stage.host.banned.lock();
    let asked = || stage.host.asked.lock().len();
    let before = asked();
    let _another = socket(stage.address);
    stage.until("the worker to stand still", |_| asked() > before);
    for stranger in &mut strangers {
        stranger.write_all(&hello).unwrap();
    }
    honest.send(HOLD, b"");
    let gate = stage.echo.gate.lock();
    drop(door);
    assert_eq!(stage.next(), Happened::Holds);
    let answered = strangers.iter().filter(|stranger| is_answered(stranger)).count();
    drop(gate);
    assert!(answered <= 12, "{answered} handshakes came first");
    // And each gets its turn.
    for stranger in &mut strangers {
        stranger.read_exact(&mut [0; 100]).unwrap();
    }
    honest.echoes(b"and on");
}

#[test]
fn handshakes_without_end_leave_room_for_the_clients() {
    let carried = Carried::new(Transport::Tls, RuntimeConfig { max_kept_input: 2 << 20, ..workers(1) });
    let stage = &carried.stage;
    let mut honest = secure(&carried.certificates.client(false), socket(stage.address));
    honest.write_all(&frame(ECHO, b"x")).unwrap();
    honest.read_exact(&mut [0; 6]).unwrap();
    stage.came();
    // A first word of 60 KiB, in records of 14.5 KiB, all but its end.
    let mut hello = Vec::new();
    for number in 0..4 {
        hello.extend([22, 3, 1, 0x3a, 0]);
        let mut body = vec![0; 0x3a00];
        if number == 0 {
            body[..4].copy_from_slice(&[1, 0, 0xef, 0]);
        }
        hello.extend(body);
    }
    let mut strangers = Vec::new();
    for _ in 0..40 {
        let mut stranger = socket(stage.address);
        // The other end may be closed before it has all.
        stranger.write_all(&hello).ok();
        strangers.push(stranger);
    }
    stage.until("some to be turned away", |stage| stage.turned_away(TurnedAway::NoRoom) > 20);
    assert!(stage.runtime.kept_input() <= 256 << 10, "{} bytes", stage.runtime.kept_input());
    assert_eq!(stage.turned_away(TurnedAway::TooLong), 0);
    // A record in two pieces: the first is kept.
    honest.conn.writer().write_all(&frame(ECHO, &[7; 8000])).unwrap();
    let mut bytes = Vec::new();
    while honest.conn.wants_write() {
        honest.conn.write_tls(&mut bytes).unwrap();
    }
    let before = stage.runtime.kept_input();
    let (one, two) = bytes.split_at(6000);
    honest.sock.write_all(one).unwrap();
    stage.until("it to be kept", |stage| stage.runtime.kept_input() >= before + 6000);
    honest.sock.write_all(two).unwrap();
    let mut got = vec![0; 8005];
    honest.read_exact(&mut got).unwrap();
    assert_eq!(got, frame(ECHO, &[7; 8000]));
}
