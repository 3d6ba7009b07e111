//! Whole conversations: clients on a simulated wire, the real kernel behind the door, virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking; the clock is read once, as a beginning for virtual time"
)]

#[path = "scenarios/world.rs"]
mod world;

#[path = "scenarios/late.rs"]
mod late;

#[path = "scenarios/basics.rs"]
mod basics;

#[path = "scenarios/connect.rs"]
mod connect;

#[path = "scenarios/large.rs"]
mod large;

#[path = "scenarios/qos.rs"]
mod qos;

#[path = "scenarios/sessions.rs"]
mod sessions;

#[path = "scenarios/subscriptions.rs"]
mod subscriptions;

#[path = "scenarios/messages.rs"]
mod messages;

#[path = "scenarios/pending.rs"]
mod pending;

#[path = "scenarios/auth.rs"]
mod auth;

#[path = "scenarios/delivery.rs"]
mod delivery;

#[path = "scenarios/hostile.rs"]
mod hostile;

#[path = "scenarios/zones.rs"]
mod zones;

#[path = "scenarios/names.rs"]
mod names;

#[path = "scenarios/expiries.rs"]
mod expiries;

#[path = "scenarios/bounds.rs"]
mod bounds;

#[path = "scenarios/refusals.rs"]
mod refusals;

#[path = "scenarios/steps.rs"]
mod steps;
