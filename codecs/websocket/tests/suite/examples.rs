//! The examples of RFC 6455: §5.7 frames, §1.3 and §4.1 keys.

use websocket_codec::{Kind, encode};

use crate::client::{BINARY, FIN, frame};
use crate::outcome::{ANY, Item, decode};

const HELLO_MASKED: [u8; 9] = [0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];

#[test]
fn masked_frames_are_read() {
    let cases = [
        (0x81, Item::text("Hello")),
        (0x89, Item::Ping(b"Hello".to_vec())),
        (0x8A, Item::Pong(b"Hello".to_vec())),
    ];
    for (first, expected) in cases {
        let bytes = [&[first, 0x85], &HELLO_MASKED[..]].concat();
        assert_eq!(decode(&ANY, [&bytes[..]]).items, [expected]);
    }
}

#[test]
fn unmasked_frames_are_a_servers() {
    let mut ping = Vec::new();
    encode::ping(b"Hello", &mut ping);
    assert_eq!(ping, b"\x89\x05Hello");
    let text = [encode::head(Kind::Text, 5).as_bytes(), b"Hello"].concat();
    assert_eq!(text, b"\x81\x05Hello");
    let fragments: [&[u8]; 2] = [b"\x01\x03Hel", b"\x80\x02lo"];
    for bytes in [&ping[..], &text, fragments[0]] {
        assert_eq!(decode(&ANY, [bytes]).error, Some(1002), "{bytes:02X?}");
    }
}

#[test]
fn fragments_make_one_message() {
    let fragments = [frame(0x01, b"Hel"), frame(0x80, b"lo")].concat();
    assert_eq!(decode(&ANY, [&fragments[..]]).items, [Item::text("Hello")]);
}

#[test]
fn long_binary_messages() {
    let cases: [(usize, &[u8]); 2] =
        [(256, &[0x82, 0x7E, 0x01, 0x00]), (65_536, &[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])];
    for (len, head) in cases {
        assert_eq!(encode::head(Kind::Binary, len).as_bytes(), head);
        let payload = vec![9; len];
        let bytes = frame(FIN | BINARY, &payload);
        assert_eq!(bytes[1..head.len()], [&[head[1] | 0x80], &head[2..]].concat());
        assert_eq!(decode(&ANY, [&bytes[..]]).items, [Item::binary(&payload)]);
    }
}
