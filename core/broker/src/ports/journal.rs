//! Where what must survive is written.

use std::time::{Duration, SystemTime};

use tidegate_guard::{Ban, BanKey};
use tidegate_types::{Filter, GroupName, Message, PublisherId, SessionKey};

use crate::attachment::Delta;
use crate::door::WillDraft;
use crate::outcome::Reply;
use crate::router::Options;
use crate::seat::Ticket;

/// A place in the record stream. Everything at or before a committed position survives.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position(pub u64);

/// One record of the one ordered stream the kernel writes. Only what belongs to a session that outlives its
/// connection is recorded, and retained values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Record<'a> {
    /// A session is owned by a lease.
    Open {
        /// The session's number.
        session: PublisherId,
        /// Its key.
        key: &'a SessionKey,
        /// Its lease.
        epoch: u32,
        /// The gateway that has it now. If another had it before, what that one left means nothing any more: its
        /// unsettled deliveries go back to the head of the queue (those of groups to their groups, unless they are
        /// exactly-once), its exactly-once keys and its attachment are dropped.
        gateway: &'a str,
        /// How long it outlives its connection.
        expiry: Duration,
        /// Whether it is a new one.
        created: bool,
    },
    /// A connection left a session.
    Close {
        /// The session.
        session: PublisherId,
        /// Its lease.
        epoch: u32,
    },
    /// A session ended.
    Expire {
        /// The session.
        session: PublisherId,
    },
    /// A subscription was made or changed.
    Subscribe {
        /// The session.
        session: PublisherId,
        /// The filter.
        filter: &'a Filter,
        /// Its group.
        group: Option<&'a GroupName>,
        /// What it asks for.
        options: Options,
    },
    /// A subscription ended.
    Unsubscribe {
        /// The session.
        session: PublisherId,
        /// The filter.
        filter: &'a Filter,
        /// Its group.
        group: Option<&'a GroupName>,
    },
    /// A message was queued for sessions: stored once, however many they are.
    Message {
        /// It. Its publisher and, with `once`, the publisher's key are its origin.
        message: &'a Message,
        /// The publisher's lease.
        epoch: u32,
        /// The publisher's exactly-once key, recorded in the same write.
        once: Option<u32>,
        /// Who got it.
        receivers: &'a [PublisherId],
    },
    /// An inbound exactly-once key is in use though nobody that must survive got its message.
    Once {
        /// The session.
        session: PublisherId,
        /// The key.
        once: u32,
    },
    /// An inbound exactly-once key is free again.
    Forget {
        /// The session.
        session: PublisherId,
        /// The key.
        once: u32,
    },
    /// An exactly-once delivery is about to leave under a handle.
    Sent {
        /// The session.
        session: PublisherId,
        /// The handle.
        handle: u32,
        /// The message's publisher, by whom replay finds it.
        message: &'a Message,
    },
    /// A delivery was settled.
    Settle {
        /// The session.
        session: PublisherId,
        /// The handle.
        handle: u32,
        /// Whether its handle stays reserved.
        held: bool,
    },
    /// A held handle is free.
    Free {
        /// The session.
        session: PublisherId,
        /// The handle.
        handle: u32,
    },
    /// A session's attachment was changed.
    Attach {
        /// The session.
        session: PublisherId,
        /// The gateway it belongs to.
        gateway: &'a str,
        /// The attachment's version after it; replay skips what is not newer than what it has.
        version: u64,
        /// The changes, in their order.
        deltas: &'a [Delta<'a>],
    },
    /// Several records that are one: replay does all of them, in their order, or none. They are parts of this record
    /// and not records between a beginning and an end, because those of other sessions would stand between them.
    Transaction {
        /// The session.
        session: PublisherId,
        /// Its lease.
        epoch: u32,
        /// The parts: never empty, never a transaction.
        parts: &'a [Record<'a>],
    },
    /// A session has a will, or none any more.
    Will {
        /// The session.
        session: PublisherId,
        /// The will.
        will: Option<&'a WillDraft>,
    },
    /// Somebody is banned, in place of a ban with the same key. Replayed with [`crate::Broker::restore_ban`].
    Ban {
        /// The ban.
        ban: &'a Ban,
    },
    /// A ban is lifted, or over. Records of bans are in the order in which the list changed.
    Lift {
        /// Its key.
        key: &'a BanKey,
        /// When the ban that is lifted was made: one of the same key that was made later is not meant.
        made: SystemTime,
    },
    /// A topic has a retained value, or none any more (empty payload). Replayed under the same limits, one that the
    /// store had no room for has none then either.
    Retain {
        /// The value.
        message: &'a Message,
    },
}

/// The only writer of records.
///
/// Called in somebody's turn and sometimes under a lock: it queues and returns, and calls nothing of the kernel's.
/// Commits are told through tickets.
pub trait Journal: Send + Sync {
    /// Whether records are kept at all. When not, none is made.
    fn keeps(&self) -> bool;

    /// Whether bans are kept, which a journal may do that keeps nothing else.
    fn keeps_bans(&self) -> bool {
        self.keeps()
    }

    /// Puts a record in the stream.
    fn write(&self, record: &Record<'_>) -> Position;

    /// Answers `reply` when `position` is committed. Gives it back when that is so already.
    fn when_committed(&self, position: Position, ticket: Ticket, reply: Reply) -> Option<Reply>;
}

/// Keeps nothing: what is acknowledged survives everything but the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory;

impl Journal for Memory {
    fn keeps(&self) -> bool {
        false
    }

    fn write(&self, _record: &Record<'_>) -> Position {
        Position::default()
    }

    fn when_committed(&self, _position: Position, _ticket: Ticket, reply: Reply) -> Option<Reply> {
        Some(reply)
    }
}
