//! What a WebSocket connection costs beyond its socket: bytes while it is idle, and time for each frame of 100
//! bytes. Ours, and beside it the context of tungstenite, with buffers as small as they serve.
//!
//! `cargo run --release -p websocket-codec --example idle`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, not a part of the broker"
)]

use std::alloc::System;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::Instant;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use websocket_codec::{Decoder, Event, Parsed, Policy, Request, Rules};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CONNECTIONS: usize = 10_000;
const FRAME: usize = 100;
/// Frames that one read of 16 KiB brings.
const BATCH: usize = 16_384 / (FRAME + 6);
const ROUNDS: usize = 20_000;

/// A masked binary frame.
fn frame() -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let mut bytes = vec![0x82, 0x80 | u8::try_from(FRAME).unwrap()];
    bytes.extend(mask);
    bytes.extend((0..FRAME).map(|at| b'x' ^ mask[at % 4]));
    bytes
}

/// A socket that has so much to read, and takes what is written.
struct Wire<'b>(&'b [u8]);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn config(read_buffer: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_buffer)
        .write_buffer_size(0)
        .max_write_buffer_size(1 << 20)
}

/// Reads all there is; gives the bytes of payload.
fn read_theirs(context: &mut WebSocketContext, bytes: &[u8]) -> usize {
    let mut wire = Wire(bytes);
    let mut len = 0;
    while let Ok(message) = context.read(&mut wire) {
        len += message.len();
    }
    len
}

fn read_ours(decoder: &mut Decoder, bytes: &mut [u8]) -> usize {
    let rules = Rules::default();
    let mut rest = bytes;
    let mut len = 0;
    while let Some(event) = decoder.decode(&rules, &mut rest).unwrap() {
        if let Event::Data { bytes, .. } = event {
            len += black_box(bytes).len();
        }
    }
    len
}

/// Bytes that a connection holds after it has read a frame and gone idle.
fn idle<T>(name: &str, mut connection: impl FnMut() -> T) {
    let region = Region::new(ALLOCATOR);
    let connections: Vec<T> = (0..CONNECTIONS).map(|_| connection()).collect();
    let change = region.change();
    let held = change.bytes_allocated - change.bytes_deallocated;
    println!("{name:<44} {:>7} bytes per idle connection", held / CONNECTIONS);
    drop(connections);
}

/// Nanoseconds a frame, the least of five runs.
fn speed(name: &str, mut batch: impl FnMut() -> usize) {
    let runs = (0..5).map(|_| {
        let start = Instant::now();
        let len: usize = (0..ROUNDS).map(|_| batch()).sum();
        assert_eq!(len, ROUNDS * BATCH * FRAME);
        start.elapsed()
    });
    let least = runs.min().unwrap();
    let frames = u128::try_from(ROUNDS * BATCH).unwrap();
    println!("{name:<44} {:>7} ns per frame of {FRAME} bytes", least.as_nanos() / frames);
}

/// Nanoseconds from a browser's request to the answer.
fn handshake() {
    let request = format!(
        "GET /mqtt HTTP/1.1\r\nHost: broker.example:8083\r\nConnection: Upgrade\r\nPragma: no-cache\r\n\
         Cache-Control: no-cache\r\nUser-Agent: {}\r\nUpgrade: websocket\r\nOrigin: https://console.example\r\n\
         Sec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: en\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n\r\n",
        "x".repeat(100)
    );
    let policy = Policy { path: "/mqtt".into(), protocols: vec!["mqtt".into()], ..Policy::default() };
    let runs = (0..5).map(|_| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let Parsed::Request { request, .. } = Request::parse(black_box(request.as_bytes())) else {
                unreachable!("the request is in order")
            };
            black_box(request.accept(&policy).unwrap());
        }
        start.elapsed()
    });
    let each = runs.min().unwrap().as_nanos() / u128::try_from(ROUNDS).unwrap();
    println!("{:<44} {each:>7} ns per opening handshake", "ours, with tungstenite's head and key");
}

fn main() {
    let one = frame();
    let many = one.repeat(BATCH);
    for read_buffer in [128 * 1024, 4_096, 0] {
        idle(&format!("tungstenite, read buffer {read_buffer}"), || {
            let mut context = WebSocketContext::new(Role::Server, Some(config(read_buffer)));
            assert_eq!(read_theirs(&mut context, &one), FRAME);
            context
        });
    }
    idle("ours", || {
        let mut decoder = Decoder::new();
        assert_eq!(read_ours(&mut decoder, &mut one.clone()), FRAME);
        decoder
    });
    for read_buffer in [16_384, 4_096, 0] {
        let mut context = WebSocketContext::new(Role::Server, Some(config(read_buffer)));
        speed(&format!("tungstenite, read buffer {read_buffer}"), || read_theirs(&mut context, &many));
    }
    handshake();
    // The copy that stands for the read is in both.
    let mut buffer = vec![0; many.len()];
    let mut decoder = Decoder::new();
    speed("ours, frame by frame", || {
        buffer.copy_from_slice(&many);
        read_ours(&mut decoder, &mut buffer)
    });
    speed("ours, a read at once (unframe)", || {
        buffer.copy_from_slice(&many);
        let unframed = decoder.unframe(&Rules::default(), &mut buffer, |_| {});
        black_box(&buffer[..unframed.len]).len()
    });
}
