//! The filters of a trie in order, from any filter on.
//!
//! The order of siblings is `#`, `+`, then names by hash; a filter comes before those that go on below it. It
//! depends on the filters alone, not on the shape of the trie, so that a cursor survives changes.

use super::super::FilterCount;
use super::branch::Branch;
use super::level::{Kind, Level, common_end};
use super::node::Node;
use super::{Hasher, Target};

/// A branch on the way, and what is left of it.
struct Frame<'a, T> {
    branch: &'a Branch<T>,
    start: usize,
    /// The filter after which to go on, where it lies below this branch.
    after: Option<&'a [u8]>,
    /// The next part to take up: `#`, `+`, the ranges of names.
    part: usize,
    /// Nodes of the part before, the last first.
    nodes: Vec<&'a Node<T>>,
}

/// How a node lies to the filter after which to go on.
enum Place {
    Before,
    /// Above it: the node's own filter has come already, some of those below have not.
    Above,
    /// The very filter.
    Same,
    After,
}

/// The next `max` filters after `after`, with their subscribers.
pub(super) fn page<'a, T: Target>(
    root: &'a Branch<T>,
    after: Option<&'a [u8]>,
    max: usize,
    hasher: &Hasher,
) -> Vec<FilterCount> {
    let mut found = Vec::new();
    let mut frames = vec![Frame::new(root, 0, after, hasher)];
    while found.len() < max {
        let Some(frame) = frames.last_mut() else { break };
        let (start, after) = (frame.start, frame.after);
        let Some(node) = frame.next(hasher) else {
            frames.pop();
            continue;
        };
        let place = after.map_or(Place::After, |after| place(node.path(), after, start, hasher));
        if matches!(place, Place::Before) {
            continue;
        }
        if matches!(place, Place::After)
            && let Some(subscribers) = &node.subscribers
        {
            found.push(FilterCount { filter: node.filter.clone(), subscribers: subscribers.len() });
        }
        if let Some(branch) = node.branch.as_deref() {
            let after = after.filter(|_| matches!(place, Place::Above));
            frames.push(Frame::new(branch, node.end() + 1, after, hasher));
        }
    }
    found
}

impl<'a, T> Frame<'a, T> {
    fn new(branch: &'a Branch<T>, start: usize, after: Option<&'a [u8]>, hasher: &Hasher) -> Self {
        let part = after.map_or(0, |after| {
            let level = Level::at(after, start, hasher);
            match level.kind {
                Kind::Rest => 0,
                Kind::Any => 1,
                Kind::Name => 2 + branch.range_of(level.hash),
            }
        });
        Self { branch, start, after, part, nodes: Vec::new() }
    }

    fn next(&mut self, hasher: &Hasher) -> Option<&'a Node<T>> {
        while self.nodes.is_empty() {
            match self.part {
                0 => self.nodes.extend(self.branch.rest()),
                1 => self.nodes.extend(self.branch.any()),
                part if part - 2 < self.branch.ranges() => {
                    self.nodes = self.branch.range(part - 2);
                    let start = self.start;
                    self.nodes.sort_unstable_by_key(|node| Level::at(node.path(), start, hasher).rank());
                    self.nodes.reverse();
                }
                _ => return None,
            }
            self.part += 1;
        }
        self.nodes.pop()
    }
}

/// Both share all levels before `start`.
fn place(path: &[u8], after: &[u8], start: usize, hasher: &Hasher) -> Place {
    let mut at = start;
    if Level::at(path, start, hasher).text == Level::at(after, start, hasher).text {
        let common = common_end(path, after, start);
        match (common == path.len(), common == after.len()) {
            (true, true) => return Place::Same,
            (true, false) => return Place::Above,
            (false, true) => return Place::After,
            (false, false) => at = common + 1,
        }
    }
    let (here, there) = (Level::at(path, at, hasher), Level::at(after, at, hasher));
    if here.rank() < there.rank() { Place::Before } else { Place::After }
}
