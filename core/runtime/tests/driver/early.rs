//! The same bytes, cut differently where the greeting ends.

use std::io::{Read, Write};

use tidegate_gateway::Transport;
use tidegate_runtime::TurnedAway;
use tidegate_types::CloseReason;

use super::carriers::{Carried, secure};
use super::echo::{ECHO, frame};
use super::stage::{Client, socket, workers};
use super::websocket::{OFFERED, masked, request};

#[test]
fn upgrade_packet_and_close_in_one_piece() {
    let carried = Carried::new(Transport::Ws, workers(1));
    let mut client = Client::to(carried.stage.address);
    let (packet, close) = (masked(0x82, &frame(ECHO, b"last")), masked(0x88, &1000_u16.to_be_bytes()));
    client.0.write_all(&[request(OFFERED).into_bytes(), packet, close].concat()).unwrap();
    let mut got = Vec::new();
    client.0.read_to_end(&mut got).unwrap();
    assert!(got.starts_with(b"HTTP/1.1 101"));
    let answers = [&[0x82, 9][..], &frame(ECHO, b"last"), &[0x88, 2], &1000_u16.to_be_bytes()].concat();
    assert!(got.ends_with(&answers), "{:?}", String::from_utf8_lossy(&got));
    assert_eq!(carried.stage.turned_away(TurnedAway::WebSocket), 0);
    carried.stage.came();
    assert_eq!(carried.stage.closed(), CloseReason::Lost);
}

#[test]
fn the_end_of_a_handshake_packet_and_goodbye_in_one_piece() {
    let carried = Carried::new(Transport::Tls, workers(1));
    let mut client = secure(&carried.certificates.client(false), socket(carried.stage.address));
    while client.conn.wants_write() {
        client.conn.write_tls(&mut client.sock).unwrap();
    }
    while client.conn.is_handshaking() {
        client.conn.read_tls(&mut client.sock).unwrap();
        client.conn.process_new_packets().unwrap();
    }
    client.conn.writer().write_all(&frame(ECHO, b"last")).unwrap();
    client.conn.send_close_notify();
    let mut bytes = Vec::new();
    while client.conn.wants_write() {
        client.conn.write_tls(&mut bytes).unwrap();
    }
    client.sock.write_all(&bytes).unwrap();
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got, frame(ECHO, b"last"));
    carried.stage.came();
    assert_eq!(carried.stage.closed(), CloseReason::Lost);
    assert_eq!(carried.stage.turned_away(TurnedAway::Left), 0);
}
