//! The codec from outside: golden vectors, what must be refused, round trips, mutations, other codecs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking and says on the terminal what it ran"
)]

mod answers;
mod clauses;
mod corpus;
mod differential;
mod draft;
mod generate;
mod golden;
mod hex;
mod incremental;
mod invariants;
mod laxer;
mod mutation;
mod published;
mod reason_table;
mod refused;
mod roundtrip;
mod vectors;
