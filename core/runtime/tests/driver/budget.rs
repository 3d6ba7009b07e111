//! What all connections together keep of unfinished packets.

use std::io::Write;

use tidegate_gateway::Transport;
use tidegate_runtime::RuntimeConfig;
use tidegate_types::{CloseReason, Refusal};
use tungstenite::Message;

use super::carriers::{Carried, Framed};
use super::echo::{ECHO, GREW, Happened, frame};
use super::stage::{Stage, socket, workers};

const MIB: usize = 1 << 20;

#[test]
fn whoever_would_pass_the_budget_is_told_and_closed_and_the_others_go_on() {
    // A quarter of it is enough for the first; what that leaves has no quarter for what the others begin.
    let limit = 5 * MIB;
    let stage = Stage::with(RuntimeConfig { max_kept_input: limit, ..workers(2) }, 100);
    let content = vec![7; MIB];
    let sent = frame(ECHO, &content);
    let (most, rest) = sent.split_at(900 << 10);
    let longer = frame(ECHO, &vec![7; 4 * MIB]);
    let mut first = stage.connect();
    stage.came();
    first.0.write_all(most).unwrap();
    stage.until("the first to be kept", |stage| stage.runtime.kept_input() >= most.len());
    for _ in 0..20 {
        let mut refused = stage.connect();
        stage.came();
        // The other end may be closed before it has all.
        refused.0.write_all(&longer[..2 * MIB]).ok();
        assert_eq!(stage.closed(), CloseReason::Refused(Refusal::Busy));
        refused.expect(ECHO, b"refused: busy");
        assert!(stage.runtime.kept_input() <= limit, "{} bytes", stage.runtime.kept_input());
    }
    first.0.write_all(rest).unwrap();
    first.expect(ECHO, &content);
    stage.until("everything to be given back", |stage| stage.runtime.kept_input() == 0);
    stage.connect().echoes(&content);
}

#[test]
fn a_websocket_that_would_pass_it_is_told_to_come_later() {
    let carried = Carried::new(Transport::Ws, RuntimeConfig { max_kept_input: MIB, ..workers(1) });
    let mut client = Framed::new(socket(carried.stage.address));
    // The other end may be closed before it has all.
    client.write_all(&frame(ECHO, &vec![7; 2 * MIB])).ok();
    let code = loop {
        if let Message::Close(said) = client.socket.read().unwrap() {
            break said.unwrap().code;
        }
    };
    assert_eq!(u16::from(code), 1013);
}

#[test]
fn a_length_that_is_only_announced_takes_no_memory() {
    let stage = Stage::new();
    let mut client = stage.connect();
    client.0.write_all(&frame(ECHO, &vec![0; 16 * MIB])[..50]).unwrap();
    stage.until("it to be kept", |stage| stage.runtime.kept_input() >= 50);
    assert!(stage.runtime.kept_input() <= 100, "{} bytes", stage.runtime.kept_input());
    drop(client);
    stage.until("it to be given back", |stage| stage.runtime.kept_input() == 0);
}

#[test]
fn what_is_kept_counts_where_its_connection_moves() {
    let stage = Stage::with(workers(2), 100);
    let mut client = stage.connect();
    stage.came();
    let sent = frame(ECHO, &vec![3; MIB]);
    client.0.write_all(&sent[..MIB / 2]).unwrap();
    stage.until("it to be kept", |stage| stage.runtime.kept_input() >= MIB / 2);
    stage.runtime.shed(0, 1, 1);
    client.0.write_all(&sent[MIB / 2..MIB / 2 + 1]).unwrap();
    let Happened::Reseated(seat) = stage.next() else { panic!("it did not move") };
    assert_eq!(seat.worker, 1);
    assert!(stage.runtime.kept_input() >= MIB / 2);
    client.0.write_all(&sent[MIB / 2 + 1..]).unwrap();
    client.expect(ECHO, &vec![3; MIB]);
    stage.until("it to be given back", |stage| stage.runtime.kept_input() == 0);
}

#[test]
fn a_peer_hears_of_an_unfinished_packet() {
    let stage = Stage::new();
    let mut client = stage.connect();
    for size in [MIB / 4, 3 * MIB] {
        client.send(GREW, &vec![0; size]);
        let mut head = [0; 13];
        std::io::Read::read_exact(&mut client.0, &mut head).unwrap();
        let grew = usize::try_from(u64::from_be_bytes(head[5..].try_into().unwrap())).unwrap();
        // All but the read that made it whole.
        assert!((size - (64 << 10)..=size).contains(&grew), "{grew} of {size}");
    }
}
