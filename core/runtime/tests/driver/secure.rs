//! TLS.

use std::io::{Read, Write};
use std::time::Duration;

use tidegate_config::ClientCertificate;
use tidegate_gateway::Transport;
use tidegate_runtime::TurnedAway;
use tidegate_tls::development::{Development, make};

use super::carriers::{Carried, Certificates, secure};
use super::echo::ECHO;
use super::stage::{Client, Stage, socket, workers};

fn tls() -> Carried {
    Carried::new(Transport::Tls, workers(1))
}

#[test]
fn a_listener_without_a_certificate_is_closed_until_there_is_one() {
    let stage = Stage::new();
    stage.echo.listeners.lock()[0].config.transport = Transport::Tls;
    assert_eq!(stage.apply().unwrap(), []);
    let closed = stage.runtime.closed();
    assert_eq!((closed.len(), closed[0].reason), (1, "it has no certificate"));
    let certificates = Certificates::new();
    *stage.host.tls.lock() = Some(certificates.acceptor(ClientCertificate::None));
    let bound = stage.apply().unwrap();
    assert_eq!(stage.runtime.closed(), []);
    Client(secure(&certificates.client(false), socket(bound[0].local))).echoes(b"open");
}

#[test]
fn certificates_change_beneath_live_connections() {
    let carried = tls();
    let certificates = Certificates::new();
    let mut old = carried.connect();
    old.echoes(b"before");
    *carried.stage.host.tls.lock() = Some(certificates.acceptor(ClientCertificate::None));
    carried.stage.apply().unwrap();
    old.echoes(b"after");
    Client(secure(&certificates.client(false), socket(carried.stage.address))).echoes(b"new");
    let mut distrusts = secure(&carried.certificates.client(false), socket(carried.stage.address));
    distrusts.write_all(b"x").unwrap_err();
    // The same files with other contents.
    let folder = certificates.set.ca.parent().unwrap();
    make(folder, &Development { overwrite: true, ..Development::default() }).unwrap();
    *carried.stage.host.tls.lock() = Some(certificates.acceptor(ClientCertificate::None));
    carried.stage.apply().unwrap();
    Client(secure(&certificates.client(false), socket(carried.stage.address))).echoes(b"newest");
    old.echoes(b"still");
}

#[test]
fn the_clients_certificate_reaches_the_gateway() {
    let carried = tls();
    let with = carried.certificates.client(true);
    Client(secure(&with, socket(carried.stage.address))).echoes(b"here");
    let shown = carried.stage.last().certificate.unwrap();
    assert_eq!(shown.common_name.as_ref().unwrap().as_str(), "pump-7");
    carried.connect().echoes(b"without");
    assert_eq!(carried.stage.last().certificate, None);
    *carried.stage.host.tls.lock() = Some(carried.certificates.acceptor(ClientCertificate::Required));
    carried.stage.apply().unwrap();
    Client(secure(&with, socket(carried.stage.address))).echoes(b"here");
    let mut without = secure(&carried.certificates.client(false), socket(carried.stage.address));
    let refused =
        without.write_all(b"x").and_then(|()| without.flush()).and_then(|()| without.read(&mut [0; 1]));
    assert!(refused.unwrap_err().to_string().contains("CertificateRequired"));
    carried.stage.until("it to be counted", |stage| stage.turned_away(TurnedAway::Tls) == 1);
}

#[test]
fn what_is_no_tls_is_told_and_closed() {
    let carried = tls();
    let mut client = Client::to(carried.stage.address);
    client.0.write_all(b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0").unwrap();
    let mut said = Vec::new();
    client.0.read_to_end(&mut said).ok();
    assert_eq!(said.first(), Some(&21), "an alert");
    assert_eq!(carried.stage.turned_away(TurnedAway::Tls), 1);
    assert!(carried.stage.happened.try_recv().is_err());
}

/// The first bytes that a client sends.
fn hello(carried: &Carried) -> Vec<u8> {
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(carried.certificates.client(false), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

#[test]
fn half_a_handshake_and_then_garbage() {
    let carried = tls();
    for cut in [1, 5, 50] {
        let mut bytes = hello(&carried);
        bytes.truncate(bytes.len() - cut);
        bytes.extend([0xff; 200]);
        let mut client = Client::to(carried.stage.address);
        client.0.write_all(&bytes).unwrap();
        client.0.read_to_end(&mut Vec::new()).ok();
    }
    let mut whole = Client::to(carried.stage.address);
    whole.0.write_all(&hello(&carried)).unwrap();
    whole.0.read_exact(&mut [0; 5]).unwrap();
    whole.0.write_all(&[0x17; 100]).unwrap();
    whole.0.read_to_end(&mut Vec::new()).ok();
    assert_eq!(carried.stage.turned_away(TurnedAway::Tls), 4);
    assert!(carried.stage.happened.try_recv().is_err(), "no gateway has heard of them");
    carried.stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
    assert_eq!(carried.stage.runtime.kept_input(), 0);
}

#[test]
fn a_slow_handshake_has_its_time() {
    let carried = tls();
    carried.stage.change(|config| config.handshake_timeout = Duration::from_millis(100).into());
    let mut silent = Client::to(carried.stage.address);
    silent.expect_end();
    let mut slow = Client::to(carried.stage.address);
    slow.0.write_all(&hello(&carried)[..100]).unwrap();
    slow.0.read_to_end(&mut Vec::new()).ok();
    assert_eq!(carried.stage.turned_away(TurnedAway::TooSlow), 2);
}

#[test]
fn garbage_after_the_handshake_ends_it_and_nothing_else() {
    let carried = tls();
    let mut good = carried.connect();
    good.echoes(b"good");
    let mut client = secure(&carried.certificates.client(false), socket(carried.stage.address));
    client.write_all(&super::echo::frame(ECHO, b"x")).unwrap();
    client.read_exact(&mut [0; 6]).unwrap();
    client.sock.write_all(&[0x17, 3, 3, 0, 40]).unwrap();
    client.sock.write_all(&[9; 40]).unwrap();
    client.read_to_end(&mut Vec::new()).unwrap_err();
    good.echoes(b"undisturbed");
}

#[test]
fn what_is_held_of_a_record_counts() {
    let carried = tls();
    let mut client = secure(&carried.certificates.client(false), socket(carried.stage.address));
    client.write_all(&super::echo::frame(ECHO, b"x")).unwrap();
    client.read_exact(&mut [0; 6]).unwrap();
    client.sock.write_all(&[0x17, 3, 3, 0x40, 0]).unwrap();
    client.sock.write_all(&[9; 10_000]).unwrap();
    carried.stage.until("it to be counted", |stage| stage.runtime.kept_input() >= 10_000);
    assert!(carried.stage.runtime.kept_input() <= 20_000);
    drop(client);
    carried.stage.until("it to be given back", |stage| stage.runtime.kept_input() == 0);
}
