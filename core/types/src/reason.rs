//! Why something was refused, dropped or closed. Each gateway has one table from these to its own codes.

/// Policy said no to a verb. The peer did nothing malformed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The credentials are wrong.
    #[error("bad user name or password")]
    BadCredentials,
    /// A rule denies it, or none allows it.
    #[error("not authorized")]
    NotAuthorized,
    /// The method of authentication is unknown here.
    #[error("bad authentication method")]
    BadMethod,
    /// Another lease owns the session now.
    #[error("session taken over")]
    TakenOver,
    /// The client, address or user is banned.
    #[error("banned")]
    Banned,
    /// The client id is not acceptable.
    #[error("client identifier not valid")]
    BadClientId,
    /// A topic breaks the rules or the limits.
    #[error("topic name invalid")]
    BadTopic,
    /// A filter breaks the rules or the limits.
    #[error("topic filter invalid")]
    BadFilter,
    /// The payload is not what its format says.
    #[error("payload format invalid")]
    BadPayload,
    /// A limit of count or bytes is reached.
    #[error("quota exceeded")]
    QuotaExceeded,
    /// Too much in too short a time.
    #[error("rate exceeded")]
    RateExceeded,
    /// The broker cannot do it now (draining, back-end down).
    #[error("unavailable")]
    Unavailable,
    /// The broker is too busy.
    #[error("busy")]
    Busy,
    /// There is no such thing: handle, tag, key or subscription.
    #[error("not found")]
    NotFound,
    /// The verb needs an open session.
    #[error("no session")]
    NoSession,
    /// Refused for a reason of an interceptor's own.
    #[error("refused by the broker's implementation")]
    Implementation,
    /// A request was not answered in time, or its asker's lease ended first.
    #[error("no answer")]
    NoAnswer,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer said goodbye.
    #[error("peer disconnected")]
    Goodbye,
    /// The peer closed or lost its connection without a word.
    #[error("connection lost")]
    Lost,
    /// The peer was silent for longer than it promised.
    #[error("keep-alive timeout")]
    Silent,
    /// The peer did not introduce itself in time.
    #[error("no introduction in time")]
    NoIntroduction,
    /// The peer broke the rules of its protocol.
    #[error("protocol error")]
    ProtocolError,
    /// Another connection took the session.
    #[error("session taken over")]
    TakenOver,
    /// What it proved itself with is not valid any longer.
    #[error("proof of identity expired")]
    Expired,
    /// An operator ended it.
    #[error("ended by an operator")]
    Kicked,
    /// The listener or the broker is going down.
    #[error("broker shutting down")]
    ShuttingDown,
    /// Policy ended it.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The peer does not read what it asked for.
    #[error("peer does not read")]
    NotReading,
}

/// Why a message did not reach a receiver.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DropReason {
    /// Nobody subscribes to its topic.
    #[error("no subscriber")]
    NoSubscriber,
    /// The receiver's queue was full.
    #[error("queue full")]
    QueueFull,
    /// Its expiry passed while it waited.
    #[error("expired")]
    Expired,
    /// It is larger than the receiver takes.
    #[error("too large for the receiver")]
    TooLarge,
    /// The receiver refused it.
    #[error("rejected by the receiver")]
    Rejected,
    /// The broker as a whole holds too much.
    #[error("broker memory limit")]
    HeldBytes,
    /// Policy refused it.
    #[error("refused: {0}")]
    Refused(Refusal),
}
