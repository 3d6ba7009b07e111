//! The house rules of docs/architecture.md and CONTRIBUTING.md, held by tests: who may depend on whom, what a
//! dependency may be, how large a file and a function may grow, and which words stay out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "house/bans.rs"]
mod bans;
#[path = "house/defaults.rs"]
mod defaults;
#[path = "house/dependencies.rs"]
mod dependencies;
#[path = "house/documents.rs"]
mod documents;
#[path = "house/exceptions.rs"]
mod exceptions;
#[path = "house/layers.rs"]
mod layers;
#[path = "house/licences.rs"]
mod licences;
#[path = "house/metadata.rs"]
mod metadata;
#[path = "house/reference.rs"]
mod reference;
#[path = "house/size.rs"]
mod size;
#[path = "house/tree.rs"]
mod tree;
#[path = "house/words.rs"]
mod words;

#[path = "server/tests.rs"]
mod server;
