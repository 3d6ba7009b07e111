//! Every golden vector: decoded whole, at every split point, with something behind it; encoded; counted.

use std::collections::HashSet;

use mqtt_codec::{Decoded, Limits, PacketType, Version, decode};

use crate::vectors::{Vector, vectors};

const MAX: u32 = 1 << 20;

fn limits(vector: &Vector) -> Limits {
    Limits { max_packet_size: MAX, role: vector.role }
}

#[test]
fn decodes_whole_and_with_more_behind_it() {
    for vector in vectors() {
        let whole = Decoded::Packet { packet: vector.packet, len: vector.bytes.len() };
        assert_eq!(decode(vector.bytes, &limits(&vector), vector.connection()), Ok(whole), "{}", vector.name);
        for tail in [&[0_u8][..], &[0xFF; 9], vector.bytes] {
            let more = [vector.bytes, tail].concat();
            assert_eq!(decode(&more, &limits(&vector), vector.connection()), Ok(whole), "{}", vector.name);
        }
    }
}

#[test]
fn asks_for_more_at_every_split_point() {
    for vector in vectors() {
        let mut asked = 0;
        for cut in 0..vector.bytes.len() {
            match decode(&vector.bytes[..cut], &limits(&vector), vector.connection()) {
                Ok(Decoded::NeedMore { at_least }) => {
                    assert!(at_least > cut && at_least <= vector.bytes.len(), "{} at {cut}", vector.name);
                    assert!(at_least >= asked, "{} at {cut}", vector.name);
                    asked = at_least;
                }
                other => panic!("{} at {cut}: {other:?}", vector.name),
            }
        }
    }
}

#[test]
fn encodes_to_the_same_bytes() {
    for vector in vectors() {
        let mut out = b"before".to_vec();
        vector.packet.encode(vector.version, &mut out).unwrap();
        let written = out.strip_prefix(b"before").unwrap();
        assert_eq!(vector.packet.encoded_len(vector.version), Ok(written.len()), "{}", vector.name);
        assert_eq!(written == vector.bytes, vector.canonical, "{}: {written:02X?}", vector.name);
        let again = decode(written, &limits(&vector), vector.connection());
        assert_eq!(
            again,
            Ok(Decoded::Packet { packet: vector.packet, len: written.len() }),
            "{}",
            vector.name
        );
    }
}

#[test]
fn is_refused_one_byte_above_the_limit_from_the_fixed_header_alone() {
    for vector in vectors() {
        let size = u32::try_from(vector.bytes.len()).unwrap();
        let exact = Limits { max_packet_size: size, role: vector.role };
        assert!(decode(vector.bytes, &exact, vector.connection()).is_ok(), "{}", vector.name);
        let header = vector.bytes.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 2;
        let below = Limits { max_packet_size: size - 1, role: vector.role };
        let error = decode(&vector.bytes[..header], &below, vector.connection()).unwrap_err();
        assert_eq!(error.reason(), mqtt_codec::ReasonCode::PacketTooLarge, "{}", vector.name);
    }
}

#[test]
fn there_is_a_vector_for_every_type_in_every_version() {
    let seen: HashSet<_> = vectors().iter().map(|v| (v.packet.packet_type(), v.version)).collect();
    for version in [Version::V3, Version::V4, Version::V5] {
        for byte in 1..=15_u8 {
            let packet_type = PacketType::of(byte << 4).unwrap();
            if packet_type != PacketType::Auth || version == Version::V5 {
                assert!(seen.contains(&(packet_type, version)), "{packet_type:?} {version}");
            }
        }
    }
}
