//! What comes from outside a peer's turn.

use std::time::{Duration, Instant};

use tidegate_broker::{Notice, Reply, RequestId, Seat, Switchboard};
use tidegate_types::CloseReason;

use super::echo::{BLOCK, ECHO, SLOW, TIMER};
use super::stage::Stage;

#[test]
fn a_takeover_ends_the_older_connection_with_a_last_word() {
    let stage = Stage::new();
    let mut older = stage.connect();
    older.echoes(b"here");
    let seat = stage.came();
    let mut other = stage.connect();
    stage.exchange.notify(seat, Notice::Close(CloseReason::TakenOver));
    older.expect(ECHO, b"session taken over");
    older.expect_end();
    other.echoes(b"undisturbed");
}

#[test]
fn a_notice_for_an_earlier_occupant_is_dropped() {
    let stage = Stage::new();
    let first = stage.connect();
    let old = stage.came();
    drop(first);
    assert_eq!(stage.closed(), CloseReason::Lost);
    stage.until("the place to be free", |stage| stage.runtime.connections() == 0);
    let mut second = stage.connect();
    let new = stage.came();
    assert_eq!((old.worker, old.slot), (new.worker, new.slot));
    assert_ne!(old.generation, new.generation);
    stage.exchange.notify(old, Notice::Close(CloseReason::Kicked));
    second.echoes(b"still here");
    stage.exchange.notify(Seat { slot: 9_999, ..new }, Notice::Wake);
    stage.exchange.notify(Seat { worker: 7, ..new }, Notice::Wake);
    second.echoes(b"still here");
}

#[test]
fn a_blocked_peer_is_not_read_until_its_answer_comes() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let seat = stage.came();
    client.send(BLOCK, b"question");
    client.send(ECHO, b"after");
    // Were it read, the second frame would be answered before the first: its answer needs no notice.
    stage.until("the question to be read", |stage| stage.runtime.listeners()[0].counts.bytes_in >= 13);
    stage.exchange.notify(seat, Notice::Reply(RequestId(1), Reply::Settled(Ok(()))));
    client.expect(BLOCK, b"question");
    client.expect(ECHO, b"after");
}

#[test]
fn a_slowed_peer_goes_on_when_it_may() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let seat = stage.came();
    client.send(SLOW, b"3600000");
    // The slowing stops reading, so this waits in the socket or in the connection until somebody resumes it.
    client.send(ECHO, b"later");
    stage.exchange.notify(seat, Notice::Resume);
    client.expect(ECHO, b"later");
}

#[test]
fn a_slowed_peer_goes_on_when_its_time_is_over() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let begun = Instant::now();
    client.send(SLOW, b"200");
    stage.until("the slowing to be read", |stage| stage.runtime.listeners()[0].counts.bytes_in == 8);
    client.echoes(b"later");
    assert!(begun.elapsed() >= Duration::from_millis(200), "it was not slowed at all");
}

#[test]
fn timeouts_come_and_never_early() {
    let stage = Stage::new();
    let mut client = stage.connect();
    let begun = Instant::now();
    client.send(TIMER, b"300");
    client.expect(TIMER, b"time");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    client.send(TIMER, b"5000");
    client.send(TIMER, b"50");
    client.expect(TIMER, b"time");
    assert!(
        stage.host.ticks.load(std::sync::atomic::Ordering::Relaxed) > 0,
        "the kernel's timers are asked for"
    );
}
