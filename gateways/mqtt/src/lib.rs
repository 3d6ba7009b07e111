//! MQTT on tidegate: what a packet means to the broker, and what the broker's answers are as packets.
//!
//! Versions: 3.1 ("MQIsdp"), 3.1.1 (OASIS, 29 October 2014) and 5.0 (OASIS, 7 March 2019), as data: one
//! [`MqttChannel`] serves all three. Shared subscriptions (`$share/group/filter`) work in every version. No
//! extension of ours is needed to talk to it [MQTT3-7.0.0-2].
//!
//! It deliberately has no transport (bytes come from a driver through the gateway contract), no session (the
//! kernel's: queues, windows, exactly-once keys and wills live there), no clock and no randomness.
//!
//! Not supported: what `spec-gaps.md` lists, each with its reason.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod channel;
mod config;
mod gateway;
mod mapping;
mod reason;

pub use channel::{Fault, MqttChannel};
pub use config::{MqttConfig, MqttZone, ProtocolVersion, QosRule, Settings};
pub use gateway::{IdSource, MqttGateway};
