//! What the rules decide, from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rules/differential.rs"]
mod differential;
#[path = "rules/door.rs"]
mod door;
#[path = "rules/explain.rs"]
mod explain;
#[path = "rules/hostile.rs"]
mod hostile;
#[path = "rules/imports.rs"]
mod imports;
#[path = "rules/matrix.rs"]
mod matrix;
#[path = "rules/sample.rs"]
mod sample;
#[path = "rules/source.rs"]
mod source;
