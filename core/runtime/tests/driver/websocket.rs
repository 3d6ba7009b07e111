//! WebSocket.

use std::io::{Read, Write};
use std::time::Duration;

use tidegate_gateway::Transport;
use tidegate_runtime::{RuntimeConfig, TurnedAway};
use tidegate_types::CloseReason;
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::carriers::{Carried, websocket};
use super::echo::{BLOCK, ECHO, FINISH, Happened, TIMER, frame};
use super::stage::{Client, socket, workers};

fn ws() -> Carried {
    Carried::new(Transport::Ws, workers(1))
}

pub(super) fn request(fields: &str) -> String {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{fields}\r\n"
    )
}

pub(super) const OFFERED: &str = "Sec-WebSocket-Protocol: other, echo\r\n";

/// A masked frame.
pub(super) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut bytes = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short @ 0..=125) => bytes.push(0x80 | short),
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(u64::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Reads the answer to the handshake.
fn answer(client: &mut Client) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.0.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn opened(carried: &Carried, fields: &str) -> Client {
    let mut client = Client::to(carried.stage.address);
    client.0.write_all(request(fields).as_bytes()).unwrap();
    let said = answer(&mut client);
    assert!(said.starts_with("HTTP/1.1 101") && said.contains("Sec-WebSocket-Protocol: echo"), "{said}");
    client
}

#[test]
fn frames_and_packets_are_cut_anywhere() {
    let carried = ws();
    let mut client = websocket(socket(carried.stage.address));
    let bytes = [frame(ECHO, &[7; 50_000]), frame(ECHO, b"two"), frame(ECHO, b"three")].concat();
    let mut got = Vec::new();
    for size in [1, 3, 1000, 70_000] {
        let pieces: Vec<&[u8]> = if size == 1 {
            bytes[..9].chunks(1).chain([&bytes[9..]]).collect()
        } else {
            bytes.chunks(size).collect()
        };
        // One message of many frames, with pings between them; then a message a piece.
        for (at, piece) in pieces.iter().enumerate() {
            let opcode = if at == 0 { Data::Binary } else { Data::Continue };
            let last = at + 1 == pieces.len();
            client.write(Message::Frame(Frame::message(piece.to_vec(), OpCode::Data(opcode), last))).unwrap();
            if at % 100 == 1 {
                client.write(Message::Frame(Frame::ping(vec![b'p'; at % 125]))).unwrap();
            }
        }
        client.flush().unwrap();
        for piece in pieces {
            client.send(Message::Binary(piece.to_vec().into())).unwrap();
        }
        got.clear();
        while got.len() < 2 * bytes.len() {
            match client.read().unwrap() {
                Message::Binary(piece) => got.extend_from_slice(&piece),
                Message::Pong(_) => {}
                other => panic!("{other}"),
            }
        }
        assert!(got == [bytes.clone(), bytes.clone()].concat());
    }
}

#[test]
fn pings_are_answered_and_a_close_is_the_end() {
    let carried = ws();
    let mut client = websocket(socket(carried.stage.address));
    client.send(Message::Ping(b"are you there".to_vec().into())).unwrap();
    assert_eq!(client.read().unwrap(), Message::Pong(b"are you there".to_vec().into()));
    client.close(None).unwrap();
    assert!(matches!(client.read().unwrap(), Message::Close(_)));
    assert!(matches!(client.read().unwrap_err(), tungstenite::Error::ConnectionClosed));
    carried.stage.came();
    assert_eq!(carried.stage.closed(), CloseReason::Lost);
}

#[test]
fn the_last_packet_before_a_close_counts() {
    let carried = ws();
    let mut client = opened(&carried, OFFERED);
    let mut bytes = masked(0x82, &frame(ECHO, b"last"));
    bytes.extend(masked(0x88, &1000_u16.to_be_bytes()));
    client.0.write_all(&bytes).unwrap();
    let mut got = Vec::new();
    client.0.read_to_end(&mut got).unwrap();
    assert_eq!(got, [&[0x82, 9][..], &frame(ECHO, b"last"), &[0x88, 2, 3, 0xe8]].concat());
}

/// The close code that a client is given which sends `bytes`.
fn code(carried: &Carried, bytes: &[u8]) -> u16 {
    let mut client = opened(carried, OFFERED);
    client.0.write_all(bytes).unwrap();
    let mut said = Vec::new();
    client.0.read_to_end(&mut said).ok();
    assert_eq!(said.first(), Some(&0x88), "a close frame: {said:?}");
    u16::from_be_bytes([said[2], said[3]])
}

#[test]
fn who_breaks_the_rules_is_told_by_which_code() {
    let carried = ws();
    carried.stage.change(|config| config.websocket.max_frame_size = tidegate_config::ByteSize::kib(64));
    assert_eq!(code(&carried, &masked(0x81, b"text")), 1003);
    assert_eq!(code(&carried, &[0x82, 1, 0]), 1002, "not masked");
    assert_eq!(code(&carried, &masked(0xc2, b"reserved")), 1002);
    assert_eq!(code(&carried, &masked(0x83, b"opcode")), 1002);
    assert_eq!(code(&carried, &masked(0x80, b"nothing to continue")), 1002);
    assert_eq!(code(&carried, &masked(0x82, &vec![0; 70_000])[..14]), 1009);
    assert_eq!(code(&carried, &masked(0x88, &[3, 0xe8, 0xff])), 1007);
    assert_eq!(code(&carried, &masked(0x88, &1001_u16.to_be_bytes())), 1001);
    assert_eq!(code(&carried, &[masked(0x82, b"")[..].to_vec(), masked(0x89, &[0; 126])].concat()), 1002);
}

#[test]
fn our_ends_have_codes() {
    let carried = ws();
    let mut client = websocket(socket(carried.stage.address));
    client.send(Message::Binary(frame(FINISH, b"").into())).unwrap();
    assert_eq!(client.read().unwrap(), Message::Binary(frame(ECHO, b"bye").into()));
    let Message::Close(Some(said)) = client.read().unwrap() else { panic!("no close") };
    assert_eq!(u16::from(said.code), 1000);
    let mut kicked = websocket(socket(carried.stage.address));
    carried.stage.came();
    let seat = carried.stage.came();
    let notice = tidegate_broker::Notice::Close(CloseReason::Kicked);
    tidegate_broker::Switchboard::notify(&*carried.stage.exchange, seat, notice);
    assert!(matches!(kicked.read().unwrap(), Message::Binary(_)));
    let Message::Close(Some(said)) = kicked.read().unwrap() else { panic!("no close") };
    assert_eq!(u16::from(said.code), 1008);
    let mut told = websocket(socket(carried.stage.address));
    carried.stage.until("it to be seated", |stage| stage.runtime.connections() >= 1);
    carried.stage.runtime.remove("echo");
    assert!(matches!(told.read().unwrap(), Message::Binary(_)));
    let Message::Close(Some(said)) = told.read().unwrap() else { panic!("no close") };
    assert_eq!(u16::from(said.code), 1001);
}

#[test]
fn requests_are_judged() {
    let carried = ws();
    carried.stage.change(|config| {
        config.websocket.origins = vec!["https://panel.example".to_owned()];
        config.websocket.allow_missing_origin = false;
    });
    let origin = format!("{OFFERED}Origin: https://panel.example\r\n");
    let refused = |request: &str, status: &str| {
        let mut client = Client::to(carried.stage.address);
        client.0.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        client.0.read_to_string(&mut said).unwrap();
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
    };
    refused(&request(&origin).replace("/mqtt", "/other"), "404");
    refused(&request(OFFERED), "403");
    refused(&request(&format!("{OFFERED}Origin: https://evil.example\r\n")), "403");
    refused(&request("Origin: https://panel.example\r\n"), "400");
    refused("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "426");
    refused(&request(&format!("{origin}X: {}\r\n", "x".repeat(9_000))), "431");
    refused("\x16\x03\x01", "400");
    assert_eq!(carried.stage.turned_away(TurnedAway::WebSocket), 7);
    assert!(carried.stage.happened.try_recv().is_err(), "no gateway has heard of them");
    opened(&carried, &origin);
}

#[test]
fn a_path_that_cannot_be_asked_for_is_an_error() {
    let carried = ws();
    carried.stage.echo.listeners.lock()[0].config.websocket.path = "mqtt".to_owned();
    let said = carried.stage.apply().unwrap_err()[0].to_string();
    assert!(said.contains("listener tcp") && said.contains("path"), "{said}");
    drop(opened(&carried, OFFERED));
}

#[test]
fn a_client_that_does_not_wait_for_the_answer() {
    let carried = ws();
    let mut client = Client::to(carried.stage.address);
    let bytes = [request(OFFERED).into_bytes(), masked(0x82, &frame(ECHO, &[7; 70_000]))].concat();
    for piece in bytes.chunks(9_973) {
        client.0.write_all(piece).unwrap();
    }
    answer(&mut client);
    let mut got = vec![0; 70_005 + 10];
    client.0.read_exact(&mut got).unwrap();
}

#[test]
fn a_trusted_proxy_says_for_whom_it_speaks() {
    let carried = ws();
    let fields = format!("{OFFERED}X-Forwarded-For: 127.0.0.1, 192.0.2.7, 198.51.100.1\r\n");
    opened(&carried, &fields);
    carried.stage.came();
    assert!(carried.stage.last().is_loopback(), "not trusted: what it says is not looked at");
    carried.stage.change(|config| {
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap(), "198.51.100.0/24".parse().unwrap()];
        config.max_connections_per_address = 1;
    });
    let _first = opened(&carried, &fields);
    carried.stage.until("it to come", |stage| stage.last().remote == "192.0.2.7:0".parse().unwrap());
    assert_eq!(carried.stage.host.asked.lock().pop(), Some("192.0.2.7".parse().unwrap()));
    let mut second = Client::to(carried.stage.address);
    second.0.write_all(request(&fields).as_bytes()).unwrap();
    second.expect_end();
    assert_eq!(carried.stage.turned_away(TurnedAway::AddressFull), 1);
}

#[test]
fn who_is_not_named_by_a_trusted_proxy_is_not_local() {
    let carried = ws();
    carried.stage.change(|config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]);
    let mut clients = Vec::new();
    for field in ["", "X-Forwarded-For: unknown\r\n", "X-Forwarded-For: unknown, 127.0.0.1\r\n"] {
        clients.push(opened(&carried, &format!("{OFFERED}{field}")));
        carried.stage.came();
        assert!(!carried.stage.last().is_loopback(), "{field:?}");
    }
    let _client = opened(&carried, &format!("{OFFERED}X-Forwarded-For: 127.0.0.1\r\n"));
    carried.stage.came();
    assert!(carried.stage.last().is_loopback());
}

#[test]
fn with_no_origins_named_only_pages_of_this_machine_come_in() {
    let carried = ws();
    for (origin, code) in [("http://localhost:3000", "101"), ("https://any.example", "403"), ("null", "403")]
    {
        let mut client = Client::to(carried.stage.address);
        let fields = format!("{OFFERED}Origin: {origin}\r\n");
        client.0.write_all(request(&fields).as_bytes()).unwrap();
        let mut head = [0; 12];
        client.0.read_exact(&mut head).unwrap();
        assert_eq!(head, format!("HTTP/1.1 {code}").as_bytes(), "{origin}");
    }
    carried.stage.change(|config| config.websocket.origins = vec!["*".to_owned()]);
    opened(&carried, &format!("{OFFERED}Origin: https://any.example\r\n"));
}

#[test]
fn a_silent_peer_is_pinged_and_given_up() {
    let carried = ws();
    carried.stage.change(|config| config.websocket.ping_interval = Some(Duration::from_millis(100).into()));
    let mut client = opened(&carried, OFFERED);
    carried.stage.came();
    let mut ping = [0; 2];
    for _ in 0..3 {
        client.0.read_exact(&mut ping).unwrap();
        assert_eq!(ping, [0x89, 0]);
        client.0.write_all(&masked(0x8a, b"")).unwrap();
    }
    client.0.read_exact(&mut ping).unwrap();
    assert_eq!(carried.stage.closed(), CloseReason::Lost);
    client.0.read_exact(&mut ping).unwrap();
    assert_eq!(ping[0], 0x88, "it is told");
}

#[test]
fn whom_we_do_not_read_is_not_given_up() {
    let carried = ws();
    carried.stage.change(|config| config.websocket.ping_interval = Some(Duration::from_millis(100).into()));
    let mut blocked = carried.connect();
    let seat = carried.stage.came();
    blocked.send(BLOCK, b"question");
    // Many of its times pass.
    carried.stage.change(|config| config.websocket.ping_interval = None);
    let mut clock = carried.connect();
    clock.send(TIMER, b"700");
    clock.expect(TIMER, b"time");
    let answer = tidegate_broker::Reply::Settled(Ok(()));
    let notice = tidegate_broker::Notice::Reply(tidegate_broker::RequestId(1), answer);
    tidegate_broker::Switchboard::notify(&*carried.stage.exchange, seat, notice);
    blocked.expect(BLOCK, b"question");
}

#[test]
fn pings_without_end_that_are_not_read_are_bounded() {
    let config = RuntimeConfig { stall: Duration::from_millis(300), ..workers(1) };
    let carried = Carried::new(Transport::Ws, config);
    let mut client = opened(&carried, OFFERED);
    let pings = masked(0x89, &[0; 125]).repeat(1000);
    while client.0.write_all(&pings).is_ok() {}
    carried.stage.came();
    assert_eq!(carried.stage.next(), Happened::Closed(CloseReason::NotReading));
    carried.stage.until("it to be gone", |stage| stage.runtime.connections() == 0);
}

#[test]
fn garbage_harms_nobody() {
    let carried = ws();
    let mut good = carried.connect();
    let seed = [masked(0x02, &frame(ECHO, b"abc")), masked(0x89, b"ping"), masked(0x80, b"")].concat();
    let mut random = 11_u64;
    for _ in 0..300 {
        let mut bytes = seed.clone();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(random >> 33).unwrap() % bytes.len();
            // Not within the packet: the echo peer trusts its lengths.
            if !(6..10).contains(&at) {
                bytes[at] = (random >> 25).to_le_bytes()[0];
            }
        }
        let mut client = opened(&carried, OFFERED);
        client.0.write_all(&bytes).ok();
    }
    good.echoes(b"undisturbed");
    carried.stage.until("the others to be gone", |stage| stage.runtime.connections() == 1);
}
