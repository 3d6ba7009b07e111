//! The runs of a block that survive a broker.

use super::id::FORWARDABLE;
use super::{Properties, Property};
use crate::reader::Reader;

/// Slices of a block, in order, without the properties that belong to one hop. Neighbours come as one slice.
#[derive(Clone)]
pub struct Forwardable<'a> {
    rest: &'a [u8],
    /// Nothing in `rest` has to go.
    whole: bool,
}

impl<'a> Forwardable<'a> {
    #[inline]
    pub(super) const fn new(properties: &Properties<'a>) -> Self {
        let whole = properties.seen() & !FORWARDABLE == 0;
        let rest = if properties.seen() & FORWARDABLE == 0 { &[] } else { properties.as_bytes() };
        Self { rest, whole }
    }

    /// Bytes of all slices together.
    #[must_use]
    pub fn total_len(&self) -> usize {
        self.clone().fold(0, |sum, run| sum.saturating_add(run.len()))
    }
}

/// Bytes of the properties at the front of `block` that are (or are not) forwardable.
#[inline]
fn run_len(block: &[u8], forwardable: bool) -> usize {
    let mut reader = Reader::new(block);
    loop {
        let before = reader.rest().len();
        let keep = reader.rest().first().is_some_and(|&id| {
            1_u64.checked_shl(u32::from(id)).is_some_and(|bit| (FORWARDABLE & bit != 0) == forwardable)
        });
        if !keep || Property::skip(&mut reader).is_err() {
            return block.len().saturating_sub(before);
        }
    }
}

impl<'a> Iterator for Forwardable<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        if self.whole {
            return Some(std::mem::take(&mut self.rest));
        }
        let kept = self.rest.get(run_len(self.rest, false)..).unwrap_or_default();
        let (run, rest) = kept.split_at_checked(run_len(kept, true)).unwrap_or_default();
        self.rest = rest;
        (!run.is_empty()).then_some(run)
    }
}

impl std::fmt::Debug for Forwardable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
