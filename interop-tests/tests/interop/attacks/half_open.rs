//! Peers that begin and do not go on.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::procfs;
use tidegate_interop_tests::wire::Version;

use super::allow_many_descriptors;
use super::certificates::Certificates;
use super::guarded::tidegate;
use super::visitor::{Entrance, Visitor, socket_from};

/// What a peer says before it falls silent.
const BEGINNINGS: [&[u8]; 6] = [
    b"",
    b"\x10",
    b"\x10\xff",
    b"\x10\x0f\x00\x04MQTT",
    // A whole CONNECT but for its last byte.
    b"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03ey",
    // The longest CONNECT a stranger may send is not kept for him: most of it never comes.
    b"\x10\xf0\xff\x03\x00\x04MQTT\x05\x02\x00\x00\x00",
];

/// Reads until the broker closes; whether it said anything before.
fn closed(mut stream: &TcpStream) -> usize {
    let mut told = Vec::new();
    match stream.read_to_end(&mut told) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "not closed"),
    }
    told.len()
}

#[test]
fn half_a_connect_is_closed_after_its_time_and_keeps_nobody_out() {
    let settings = Settings {
        connect_timeout: Some(std::time::Duration::from_secs(1)),
        ..Settings::default().with("mqtt.listeners.default.max_connections", 400)
    };
    let Some(broker) = tidegate(&settings) else { return };
    let mut bystander = Visitor::new(Version::V5, "bystander").connect(broker.address);
    let silent: Vec<TcpStream> = (0..399)
        .map(|index| {
            let mut stream = socket_from(Ipv4Addr::new(127, 0, 0, 2), broker.address).unwrap();
            stream.write_all(BEGINNINGS[index % BEGINNINGS.len()]).unwrap();
            stream
        })
        .collect();
    bystander.expect_quiet().unwrap();
    for stream in &silent {
        assert_eq!(closed(stream), 0);
    }
    // Every place they had is free again.
    let honest: Vec<_> = (0..399)
        .map(|index| Visitor::new(Version::V311, &format!("honest-{index}")).connect(broker.address))
        .collect();
    bystander.expect_quiet().unwrap();
    drop(honest);
}

/// TLS and WebSocket begin before MQTT does.
#[test]
fn half_a_handshake_is_closed_after_its_time() {
    let set = Certificates::new();
    let settings = set
        .settings()
        .with_text("mqtt.listeners.tls.handshake_timeout", "1s")
        .with_text("mqtt.listeners.ws.handshake_timeout", "1s")
        .with("mqtt.listeners.tls.max_connections", 40)
        .with("mqtt.listeners.ws.max_connections", 40);
    let Some(broker) = tidegate(&settings) else { return };
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let request: &[u8] = b"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n";
    for (listener, beginning) in [("tls", hello), ("ws", request), ("tls", b""), ("ws", b"")] {
        let address = broker.listener(listener).unwrap();
        let silent = [(); 40].map(|()| {
            let mut stream = socket_from(Ipv4Addr::new(127, 0, 0, 2), address).unwrap();
            stream.write_all(beginning).unwrap();
            stream
        });
        Visitor::new(Version::V5, "bystander").connect(broker.address).expect_quiet().unwrap();
        for stream in &silent {
            // TLS and HTTP may say why.
            closed(stream);
        }
    }
}

/// Waiting for peers that say nothing costs descriptors and next to no memory.
#[test]
fn half_open_connections_are_cheap() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    allow_many_descriptors();
    let before = broker.rss();
    let silent: Vec<TcpStream> = (0..4_000)
        .map(|_| {
            let mut stream = socket_from(Ipv4Addr::new(127, 0, 0, 2), broker.address).unwrap();
            stream.write_all(b"\x10\xf0\xff\x03\x00\x04MQTT\x05\x02\x00\x00\x00").unwrap();
            stream
        })
        .collect();
    // Whoever comes behind them is let in when they have been accepted.
    let mut honest = Visitor::new(Version::V5, "honest").connect(broker.address);
    honest.expect_quiet().unwrap();
    let files = procfs::open_files(broker.pid()).unwrap();
    let each = broker.rss().saturating_sub(before) / 4_000;
    assert!(files >= 4_000, "{files}: they are all there");
    assert!(each < 8 * 1024, "{each} bytes for each");
    drop(silent);
}

#[test]
fn a_listener_takes_only_those_it_is_for() {
    let settings = Settings::default()
        .with("mqtt.listeners.default.allow", "[\"127.0.0.0/28\"]")
        .with("mqtt.listeners.default.deny", "[\"127.0.0.5\"]");
    let Some(broker) = tidegate(&settings) else { return };
    for (last, welcome) in
        [(1, true), (4, true), (5, false), (6, true), (15, true), (16, false), (200, false)]
    {
        let came = Visitor::new(Version::V5, "guest").from(last).enter(broker.address);
        assert_eq!(matches!(came, Entrance::In(..)), welcome, "127.0.0.{last}: {came:?}");
        assert!(welcome || matches!(came, Entrance::Closed), "127.0.0.{last}: {came:?}");
    }
}
