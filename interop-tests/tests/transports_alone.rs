//! Temporary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, reason = "a test fails by panicking")]
mod interop {
    pub(crate) mod stage;
    pub(crate) mod transports;
}
