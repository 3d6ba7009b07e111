//! Connections move between workers while they work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidegate_broker::{Notice, Reply, RequestId, Seat, Switchboard};
use tidegate_runtime::{BalanceConfig, RuntimeConfig};
use tidegate_types::CloseReason;

use super::echo::{BLOCK, ECHO, Happened, frame};
use super::stage::{Stage, workers};

fn reseated(stage: &Stage) -> Seat {
    match stage.next() {
        Happened::Reseated(seat) => seat,
        other => panic!("{other:?} instead of a move"),
    }
}

#[test]
fn nothing_is_lost_while_connections_move() {
    let stage = Stage::with(workers(2), 100);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8usize)
            .map(|client| {
                let mut connection = stage.connect();
                scope.spawn(move || {
                    for round in 0..400usize {
                        let content =
                            vec![u8::try_from(round % 256).unwrap(); 1 + round * (client * 37 % 90)];
                        connection.echoes(&content);
                    }
                    round_trip_in_pieces(&mut connection);
                })
            })
            .collect();
        let mover = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                stage.runtime.shed(0, 1, 100);
                stage.runtime.shed(1, 0, 100);
                std::thread::yield_now();
            }
        });
        for client in clients {
            client.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        mover.join().unwrap();
    });
    stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
    let moves = stage.happened.try_iter().filter(|event| matches!(event, Happened::Reseated(_))).count();
    assert!(moves >= 8, "only {moves} moves");
}

fn round_trip_in_pieces(client: &mut super::stage::Client) {
    let content = vec![b'z'; 200_000];
    for piece in frame(ECHO, &content).chunks(9_973) {
        std::io::Write::write_all(&mut client.0, piece).unwrap();
    }
    client.expect(ECHO, &content);
}

#[test]
fn notices_follow_to_the_new_seat_and_back() {
    let stage = Stage::with(workers(2), 100);
    let mut client = stage.connect();
    let first = stage.came();
    client.echoes(b"busy");
    // Blocked, with a frame kept and a move on the way: all of it has to arrive.
    client.send(BLOCK, b"question");
    client.send(ECHO, b"after");
    stage.runtime.shed(first.worker, 1, 1);
    let second = reseated(&stage);
    assert_eq!((first.worker, second.worker), (0, 1));
    stage.exchange.notify(first, Notice::Reply(RequestId(1), Reply::Settled(Ok(()))));
    client.expect(BLOCK, b"question");
    client.expect(ECHO, b"after");
    client.echoes(b"busy again");
    stage.runtime.shed(1, 0, 1);
    let third = reseated(&stage);
    assert_eq!(third.worker, 0);
    assert_ne!(first, third);
    stage.exchange.notify(first, Notice::Close(CloseReason::Kicked));
    client.expect(ECHO, b"ended by an operator");
    client.expect_end();
}

#[test]
fn places_of_the_moved_are_free_when_they_are_gone() {
    const ROUNDS: u32 = 20;
    let stage = Stage::with(workers(2), 100);
    for _ in 0..ROUNDS {
        let mut client = stage.connect();
        assert_eq!(stage.came().worker, 0);
        client.echoes(b"busy");
        stage.runtime.shed(0, 1, 1);
        assert_eq!(reseated(&stage).slot, 0, "the place is used again");
        client.echoes(b"moved");
        drop(client);
        assert_eq!(stage.closed(), CloseReason::Lost);
    }
    // The forwarding places go a letter later than their connections. Were they kept, no slot below would be free.
    stage.until("a forwarding place to be used again", |stage| {
        let probe = stage.connect();
        let slot = stage.came().slot;
        drop(probe);
        assert_eq!(stage.closed(), CloseReason::Lost);
        slot < ROUNDS
    });
}

/// Shares so low that any traffic passes them.
fn easily_busy() -> RuntimeConfig {
    let every = Duration::from_millis(50);
    let balance = BalanceConfig { open_next_at: 0.0, move_above: 0.002, move_after: every, every };
    RuntimeConfig { balance, ..workers(2) }
}

#[test]
fn without_load_all_share_the_first_worker() {
    let stage = Stage::with(workers(2), 100);
    let _clients: Vec<_> = (0..20).map(|_| stage.connect()).collect();
    assert!((0..20).all(|_| stage.came().worker == 0));
}

#[test]
fn a_busy_worker_gets_no_more_and_gives_some_away() {
    let stage = Stage::with(easily_busy(), 10_000);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (mut connection, done) = (stage.connect(), &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    connection.echoes(b"busy");
                }
            });
        }
        let (mut moved, mut elsewhere) = (false, false);
        while !(moved && elsewhere) {
            if !elsewhere {
                stage.connect().echoes(b"where?");
            }
            match stage.next() {
                Happened::Came(seat) => elsewhere |= seat.worker == 1,
                Happened::Reseated(_) => moved = true,
                Happened::Closed(why) => assert_eq!(why, CloseReason::Lost),
                Happened::Holds => panic!("nobody was asked to"),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(stage.runtime.busy().len(), 2);
}
