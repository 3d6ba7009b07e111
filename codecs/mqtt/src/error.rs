//! What is wrong with a packet: which rule it breaks and what to answer.

use crate::{ReasonCode, Version};

/// A rule of the protocol that can be broken. Written beside the code that checks it, by `fault!`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) reason: ReasonCode,
    pub(crate) clause: &'static str,
    pub(crate) what: &'static str,
}

/// A packet the peer must not have sent. The peer is at fault; the connection is to be closed
/// [MQTT-4.13.1-1] [MQTT3-4.8.0-1], after a CONNACK or DISCONNECT with [`Error::reason`] where the version and
/// the state allow one.
///
/// One pointer wide, so that a `Result` with it costs nothing on the way that has no error.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} ({:#04x}) {}", .0.what, .0.reason.code(), .0.clause)]
pub struct Error(pub(crate) &'static Rule);

impl Error {
    /// The MQTT 5 reason code that fits.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        self.0.reason
    }

    /// The clauses that say so, 5.0 first: `[MQTT-1.5.4-2] [MQTT3-1.5.3-2]`; a section (`MQTT 5.0 §2.2.2.2`)
    /// where the rule has no number.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        self.0.clause
    }

    /// What is wrong, in words.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.0.what
    }

    /// The reason code for a CONNACK that refuses a connection of this version, if one may be sent. 3.x knows
    /// an answer only to an unknown protocol level and to a bad client identifier
    /// [MQTT3-3.1.2-2] [MQTT3-3.1.3-8] and otherwise closes without one [MQTT3-3.1.4-1].
    #[must_use]
    pub fn connack_reason(&self, version: Version) -> Option<ReasonCode> {
        match (version, self.0.reason) {
            (Version::V5, reason) => Some(reason),
            (_, reason @ (ReasonCode::UnsupportedProtocolVersion | ReasonCode::ClientIdentifierNotValid)) => {
                Some(reason)
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Error({:?}: {} {})", self.0.reason, self.0.what, self.0.clause)
    }
}

/// What our own side asked for and the wire cannot say. A bug or a refusal of ours, never the peer's fault.
/// Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A string or binary field is longer than 65,535 bytes [MQTT-4.7.3-3].
    #[error("a string or binary field is longer than 65535 bytes")]
    FieldTooLong,
    /// The packet is longer than 268,435,455 bytes behind its fixed header.
    #[error("the packet is longer than a remaining length can say")]
    PacketTooLong,
    /// The fields contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// Makes an [`Error`] from the rule that is broken: reason code, clauses, words.
macro_rules! fault {
    ($reason:ident, $clause:literal, $what:literal) => {{
        static RULE: $crate::error::Rule =
            $crate::error::Rule { reason: $crate::ReasonCode::$reason, clause: $clause, what: $what };
        $crate::Error(&RULE)
    }};
}
pub(crate) use fault;
