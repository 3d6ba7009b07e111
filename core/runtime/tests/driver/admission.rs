//! Who is let in: networks, limits, the broker's own judgement, and how fast.

use std::net::IpAddr;

use tidegate_runtime::{RuntimeConfig, TurnedAway};
use tidegate_types::CloseReason;

use super::echo::{Happened, PANIC};
use super::nobody::Nobody;
use super::stage::{Stage, listener, loopback, workers};

fn here() -> IpAddr {
    loopback().ip()
}

#[test]
fn networks_are_let_in_or_turned_away() {
    let stage = Stage::listening(|config| config.allow = vec!["192.0.2.0/24".parse().unwrap()]);
    stage.connect().expect_end();
    stage.change(|config| config.allow.push("127.0.0.0/8".parse().unwrap()));
    stage.connect().echoes(b"let in");
    stage.change(|config| config.deny = vec!["127.0.0.1/32".parse().unwrap()]);
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Address), 2);
    assert_eq!(stage.runtime.listeners()[0].counts.refused, 2);
    assert_eq!(*stage.host.asked.lock(), [here()], "the broker is not asked for those");
}

#[test]
fn the_broker_bars_an_address_and_lets_it_in_again() {
    let stage = Stage::new();
    stage.host.banned.lock().push(here());
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Barred), 1);
    stage.host.banned.lock().clear();
    stage.connect().echoes(b"let in");
    assert_eq!(*stage.host.asked.lock(), [here(), here()]);
}

#[test]
fn an_address_has_its_connections_and_no_more() {
    let mut tcp = listener("tcp", &[loopback()], 100);
    tcp.config.max_connections_per_address = 2;
    let stage = Stage::of(workers(2), Nobody::default(), tcp);
    let (mut one, mut two) = (stage.connect(), stage.connect());
    one.echoes(b"1");
    two.echoes(b"2");
    stage.came();
    stage.came();
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::AddressFull), 1);
    // Wherever they go, they count.
    stage.runtime.shed(0, 1, 2);
    one.echoes(b"moves, or makes another move");
    assert!(matches!(stage.next(), Happened::Reseated(_)));
    stage.connect().expect_end();
    // However they go, they do not.
    two.send(PANIC, b"");
    two.expect_end();
    while stage.next() != Happened::Closed(CloseReason::Lost) {}
    stage.until("the panicked to be gone", |stage| stage.runtime.connections() == 1);
    let mut three = stage.connect();
    three.echoes(b"3");
    stage.connect().expect_end();
    drop((one, three));
    stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
    let (mut one, mut two) = (stage.connect(), stage.connect());
    one.echoes(b"1");
    two.echoes(b"2");
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::AddressFull), 4);
    stage.change(|config| config.max_connections_per_address = 3);
    stage.connect().echoes(b"a limit that is changed holds for those that come");
}

#[test]
fn a_limit_that_is_lowered_counts_those_that_are_there() {
    let stage = Stage::new();
    let mut old: Vec<_> = (0..5).map(|_| stage.connect()).collect();
    for client in &mut old {
        client.echoes(b"here");
    }
    stage.change(|config| config.max_connections_per_address = 5);
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::AddressFull), 1);
    drop(old.pop());
    stage.until("one to be gone", |stage| stage.runtime.connections() == 4);
    stage.connect().echoes(b"room for one");
}

#[test]
fn a_panic_of_the_broker_turns_one_away_and_no_more() {
    let stage = Stage::new();
    stage.host.panics.store(true, std::sync::atomic::Ordering::Relaxed);
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Barred), 1);
    stage.connect().echoes(b"the next");
}

#[test]
fn who_comes_too_fast_waits_in_the_backlog() {
    let stage = Stage::listening(|config| config.max_connection_rate = Some("2/1h".parse().unwrap()));
    let (mut one, mut two, mut three) = (stage.connect(), stage.connect(), stage.connect());
    for _ in 0..100 {
        one.echoes(b"1");
        two.echoes(b"2");
    }
    stage.came();
    stage.came();
    assert!(stage.happened.try_recv().is_err(), "the third has not been accepted");
    assert_eq!(stage.runtime.listeners()[0].counts.accepted, 2);
    stage.change(|config| config.max_connection_rate = None);
    three.echoes(b"3");
    assert_eq!(stage.runtime.listeners()[0].counts.refused, 0);
}

#[test]
fn socket_options_are_set_and_changed() {
    let stage = Stage::listening(|config| {
        config.socket.no_delay = false;
        config.socket.keep_alive = None;
        config.socket.receive_buffer = Some(tidegate_config::ByteSize::kib(64));
        config.socket.send_buffer = Some(tidegate_config::ByteSize::kib(64));
        config.backlog = 1;
    });
    stage.connect().echoes(&[7; 1 << 20]);
    stage.change(|config| {
        config.socket = tidegate_config::SocketConfig::default();
        config.backlog = 100;
    });
    stage.connect().echoes(&[7; 1 << 20]);
}

#[test]
fn a_handshake_that_is_not_finished_counts_and_has_its_time() {
    let stage = Stage::of(RuntimeConfig { max_connections: 2, ..workers(1) }, Nobody::default(), {
        let mut waiting = listener("ws", &[loopback()], 100);
        waiting.config.transport = tidegate_gateway::Transport::Ws;
        waiting.config.handshake_timeout = std::time::Duration::from_secs(3600).into();
        waiting
    });
    let (_one, _two) = (stage.connect(), stage.connect());
    stage.until("both to be accepted", |stage| stage.runtime.connections() == 2);
    stage.connect().expect_end();
    assert_eq!(stage.turned_away(TurnedAway::BrokerFull), 1);
    assert!(stage.happened.try_recv().is_err(), "no gateway has heard of them");
    let drained = stage.runtime.drain(super::stage::DEADLINE);
    assert_eq!((drained.told, drained.left), (2, 0), "nobody waits for a handshake");
}
