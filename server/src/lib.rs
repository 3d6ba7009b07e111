//! The binary `tidegate`: where everything is put together.
//!
//! [`gateways`] is the list of protocols, `access` that of the methods of authentication; [`Server`] is the running
//! broker without a process around it, and [`run`] the process. `admin` is the port for operators. Errors are
//! `anyhow` here and in no other crate: this is where they end, as a line that says who is at fault and what to do.
//!
//! It is a library beside the binary for the tests' sake. It deliberately holds no protocol, no rule of the kernel
//! and no driver.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod access;
pub mod admin;
mod ban_book;
mod check;
mod cli;
mod client;
mod data_dir;
pub mod gateways;
mod host;
mod logging;
mod numbers;
mod platform;
mod ready;
mod reload;
pub mod run;
mod screen;
mod server;
mod signals;
mod tls;

pub use cli::main;
pub use reload::ReloadReport;
pub use server::{GatewayReport, Server};
