use super::super::Parsed;
use super::*;

fn request(fields: &str) -> Request {
    let text = format!(
        "GET /mqtt HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n{fields}\r\n"
    );
    match Request::parse(text.as_bytes()) {
        Parsed::Request { request, .. } => request,
        other => panic!("{other:?}"),
    }
}

/// 10.0.0.0/8 is ours.
fn is_trusted(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 10)
}

fn client(by: ForwardedBy, peer: &str, fields: &str) -> String {
    let client = request(fields).client_address(peer.parse().unwrap(), by, is_trusted);
    client.map_or_else(|| "unknown".to_owned(), |client| client.to_string())
}

#[test]
fn the_walk_goes_from_the_right_over_trusted_proxies() {
    let cases = [
        // Who says so is not trusted.
        ("198.51.100.9:5", "X-Forwarded-For: 192.0.2.1\r\n", "198.51.100.9:5"),
        ("10.0.0.1:5", "", "unknown"),
        ("10.0.0.1:5", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1:0"),
        ("[::ffff:10.0.0.1]:5", "X-Forwarded-For: 192.0.2.1:77\r\n", "192.0.2.1:77"),
        // What the client claims stands left of its own address.
        ("10.0.0.1:5", "X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.2\r\n", "192.0.2.1:0"),
        ("10.0.0.1:5", "X-Forwarded-For: 10.9.9.9, 192.0.2.1\r\n", "192.0.2.1:0"),
        // Several fields are one list, in their order.
        (
            "10.0.0.1:5",
            "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1 ,10.0.0.2\r\n",
            "192.0.2.1:0",
        ),
        // All trusted: the leftmost.
        ("10.0.0.1:5", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3:0"),
        // No address: nothing is known.
        ("10.0.0.1:5", "X-Forwarded-For: 192.0.2.1, unknown\r\n", "unknown"),
        ("10.0.0.1:5", "X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.2\r\n", "unknown"),
        ("10.0.0.1:5", "X-Forwarded-For: 192.0.2.1, \u{80}\r\n", "unknown"),
        ("10.0.0.1:5", "X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]:0"),
        ("10.0.0.1:5", "X-Forwarded-For: [2001:db8::1]:80\r\n", "[2001:db8::1]:80"),
        ("10.0.0.1:5", "X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1:0"),
        // The other field is not looked at.
        ("10.0.0.1:5", "Forwarded: for=192.0.2.1\r\n", "unknown"),
    ];
    for (peer, fields, expected) in cases {
        assert_eq!(client(ForwardedBy::XForwardedFor, peer, fields), expected, "{peer} {fields:?}");
    }
}

#[test]
fn forwarded_is_read_likewise() {
    let cases = [
        ("Forwarded: for=192.0.2.1\r\n", "192.0.2.1:0"),
        ("Forwarded: proto=https;FOR=\"192.0.2.1:4711\";by=10.0.0.1\r\n", "192.0.2.1:4711"),
        ("Forwarded: for=203.0.113.9, for=\"[2001:db8::1]:4711\"\r\n", "[2001:db8::1]:4711"),
        ("Forwarded: for=\"[2001:db8::1]\", for=10.0.0.2\r\n", "[2001:db8::1]:0"),
        ("Forwarded: for=\"[2001:db8::1]:_hidden\"\r\n", "[2001:db8::1]:0"),
        ("Forwarded: for=_hidden\r\n", "unknown"),
        ("Forwarded: by=192.0.2.1\r\n", "unknown"),
        // A quote that the client opened swallows nothing.
        ("Forwarded: for=\"203.0.113.9, for=192.0.2.1\r\n", "192.0.2.1:0"),
        ("Forwarded: for=\"x\\\", for=\"192.0.2.1\"\r\n", "192.0.2.1:0"),
        ("X-Forwarded-For: 192.0.2.1\r\n", "unknown"),
    ];
    for (fields, expected) in cases {
        assert_eq!(client(ForwardedBy::Forwarded, "10.0.0.1:5", fields), expected, "{fields:?}");
    }
}

#[test]
fn a_proxy_without_an_address_is_believed() {
    let request = request("X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n");
    let client = request.forwarded_for(ForwardedBy::default(), is_trusted);
    assert_eq!(client, Some("192.0.2.1:0".parse().unwrap()));
    assert_eq!(request.forwarded_for(ForwardedBy::Forwarded, is_trusted), None);
}
