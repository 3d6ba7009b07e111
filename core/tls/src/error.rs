//! What goes wrong: on our side with files and settings, on the peer's with the protocol.

use std::path::PathBuf;

/// Why a configuration cannot be used. Says which file, what was expected of it, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read {}: {source}{}", path.display(), hint(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that holds something else.
    #[error("{}: expected {expected}, got {got}; {hint}", path.display())]
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What is in it.
        got: String,
        /// What to do.
        hint: &'static str,
    },
    /// Options that do not go together.
    #[error("{key} {reason}")]
    Setting {
        /// The option.
        key: &'static str,
        /// What does not hold.
        reason: String,
    },
    /// What rustls refuses.
    #[error("this TLS configuration cannot be used: {0}")]
    Refused(#[from] rustls::Error),
    /// Certificates that cannot be made.
    #[error("cannot make the certificate: {0}")]
    Made(#[from] rcgen::Error),
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// What to do about an error of the system.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "; let the broker's user read it (chown, chmod 0600)",
        std::io::ErrorKind::NotFound => "; `tidegate cert dev` makes a set to try things with",
        _ => "",
    }
}

/// Why a connection has ended. What the peer should be told is among the bytes to send already.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TlsAlert {
    /// The peer broke a rule, offered nothing that we speak, or showed a certificate that is not valid; or it says
    /// that of us.
    #[error("{0}")]
    Refused(rustls::Error),
    /// A handshake message of the peer that is longer than it may be, in bytes.
    #[error("an unfinished handshake message holds more than {0} bytes")]
    TooLong(usize),
    /// There is nothing to send to yet: the handshake is not finished.
    #[error("the handshake is not finished")]
    NotReady,
    /// The connection has ended before.
    #[error("the connection has ended")]
    Ended,
}
