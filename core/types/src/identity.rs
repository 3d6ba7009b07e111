//! Who a session belongs to.

use crate::Text;

/// A space of client ids. A gateway has its own unless listeners are configured to share one; the kernel hands
/// out the numbers and keeps their names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Realm(pub u16);

/// The name a client gives itself; unique within a [`Realm`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(Text);

impl ClientId {
    /// Takes any text, the empty one too: whether an empty id is a name is the protocol's affair.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Text::from(id))
    }

    /// The id as its client wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The id's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a session is found by. An address is no part of it (law 3).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SessionKey {
    /// The space the id is unique in.
    pub realm: Realm,
    /// The client's name.
    pub client: ClientId,
}
