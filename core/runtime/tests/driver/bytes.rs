//! Bytes there and back.

use std::io::{Read, Write};
use std::sync::atomic::Ordering;

use tidegate_types::CloseReason;

use super::echo::{ECHO, FLOOD, SHARED, frame};
use super::stage::Stage;

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

#[test]
fn every_size_comes_back() {
    let stage = Stage::new();
    let mut client = stage.connect();
    for length in [0, 1, 100, 4095, 32_763, 32_764, 65_530, 65_531, 65_532, 70_000, 1 << 20, 10 << 20] {
        let content = pattern(length);
        let mut writer = client.0.try_clone().unwrap();
        let sent = frame(ECHO, &content);
        let thread = std::thread::spawn(move || writer.write_all(&sent).unwrap());
        client.expect(ECHO, &content);
        thread.join().unwrap();
    }
    // A turn is counted when it has ended, after its bytes have arrived.
    stage.until("all bytes to be counted", |stage| {
        let counts = stage.runtime.listeners()[0].counts;
        counts.bytes_in > 11 << 20 && counts.bytes_out == counts.bytes_in
    });
    assert_eq!(stage.runtime.listeners()[0].counts.accepted, 1);
}

#[test]
fn shared_pieces_keep_their_place() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let mut writer = client.0.try_clone().unwrap();
    let contents: Vec<Vec<u8>> = (0..40).map(|n| pattern(20_000 + n * 997)).collect();
    let to_send = contents.clone();
    let thread = std::thread::spawn(move || {
        for (n, content) in to_send.iter().enumerate() {
            let command = if n % 3 == 0 { ECHO } else { SHARED };
            writer.write_all(&frame(command, content)).unwrap();
        }
    });
    for (n, content) in contents.iter().enumerate() {
        client.expect(if n % 3 == 0 { ECHO } else { SHARED }, content);
    }
    thread.join().unwrap();
}

#[test]
fn one_byte_at_a_time() {
    let stage = Stage::new();
    let mut client = stage.connect();
    client.0.set_nodelay(true).unwrap();
    let content = pattern(700);
    for byte in frame(ECHO, &content).iter().chain(&frame(ECHO, b"two")) {
        client.0.write_all(&[*byte]).unwrap();
    }
    client.expect(ECHO, &content);
    client.expect(ECHO, b"two");
}

#[test]
fn many_frames_in_one_write() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let content = pattern(333);
    let frames: Vec<u8> = std::iter::repeat_n(frame(ECHO, &content), 3_000).flatten().collect();
    let mut writer = client.0.try_clone().unwrap();
    let thread = std::thread::spawn(move || writer.write_all(&frames).unwrap());
    for _ in 0..3_000 {
        client.expect(ECHO, &content);
    }
    thread.join().unwrap();
    stage.until("every turn to be counted", |stage| stage.host.published.load(Ordering::Relaxed) == 3_000);
}

#[test]
fn a_pulled_flood_arrives_whole() {
    let stage = Stage::new();
    let mut client = stage.connect();
    client.send(FLOOD, b"20");
    let mut got = vec![0; 20 << 20];
    client.0.read_exact(&mut got).unwrap();
    assert!(got.iter().all(|byte| *byte == b'.'));
    client.echoes(b"and on");
}

#[test]
fn a_lost_peer_is_told_so() {
    let stage = Stage::new();
    let client = stage.connect();
    stage.came();
    drop(client);
    assert_eq!(stage.closed(), CloseReason::Lost);
    stage.until("the connection to be counted out", |stage| stage.runtime.connections() == 0);
    assert_eq!(stage.runtime.listeners()[0].counts.open(), 0);
}

#[test]
fn two_thousand_at_once() {
    let stage = Stage::new();
    let mut clients: Vec<_> = (0..2_000).map(|_| stage.connect()).collect();
    for client in &mut clients {
        client.send(ECHO, b"hello");
    }
    for client in &mut clients {
        client.expect(ECHO, b"hello");
    }
    assert_eq!(stage.runtime.connections(), 2_000);
    drop(clients);
    stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
}
