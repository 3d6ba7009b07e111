//! The codec from outside: the specification's examples, what must be refused, any cut of a stream, mutations, and
//! another implementation at the other end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says on the terminal what it ran"
)]

mod cases;
mod client;
mod corpus;
mod cuts;
mod differential;
mod end_to_end;
mod examples;
mod generate;
mod handshake;
mod invariants;
mod mutation;
mod outcome;
mod upgrade;
