//! A node.

use tidegate_types::Filter;

use super::super::subscribers::Subscribers;
use super::Hasher;
use super::branch::Branch;
use super::level::Level;

/// A place where a filter ends or filters part. 40 bytes where targets are one pointer.
///
/// Its path from the root is a beginning of `filter`, its label the end of the path after its parent's: no text is
/// stored twice. `filter` is the node's own where one ends, else that of any node below.
pub(super) struct Node<T> {
    pub(super) filter: Filter,
    end: u32,
    /// Of the first level of the label.
    pub(super) hash: u32,
    pub(super) subscribers: Option<Subscribers<T>>,
    pub(super) branch: Option<Box<Branch<T>>>,
}

impl<T> Node<T> {
    /// The end of a filter.
    pub(super) fn leaf(filter: &Filter, hash: u32) -> Box<Self> {
        let end = number(filter.as_bytes().len());
        Box::new(Self { filter: filter.clone(), end, hash, subscribers: None, branch: None })
    }

    /// Where the path ends in the filter.
    #[inline]
    pub(super) fn end(&self) -> usize {
        usize::try_from(self.end).unwrap_or(usize::MAX)
    }

    /// The levels from the root to here.
    #[inline]
    pub(super) fn path(&self) -> &[u8] {
        self.filter.as_bytes().get(..self.end()).unwrap_or_default()
    }

    /// Cuts the label at `end`: a new node takes this place, and this one goes below it.
    pub(super) fn split(self: &mut Box<Self>, end: usize, hasher: &Hasher) {
        let upper = Self {
            filter: self.filter.clone(),
            end: number(end),
            hash: self.hash,
            subscribers: None,
            branch: Some(Box::new(Branch::new())),
        };
        let mut lower = std::mem::replace(self, Box::new(upper));
        let filter = lower.filter.clone();
        let level = Level::at(filter.as_bytes(), end + 1, hasher);
        lower.hash = level.hash;
        if let Some(branch) = &mut self.branch {
            branch.put(lower, &level);
        }
    }

    /// Puts the only child in this place, if no filter ends here and there is but one.
    pub(super) fn merge(self: &mut Box<Self>) {
        if self.subscribers.is_some() {
            return;
        }
        let hash = self.hash;
        if let Some(mut child) = self.branch.as_mut().and_then(|branch| branch.take_only()) {
            child.hash = hash;
            *self = child;
        }
    }
}

/// Filters are shorter than four gigabytes.
fn number(end: usize) -> u32 {
    u32::try_from(end).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_takes_forty_bytes() {
        assert_eq!(size_of::<Node<std::sync::Arc<u32>>>(), 40);
    }
}
