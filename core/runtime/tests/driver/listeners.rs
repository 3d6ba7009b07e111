//! Listeners come, change and go beside each other.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tidegate_gateway::Gateway;
use tidegate_types::CloseReason;

use super::echo::{ECHO, Echo};
use super::stage::{Client, Stage, listener, loopback, workers};

#[test]
fn a_gateway_goes_and_comes_beside_another() {
    let stage = Stage::with(workers(2), 100);
    let (second, _events) =
        Echo::new("second", vec![listener("one", &[loopback()], 10), listener("two", &[loopback()], 10)]);
    let second = second as Arc<dyn Gateway>;
    let bound = stage.runtime.apply(&second).unwrap();
    assert_eq!(bound.len(), 2);
    let mut stays = stage.connect();
    stays.echoes(b"one");
    let mut goes = Client::to(bound[1].local);
    goes.echoes(b"two");
    assert!(stage.runtime.remove("second"));
    goes.expect(ECHO, b"broker shutting down");
    goes.expect_end();
    assert!(std::net::TcpStream::connect(bound[0].local).is_err());
    assert!(!stage.runtime.remove("second"));
    stays.echoes(b"three");
    let again = stage.runtime.apply(&second).unwrap();
    Client::to(again[0].local).echoes(b"four");
    stays.echoes(b"five");
    assert_eq!(stage.runtime.listeners().len(), 3);
}

#[test]
fn what_did_not_change_is_not_touched() {
    let stage = Stage::new();
    let mut client = stage.connect();
    client.echoes(b"one");
    *stage.echo.listeners.lock() =
        vec![listener("tcp", &[loopback()], 1), listener("more", &[loopback()], 100)];
    let bound = stage.apply().unwrap();
    assert_eq!(bound[0].local, stage.address, "the socket is the same");
    client.echoes(b"two");
    let mut refused = stage.connect();
    refused.expect_end();
    Client::to(bound[1].local).echoes(b"three");
    *stage.echo.listeners.lock() = vec![listener("more", &[loopback()], 100)];
    let left = stage.apply().unwrap();
    assert_eq!(left, bound[1..]);
    client.expect(ECHO, b"broker shutting down");
    Client::to(bound[1].local).echoes(b"four");
}

#[test]
fn an_address_in_use_changes_nothing_and_says_what_to_do() {
    let stage = Stage::new();
    let taken = TcpListener::bind(loopback()).unwrap();
    let address = taken.local_addr().unwrap();
    *stage.echo.listeners.lock() =
        vec![listener("other", &[loopback()], 10), listener("taken", &[address], 10)];
    let errors = stage.apply().unwrap_err();
    assert_eq!(errors.len(), 1);
    let said = errors[0].to_string();
    assert!(said.contains("echo: listener taken cannot bind"), "{said}");
    assert!(said.contains(&address.to_string()) && said.contains("another port"), "{said}");
    stage.connect().echoes(b"as before");
    assert_eq!(stage.runtime.listeners().len(), 1);
}

#[test]
fn an_address_passes_from_one_listener_to_another() {
    let stage = Stage::new();
    *stage.echo.listeners.lock() = vec![listener("renamed", &[stage.address], 10)];
    let mut old = stage.connect();
    old.echoes(b"before");
    let bound = stage.apply().unwrap();
    assert_eq!(bound[0].local, stage.address);
    assert_eq!(&*bound[0].listener, "renamed");
    old.expect(ECHO, b"broker shutting down");
    stage.connect().echoes(b"after");
}

#[test]
fn both_stacks_on_one_port() {
    let Ok(probe) = TcpListener::bind("[::1]:0") else { return };
    drop(probe);
    let stage = Stage::new();
    let mut both = listener("tcp", &[loopback()], 10);
    both.config.bind = tidegate_config::Bind::loopback(stage.address.port());
    *stage.echo.listeners.lock() = vec![both];
    let bound = stage.apply().unwrap();
    assert_eq!(bound.len(), 2);
    Client::to(SocketAddr::from(([127, 0, 0, 1], stage.address.port()))).echoes(b"four");
    Client::to(format!("[::1]:{}", stage.address.port()).parse().unwrap()).echoes(b"six");
    *stage.echo.listeners.lock() = vec![listener("tcp", &[bound[1].asked], 10)];
    stage.apply().unwrap();
    assert_eq!(stage.runtime.listeners()[0].bound.len(), 1);
}

#[test]
fn limits_refuse_one_more_and_take_it_when_one_has_gone() {
    let mut config = workers(1);
    config.max_connections = 3;
    let stage = Stage::with(config, 2);
    let (other, _events) = Echo::new("other", vec![listener("tcp", &[loopback()], 10)]);
    let other = stage.runtime.apply(&(other as Arc<dyn Gateway>)).unwrap()[0].local;
    let (mut one, mut two) = (stage.connect(), stage.connect());
    one.echoes(b"1");
    two.echoes(b"2");
    stage.came();
    stage.came();
    stage.connect().expect_end();
    let mut three = Client::to(other);
    three.echoes(b"3");
    Client::to(other).expect_end();
    drop(one);
    assert_eq!(stage.closed(), CloseReason::Lost);
    stage.until("one to be gone", |stage| stage.runtime.connections() == 2);
    stage.connect().echoes(b"4");
    let reports = stage.runtime.listeners();
    let refused: Vec<u64> = reports.iter().map(|report| report.counts.refused).collect();
    assert_eq!(refused, [1, 1]);
}
