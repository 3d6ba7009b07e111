//! The loader from outside: layers, refusals with their exact words, what is explained, the reference file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "load/arrays.rs"]
mod arrays;
#[path = "load/explaining.rs"]
mod explaining;
#[path = "load/layers.rs"]
mod layers;
#[path = "load/linting.rs"]
mod linting;
#[path = "load/properties.rs"]
mod properties;
#[path = "load/refusals.rs"]
mod refusals;
#[path = "load/sample.rs"]
mod sample;
