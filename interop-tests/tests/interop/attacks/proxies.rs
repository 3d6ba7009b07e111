//! Who says for whom he speaks, and who is believed.

use std::net::Ipv4Addr;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;

use super::guarded::tidegate;
use super::visitor::{Entrance, Visitor, socket_from};

const PROXY: u8 = 9;

fn behind_a_proxy() -> Option<Running> {
    let settings = Settings::default()
        .with("mqtt.listeners.default.proxy_protocol", true)
        .with("mqtt.listeners.default.trusted_proxies", format_args!("[\"127.0.0.{PROXY}\"]"))
        .with("auth.allow_anonymous", true);
    tidegate(&settings)
}

/// Connects from 127.0.0.`last` with these bytes in front of the CONNECT.
fn enter(broker: &Running, last: u8, header: &[u8]) -> Entrance {
    let stream = socket_from(Ipv4Addr::new(127, 0, 0, last), broker.address).unwrap();
    let mut client = Client::over(stream, Version::V5);
    if client.send(header).is_err() {
        return Entrance::Closed;
    }
    Visitor::new(Version::V5, "guest").enter_by(client)
}

fn remote(broker: &Running) -> String {
    let client = broker.client("guest").unwrap().unwrap();
    client["connection"]["remote"].as_str().unwrap().to_owned()
}

/// A version 2 header for a TCP connection over IPv4.
fn version_2(source: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend(source);
    header.extend([127, 0, 0, 1, 0x10, 0, 0x07, 0x5b]);
    header
}

#[test]
fn a_trusted_proxy_is_believed_and_nobody_else() {
    let Some(broker) = behind_a_proxy() else { return };
    for header in [b"PROXY TCP4 192.0.2.7 127.0.0.1 4096 1883\r\n".to_vec(), version_2([192, 0, 2, 7])] {
        let came = enter(&broker, PROXY, &header);
        assert!(matches!(came, Entrance::In(..)), "{came:?}");
        assert_eq!(remote(&broker), "192.0.2.7:4096");
        drop(came);
        for last in [1, PROXY - 1, PROXY + 1] {
            let came = enter(&broker, last, &header);
            assert!(matches!(came, Entrance::Closed), "127.0.0.{last}: {came:?}");
        }
    }
}

#[test]
fn a_header_that_is_none_lets_nobody_in() {
    let Some(broker) = behind_a_proxy() else { return };
    let v2 = version_2([192, 0, 2, 7]);
    let mut wrong_length = v2.clone();
    wrong_length[15] = 3;
    let mut wrong_version = v2.clone();
    wrong_version[12] = 0x31;
    let headers: [&[u8]; 9] = [
        b"",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 192.0.2.700 127.0.0.1 1 1\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 1\n",
        b"proxy TCP4 192.0.2.7 127.0.0.1 1 1\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 99999 1\r\n",
        &[b'P'; 200],
        &wrong_length,
        &wrong_version,
    ];
    for header in headers {
        let came = enter(&broker, PROXY, header);
        assert!(matches!(came, Entrance::Closed), "{}: {came:?}", header.escape_ascii());
    }
}

/// One header is enough: a second one is what the client said, and no MQTT.
#[test]
fn a_client_behind_the_proxy_cannot_add_a_header_of_its_own() {
    let Some(broker) = behind_a_proxy() else { return };
    let mut twice = version_2([192, 0, 2, 7]);
    twice.extend(version_2([192, 0, 2, 8]));
    assert!(matches!(enter(&broker, PROXY, &twice), Entrance::Closed));
}

#[test]
fn a_header_nobody_asked_for_is_no_mqtt() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let came = enter(&broker, PROXY, b"PROXY TCP4 192.0.2.7 127.0.0.1 4096 1883\r\n");
    assert!(matches!(came, Entrance::Closed), "{came:?}");
}

/// The address that a proxy tells is the one that bans and limits are about.
#[test]
fn a_ban_holds_for_whom_the_proxy_speaks() {
    let Some(broker) = behind_a_proxy() else { return };
    let ban = serde_json::json!({ "what": "address:192.0.2.7" });
    assert_eq!(broker.api("POST", "/api/v1/bans", Some(&ban)).unwrap().status, 201);
    let banned: [&[u8]; 3] = [
        b"PROXY TCP4 192.0.2.7 127.0.0.1 4096 1883\r\n",
        // The same address, written as IPv6 has it.
        b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4096 1883\r\n",
        b"PROXY TCP6 ::ffff:c000:207 ::1 4096 1883\r\n",
    ];
    for header in banned {
        let came = enter(&broker, PROXY, header);
        assert!(came.refusal().is_some(), "{}: {came:?}", header.escape_ascii());
    }
    let came = enter(&broker, PROXY, b"PROXY TCP4 192.0.2.8 127.0.0.1 4096 1883\r\n");
    assert!(matches!(came, Entrance::In(..)), "{came:?}");
}
