//! The vocabulary of tidegate: what a gateway and the kernel talk about.
//!
//! Topics and filters, messages and their properties, guarantees, identities, reasons, limits. Nothing in this
//! crate acts: it holds no lock, does no IO and reads no clock.
//!
//! It deliberately lacks every wire word (a packet, a code, a frame): those live in the codecs and gateways.
//!
//! A message is not made of the `bytes` crate's `Bytes`: a handle would be four words instead of one, topic,
//! properties and payload would be counted apart, and a slice would pin the buffer it was read into (law 4). The
//! test `a_handle_is_one_pointer` shows the sizes, the `message` example the cost.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod certificate;
mod filter;
mod guarantee;
mod held;
mod identity;
mod limits;
mod message;
mod moment;
mod properties;
mod reason;
mod text;
mod topic;

pub use certificate::{AlternativeName, Certificate};
pub use filter::{Filter, FilterError, GroupName};
pub use guarantee::Guarantee;
pub use held::{Held, HeldBytes};
pub use identity::{ClientId, Realm, SessionKey};
pub use limits::{DoorLimits, Limits, OfflinePolicy, TopicLimits};
pub use message::{Draft, Message, PublisherId, SEGMENT_BYTES, Stamp};
pub use moment::Moment;
pub use properties::{Properties, PropertiesBuilder, PropertiesError, Property};
pub use reason::{CloseReason, DropReason, Refusal};
pub use text::Text;
pub use topic::{Topic, TopicError};
