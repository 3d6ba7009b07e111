//! What holds between any two changes.

use super::*;
use node::Node;

impl<T: Target> Trie<T> {
    /// Checks every shard; counts agree, nodes have a reason to be, and none borrows the text of a filter that left.
    pub(in super::super) fn check(&self) {
        let mut filters = 0;
        for shard in self.named.iter().chain([&self.leading]) {
            let root = shard.root.read();
            let mut ends = Vec::new();
            let mut borrowed = Vec::new();
            check_branch(&root, 0, &mut ends, &mut borrowed);
            assert_eq!(ends.len(), shard.filters.load(Ordering::Relaxed));
            for text in borrowed {
                assert!(ends.contains(&text), "a node borrows from a filter that left");
            }
            filters += ends.len();
        }
        assert_eq!(filters, self.filters.load(Ordering::Relaxed));
    }
}

type Address = *const u8;

fn check_branch<T: Target>(
    branch: &Branch<T>,
    start: usize,
    ends: &mut Vec<Address>,
    borrowed: &mut Vec<Address>,
) {
    let names = (0..branch.ranges()).flat_map(|range| branch.range(range));
    let nodes: Vec<&Node<T>> = names.chain(branch.rest()).chain(branch.any()).collect();
    assert_eq!(nodes.len(), branch.len());
    for node in nodes {
        assert!(node.end() >= start && node.end() <= node.filter.as_bytes().len());
        let children = node.branch.as_ref().map_or(0, |branch| branch.len());
        if node.subscribers.is_some() {
            assert_eq!(node.path(), node.filter.as_bytes());
            ends.push(node.filter.as_bytes().as_ptr());
            assert!(node.branch.is_none() || children > 0, "an empty branch is freed");
        } else {
            assert!(children > 1, "{:?} has no reason to be", node.path());
            borrowed.push(node.filter.as_bytes().as_ptr());
        }
        if let Some(branch) = &node.branch {
            check_branch(branch, node.end() + 1, ends, borrowed);
        }
    }
}
