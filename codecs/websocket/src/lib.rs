//! The server's side of WebSocket (RFC 6455), without a socket: bytes in, payload and answers out.
//!
//! What it lacks on purpose: IO, buffers, time (deadlines and keep-alive Pings are the driver's), a client's side,
//! extensions (an offer of compression is not taken up), messages as a whole (a run of payload is handed on when it
//! comes, whatever the frame's length), fragments of our own, and WebSocket over HTTP/2 (RFC 8441).
//!
//! * [`Request::parse`] reads the opening handshake and [`Request::accept`] judges it by a [`Policy`]: path, origin,
//!   sub-protocol. Whoever is not let in gets an HTTP answer that says why ([`Refusal`]).
//!   [`Request::client_address`] finds the client behind trusted proxies.
//! * [`Decoder`] takes the client's frames apart where they lie and unmasks them there. [`Decoder::unframe`] does it
//!   to a whole read at once, for protocols that see a byte stream; [`Decoder::decode`] goes event by event.
//!   [`Rules`] say what is taken; an [`Error`] names the clause and the close code.
//! * [`encode`] writes the server's frames.
//!
//! A driver's turn:
//!
//! ```
//! use websocket_codec::{Decoder, Kind, Parsed, Policy, Request, Rules, encode};
//!
//! # let read = b"GET /mqtt HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
//! #     Sec-WebSocket-Protocol: mqtt\r\n\r\n";
//! let policy = Policy {
//!     path: "/mqtt".into(),
//!     protocols: vec!["mqtt".into()],
//!     require_protocol: true,
//!     allow_missing_origin: true,
//!     ..Policy::default()
//! };
//! let mut out = Vec::new();
//! // First the handshake. `consumed` bytes of the read were its own.
//! match Request::parse(read) {
//!     Parsed::NeedMore => println!("come again with these bytes and more"),
//!     Parsed::Refused(refusal) => out.extend(refusal.response()), // and end the connection
//!     Parsed::Request { request, consumed } => match request.accept(&policy) {
//!         Ok(accepted) => out.extend(accepted.response),
//!         Err(refusal) => out.extend(refusal.response()),
//!     },
//! }
//! assert!(out.starts_with(b"HTTP/1.1 101 "));
//!
//! // Then every read, however it was cut. Nothing of it has to be kept.
//! let (mut decoder, rules) = (Decoder::new(), Rules::default());
//! # let mut read = *b"\x82\x83\0\0\0\0abc\x89\x81\0\0\0\0?\x82\x82\0\0\0\0de";
//! # out.clear();
//! let unframed = decoder.unframe(&rules, &mut read, |control| control.reply(&mut out));
//! assert_eq!(read[..unframed.len], *b"abcde"); // for the protocol inside
//! if let Some(error) = unframed.error {
//!     error.close(&mut out);
//! }
//! let ended = decoder.is_finished(); // by a Close or an error: send `out`, then end the connection
//! assert!(!ended);
//!
//! // What the protocol inside has to say, a frame for as much as there is.
//! out.extend(encode::head(Kind::Binary, 4).as_bytes());
//! out.extend(b"pong");
//! assert_eq!(out, b"\x8A\x01?\x82\x04pong");
//! ```
//!
//! # Why not tungstenite alone
//!
//! tungstenite reads the request's head and makes the key's answer here, and it is the other end in the tests, with
//! tokio-tungstenite. (The library uses tungstenite and not tokio-tungstenite, which is the same with sockets:
//! a codec never sees tokio.) Its frames are not used, because its context keeps its read buffer while the connection
//! is idle. `examples/idle.rs` measured, with version 0.30.0 and buffers set as small as they go:
//!
//! | | idle connection | frame of 100 bytes |
//! |---|---|---|
//! | tungstenite, read buffer 128 KiB (default) | 131,368 bytes | |
//! | tungstenite, 4 KiB | 4,392 bytes | 82 ns |
//! | tungstenite, none | 410 bytes | 155 ns |
//! | [`Decoder`] | 32 bytes | 21 ns |
//!
//! Nothing allocates after the handshake but the output buffer, and 133 bytes for a control frame that comes in
//! pieces. What of the specification is not honoured stands in `spec-gaps.md`.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "a test fails by panicking"
    )
)]

mod close_code;
pub mod encode;
mod error;
mod frame;
mod handshake;

pub use close_code::CloseCode;
pub use error::Error;
pub use frame::{Accepts, Control, Decoder, Event, Kind, Rules, Unframed};
pub use handshake::{
    Accepted, ForwardedBy, MAX_FIELDS, MAX_REQUEST, Parsed, Policy, PolicyError, Refusal, Request,
};
