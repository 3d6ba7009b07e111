//! A stream of many packets, cut anywhere: what comes out is what went in.

use mqtt_codec::{Decoded, Limits, Role, Version, decode};

use crate::generate::Random;
use crate::vectors::{Vector, vectors};

/// Feeds `stream` in pieces and checks each packet as it comes. The reader behaves as a driver does: it keeps
/// the rest, appends, and calls again only when at least as much is there as was asked for.
fn feed(stream: &[u8], expected: &[&Vector], role: Role, random: &mut Random) {
    let limits = Limits { max_packet_size: 1 << 20, role };
    let (mut buffer, mut fed, mut next, mut wanted) = (Vec::new(), 0, expected.iter(), 1);
    while fed < stream.len() {
        let piece = (1 + random.below(9)).min(stream.len() - fed);
        buffer.extend_from_slice(&stream[fed..fed + piece]);
        fed += piece;
        while buffer.len() >= wanted && !buffer.is_empty() {
            let vector = next.clone().next();
            match decode(&buffer, &limits, vector.and_then(|vector| vector.connection())).unwrap() {
                Decoded::Packet { packet, len } => {
                    assert_eq!(packet, vector.unwrap().packet);
                    next.next();
                    buffer.drain(..len);
                    wanted = 1;
                }
                Decoded::NeedMore { at_least } => wanted = at_least,
            }
        }
    }
    assert!(buffer.is_empty());
    assert!(next.next().is_none());
}

#[test]
fn a_stream_cut_anywhere_gives_its_packets() {
    let vectors = vectors();
    let mut random = Random::new(1);
    for version in [Version::V3, Version::V4, Version::V5] {
        for role in [Role::Server, Role::Client] {
            for _ in 0..200 {
                let mine: Vec<&Vector> = vectors
                    .iter()
                    .filter(|vector| vector.version == version && vector.role == role)
                    .filter(|_| !random.next().is_multiple_of(3))
                    .collect();
                let stream: Vec<u8> = mine.iter().flat_map(|vector| vector.bytes).copied().collect();
                feed(&stream, &mine, role, &mut random);
            }
        }
    }
}
