//! The basic authenticators, each in a broker's chain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "auth_basic/addresses.rs"]
mod addresses;
#[path = "auth_basic/certificates.rs"]
mod certificates;
#[path = "auth_basic/client_ids.rs"]
mod client_ids;
#[path = "auth_basic/tables.rs"]
mod tables;
#[path = "auth_basic/world.rs"]
mod world;
