//! What is taken and what is refused, and with which close code, in the groups that the well-known public test
//! suite for WebSocket made familiar. Each case runs in one piece, byte by byte, and through `unframe`.

use websocket_codec::{Accepts, Kind, Rules};

use crate::client::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, close, frame, masked};
use crate::outcome::{ANY, Item, Outcome, decode, unframe};

const WHOLE_TEXT: u8 = FIN | TEXT;
const WHOLE_BINARY: u8 = FIN | BINARY;
const END: u8 = FIN | CONTINUATION;

/// Runs a stream and gives what came of it.
fn run(name: &str, rules: &Rules, frames: &[Vec<u8>]) -> Outcome {
    let bytes = frames.concat();
    let whole = decode(rules, [&bytes[..]]);
    let single = decode(rules, bytes.chunks(1));
    assert_eq!(single.settled(), whole.clone().settled(), "{name}: byte by byte");
    for pieces in [bytes.len().max(1), 1] {
        let (payload, controls, error) = unframe(rules, bytes.chunks(pieces));
        assert_eq!((&controls, error), (&whole.controls(), whole.error), "{name}: unframed");
        assert!(payload.starts_with(&whole.payload()), "{name}: unframed payload");
    }
    whole
}

fn taken(name: &str, frames: &[Vec<u8>], expected: &[Item]) {
    let outcome = run(name, &ANY, frames);
    assert_eq!((outcome.items.as_slice(), outcome.error), (expected, None), "{name}");
}

/// Refused with `code`, after `before`.
fn refused(name: &str, frames: &[Vec<u8>], before: &[Item], code: u16) {
    let outcome = run(name, &ANY, frames);
    assert_eq!((outcome.items.as_slice(), outcome.error), (before, Some(code)), "{name}");
}

#[test]
fn group_1_payloads_of_every_length() {
    for len in [0, 1, 7, 8, 125, 126, 127, 128, 65_535, 65_536, 65_537] {
        let text = "*".repeat(len);
        taken("text", &[frame(WHOLE_TEXT, text.as_bytes())], &[Item::text(&text)]);
        let bytes = vec![0xFE; len];
        taken("binary", &[frame(WHOLE_BINARY, &bytes)], &[Item::binary(&bytes)]);
    }
}

#[test]
fn group_1_lengths_take_no_more_bytes_than_they_need() {
    let wrong: [&[u8]; 6] = [
        &[0xFE, 0, 0],
        &[0xFE, 0, 125],
        &[0xFF, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        &[0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0],
        &[0xFF; 9],
    ];
    for length in wrong {
        let bytes = [&[WHOLE_BINARY], length, &masked(b"")].concat();
        refused("length", &[bytes], &[], 1002);
    }
}

#[test]
fn group_1_frames_are_masked() {
    for first in [WHOLE_TEXT, WHOLE_BINARY, PING, PONG, CLOSE] {
        refused("no mask", &[vec![first, 0]], &[], 1002);
        refused("no mask", &[frame(PONG, b""), vec![first, 1, b'a']], &[Item::Pong(Vec::new())], 1002);
    }
}

#[test]
fn group_2_pings_and_pongs() {
    for payload in [&b""[..], b"payload", &[0x00, 0xFF, 0xFE, 0x80], &[0xFE; 125]] {
        taken("ping", &[frame(PING, payload)], &[Item::Ping(payload.to_vec())]);
        taken("pong", &[frame(PONG, payload)], &[Item::Pong(payload.to_vec())]);
    }
    refused("ping of 126", &[frame(PING, &[0xFE; 126])], &[], 1002);
    refused("pong of 70,000", &[frame(PONG, &[0xFE; 70_000])], &[], 1002);
    let pings: Vec<Vec<u8>> = (0..10).map(|number| frame(PING, &[number])).collect();
    let expected: Vec<Item> = (0..10).map(|number| Item::Ping(vec![number])).collect();
    taken("ten pings", &pings, &expected);
}

#[test]
fn group_3_reserved_bits_are_zero() {
    for reserved in 1..8_u8 {
        for first in [WHOLE_TEXT, WHOLE_BINARY, PING, PONG, CLOSE, TEXT] {
            let bad = frame(first | reserved << 4, b"");
            refused("reserved bits", std::slice::from_ref(&bad), &[], 1002);
            let frames = [frame(WHOLE_TEXT, b"a"), bad, frame(PING, b"")];
            refused("reserved bits", &frames, &[Item::text("a")], 1002);
        }
    }
}

#[test]
fn group_4_opcodes_that_mean_nothing() {
    for opcode in (3..8).chain(11..16) {
        for payload in [&b""[..], b"reserved"] {
            refused("opcode", &[frame(FIN | opcode, payload)], &[], 1002);
            let frames = [frame(WHOLE_BINARY, b"a"), frame(FIN | opcode, payload), frame(PING, b"")];
            refused("opcode", &frames, &[Item::binary(b"a")], 1002);
        }
    }
}

#[test]
fn group_5_fragments() {
    let start = frame(TEXT, b"fragment1");
    let end = frame(END, b"fragment2");
    let whole = Item::text("fragment1fragment2");
    let ping = Item::Ping(b"ping".to_vec());
    taken("two", &[start.clone(), end.clone()], std::slice::from_ref(&whole));
    let frames = [start.clone(), frame(PING, b"ping"), frame(PONG, b""), end.clone()];
    taken("control between", &frames, &[whole.clone(), ping, Item::Pong(Vec::new())]);
    let empty = [frame(TEXT, b""), frame(CONTINUATION, b""), frame(END, b"")];
    taken("all empty", &empty, &[Item::text("")]);
    let frames = [frame(TEXT, b""), frame(CONTINUATION, b"middle"), frame(END, b"")];
    taken("empty ends", &frames, &[Item::text("middle")]);
    let twice = [start.clone(), end.clone(), frame(BINARY, b"a"), frame(END, b"b")];
    taken("two messages", &twice, &[whole.clone(), Item::binary(b"ab")]);
}

#[test]
fn group_5_fragments_out_of_order() {
    let start = frame(TEXT, b"fragment1");
    let part = Item::Data(Kind::Text, b"fragment1".to_vec(), false);
    refused("fragmented ping", &[frame(PING & !FIN, b"a"), frame(END, b"b")], &[], 1002);
    refused("fragmented pong", &[frame(PONG & !FIN, b"a"), frame(END, b"b")], &[], 1002);
    refused("fragmented close", &[frame(CLOSE & !FIN, b"")], &[], 1002);
    for first in [CONTINUATION, END] {
        for payload in [&b""[..], b"a"] {
            refused("nothing to continue", &[frame(first, payload)], &[], 1002);
            let frames = [frame(WHOLE_TEXT, b"a"), frame(first, payload)];
            refused("nothing to continue", &frames, &[Item::text("a")], 1002);
        }
    }
    for first in [WHOLE_TEXT, WHOLE_BINARY, TEXT, BINARY] {
        let frames = [start.clone(), frame(first, b"a"), frame(END, b"")];
        refused("a message within another", &frames, std::slice::from_ref(&part), 1002);
    }
}

#[test]
fn group_6_texts_are_utf_8() {
    let valid =
        ["", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\0", "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFD}\u{FFFF}\u{10FFFF}"];
    for text in valid {
        taken("text", &[frame(WHOLE_TEXT, text.as_bytes())], &[Item::text(text)]);
        let mut fragments: Vec<Vec<u8>> = vec![frame(TEXT, b"")];
        fragments.extend(text.as_bytes().chunks(1).map(|byte| frame(CONTINUATION, byte)));
        fragments.push(frame(END, b""));
        taken("a byte a fragment", &fragments, &[Item::text(text)]);
    }
    let invalid: [&[u8]; 10] = [
        &[0x80],
        &[0xC0, 0xAF],
        &[0xE0, 0x80, 0xAF],
        &[0xED, 0xA0, 0x80],
        &[0xF4, 0x90, 0x80, 0x80],
        &[0xF8, 0x88, 0x80, 0x80, 0x80],
        &[0xFE],
        &[0xFF],
        &[0xCE],
        "κόσμε".as_bytes().split_last().unwrap().1,
    ];
    for text in invalid {
        refused("not UTF-8", &[frame(WHOLE_TEXT, text)], &[], 1007);
        let mut fragments: Vec<Vec<u8>> = vec![frame(TEXT, b"")];
        fragments.extend(text.chunks(1).map(|byte| frame(CONTINUATION, byte)));
        fragments.push(frame(END, b""));
        assert_eq!(run("not UTF-8", &ANY, &fragments).error, Some(1007), "{text:02X?}");
        taken("the same bytes, binary", &[frame(WHOLE_BINARY, text)], &[Item::binary(text)]);
    }
    // Found before the message ends.
    let early = [frame(TEXT, &[0xF4]), frame(CONTINUATION, &[0x90])];
    assert_eq!(run("early", &ANY, &early).error, Some(1007));
}

#[test]
fn group_7_closing() {
    let closed = |code, reason: &str| Item::Close(code, reason.to_owned());
    taken("empty", &[frame(CLOSE, b"")], &[closed(None, "")]);
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        taken("code", &[close(code, b"")], &[closed(Some(code), "")]);
    }
    let reason = "*".repeat(123);
    taken("reason", &[close(1000, reason.as_bytes())], &[closed(Some(1000), &reason)]);
    let rest = [frame(WHOLE_TEXT, b"late"), frame(PING, b""), vec![0xFF; 40], close(1000, b"")];
    taken("after it", &[&[close(1000, b"bye")], &rest[..]].concat(), &[closed(Some(1000), "bye")]);
    let part = Item::Data(Kind::Text, b"part".to_vec(), false);
    taken("within a message", &[frame(TEXT, b"part"), close(1001, b"")], &[part, closed(Some(1001), "")]);
}

#[test]
fn group_7_closing_wrongly() {
    refused("one byte", &[frame(CLOSE, &[3])], &[], 1002);
    refused("too long", &[close(1000, &[b'*'; 124])], &[], 1002);
    refused("reason not UTF-8", &[close(1000, &[0xCE, 0xBA, 0xE1])], &[], 1007);
    let codes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    for code in codes {
        refused("code", &[close(code, b"")], &[], 1002);
        refused("code", &[close(code, b"why")], &[], 1002);
    }
}

#[test]
fn group_9_limits() {
    let rules = Rules { accepts: Accepts::Both, max_frame: 10, max_message: 15 };
    let run = |frames: &[Vec<u8>]| run("limits", &rules, frames).error;
    assert_eq!(run(&[frame(WHOLE_BINARY, &[0; 10]), frame(WHOLE_TEXT, &[0; 10])]), None);
    assert_eq!(run(&[frame(WHOLE_BINARY, &[0; 11])]), Some(1009));
    // Before a byte of the payload has come.
    assert_eq!(run(&[frame(WHOLE_BINARY, &[0; 70_000])[..10].to_vec()]), Some(1009));
    assert_eq!(run(&[frame(BINARY, &[0; 10]), frame(END, &[0; 5])]), None);
    assert_eq!(run(&[frame(BINARY, &[0; 10]), frame(CONTINUATION, &[0; 6])]), Some(1009));
    assert_eq!(run(&[frame(BINARY, &[0; 10]), frame(PING, &[0; 100]), frame(END, b"")]), None);
    let huge = [&[WHOLE_BINARY, 0xFF, 0x7F], &[0xFF; 7][..], &masked(b"")].concat();
    assert_eq!(run(std::slice::from_ref(&huge)), Some(1009));
    let boundless = Rules { accepts: Accepts::Both, max_frame: u64::MAX, max_message: u64::MAX };
    assert_eq!(decode(&boundless, [&huge[..]]), Outcome::default());
}

#[test]
fn group_10_many_small_fragments() {
    let payload: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    let mut frames = vec![frame(BINARY, b"")];
    frames.extend(payload.chunks(13).map(|piece| frame(CONTINUATION, piece)));
    frames.push(frame(END, b""));
    taken("fragments", &frames, &[Item::binary(&payload)]);
}

#[test]
fn kinds_that_are_not_taken() {
    let only = |accepts| Rules { accepts, ..ANY };
    for first in [TEXT, WHOLE_TEXT] {
        let outcome = run("text", &only(Accepts::Binary), &[frame(first, b"a")]);
        assert_eq!(outcome, Outcome { items: Vec::new(), error: Some(1003) });
    }
    for first in [BINARY, WHOLE_BINARY] {
        let outcome = run("binary", &only(Accepts::Text), &[frame(first, b"a")]);
        assert_eq!(outcome, Outcome { items: Vec::new(), error: Some(1003) });
    }
    assert_eq!(Rules::default().accepts, Accepts::Binary);
    assert_eq!(run("text", &only(Accepts::Text), &[frame(WHOLE_TEXT, b"a")]).error, None);
    assert_eq!(run("binary", &only(Accepts::Binary), &[frame(WHOLE_BINARY, b"a")]).error, None);
}
