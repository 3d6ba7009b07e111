//! Password files behind a broker's door.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "auth_file/chain.rs"]
mod chain;
#[path = "auth_file/scram.rs"]
mod scram;
#[path = "auth_file/world.rs"]
mod world;
