//! The look-up.

use super::super::subscribers::Subscribers;
use super::branch::Branch;
use super::level::{hash, split};
use super::node::Node;
use super::{Hasher, Options, Target};

/// A node whose label's first level has matched.
struct Step<'a, 't, T> {
    node: &'a Node<T>,
    /// Where the label begins in the node's path.
    start: usize,
    /// The levels of the topic after the one that matched.
    rest: Option<&'t [u8]>,
}

struct Walk<'a, 't, T> {
    hasher: &'a Hasher,
    next: Option<Step<'a, 't, T>>,
    /// Other ways to go: at most one a level.
    pending: Vec<Step<'a, 't, T>>,
}

/// How far a label matches.
enum Matched<'t> {
    Not,
    /// To the node's end, with these levels of the topic left.
    Whole(Option<&'t [u8]>),
    /// The label ends with `#`: whatever is left.
    All,
}

/// Calls `f` for each match below `root`; answers how many nodes it visited.
pub(super) fn walk<T: Target>(
    root: &Branch<T>,
    topic: &[u8],
    hasher: &Hasher,
    f: &mut impl FnMut(&T, Options),
) -> usize {
    let mut walk = Walk { hasher, next: None, pending: Vec::new() };
    let mut visited = walk.expand(root, 0, Some(topic), f);
    while let Some(step) = walk.next.take().or_else(|| walk.pending.pop()) {
        visited += 1 + walk.enter(&step, f);
    }
    visited
}

impl<'a, 't, T: Target> Walk<'a, 't, T> {
    fn enter(&mut self, step: &Step<'a, 't, T>, f: &mut impl FnMut(&T, Options)) -> usize {
        let node = step.node;
        match matched(node.path().get(step.start..).unwrap_or_default(), step.rest) {
            Matched::Not => 0,
            Matched::All => {
                node.subscribers.iter().for_each(|subscribers| subscribers.each(f));
                0
            }
            Matched::Whole(rest) => {
                if rest.is_none() {
                    node.subscribers.iter().for_each(|subscribers| subscribers.each(f));
                }
                let start = node.end() + 1;
                node.branch.as_ref().map_or(0, |branch| self.expand(branch, start, rest, f))
            }
        }
    }

    /// Looks for children that match the next level. A child for `#` always matches and has none itself.
    #[inline]
    fn expand(
        &mut self,
        branch: &'a Branch<T>,
        start: usize,
        rest: Option<&'t [u8]>,
        f: &mut impl FnMut(&T, Options),
    ) -> usize {
        let all = branch.rest().and_then(|node| node.subscribers.as_ref());
        all.into_iter().for_each(|subscribers: &Subscribers<T>| subscribers.each(f));
        if let Some(rest) = rest {
            let (name, rest) = split(rest);
            if let Some(node) = branch.any() {
                self.next = Some(Step { node, start, rest });
            }
            if branch.has_names()
                && let Some(node) = branch.name(name, start, hash(name, self.hasher))
                && let Some(other) = self.next.replace(Step { node, start, rest })
            {
                self.pending.push(other);
            }
        }
        usize::from(all.is_some())
    }
}

/// Compares the levels of a label after its first with those of the topic.
fn matched<'t>(label: &[u8], mut topic: Option<&'t [u8]>) -> Matched<'t> {
    let (first, mut label) = split(label);
    if first == b"#" {
        return Matched::All;
    }
    while let Some(levels) = label {
        let (level, below) = split(levels);
        if level == b"#" {
            return Matched::All;
        }
        let Some(names) = topic else { return Matched::Not };
        let (name, rest) = split(names);
        if level != b"+" && level != name {
            return Matched::Not;
        }
        (label, topic) = (below, rest);
    }
    Matched::Whole(topic)
}
