//! Any cut of a stream gives the same events as the stream in one piece, and what was encoded is decoded.

use proptest::prelude::*;
use websocket_codec::{CloseCode, Kind, Rules, encode};

use crate::client::{CLOSE, FIN, MASK, PING, PONG};
use crate::generate::{Random, damage, pieces, stream};
use crate::outcome::{ANY, Item, decode, unframe};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same_events(seed: u64) {
        let mut random = Random::new(seed);
        let mut bytes = stream(&mut random);
        if random.one_in(2) {
            damage(&mut random, &mut bytes);
        }
        let whole = decode(&ANY, [&bytes[..]]).settled();
        for _ in 0..4 {
            let pieces = pieces(&mut random, &bytes);
            prop_assert_eq!(&decode(&ANY, pieces).settled(), &whole);
        }
        let binary = Rules::default();
        let whole = decode(&binary, [&bytes[..]]);
        for _ in 0..4 {
            let (payload, controls, error) = unframe(&binary, pieces(&mut random, &bytes));
            prop_assert_eq!(&payload, &whole.payload());
            prop_assert_eq!(&controls, &whole.controls());
            prop_assert_eq!(error, whole.error);
        }
    }

    #[test]
    fn two_cuts_at_every_place(text in any::<bool>(), len in 0_usize..20, first in any::<prop::sample::Index>()) {
        let payload = vec![b'a'; len];
        let opcode = if text { 1 } else { 2 };
        let frames = [crate::client::frame(opcode, &payload), crate::client::frame(PING, &payload),
            crate::client::frame(FIN, &payload), crate::client::close(1000, &payload)];
        let bytes = frames.concat();
        let whole = decode(&ANY, [&bytes[..]]).settled();
        let first = first.index(bytes.len());
        for second in first..=bytes.len() {
            let cut = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            prop_assert_eq!(&decode(&ANY, cut).settled(), &whole);
        }
    }

    #[test]
    fn arbitrary_bytes_are_taken_whole(bytes: Vec<u8>, seed: u64) {
        let whole = decode(&ANY, [&bytes[..]]).settled();
        let mut random = Random::new(seed);
        prop_assert_eq!(decode(&ANY, pieces(&mut random, &bytes)).settled(), whole);
    }

    #[test]
    fn what_was_encoded_is_decoded(payload: Vec<u8>, reason: String, code in 3000_u16..5000, long in any::<bool>()) {
        let payload = if long { payload.repeat(700) } else { payload };
        let mut frame = [encode::head(Kind::Binary, payload.len()).as_bytes(), &payload].concat();
        prop_assert_eq!(decode(&ANY, [&mask(&mut frame)[..]]).items, [Item::binary(&payload)]);
        let short = &payload[..payload.len().min(encode::MAX_CONTROL)];
        for (opcode, expected) in [(PING, Item::Ping(short.to_vec())), (PONG, Item::Pong(short.to_vec()))] {
            let mut frame = Vec::new();
            if opcode == PING { encode::ping(&payload, &mut frame) } else { encode::pong(&payload, &mut frame) }
            prop_assert_eq!(frame[0], opcode);
            prop_assert_eq!(decode(&ANY, [&mask(&mut frame)[..]]).items, [expected]);
        }
        let mut frame = Vec::new();
        encode::close(Some(CloseCode(code)), &reason, &mut frame);
        prop_assert_eq!(frame[0], CLOSE);
        let [Item::Close(Some(got), said)] = &decode(&ANY, [&mask(&mut frame)[..]]).items[..] else { panic!() };
        prop_assert!(*got == code && reason.starts_with(said.as_str()) && (said.len() > 119 || *said == reason));
    }
}

/// A server's frame, made a client's.
fn mask(frame: &mut [u8]) -> Vec<u8> {
    let head = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    frame[1] |= 0x80;
    let under = frame[head..].iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    frame[..head].iter().copied().chain(MASK).chain(under).collect()
}
