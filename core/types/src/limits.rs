//! What bounds a broker (law 4), with the defaults the configuration documents.

use std::time::Duration;

/// Bounds on topics and filters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopicLimits {
    /// Longest topic or filter in bytes.
    pub max_bytes: usize,
    /// Most levels (one more than its separators).
    pub max_levels: usize,
}

impl Default for TopicLimits {
    fn default() -> Self {
        Self { max_bytes: 65_535, max_levels: 128 }
    }
}

/// What happens to a message for a session that is away and whose queue is full.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OfflinePolicy {
    /// The oldest queued message goes, counted and reported.
    #[default]
    DropOldest,
    /// The new message is not queued for this session, counted and reported.
    Refuse,
}

/// Bounds of a broker and of each session in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bounds on topics and filters.
    pub topic: TopicLimits,
    /// Messages waiting in one session's queue.
    pub queue_messages: usize,
    /// Bytes waiting in one session's queue.
    pub queue_bytes: usize,
    /// Bytes of at-most-once messages waiting in one session's queue; beyond it the newest is dropped.
    pub at_most_once_bytes: usize,
    /// Whether at-most-once messages are kept for an absent session too; else they pass it by.
    pub keep_at_most_once: bool,
    /// What a full queue of an absent session does.
    pub offline: OfflinePolicy,
    /// How long publishers are slowed for a connected session whose queue is full before its oldest is dropped.
    pub grace: Duration,
    /// Bytes of messages and wills held by the whole process; beyond it new tracked or retained messages, and
    /// clients with a will, are refused.
    pub held_bytes: usize,
    /// Subscriptions of one session.
    pub subscriptions: usize,
    /// Bytes of the filters of one session's subscriptions.
    pub subscription_bytes: usize,
    /// Sessions in the broker, connected and absent.
    pub sessions: usize,
    /// Longest session expiry granted; asked for more, this is what a client gets.
    pub session_expiry: Duration,
    /// Inbound exactly-once keys a session may hold open.
    pub once_keys: usize,
    /// Retained messages.
    pub retained_messages: usize,
    /// Bytes of retained messages.
    pub retained_bytes: usize,
    /// Bans, and patterns among them.
    pub bans: usize,
    /// Bans of patterns, each of which is compared with every client that connects.
    pub pattern_bans: usize,
    /// Bytes of a user name. Who comes with a longer one, or proves to have one, is refused before anybody is asked
    /// about him and before bans are compared with it.
    pub user_name_bytes: usize,
    /// Answers a channel may be owed before its peer is no longer read.
    pub pending_answers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            topic: TopicLimits::default(),
            queue_messages: 100_000,
            queue_bytes: 64 << 20,
            at_most_once_bytes: 8 << 20,
            keep_at_most_once: false,
            offline: OfflinePolicy::DropOldest,
            grace: Duration::from_millis(500),
            held_bytes: 2 << 30,
            subscriptions: 10_000,
            subscription_bytes: 4 << 20,
            sessions: 2_000_000,
            session_expiry: Duration::from_secs(7 * 24 * 3600),
            once_keys: 65_535,
            retained_messages: 1_000_000,
            retained_bytes: 1 << 30,
            bans: 100_000,
            pattern_bans: 1_000,
            user_name_bytes: 1_024,
            pending_answers: 1_024,
        }
    }
}

/// Bounds on what the richer verbs of the door take: transactions, attachments, requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DoorLimits {
    /// Operations in one transaction.
    pub transaction_operations: usize,
    /// Bytes in one transaction: topics, properties and payloads, keys and values.
    pub transaction_bytes: usize,
    /// Deliveries one transaction may make: its messages, each counted once a receiver.
    pub transaction_deliveries: usize,
    /// Entries in one session's attachment.
    pub attachment_entries: usize,
    /// Bytes one session's attachment holds, with what an entry costs beside its key and value.
    pub attachment_bytes: usize,
    /// Requests one session may have open.
    pub requests: usize,
    /// Longest time a request is kept open; asked for more, this is what it gets.
    pub request_timeout: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            transaction_operations: 10_000,
            transaction_bytes: 16 << 20,
            transaction_deliveries: 1_000_000,
            attachment_entries: 4_096,
            attachment_bytes: 256 << 10,
            requests: 256,
            request_timeout: Duration::from_secs(3_600),
        }
    }
}
