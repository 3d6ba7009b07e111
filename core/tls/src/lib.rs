//! tidegate's TLS: from what an operator says (`[tls]`) to what rustls takes, and the state of one connection.
//!
//! [`Acceptor`] reads the files and gives out configurations, and successors of itself while connections live;
//! [`Session`] is one connection without a socket: bytes in, plaintext and bytes out. While it is idle it holds keys,
//! and, where the client has shown a certificate, its chain (10 certificates and 16 KiB at most): rustls keeps it.
//! [`certificate_of`] says who a client certificate speaks of; [`development`] makes certificates to try things with.
//!
//! What it deliberately lacks: it opens no socket and spawns nothing. Files are read by [`Acceptor::new`],
//! [`Acceptor::successor`] and [`development`] alone; rustls reads the clock and the system's randomness. It fetches
//! nothing: neither revocation lists nor OCSP responses. It takes no early data (RFC 8446 §8: a recorded publish could
//! be sent again), renegotiates nothing, and resumes no session where clients are asked for certificates.
//!
//! There are no pre-shared keys (RFC 4279): rustls knows them neither in TLS 1.2 nor as external keys in 1.3. They
//! are to come with OpenSSL, as an optional feature, together with the DTLS of the datagram protocols, which needs
//! the same library and the same table of identities.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod acceptor;
mod certificate;
pub mod development;
mod error;
mod files;
mod hosts;
mod session;
mod settings;
mod tickets;

pub use acceptor::Acceptor;
pub use certificate::certificate_of;
pub use error::{TlsAlert, TlsError};
pub use session::{Negotiated, Progress, Session};
pub use settings::Settings;
