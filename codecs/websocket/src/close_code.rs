//! Why a WebSocket ends, as its Close frame says it.

/// A status code of a Close frame (RFC 6455 §7.4).
///
/// Every value can be made, as the field on the wire is 16 bits wide; [`CloseCode::may_be_sent`] says which of
/// them may stand in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// All is done.
    pub const NORMAL: Self = Self(1000);
    /// The server goes down, or the browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// A rule of the protocol was broken.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that is not taken here: text where only binary is spoken.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// Data that is not what its kind says: text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// Refused, for a reason that no other code names.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A frame or message longer than is taken here.
    pub const TOO_BIG: Self = Self(1009);
    /// Something unexpected on the server's side.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts (IANA registry).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The server is too busy now (IANA registry).
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// Whether the code may stand in a frame. 1004 is reserved, 1005, 1006 and 1015 are only for reports within
    /// one side, 0-999 and 1016-2999 mean nothing (RFC 6455 §7.4.1, §7.4.2); 1012-1014 came later, in the IANA
    /// registry that §11.7 founds.
    #[must_use]
    pub const fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl std::fmt::Display for CloseCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
