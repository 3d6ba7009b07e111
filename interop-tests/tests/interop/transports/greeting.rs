//! A TLS ClientHello with any cipher suites in it (RFC 5246 §7.4.1.2), and what the server makes of it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tidegate_interop_tests::wire::client::DEADLINE;

pub(super) const SSL_3: u16 = 0x0300;
pub(super) const TLS_1_0: u16 = 0x0301;
pub(super) const TLS_1_1: u16 = 0x0302;
pub(super) const TLS_1_2: u16 = 0x0303;

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3) and TLS_FALLBACK_SCSV (RFC 7507) are signals, no suites.
const SIGNALS: [u16; 2] = [0x00ff, 0x5600];

/// Every suite the server agrees to with a client of this version.
pub(super) fn suites_of(server: SocketAddr, version: u16) -> BTreeSet<u16> {
    // Where suites have been registered: the first numbers, elliptic curves, ChaCha20.
    let blocks = [0x0000..=0x00ff, 0x5600..=0x56ff, 0xc000..=0xc1ff, 0xcc00..=0xccff, 0xd000..=0xd0ff];
    let numbers = blocks.into_iter().flatten().filter(|suite| !SIGNALS.contains(suite));
    let mut offered: Vec<u16> = numbers.collect();
    let mut taken = BTreeSet::new();
    while let Some((agreed, suite)) = chosen(server, version, &offered) {
        assert_eq!(agreed, version, "the server answers with another version");
        assert!(taken.insert(suite), "a suite that was not offered: {suite:#06x}");
        offered.retain(|other| *other != suite);
    }
    taken
}

/// The version and suite the server chooses; `None` when it refuses all of them.
fn chosen(server: SocketAddr, version: u16, suites: &[u16]) -> Option<(u16, u16)> {
    let mut stream = TcpStream::connect_timeout(&server, DEADLINE).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(&hello(version, suites)).unwrap();
    let mut head = [0; 5];
    // A server that closes without an alert refuses as well.
    stream.read_exact(&mut head).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).ok()?;
    // 22: a handshake message, 2: the ServerHello; anything else is an alert.
    if head[0] != 22 || body[0] != 2 {
        return None;
    }
    let agreed = u16::from_be_bytes([body[4], body[5]]);
    let after_session = 39 + usize::from(body[38]);
    assert_eq!(body[after_session + 2], 0, "the server agrees to compression");
    Some((agreed, u16::from_be_bytes([body[after_session], body[after_session + 1]])))
}

fn hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([0x5a; 32]);
    body.push(0);
    put_block(&mut body, &suites.iter().flat_map(|suite| suite.to_be_bytes()).collect::<Vec<u8>>());
    // DEFLATE (RFC 3749) before no compression.
    body.extend([2, 1, 0]);
    if version > SSL_3 {
        put_block(&mut body, &extensions());
    }
    let mut message = vec![1, 0];
    put_block(&mut message, &body);
    let mut record = vec![22, 3, u8::from(version > SSL_3)];
    put_block(&mut record, &message);
    record
}

fn extensions() -> Vec<u8> {
    // supported_groups: x25519, P-256, P-384; ec_point_formats: uncompressed; signature_algorithms: ECDSA, RSA-PSS and
    // RSA with SHA-2, then with SHA-1.
    let groups: &[u8] = &[0, 29, 0, 23, 0, 24];
    let signatures: &[u8] = &[4, 3, 5, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1];
    let mut out = Vec::new();
    for (kind, list) in [(10_u16, groups), (13, signatures)] {
        out.extend(kind.to_be_bytes());
        let mut inner = Vec::new();
        put_block(&mut inner, list);
        put_block(&mut out, &inner);
    }
    out.extend([0, 11, 0, 2, 1, 0]);
    out
}

/// A length of two bytes, and the bytes.
fn put_block(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
}
