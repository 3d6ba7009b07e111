//! What a verb answers, at once or later.

use tidegate_types::{Message, Refusal};

use crate::door::{Authenticated, Granted, Opened, Published, Removed};
use crate::transact::Transacted;

/// Names a question a channel asked, so that it recognises the answer that comes later. Unique within a seat.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub u32);

/// The answer of a verb. Which verbs answer late is no part of the contract: a back-end may have to be asked, a
/// commit awaited, a barrier passed.
#[derive(Debug)]
#[must_use]
pub enum Outcome<T> {
    /// Answered at once.
    Done(Result<T, Refusal>),
    /// The answer comes through [`Reply`] under this id, in the order of the questions.
    Pending(RequestId),
}

impl<T> Outcome<T> {
    /// The answer, if it is there.
    pub fn done(self) -> Option<Result<T, Refusal>> {
        match self {
            Self::Done(result) => Some(result),
            Self::Pending(_) => None,
        }
    }
}

impl<T> From<Result<T, Refusal>> for Outcome<T> {
    fn from(result: Result<T, Refusal>) -> Self {
        Self::Done(result)
    }
}

/// A late answer.
#[derive(Debug)]
pub enum Reply {
    /// To `authenticate`.
    Authenticated(Result<Authenticated, Refusal>),
    /// To `open`.
    Opened(Result<Opened, Refusal>),
    /// To `publish`.
    Published(Result<Published, Refusal>),
    /// To `subscribe`, one entry a filter.
    Subscribed(Result<Granted, Refusal>),
    /// To `unsubscribe`, one entry a filter.
    Unsubscribed(Result<Removed, Refusal>),
    /// To `settle`, `free`, `forget`, `attach` and `detach`.
    Settled(Result<(), Refusal>),
    /// To `transact`.
    Transacted(Result<Transacted, Refusal>),
    /// To `request`: the first answer, or [`Refusal::NoAnswer`]. Stands in no line: it comes when it comes.
    Responded(Result<Message, Refusal>),
}

/// A verb's answer that can wait in line.
pub trait Answer: Sized {
    /// The answer as a late one.
    fn into_reply(result: Result<Self, Refusal>) -> Reply;
}

macro_rules! answers {
    ($($answer:ty => $variant:ident),* $(,)?) => {$(
        impl Answer for $answer {
            fn into_reply(result: Result<Self, Refusal>) -> Reply {
                Reply::$variant(result)
            }
        }
    )*};
}

answers! {
    Authenticated => Authenticated,
    Opened => Opened,
    Published => Published,
    Granted => Subscribed,
    Removed => Unsubscribed,
    () => Settled,
    Transacted => Transacted,
    Message => Responded,
}
