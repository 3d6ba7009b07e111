//! `[session]`

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Checks, Duration, Lifetime, OptionDoc, Reload, Section};

/// Bounds of one session, whatever protocol its client speaks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Messages waiting for the client.
    pub max_queued_messages: u32,
    /// Bytes of messages waiting for the client.
    pub max_queued_bytes: ByteSize,
    /// Bytes of at-most-once messages waiting to be sent.
    pub max_unsent_bytes: ByteSize,
    /// Whether they wait for a client that is away, too.
    pub keep_at_most_once: bool,
    /// How long a session is kept without a connection, at most.
    pub max_expiry: Lifetime,
    /// Exactly-once messages of the client that are not finished.
    pub max_once_keys: u16,
    /// Answers that the client may be owed.
    pub max_pending_answers: u16,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            max_queued_messages: 100_000,
            max_queued_bytes: ByteSize::mib(64),
            max_unsent_bytes: ByteSize::mib(8),
            keep_at_most_once: false,
            max_expiry: Lifetime::Of(Duration::from_days(7)),
            max_once_keys: 65_535,
            max_pending_answers: 1_024,
        }
    }
}

impl Section for Session {
    const NAME: &'static str = "session";
    const INTRO: &'static str = "Bounds of one session, whatever protocol its client speaks.";

    fn options() -> &'static [OptionDoc] {
        &[
            OptionDoc {
                key: "max_queued_messages",
                unit: "messages",
                doc: "Messages that wait for the client. Full and connected: publishers are slowed down for \
                      limits.slow_consumer_grace, then the oldest message is dropped; without a connection: \
                      limits.offline_policy.",
                cost: "memory, for every client that is away or slow",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "max_queued_bytes",
                unit: "size",
                doc: "Bytes of messages that wait for the client. Full: as for max_queued_messages.",
                cost: "that much memory, for every client that is away or slow",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "max_unsent_bytes",
                unit: "size",
                doc: "Bytes of messages sent at most once that wait for the client's connection. Beyond it the \
                      newest is dropped, and counted.",
                cost: "that much memory, for every client that is slow",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "keep_at_most_once",
                unit: "true or false",
                doc: "Whether messages sent at most once (QoS 0) wait for a client that is away, as others do and \
                      within max_unsent_bytes. If not, they pass it by.",
                cost: "memory, for every client that is away",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "max_expiry",
                unit: "duration or \"never\"",
                doc: "How long a session is kept after its connection ended, at most. A client that asks for more \
                      gets this and, where its protocol can say so, is told.",
                cost: "memory, for every client that does not come back",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "max_once_keys",
                unit: "messages",
                doc: "Messages sent exactly once that the client has begun and not finished. Beyond it further \
                      ones are refused until some are finished.",
                cost: "a few bytes each",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "max_pending_answers",
                unit: "answers",
                doc: "Answers that the client may be owed (a back-end is asked, a record is being written) before \
                      the broker stops reading from it.",
                cost: "memory, for what the client sent meanwhile",
                reload: Reload::NewConnections,
                example: None,
            },
        ]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        checks.at_least("max_queued_messages", self.max_queued_messages, 1);
        checks.at_least("max_queued_bytes", self.max_queued_bytes, ByteSize::kib(1));
        checks.at_least("max_once_keys", self.max_once_keys, 1);
        checks.at_least("max_pending_answers", self.max_pending_answers, 1);
        checks.at_least("max_unsent_bytes", self.max_unsent_bytes, ByteSize::kib(1));
    }
}
