//! Sees what happened and may not change it.

use tidegate_guard::Ban;
use tidegate_types::{CloseReason, DropReason, Message, Refusal, SessionKey};

use crate::principal::Principal;

/// What happened. Borrowed: an observer copies what it keeps.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A client has its session and its connection.
    ClientConnected {
        /// Which.
        key: &'a SessionKey,
    },
    /// A client's connection is gone.
    ClientDisconnected {
        /// Which.
        key: &'a SessionKey,
        /// Whether it said goodbye.
        clean: bool,
    },
    /// A client asks to subscribe.
    ClientSubscribe {
        /// Which.
        key: &'a SessionKey,
        /// To what.
        filter: &'a str,
    },
    /// A client asks to unsubscribe.
    ClientUnsubscribe {
        /// Which.
        key: &'a SessionKey,
        /// From what.
        filter: &'a str,
    },
    /// Somebody tried to prove who he is.
    ClientAuthenticate {
        /// The id he claims.
        client: &'a str,
        /// Whether it was believed; `None` while it is not decided.
        refused: Option<Refusal>,
    },
    /// A rule was asked.
    ClientAuthorize {
        /// Who acted.
        who: &'a Principal,
        /// On which topic or filter.
        topic: &'a str,
        /// Whether it was allowed.
        allowed: bool,
    },
    /// A session began.
    SessionCreated {
        /// Which.
        key: &'a SessionKey,
    },
    /// A session that was away is connected again.
    SessionResumed {
        /// Which.
        key: &'a SessionKey,
    },
    /// A connected session has another connection now.
    SessionTakenover {
        /// Which.
        key: &'a SessionKey,
    },
    /// A session was thrown away for a clean one.
    SessionDiscarded {
        /// Which.
        key: &'a SessionKey,
    },
    /// A session ended.
    SessionTerminated {
        /// Which.
        key: &'a SessionKey,
    },
    /// A session has a subscription.
    SessionSubscribed {
        /// Which.
        key: &'a SessionKey,
        /// To what.
        filter: &'a str,
    },
    /// A session lost a subscription.
    SessionUnsubscribed {
        /// Which.
        key: &'a SessionKey,
        /// To what.
        filter: &'a str,
    },
    /// A message was published.
    MessagePublish {
        /// It.
        message: &'a Message,
    },
    /// A message was handed to a channel for sending.
    MessageDelivered {
        /// To whom.
        key: &'a SessionKey,
        /// It.
        message: &'a Message,
    },
    /// A receiver settled a message.
    MessageAcked {
        /// Who.
        key: &'a SessionKey,
        /// It.
        message: &'a Message,
    },
    /// A message did not reach a receiver.
    MessageDropped {
        /// Whom; `None` when nobody was there to get it.
        key: Option<&'a SessionKey>,
        /// It.
        message: &'a Message,
        /// Why not.
        reason: DropReason,
    },
    /// Somebody is banned.
    BanSet {
        /// The ban.
        ban: &'a Ban,
    },
    /// A ban was lifted, or is over.
    BanLifted {
        /// The ban.
        ban: &'a Ban,
    },
    /// A channel was told to go.
    ClientClosed {
        /// Which.
        key: &'a SessionKey,
        /// Why.
        reason: CloseReason,
    },
}

/// The kinds of events, to say which of them an observer wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum EventKind {
    /// Connections: connected, disconnected, closed.
    Client = 0,
    /// What clients ask for: subscribe, unsubscribe.
    Ask = 1,
    /// Authentication and authorization, bans.
    Access = 2,
    /// Sessions and their subscriptions.
    Session = 3,
    /// Published messages.
    Publish = 4,
    /// Delivered messages.
    Delivered = 5,
    /// Settled messages.
    Acked = 6,
    /// Dropped messages.
    Dropped = 7,
}

/// A set of event kinds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Interest(u8);

impl Interest {
    /// Everything.
    pub const ALL: Self = Self(u8::MAX);

    /// This set and `kind`.
    #[must_use]
    pub fn and(self, kind: EventKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `kind` is in the set.
    #[must_use]
    pub fn has(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

/// Sees events. Called in somebody's turn: it must not block and must not call the kernel.
pub trait Observer: Send + Sync {
    /// What it wants to see.
    fn interest(&self) -> Interest;

    /// Something of its interest happened.
    fn notice(&self, event: &Event<'_>);
}
