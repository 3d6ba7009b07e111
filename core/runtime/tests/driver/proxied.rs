//! Connections that begin with a PROXY header.

use std::io::Write;
use std::time::Duration;

use tidegate_gateway::ListenerConfig;
use tidegate_runtime::TurnedAway;

use super::echo::{ECHO, frame};
use super::stage::{Client, DEADLINE, Stage};

const LINE: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 1883\r\n";

/// Version 2, `command`, TCP over IPv4 from 192.0.2.7:40000, and extensions.
fn binary(command: u8, extensions: &[u8]) -> Vec<u8> {
    let length = u16::try_from(12 + extensions.len()).unwrap().to_be_bytes();
    let addresses = [192, 0, 2, 7, 192, 0, 2, 1, 0x9c, 0x40, 7, 91];
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, 0x11][..], &length, &addresses, extensions].concat()
}

fn trusting(config: &mut ListenerConfig) {
    config.proxy_protocol = true;
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

fn after(stage: &Stage, header: &[u8]) -> Client {
    let mut client = stage.connect();
    client.0.write_all(header).unwrap();
    client
}

#[test]
fn the_gateway_sees_the_client() {
    let stage = Stage::listening(trusting);
    for header in [LINE.to_vec(), binary(0x21, b"")] {
        after(&stage, &header).echoes(b"here");
        let last = stage.last();
        assert_eq!(last.remote, "192.0.2.7:40000".parse().unwrap());
        assert_eq!(last.local, stage.address);
        assert!(!last.is_loopback(), "a local proxy does not make its clients local");
        assert_eq!(stage.host.asked.lock().pop(), Some("192.0.2.7".parse().unwrap()));
        assert!(stage.host.asked.lock().is_empty(), "the broker is asked once");
    }
    after(&stage, &binary(0x20, b"")).echoes(b"here");
    assert!(stage.last().is_loopback(), "the proxy speaks for itself");
    for header in [&b"PROXY UNKNOWN\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x21\0\0\0"] {
        after(&stage, header).echoes(b"here");
        assert!(!stage.last().is_loopback(), "nobody knows where the client is");
        assert_eq!(stage.last().remote, "0.0.0.0:0".parse().unwrap());
    }
    after(&stage, b"PROXY TCP6 ::ffff:127.0.0.1 ::1 7 8\r\n").echoes(b"here");
    assert_eq!(stage.last().remote, "127.0.0.1:7".parse().unwrap());
}

#[test]
fn in_pieces_and_with_more_behind_it() {
    let stage = Stage::listening(trusting);
    let content = vec![b'x'; 100_000];
    for header in [LINE.to_vec(), binary(0x21, &[4, 0, 3, 1, 2, 3])] {
        let mut client = stage.connect();
        client.0.set_nodelay(true).unwrap();
        for byte in &header {
            client.0.write_all(&[*byte]).unwrap();
        }
        client.echoes(b"after");
        let mut client = after(&stage, &[&header[..], &frame(ECHO, b"one"), &frame(ECHO, &content)].concat());
        client.expect(ECHO, b"one");
        client.expect(ECHO, &content);
    }
}

#[test]
fn only_trusted_proxies_and_only_with_a_header() {
    let stage = Stage::listening(|config| config.proxy_protocol = true);
    after(&stage, b"").expect_end();
    assert_eq!(stage.turned_away(TurnedAway::NotTrusted), 1);
    stage.change(trusting);
    after(&stage, &frame(ECHO, b"no header")).expect_end();
    after(&stage, b"PROXY TCP4 nonsense\r\n").expect_end();
    after(&stage, &binary(0x21, &[3, 0, 4, 1, 2, 3, 4])).expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Proxy), 3);
    drop(after(&stage, &LINE[..10]));
    stage.until("the one that left to be counted", |stage| stage.turned_away(TurnedAway::Left) == 1);
    assert!(stage.happened.try_recv().is_err(), "no gateway has heard of them");
}

#[test]
fn a_header_that_does_not_come_has_its_time() {
    let stage = Stage::listening(|config| {
        trusting(config);
        config.handshake_timeout = Duration::from_millis(100).into();
    });
    let mut slow = after(&stage, &LINE[..10]);
    slow.expect_end();
    assert_eq!(stage.turned_away(TurnedAway::TooSlow), 1);
}

#[test]
fn who_is_named_is_judged() {
    let stage = Stage::listening(|config| {
        trusting(config);
        config.max_connections_per_address = 1;
        config.deny = vec!["198.51.100.0/24".parse().unwrap()];
    });
    let other = b"PROXY TCP4 192.0.2.8 192.0.2.1 40000 1883\r\n";
    let mut first = after(&stage, LINE);
    first.echoes(b"first");
    after(&stage, LINE).expect_end();
    assert_eq!(stage.turned_away(TurnedAway::AddressFull), 1);
    after(&stage, other).echoes(b"another");
    after(&stage, b"PROXY TCP4 198.51.100.1 192.0.2.1 40000 1883\r\n").expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Address), 1);
    stage.host.banned.lock().push("192.0.2.8".parse().unwrap());
    after(&stage, other).expect_end();
    assert_eq!(stage.turned_away(TurnedAway::Barred), 1);
    drop(first);
    stage.until("all to be gone", |stage| stage.runtime.connections() == 0);
    after(&stage, LINE).echoes(b"again");
}

#[test]
fn a_name_that_the_proxy_verified_is_the_clients() {
    let stage = Stage::listening(trusting);
    let tls = |verify: u8| [&[0x20, 0, 14, 3, 0, 0, 0, verify, 0x22, 0, 6][..], b"pump,7"].concat();
    after(&stage, &binary(0x21, &tls(0))).echoes(b"here");
    let certificate = stage.last().certificate.unwrap();
    assert_eq!(certificate.common_name.as_ref().unwrap().as_str(), "pump,7");
    assert_eq!(certificate.subject.as_str(), "CN=pump\\,7");
    after(&stage, &binary(0x21, &tls(1))).echoes(b"here");
    assert_eq!(stage.last().certificate, None);
}

#[test]
fn garbage_harms_nobody() {
    let stage = Stage::listening(trusting);
    let mut good = after(&stage, LINE);
    let seed = [&binary(0x21, &[4, 0, 3, 1, 2, 3])[..], &frame(ECHO, b"x")].concat();
    let mut random = 7_u64;
    for round in 0..500 {
        let mut bytes = seed.clone();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(random >> 33).unwrap() % bytes.len().min(40);
            bytes[at] = (random >> 25).to_le_bytes()[0];
        }
        // The other end may be closed before it has all.
        let client = stage.connect();
        (&client.0).write_all(&bytes).ok();
        client.0.set_read_timeout(Some(DEADLINE)).unwrap();
        drop(client);
        if round % 100 == 0 {
            good.echoes(b"undisturbed");
        }
    }
    stage.until("the others to be gone", |stage| stage.runtime.connections() == 1);
    good.echoes(b"undisturbed");
}
