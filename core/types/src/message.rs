//! Messages.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use triomphe::ThinArc;

use crate::{Guarantee, HeldBytes, Moment, Properties};

/// A payload of at least this many bytes keeps an allocation of its own, so that it is copied once on its way in
/// and can be written as its own segment on its way out.
pub const SEGMENT_BYTES: usize = 16 * 1024;

/// Bytes an allocation costs beside topic, properties and payload.
const OVERHEAD: usize = size_of::<Head>() + 2 * size_of::<usize>();

/// Which session a message came from, within this process; zero is the broker itself.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct PublisherId(pub u64);

/// What a publisher says, borrowed from where it was read.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Where to. Not yet checked.
    pub topic: &'a str,
    /// The properties block.
    pub properties: Properties<'a>,
    /// The content.
    pub payload: &'a [u8],
    /// The guarantee its publisher chose.
    pub guarantee: Guarantee,
    /// Whether it becomes the topic's retained value.
    pub retain: bool,
    /// Whole seconds after its arrival at which it is worth nothing any more.
    pub expiry_seconds: Option<u32>,
}

/// What the kernel adds to a draft.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Who sent it.
    pub publisher: PublisherId,
    /// When it arrived.
    pub arrived: Moment,
    /// Its place in the order of retained values; zero for what is not retained.
    pub revision: u64,
}

/// A message the broker has taken: one counted allocation that queues, retained values and receivers share.
#[derive(Clone)]
pub struct Message(ThinArc<Head, u8>);

struct Head {
    guarantee: Guarantee,
    retain: bool,
    topic_bytes: u16,
    properties_bytes: u32,
    held: usize,
    expires: Option<Instant>,
    arrived: Moment,
    publisher: PublisherId,
    revision: u64,
    large: Option<Arc<[u8]>>,
}

impl Drop for Head {
    fn drop(&mut self) {
        HeldBytes::sub(self.held);
    }
}

impl Message {
    /// Copies a draft into its own allocation. `scratch` is a buffer the caller keeps for the purpose; its content
    /// before and after means nothing.
    ///
    /// A topic longer than 65,535 bytes or properties beyond 4 GiB are cut: the door has refused both before.
    #[must_use]
    pub fn new(draft: &Draft<'_>, stamp: Stamp, scratch: &mut Vec<u8>) -> Self {
        let topic = draft.topic.as_bytes();
        let properties = draft.properties.block();
        let large = (draft.payload.len() >= SEGMENT_BYTES).then(|| Arc::<[u8]>::from(draft.payload));
        scratch.clear();
        scratch.extend_from_slice(topic);
        scratch.extend_from_slice(properties);
        if large.is_none() {
            scratch.extend_from_slice(draft.payload);
        }
        let held = OVERHEAD + topic.len() + properties.len() + draft.payload.len();
        HeldBytes::add(held);
        let head = Head {
            guarantee: draft.guarantee,
            retain: draft.retain,
            topic_bytes: u16::try_from(topic.len()).unwrap_or(u16::MAX),
            properties_bytes: u32::try_from(properties.len()).unwrap_or(u32::MAX),
            held,
            expires: draft.expiry_seconds.and_then(|seconds| {
                stamp.arrived.at.checked_add(std::time::Duration::from_secs(u64::from(seconds)))
            }),
            arrived: stamp.arrived,
            publisher: stamp.publisher,
            revision: stamp.revision,
            large,
        };
        Self(ThinArc::from_header_and_slice(head, scratch))
    }

    fn head(&self) -> &Head {
        &self.0.header.header
    }

    fn split(&self) -> (&[u8], &[u8], &[u8]) {
        let head = self.head();
        let (topic, rest) = split(&self.0.slice, usize::from(head.topic_bytes));
        let (properties, payload) = split(rest, usize::try_from(head.properties_bytes).unwrap_or(usize::MAX));
        (topic, properties, payload)
    }

    /// The topic's bytes (UTF-8, checked at the door).
    #[must_use]
    pub fn topic_bytes(&self) -> &[u8] {
        self.split().0
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        std::str::from_utf8(self.topic_bytes()).unwrap_or_default()
    }

    /// The properties.
    #[must_use]
    pub fn properties(&self) -> Properties<'_> {
        Properties::trusted(self.split().1)
    }

    /// The content.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.head().large.as_deref().unwrap_or_else(|| self.split().2)
    }

    /// The content's own allocation, where it has one (see [`SEGMENT_BYTES`]).
    #[must_use]
    pub fn large_payload(&self) -> Option<&Arc<[u8]>> {
        self.head().large.as_ref()
    }

    /// The guarantee its publisher chose.
    #[must_use]
    pub fn guarantee(&self) -> Guarantee {
        self.head().guarantee
    }

    /// Whether its publisher asked to retain it.
    #[must_use]
    pub fn retain(&self) -> bool {
        self.head().retain
    }

    /// When it is worth nothing any more.
    #[must_use]
    pub fn expires(&self) -> Option<Instant> {
        self.head().expires
    }

    /// Whether it is worth nothing any more at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Instant) -> bool {
        self.head().expires.is_some_and(|at| at <= now)
    }

    /// When it arrived.
    #[must_use]
    pub fn arrived(&self) -> Moment {
        self.head().arrived
    }

    /// Who sent it.
    #[must_use]
    pub fn publisher(&self) -> PublisherId {
        self.head().publisher
    }

    /// Its place in the order of retained values; zero when it is none.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.head().revision
    }

    /// Bytes it really holds, allocation included.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.head().held
    }

    /// How many handles share the allocation; by the time it is used, others may have come or gone.
    #[must_use]
    pub fn handles(&self) -> usize {
        ThinArc::strong_count(&self.0)
    }

    /// Whether two handles share one allocation.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        std::ptr::eq(self.head(), other.head())
    }
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic())
            .field("guarantee", &self.guarantee())
            .field("retain", &self.retain())
            .field("payload_bytes", &self.payload().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
