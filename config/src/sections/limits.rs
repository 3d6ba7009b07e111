//! `[limits]`

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Checks, Duration, OptionDoc, Rate, Reload, Section};

/// Bounds of the whole broker, above those of a session or a listener.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at one time, over all listeners.
    pub max_connections: u64,
    /// Sessions at one time, those without a connection included.
    pub max_sessions: u64,
    /// Message bytes that the whole process holds.
    pub max_held_bytes: ByteSize,
    /// Bytes of packets that are not whole yet, over all connections.
    pub max_kept_input: ByteSize,
    /// Subscriptions of one session.
    pub max_subscriptions_per_session: u32,
    /// Bytes of the filters of one session.
    pub max_subscription_bytes_per_session: ByteSize,
    /// Retained messages.
    pub max_retained_messages: u64,
    /// Bytes held by retained messages.
    pub max_retained_bytes: ByteSize,
    /// Levels of a topic or filter.
    pub max_topic_levels: u16,
    /// Length of a topic or filter.
    pub max_topic_length: ByteSize,
    /// Length of a user name.
    pub max_user_name_length: ByteSize,
    /// What a full queue does while nobody is connected to take from it.
    pub offline_policy: OfflinePolicy,
    /// How long publishers are slowed for a connected consumer whose queue is full.
    pub slow_consumer_grace: Duration,
    /// Messages that all clients publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message_rate: Option<Rate>,
    /// Bytes of the messages that all clients publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_byte_rate: Option<Rate>,
    /// Bans at one time.
    pub max_bans: u32,
    /// Bans of patterns at one time.
    pub max_pattern_bans: u32,
}

/// What the full queue of a session without a connection does with the next message.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfflinePolicy {
    /// It makes room by dropping the oldest.
    #[default]
    DropOldest,
    /// It does not take it.
    Refuse,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 1_000_000,
            max_sessions: 2_000_000,
            max_held_bytes: ByteSize::gib(2),
            max_kept_input: ByteSize::mib(256),
            max_subscriptions_per_session: 10_000,
            max_subscription_bytes_per_session: ByteSize::mib(4),
            max_retained_messages: 1_000_000,
            max_retained_bytes: ByteSize::gib(1),
            max_topic_levels: 128,
            max_topic_length: ByteSize::bytes(65_535),
            max_user_name_length: ByteSize::kib(1),
            offline_policy: OfflinePolicy::default(),
            slow_consumer_grace: Duration::from_millis(500),
            max_message_rate: None,
            max_byte_rate: None,
            max_bans: 100_000,
            max_pattern_bans: 1_000,
        }
    }
}

/// A documented option that needs no example.
const fn option(
    key: &'static str,
    unit: &'static str,
    doc: &'static str,
    cost: &'static str,
    reload: Reload,
) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload, example: None }
}

const OPTIONS: &[OptionDoc] = &[
    option(
        "max_connections",
        "connections",
        "Connections at one time, over all listeners. Beyond it new ones are closed at once, and counted. The \
         system's limit of open files may be lower and is raised as far as it lets itself be raised.",
        "about 1.3 KB for each idle subscribed connection",
        Reload::Restart,
    ),
    option(
        "max_sessions",
        "sessions",
        "Sessions at one time, those without a connection included. Beyond it new clients are refused.",
        "memory for each session, and its queue",
        Reload::Restart,
    ),
    option(
        "max_held_bytes",
        "size",
        "Bytes of messages and wills that the whole process holds: queued, retained and on their way, each counted \
         once. Beyond it new messages that must not be lost or are to be retained are refused, and so are clients \
         with a will.",
        "that much memory",
        Reload::Restart,
    ),
    option(
        "max_kept_input",
        "size",
        "Bytes received of packets that are not whole yet, or that wait to be handled, over all connections. A \
         connection that would need more is closed as busy. One connection gets at most a quarter of what the others leave free: \
         keep it well above four times the largest packet.",
        "that much memory",
        Reload::Restart,
    ),
    option(
        "max_subscriptions_per_session",
        "subscriptions",
        "Subscriptions of one session. Beyond it further ones are refused.",
        "memory, and time when the session ends",
        Reload::Restart,
    ),
    option(
        "max_subscription_bytes_per_session",
        "size",
        "Bytes of the filters of one session's subscriptions. Beyond it further ones are refused.",
        "up to three times that much memory",
        Reload::Restart,
    ),
    option(
        "max_retained_messages",
        "messages",
        "Retained messages. Beyond it a new topic's message is routed but not retained, and counted.",
        "memory",
        Reload::Restart,
    ),
    option(
        "max_retained_bytes",
        "size",
        "Bytes held by retained messages. Beyond it a message is routed but not retained, and counted.",
        "that much memory",
        Reload::Restart,
    ),
    option(
        "max_topic_levels",
        "levels",
        "Levels of a topic or filter. One with more is refused.",
        "time, for every look-up of a deep topic",
        Reload::Restart,
    ),
    option(
        "max_topic_length",
        "size, at most 65535",
        "Length of a topic or filter. A longer one is refused.",
        "",
        Reload::Restart,
    ),
    option(
        "max_user_name_length",
        "size, at most 65535",
        "Length of a user name. Who claims a longer one is refused before anything is compared with it.",
        "time, for every pattern among the bans",
        Reload::Restart,
    ),
    option(
        "offline_policy",
        "\"drop-oldest\" or \"refuse\"",
        "What the full queue of a session without a connection does with the next message: drop its oldest, or \
         not take the new one. Both are counted.",
        "",
        Reload::Restart,
    ),
    option(
        "slow_consumer_grace",
        "duration",
        "How long publishers are slowed down for a connected consumer whose queue is full, before its oldest \
         message is dropped.",
        "one slow consumer holds its publishers up for that long",
        Reload::Restart,
    ),
    OptionDoc {
        example: Some("\"200000/s burst 400000\""),
        ..option(
            "max_message_rate",
            "rate of messages",
            "How fast all clients together may publish. Above it the broker stops reading from those that publish, \
             for as long as it takes: nothing is dropped. Unset, as fast as they can. Rates of one client, zone or \
             address stand in [zones].",
            "",
            Reload::Live,
        )
    },
    OptionDoc {
        example: Some("\"100MiB/s\""),
        ..option(
            "max_byte_rate",
            "rate of bytes",
            "How many bytes of topics, properties and payloads all clients together may publish; above it, as for \
             max_message_rate.",
            "",
            Reload::Live,
        )
    },
    option(
        "max_bans",
        "bans",
        "Bans at one time. Beyond it a further one is refused.",
        "memory for each",
        Reload::Restart,
    ),
    option(
        "max_pattern_bans",
        "bans",
        "Bans of patterns at one time, counted among the others. Beyond it a further one is refused.",
        "each is compared with every client that connects",
        Reload::Restart,
    ),
];

impl Section for Limits {
    const NAME: &'static str = "limits";
    const INTRO: &'static str =
        "Bounds of the whole broker. Those of one session stand in [session], those of a listener with it.";

    fn options() -> &'static [OptionDoc] {
        OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        checks.at_least("max_connections", self.max_connections, 1);
        checks.at_least("max_sessions", self.max_sessions, 1);
        checks.at_least("max_held_bytes", self.max_held_bytes, ByteSize::mib(1));
        if self.max_held_bytes <= self.max_retained_bytes {
            // What is retained is held: alone it must not stop everything else.
            checks.refuse(
                "max_held_bytes",
                "must be more than limits.max_retained_bytes, which counts among it",
            );
        }
        checks.at_least("max_kept_input", self.max_kept_input, ByteSize::mib(1));
        checks.at_least("max_subscriptions_per_session", self.max_subscriptions_per_session, 1);
        checks.at_least("max_topic_levels", self.max_topic_levels, 1);
        let (shortest, longest) = (ByteSize::bytes(1), ByteSize::bytes(65_535));
        checks.within("max_topic_length", self.max_topic_length, shortest, longest);
        checks.within("max_user_name_length", self.max_user_name_length, shortest, longest);
        checks.within(
            "slow_consumer_grace",
            self.slow_consumer_grace,
            Duration::ZERO,
            Duration::from_mins(1),
        );
    }
}
