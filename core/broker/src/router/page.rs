//! The filters that are subscribed to, page by page, for an operator.

use tidegate_types::Filter;

use super::{Router, Target, exact, trie};

/// A filter and how many targets subscribe under it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilterCount {
    /// The filter.
    pub filter: Filter,
    /// Its subscribers, one at least.
    pub subscribers: usize,
}

/// Where a page ended. Valid for the router that made it, for any time.
#[derive(Clone, Debug)]
pub struct PageCursor {
    shard: usize,
    after: Filter,
}

impl<T: Target> Router<T> {
    /// Adds up to `max` filters to `out`, going on after the cursor of the page before; `None` at the end.
    ///
    /// The order is the table's own. A filter that is subscribed to all the while comes exactly once, whatever
    /// else changes meanwhile. A shard's lock is held while its part of the page is gathered.
    pub fn page(
        &self,
        cursor: Option<&PageCursor>,
        max: usize,
        out: &mut Vec<FilterCount>,
    ) -> Option<PageCursor> {
        let first = cursor.map_or(0, |cursor| cursor.shard);
        let mut after = cursor.map(|cursor| &cursor.after);
        let mut left = max.max(1);
        for shard in first..exact::SHARDS + trie::SHARDS {
            let found = match shard.checked_sub(exact::SHARDS) {
                None => self.exact.page(shard, after, left, &self.hasher),
                Some(shard) => self.trie.page(shard, after, left, &self.hasher),
            };
            left = left.saturating_sub(found.len());
            out.extend(found);
            if left == 0 {
                return out.last().map(|last| PageCursor { shard, after: last.filter.clone() });
            }
            after = None;
        }
        None
    }
}
