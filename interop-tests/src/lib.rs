//! Proof against software that is not ours: what the interop tests and the benchmark stand on.
//!
//! * [`peers`] brings real MQTT software (clients and brokers) into the target directory, without root.
//! * [`broker`] starts a broker under test: tidegate, or another one to check the tests themselves.
//! * [`wire`] writes and reads just enough MQTT for a load generator and for tests that need exact bytes.
//! * [`procfs`] reads what a broker process costs.
//! * [`load`] is the load generator behind the `bench` binary.
//!
//! It deliberately lacks a strict codec: the broker's own is `mqtt-codec`, and sharing it would hide its errors.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

pub mod broker;
pub mod load;
pub mod peers;
pub mod procfs;
pub mod wire;
