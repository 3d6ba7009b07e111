//! What a session hands to its channel.

use tidegate_types::{Guarantee, Message};

/// Which other subscription numbers and groups a delivery comes under.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Identifiers {
    /// None was given.
    #[default]
    None,
    /// One.
    One(u32),
    /// Several, of overlapping subscriptions.
    Many(Box<[u32]>),
}

impl Identifiers {
    /// The numbers.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Something to send to a receiver.
#[derive(Clone, Debug)]
pub enum Pulled {
    /// A message.
    Delivery(Delivery),
    /// A handle whose content was accepted before a connection was lost: its owner is to be told to free it.
    Held(u32),
}

/// A message on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// The handle to settle it by; zero for what is not tracked.
    pub handle: u32,
    /// The guarantee of this delivery.
    pub guarantee: Guarantee,
    /// Whether it is marked as a retained value for this receiver.
    pub retained: bool,
    /// Whether it may have been sent before under this handle.
    pub repeat: bool,
    /// The numbers of the subscriptions it comes under.
    pub identifiers: Identifiers,
}

/// Whether a pull left something behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PullEnd {
    /// Nothing waits: the session will wake its seat when something comes.
    Drained,
    /// The credit is used up: a settle goes on.
    NoCredit,
    /// The budget is used up: pull again when there is room.
    Budget,
    /// The search for retained values has had its share: pull no more in this turn. The session has noted a wake of
    /// its own seat, for a later one.
    Later,
}

/// How much one pull may take.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Deliveries.
    pub count: usize,
    /// Payload and topic bytes; the last delivery may pass it.
    pub bytes: usize,
}
