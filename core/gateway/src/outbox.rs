//! What is to be sent.

use std::sync::Arc;

/// A pull stops when this much waits to be written.
pub const OUTBOX_BYTES: usize = 64 * 1024;

/// One worker's output of one turn for one peer: a contiguous buffer, with large payloads as segments of their
/// own (from 16 KiB a second copy costs more than a longer write list).
#[derive(Debug, Default)]
pub struct Outbox {
    buffer: Vec<u8>,
    large: Vec<(usize, Arc<[u8]>)>,
    large_bytes: usize,
}

/// A piece of an outbox, in sending order.
#[derive(Clone, Debug)]
pub enum Segment<'a> {
    /// Bytes of the buffer.
    Buffer(&'a [u8]),
    /// A payload that is shared, not copied.
    Shared(&'a Arc<[u8]>),
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The buffer codecs append to.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Appends a large payload behind what is in the buffer now.
    pub fn push_shared(&mut self, payload: &Arc<[u8]>) {
        self.large_bytes += payload.len();
        self.large.push((self.buffer.len(), Arc::clone(payload)));
    }

    /// Bytes waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len() + self.large_bytes
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a pull has to stop.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= OUTBOX_BYTES
    }

    /// Everything as one slice, when no payload stands apart.
    #[must_use]
    pub fn contiguous(&self) -> Option<&[u8]> {
        self.large.is_empty().then_some(&self.buffer)
    }

    /// The pieces in sending order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let mut from = 0;
        let tail = self.large.last().map_or(0, |(at, _)| *at);
        let middle = self.large.iter().flat_map(move |(at, payload)| {
            let before = self.buffer.get(from..*at).unwrap_or_default();
            from = *at;
            [Segment::Buffer(before), Segment::Shared(payload)]
        });
        middle.chain(std::iter::once(Segment::Buffer(self.buffer.get(tail..).unwrap_or_default())))
    }

    /// Empties it for the next peer, keeping a buffer of ordinary size.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(4 * OUTBOX_BYTES);
        self.large.clear();
        self.large_bytes = 0;
    }
}
