//! Sessions against rustls' own client, in memory.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "tls/certificates.rs"]
mod certificates;
#[path = "tls/clients.rs"]
mod clients;
#[path = "tls/development.rs"]
mod development;
#[path = "tls/files.rs"]
mod files;
#[path = "tls/forged.rs"]
mod forged;
#[path = "tls/handshake.rs"]
mod handshake;
#[path = "tls/hostile.rs"]
mod hostile;
#[path = "tls/hosts.rs"]
mod hosts;
#[path = "tls/records.rs"]
mod records;
#[path = "tls/tickets.rs"]
mod tickets;
#[path = "tls/world.rs"]
mod world;
