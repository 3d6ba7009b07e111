//! MQTT 3.1, 3.1.1 and 5.0 packets: bytes to typed packets and back, all of them, for servers and clients.
//!
//! What it lacks on purpose: IO, buffers, time, and everything that needs more than one packet to judge
//! (packet identifiers in use, topic aliases, flow control, order of packets past the first CONNECT). That is
//! the gateway's part.
//!
//! * [`decode`] takes the bytes at hand and gives a [`Packet`] that borrows from them, or says how many more it
//!   needs. It is strict: every rule of the two specifications that one packet's bytes can break is checked,
//!   and an [`Error`] names the clause and the reason code that fits.
//! * [`Packet::encode`] and the `encode` of each packet type append to a `Vec<u8>`; `encoded_len` says the
//!   length before. Hot paths have their own: [`PublishHead`], [`AckKind::success`], [`PINGRESP`].
//! * Properties stay the bytes they came in ([`Properties`]), checked once; [`Properties::forwardable`] gives
//!   the slices that a broker hands on.
//!
//! Nothing allocates but the output buffer.
//!
//! ```
//! use mqtt_codec::{ConnAck, Decoded, Limits, Packet, Properties, ReasonCode, decode};
//!
//! let limits = Limits::server(1 << 20);
//! let mut out = Vec::new();
//! let bytes = b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x3C\x00\x01c";
//! match decode(bytes, &limits, None)? {
//!     Decoded::Packet { packet: Packet::Connect(connect), len } => {
//!         assert_eq!((connect.client_id, len), ("c", bytes.len()));
//!         let answer =
//!             ConnAck { session_present: false, reason: ReasonCode::Success, properties: Properties::EMPTY };
//!         answer.encode(connect.version, &mut out)?;
//!     }
//!     Decoded::Packet { .. } => unreachable!("the first packet is a CONNECT"),
//!     Decoded::NeedMore { at_least } => println!("come again with {at_least} bytes"),
//! }
//! assert_eq!(out, [0x20, 2, 0, 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Leniency
//!
//! Where 3.1 is looser than its successors, so is this crate for 3.1 alone: DUP may be set on PUBREL, SUBSCRIBE
//! and UNSUBSCRIBE; bit 0 of the connect flags and the will bits without a will are not looked at; user name
//! and password may be missing where the remaining length ends before them. In all of 3.x a remaining length
//! may take more bytes than it needs, because no clause forbids it. Client identifiers longer than 23 bytes
//! are taken in every version.
//!
//! # Why not a published codec
//!
//! Measured: of the codecs published for Rust, none both speaks 3.1 and refuses what must be refused (reserved
//! flags, trailing bytes, wildcards and NUL in topics, DUP at QoS 0, properties where they do not belong), and
//! each allocates for every PUBLISH. The differential test in `tests/` shows the differences to two of them,
//! one by one.
//!
//! Clauses are cited as `[MQTT-x.y.z-n]` for 5.0 and `[MQTT3-x.y.z-n]` for 3.1.1; `spec-gaps.md` lists those
//! that are not honoured.

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

mod decode;
mod error;
mod limits;
mod packet;
mod packet_type;
mod properties;
mod qos;
mod reader;
mod reason;
mod sink;
mod text;
mod topic;
mod version;

pub use decode::{Decoded, decode};
pub use error::{EncodeError, Error};
pub use limits::{Limits, Role};
pub use packet::{
    Ack, AckKind, Auth, ConnAck, Connect, Disconnect, FilterIter, Filters, PINGREQ, PINGRESP, Packet,
    Publish, PublishHead, ReasonCodes, RetainHandling, SubAck, Subscribe, Subscription, SubscriptionIter,
    SubscriptionOptions, Subscriptions, UnsubAck, Unsubscribe, Will, connect_version,
};
pub use packet_type::PacketType;
pub use properties::{
    Forwardable, Properties, PropertiesBuf, PropertiesMark, Property, PropertyId, PropertyIter, PropertySet,
    Secret, SubscriptionId,
};
pub use qos::{PacketId, Qos};
pub use reason::ReasonCode;
pub use topic::{SharedFilter, check_topic_filter, check_topic_name, parse_shared_filter};
pub use version::Version;
