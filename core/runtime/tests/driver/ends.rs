//! How connections end.

use std::io::Write;
use std::time::Duration;

use tidegate_runtime::RuntimeConfig;
use tidegate_types::CloseReason;

use super::echo::{ECHO, FINISH, FLOOD, Happened, PANIC, frame};
use super::stage::{DEADLINE, Stage, workers};

#[test]
fn the_last_word_arrives_though_unread_bytes_are_left() {
    let stage = Stage::new();
    for _ in 0..50 {
        let mut client = stage.connect();
        let mut bytes = frame(FINISH, b"");
        bytes.extend_from_slice(&frame(ECHO, &[0; 1000]));
        client.0.write_all(&bytes).unwrap();
        client.0.write_all(&frame(ECHO, &[0; 1000])).unwrap();
        client.expect(ECHO, b"bye");
    }
    stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
}

#[test]
fn a_peer_that_never_reads_is_closed_and_holds_little() {
    let config = RuntimeConfig { stall: Duration::from_millis(300), ..workers(1) };
    let stage = Stage::with(config, 10);
    let mut client = stage.connect();
    let mut other = stage.connect();
    stage.came();
    stage.came();
    client.send(FLOOD, b"100");
    assert_eq!(stage.closed(), CloseReason::NotReading);
    let sent = stage.runtime.listeners()[0].counts.bytes_out;
    assert!(sent < 50 << 20, "{sent} bytes went somewhere");
    other.echoes(b"undisturbed");
}

#[test]
fn a_peer_that_does_not_read_its_answers_is_not_read() {
    let config = RuntimeConfig { stall: Duration::from_millis(500), ..workers(1) };
    let stage = Stage::with(config, 10);
    let client = stage.connect();
    stage.came();
    let mut writer = client.0.try_clone().unwrap();
    writer.set_write_timeout(Some(DEADLINE)).unwrap();
    let thread = std::thread::spawn(move || {
        let echo = frame(ECHO, &[b'x'; 60_000]);
        while writer.write_all(&echo).is_ok() {}
    });
    assert_eq!(stage.closed(), CloseReason::NotReading);
    thread.join().unwrap();
    let counts = stage.runtime.listeners()[0].counts;
    let held = counts.bytes_in.saturating_sub(counts.bytes_out);
    assert!(held < 1 << 20, "{held} bytes of answers were held");
}

#[test]
fn drain_tells_everybody_and_waits() {
    let stage = Stage::with(workers(2), 1_000);
    let mut clients: Vec<_> = (0..300).map(|_| stage.connect()).collect();
    for client in &mut clients {
        client.echoes(b"here");
    }
    let threads: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            std::thread::spawn(move || {
                client.expect(ECHO, b"broker shutting down");
                client.expect_end();
            })
        })
        .collect();
    let drained = stage.runtime.drain(DEADLINE);
    assert_eq!((drained.told, drained.left), (300, 0));
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(std::net::TcpStream::connect(stage.address).is_err(), "nobody is accepted any more");
    assert!(stage.apply().unwrap().is_empty(), "nothing can be opened any more");
}

#[test]
fn drain_gives_up_at_its_deadline() {
    let stage = Stage::with(RuntimeConfig { linger: DEADLINE, ..workers(1) }, 10);
    let mut client = stage.connect();
    client.echoes(b"here");
    let drained = stage.runtime.drain(Duration::from_millis(200));
    assert_eq!((drained.told, drained.left), (1, 1), "the client keeps its side open");
}

#[test]
fn a_peer_that_panics_is_alone_in_it() {
    let stage = Stage::new();
    let mut bad = stage.connect();
    let mut good = stage.connect();
    good.echoes(b"before");
    bad.send(PANIC, b"");
    bad.expect_end();
    good.echoes(b"after");
    let mut seen = vec![stage.next(), stage.next(), stage.next()];
    seen.retain(|event| !matches!(event, Happened::Came(_)));
    assert_eq!(seen, [Happened::Closed(CloseReason::Lost)], "its session is told");
    drop(bad);
    stage.until("it to be counted out", |stage| stage.runtime.connections() == 1);
}
