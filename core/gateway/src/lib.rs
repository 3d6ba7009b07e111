//! The contract between a protocol and tidegate.
//!
//! A gateway brings a [`Gateway`] (what it listens on, what it builds for a peer) and a [`Channel`] (one peer's
//! state machine over typed packets). A driver sees only [`Peer`], the object-safe face that [`Framed`] puts on
//! any channel: bytes in, outbox out, time as an argument.
//!
//! Pure: no IO, no clock, nothing spawned. It deliberately has no transport (those are the runtime's) and no wire
//! word of any protocol.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod channel;
mod desk;
mod door;
mod framed;
mod gateway;
mod outbox;
mod peer;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use channel::{Channel, Context, Decoded, WireError};
pub use desk::Desk;
pub use door::Door;
pub use framed::Framed;
pub use gateway::{Accepted, Gateway, Listener};
pub use outbox::{OUTBOX_BYTES, Outbox, Segment};
pub use peer::{Lent, Peer, Progress};

// The kernel's face as a gateway sees it, so that a gateway depends on this crate alone.
pub use tidegate_broker::{
    Attachment, AttachmentEntry, Authenticated, Budget, Credentials, Delivery, Delta, Detach, Exchange,
    Granted, Identifiers, Notice, OpenOptions, Opened, Operation, Outcome, Principal, PrincipalRef, Protocol,
    Published, PullEnd, Pulled, Removed, Reply, RequestId, RetainedOn, Seat, Settlement, SubscribeDraft,
    Transacted, WillDraft,
};
pub use tidegate_config::{ListenerConfig, Transport};
pub use tidegate_types::{
    Certificate, ClientId, CloseReason, Draft, Guarantee, Message, Moment, Properties, PropertiesBuilder,
    Property, Realm, Refusal, SEGMENT_BYTES,
};
