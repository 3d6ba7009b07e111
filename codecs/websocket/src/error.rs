//! Which rule of RFC 6455 the client broke, and the close code that says so.

use crate::{CloseCode, encode};

/// A rule that can be broken. Written beside the code that checks it, by `fault!`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) code: CloseCode,
    pub(crate) clause: &'static str,
    pub(crate) what: &'static str,
}

/// A frame the client must not have sent. The connection is to be failed (RFC 6455 §7.1.7): send
/// [`Error::close`], then end the connection.
///
/// One pointer wide, so that a `Result` with it costs nothing on the way that has no error.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} ({}) {}", .0.what, .0.code, .0.clause)]
pub struct Error(pub(crate) &'static Rule);

impl Error {
    /// The close code that fits.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.0.code
    }

    /// The clause that says so.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        self.0.clause
    }

    /// What is wrong, in words; short enough for the reason of a Close frame.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.0.what
    }

    /// Appends the Close frame that tells the client.
    pub fn close(&self, out: &mut Vec<u8>) {
        encode::close(Some(self.code()), self.what(), out);
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Error({}: {} {})", self.0.code, self.0.what, self.0.clause)
    }
}

/// Makes an [`Error`] from the rule that is broken: close code, clause, words.
macro_rules! fault {
    ($code:ident, $clause:literal, $what:literal) => {{
        static RULE: $crate::error::Rule =
            $crate::error::Rule { code: $crate::CloseCode::$code, clause: $clause, what: $what };
        $crate::Error(&RULE)
    }};
}
pub(crate) use fault;
