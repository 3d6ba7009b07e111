use super::checksum::crc32c;
use super::*;

fn header(bytes: &[u8]) -> Result<(Header, usize), Malformed> {
    // Every shorter piece is a beginning.
    for end in 0..bytes.len() {
        match parse(&bytes[..end]) {
            Ok(Parsed::NeedMore) => {}
            Ok(Parsed::Header { header, length }) => return Ok((header, length)),
            Err(error) => return Err(error),
        }
    }
    match parse(bytes)? {
        Parsed::Header { header, length } => Ok((header, length)),
        Parsed::NeedMore => panic!("no end"),
    }
}

fn source(line: &str) -> Result<Source, Malformed> {
    header(format!("{line}\r\n").as_bytes()).map(|(header, _)| header.source)
}

#[test]
fn lines_of_text() {
    let v4 = "192.0.2.7:40000".parse().unwrap();
    assert_eq!(source("PROXY TCP4 192.0.2.7 192.0.2.1 40000 1883"), Ok(Source::Client(v4)));
    let v6 = "[2001:db8::7]:1".parse().unwrap();
    assert_eq!(source("PROXY TCP6 2001:db8::7 ::1 1 0"), Ok(Source::Client(v6)));
    assert_eq!(source("PROXY UNKNOWN"), Ok(Source::Unknown));
    assert_eq!(source("PROXY UNKNOWN ffff:: what ever"), Ok(Source::Unknown));
    for bad in [
        "PROXY TCP4 192.0.2.7 192.0.2.1 40000",
        "PROXY TCP4 192.0.2.7 192.0.2.1 40000 1883 ",
        "PROXY TCP4 192.0.2.7  192.0.2.1 40000 1883",
        "PROXY TCP4 ::1 ::1 1 1",
        "PROXY TCP6 192.0.2.7 192.0.2.1 1 1",
        "PROXY TCP4 192.0.2.7 192.0.2.1 65536 1",
        "PROXY TCP4 192.0.2.7 192.0.2.1 +1 1",
        "PROXY TCP4 192.0.2.7 192.0.2.1 01 1",
        "PROXY TCP4 192.0.2.7 192.0.2.1  1",
        "PROXY UDP4 192.0.2.7 192.0.2.1 1 1",
        "PROXY ",
        "PROXY tcp4 192.0.2.7 192.0.2.1 1 1",
    ] {
        assert_eq!(source(bad), Err(Malformed::Line), "{bad}");
    }
    assert_eq!(header(b"PROXY UNKNOWN\n"), Err(Malformed::Line));
    assert_eq!(header(b"GET / HTTP/1.1\r\n"), Err(Malformed::NoHeader));
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
    assert_eq!(long.len(), 107);
    assert!(header(long.as_bytes()).is_ok());
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    assert_eq!(header(long.as_bytes()), Err(Malformed::TooLong));
}

/// A version 2 header.
fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [v2::SIGNATURE, &[command, family], &length, body].concat()
}

fn extension(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind][..], &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
}

const V4: [u8; 12] = [192, 0, 2, 7, 192, 0, 2, 1, 0x9c, 0x40, 7, 91];

#[test]
fn binary_addresses() {
    let (got, length) = header(&binary(0x21, 0x11, &V4)).unwrap();
    assert_eq!((got.source, length), (Source::Client("192.0.2.7:40000".parse().unwrap()), 28));
    let mut v6 = [0; 36];
    v6[15] = 9;
    v6[33] = 80;
    let (got, _) = header(&binary(0x21, 0x21, &v6)).unwrap();
    assert_eq!(got.source, Source::Client("[::9]:80".parse().unwrap()));
    assert_eq!(header(&binary(0x21, 0x31, &[0; 216])).unwrap().0.source, Source::Unknown);
    assert_eq!(header(&binary(0x21, 0, &[])).unwrap().0.source, Source::Unknown);
    // A proxy that speaks for itself may say what it wants.
    assert_eq!(header(&binary(0x20, 0x77, &[1, 2, 3])).unwrap(), (Header::default(), 19));
    assert_eq!(header(&binary(0x21, 0x11, &V4[..11])), Err(Malformed::Truncated));
    assert_eq!(header(&binary(0x21, 0x21, &v6[..35])), Err(Malformed::Truncated));
    assert_eq!(header(&binary(0x21, 0x31, &[0; 215])), Err(Malformed::Truncated));
    assert_eq!(header(&binary(0x21, 0x12, &V4)), Err(Malformed::Family));
    assert_eq!(header(&binary(0x22, 0x11, &V4)), Err(Malformed::Command));
    assert_eq!(header(&binary(0x11, 0x11, &V4)), Err(Malformed::Command));
    assert_eq!(header(&binary(0x21, 0x11, &[0; 4081])), Err(Malformed::TooLong));
}

#[test]
fn the_checksum_is_checked() {
    assert_eq!(crc32c([b"1234".as_slice(), b"56789"]), 0xE306_9283);
    let body = [&V4[..], &extension(CHECKSUM_KIND, &[0; 4]), &extension(4, b"pad")].concat();
    let mut bytes = binary(0x21, 0x11, &body);
    assert_eq!(header(&bytes), Err(Malformed::Checksum));
    let sum = crc32c([bytes.as_slice()]);
    bytes[31..35].copy_from_slice(&sum.to_be_bytes());
    assert!(header(&bytes).is_ok());
    bytes[20] ^= 1;
    assert_eq!(header(&bytes), Err(Malformed::Checksum));
    let short = [&V4[..], &extension(CHECKSUM_KIND, &[0; 3])].concat();
    assert_eq!(header(&binary(0x21, 0x11, &short)), Err(Malformed::Truncated));
}

const CHECKSUM_KIND: u8 = 3;

fn named(client: u8, verify: u32, name: &[u8]) -> Result<Option<String>, Malformed> {
    let tls = [&[client][..], &verify.to_be_bytes(), &extension(0x21, b"TLSv1.3"), &extension(0x22, name)];
    let body = [&V4[..], &extension(4, &[]), &extension(0x20, &tls.concat())].concat();
    header(&binary(0x21, 0x11, &body)).map(|(header, _)| header.common_name)
}

#[test]
fn a_name_is_believed_only_when_it_was_verified() {
    assert_eq!(named(3, 0, b"pump-7"), Ok(Some("pump-7".to_owned())));
    assert_eq!(named(5, 0, "Größe".as_bytes()), Ok(Some("Größe".to_owned())));
    assert_eq!(named(3, 1, b"pump-7"), Ok(None));
    assert_eq!(named(1, 0, b"pump-7"), Ok(None), "no certificate was shown");
    assert_eq!(named(3, 0, b"a\0b"), Ok(None));
    assert_eq!(named(3, 0, b"\xff"), Ok(None));
    assert_eq!(named(3, 0, b""), Ok(None));
    assert_eq!(named(3, 0, &[b'a'; 257]), Ok(None));
    let truncated = [&V4[..], &[0x20, 0, 9, 1]].concat();
    assert_eq!(header(&binary(0x21, 0x11, &truncated)), Err(Malformed::Truncated));
}

#[test]
fn mutations_never_panic_and_end_within_the_limit() {
    let tls = [&[3][..], &[0; 4], &extension(0x22, b"pump-7")].concat();
    let body = [&V4[..], &extension(3, &[0; 4]), &extension(0x20, &tls)].concat();
    let seeds = [
        binary(0x21, 0x11, &body),
        binary(0x21, 0x21, &[7; 60]),
        b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n".to_vec(),
    ];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below).unwrap()).unwrap()
    };
    for round in 0..50_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=next(3) {
            match next(4) {
                0 => bytes.truncate(next(bytes.len() + 1)),
                1 => bytes.insert(next(bytes.len() + 1), u8::try_from(next(256)).unwrap()),
                _ if bytes.is_empty() => {}
                2 => {
                    let at = next(bytes.len());
                    bytes[at] ^= 1 << next(8);
                }
                _ => {
                    let at = next(bytes.len());
                    bytes[at] = u8::try_from(next(256)).unwrap();
                }
            }
        }
        if let Ok(Parsed::Header { length, .. }) = parse(&bytes) {
            assert!(length <= bytes.len());
        }
        bytes.resize(bytes.len() + MAX_HEADER, 0);
        assert_ne!(parse(&bytes), Ok(Parsed::NeedMore), "more than the longest header is enough");
    }
}
