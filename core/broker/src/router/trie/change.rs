//! Insertion and removal of one filter, without recursion.

use tidegate_types::Filter;

use super::super::subscribers::{Subscribers, Taken};
use super::branch::Branch;
use super::level::{Level, common_end};
use super::node::Node;
use super::{Hasher, Target};

/// What left the trie, to be dropped without its lock.
pub(super) enum Gone<T> {
    /// One target of several.
    One(Taken<T>),
    /// The last target of the filter, with the node that went with it.
    Last(Option<Subscribers<T>>, Filter),
}

impl<T> Gone<T> {
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Last(..))
    }
}

/// The node where `filter` ends, whether somebody subscribes there or not.
pub(super) fn find<'a, T>(root: &'a Branch<T>, filter: &[u8], hasher: &Hasher) -> Option<&'a Node<T>> {
    path(root, filter, hasher).last().map(|(_, node)| node).filter(|node| node.end() == filter.len())
}

/// The nodes on the way to `filter`, each with where its label begins.
fn path<'a, T>(
    root: &'a Branch<T>,
    filter: &[u8],
    hasher: &Hasher,
) -> impl Iterator<Item = (usize, &'a Node<T>)> {
    let mut at = Some((root, 0));
    std::iter::from_fn(move || {
        let (branch, start) = at.take()?;
        let node = branch.get(&Level::at(filter, start, hasher))?;
        let end = node.end();
        // What stands before the label was compared on the way here.
        if filter.get(start..end) != node.path().get(start..) || !matches!(filter.get(end), None | Some(b'/'))
        {
            return None;
        }
        if end < filter.len() {
            at = node.branch.as_deref().map(|branch| (branch, end + 1));
        }
        Some((start, node))
    })
}

/// Makes sure that there is a node for `filter` and answers the place of its subscribers; `None` never happens.
pub(super) fn insert<'a, T>(
    root: &'a mut Branch<T>,
    filter: &Filter,
    hasher: &Hasher,
) -> Option<&'a mut Option<Subscribers<T>>> {
    let text = filter.as_bytes();
    let mut branch = root;
    let mut start = 0;
    loop {
        let level = Level::at(text, start, hasher);
        if branch.get(&level).is_none() {
            branch.put(Node::leaf(filter, level.hash), &level);
        }
        let node = branch.get_mut(&level)?;
        let common = common_end(node.path(), text, start);
        if common < node.end() {
            node.split(common, hasher);
        }
        if common >= text.len() {
            if node.subscribers.is_none() {
                node.filter = filter.clone();
            }
            return Some(&mut node.subscribers);
        }
        start = common + 1;
        branch = node.branch.get_or_insert_with(|| Box::new(Branch::new()));
    }
}

/// Removes one target of a filter; `None` if it does not subscribe.
pub(super) fn remove<T: Target>(
    root: &mut Branch<T>,
    filter: &Filter,
    key: usize,
    hasher: &Hasher,
) -> Option<Gone<T>> {
    let text = filter.as_bytes();
    find(root, text, hasher)?;
    let starts: Vec<usize> = path(root, text, hasher).map(|(start, _)| start).collect();
    let (own, above) = starts.split_last()?;
    let holder = descend(root, text, above, hasher)?;
    let level = Level::at(text, *own, hasher);
    let node = holder.get_mut(&level)?;
    match node.subscribers.as_mut()?.remove(key) {
        Taken::Absent => return None,
        taken @ Taken::Some(_) => return Some(Gone::One(taken)),
        Taken::Last => {}
    }
    let gone = Gone::Last(node.subscribers.take(), node.filter.clone());
    if node.branch.is_some() {
        node.merge();
    } else {
        holder.take(&level);
        tidy_parent(root, text, above, hasher);
    }
    if let Gone::Last(_, old) = &gone {
        relabel(root, text, old, hasher);
    }
    Some(gone)
}

/// The branch below the nodes whose labels begin at `starts`.
fn descend<'a, T>(
    root: &'a mut Branch<T>,
    filter: &[u8],
    starts: &[usize],
    hasher: &Hasher,
) -> Option<&'a mut Branch<T>> {
    starts.iter().try_fold(root, |branch, start| {
        branch.get_mut(&Level::at(filter, *start, hasher))?.branch.as_deref_mut()
    })
}

/// After the loss of a child: a node without children is a leaf, one with a single child and no filter of its own
/// has no reason to be.
fn tidy_parent<T>(root: &mut Branch<T>, filter: &[u8], starts: &[usize], hasher: &Hasher) -> Option<()> {
    let (own, above) = starts.split_last()?;
    let holder = descend(root, filter, above, hasher)?;
    let parent = holder.get_mut(&Level::at(filter, *own, hasher))?;
    if parent.branch.as_ref()?.len() == 0 {
        parent.branch = None;
    } else {
        parent.merge();
    }
    Some(())
}

/// Nodes that borrowed their path from a filter that went borrow it from one that stays, so that no text outlives
/// its last subscriber.
fn relabel<T>(root: &mut Branch<T>, text: &[u8], old: &Filter, hasher: &Hasher) -> Option<()> {
    let same = |filter: &Filter| std::ptr::eq(filter.as_bytes(), old.as_bytes());
    let steps: Vec<_> = path(root, text, hasher).collect();
    if !steps.iter().any(|(_, node)| same(&node.filter)) {
        return None;
    }
    let (_, deepest) = steps.last()?;
    let mut stays: &Node<T> = deepest;
    while stays.subscribers.is_none() {
        stays = stays.branch.as_ref()?.first()?;
    }
    let stays = stays.filter.clone();
    let starts: Vec<usize> = steps.iter().map(|(start, _)| *start).collect();
    let mut branch = root;
    for start in starts {
        let node = branch.get_mut(&Level::at(text, start, hasher))?;
        if same(&node.filter) {
            node.filter = stays.clone();
        }
        branch = match node.branch.as_deref_mut() {
            Some(branch) => branch,
            None => break,
        };
    }
    Some(())
}
