//! Authenticators that need no back-end, for tidegate: [`ClientIds`], [`Addresses`] and [`CertificateNames`], each a
//! list or a small table that is read once.
//!
//! The first two prove nothing: a client id and, without TLS, an address can be anybody's. They are for networks where
//! that is known and meant. A certificate proves its holder as far as its issuer did.
//!
//! They deliberately lack passwords (`tidegate-auth-file`), rules about topics, and a watch on their files: a changed
//! file is opened anew.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod addresses;
mod certificates;
mod client_ids;
mod naming;
mod table;

pub use addresses::{AddressEffect, AddressRule, Addresses};
pub use certificates::{CertificateNames, CertificateSettings, Conflict, NameSource, Nameless};
pub use client_ids::ClientIds;
pub use naming::{NameFault, Naming};
pub use table::{Table, TableError};
