//! The children of a node.

use hashbrown::HashTable;

use super::level::{Kind, Level};
use super::node::Node;

/// Up to so many children are found by looking at each.
const FEW: usize = 8;
/// From so many children on they are spread over tables, so that none takes long to grow.
const SPREAD: usize = 4096;
/// How many tables.
const TABLES: usize = 1 << TABLE_BITS;
const TABLE_BITS: u32 = 6;

/// Children by the first level of their labels.
pub(super) struct Branch<T> {
    rest: Option<Box<Node<T>>>,
    any: Option<Box<Node<T>>>,
    names: Names<T>,
}

enum Names<T> {
    Few(Vec<Box<Node<T>>>),
    /// One table, or [`TABLES`] by the highest bits of the hash.
    Many(Vec<HashTable<Box<Node<T>>>>, usize),
}

impl<T> Branch<T> {
    pub(super) fn new() -> Self {
        Self { rest: None, any: None, names: Names::Few(Vec::new()) }
    }

    /// The child for `#`.
    #[inline]
    pub(super) fn rest(&self) -> Option<&Node<T>> {
        self.rest.as_deref()
    }

    /// The child for `+`.
    #[inline]
    pub(super) fn any(&self) -> Option<&Node<T>> {
        self.any.as_deref()
    }

    /// Whether a child has a name.
    #[inline]
    pub(super) fn has_names(&self) -> bool {
        !matches!(&self.names, Names::Few(few) if few.is_empty())
    }

    /// The child of that name; `start` is where its label begins.
    #[inline]
    pub(super) fn name(&self, name: &[u8], start: usize, hash: u32) -> Option<&Node<T>> {
        let is = |node: &Node<T>| is(node, name, start, hash);
        match &self.names {
            Names::Few(few) => few.iter().find(|node| is(node)),
            Names::Many(tables, _) => {
                tables.get(table(hash, tables.len()))?.find(spread(hash), |node| is(node))
            }
        }
        .map(|node| &**node)
    }

    pub(super) fn get(&self, level: &Level<'_>) -> Option<&Node<T>> {
        match level.kind {
            Kind::Rest => self.rest(),
            Kind::Any => self.any(),
            Kind::Name => self.name(level.text, level.start, level.hash),
        }
    }

    pub(super) fn get_mut(&mut self, level: &Level<'_>) -> Option<&mut Box<Node<T>>> {
        let is = |node: &Node<T>| is(node, level.text, level.start, level.hash);
        match level.kind {
            Kind::Rest => self.rest.as_mut(),
            Kind::Any => self.any.as_mut(),
            Kind::Name => match &mut self.names {
                Names::Few(few) => few.iter_mut().find(|node| is(node)),
                Names::Many(tables, _) => {
                    let at = table(level.hash, tables.len());
                    tables.get_mut(at)?.find_mut(spread(level.hash), |node| is(node))
                }
            },
        }
    }

    /// Adds a child; there is none at that level.
    pub(super) fn put(&mut self, node: Box<Node<T>>, level: &Level<'_>) {
        match level.kind {
            Kind::Rest => self.rest = Some(node),
            Kind::Any => self.any = Some(node),
            Kind::Name => self.names.put(node),
        }
    }

    pub(super) fn take(&mut self, level: &Level<'_>) -> Option<Box<Node<T>>> {
        match level.kind {
            Kind::Rest => self.rest.take(),
            Kind::Any => self.any.take(),
            Kind::Name => self.names.take(level),
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.rest.is_some()) + usize::from(self.any.is_some()) + self.names.len()
    }

    /// The only child, if there is but one.
    pub(super) fn take_only(&mut self) -> Option<Box<Node<T>>> {
        if self.len() != 1 {
            return None;
        }
        self.rest.take().or_else(|| self.any.take()).or_else(|| self.names.take_first())
    }

    /// Any child.
    pub(super) fn first(&self) -> Option<&Node<T>> {
        self.rest().or_else(|| self.any()).or_else(|| self.names.first())
    }

    /// Into how many ranges the named children fall, by hash.
    pub(super) fn ranges(&self) -> usize {
        match &self.names {
            Names::Few(_) => 1,
            Names::Many(tables, _) => tables.len(),
        }
    }

    /// Which range a name falls into.
    pub(super) fn range_of(&self, hash: u32) -> usize {
        table(hash, self.ranges())
    }

    /// The named children of a range, in no order.
    pub(super) fn range(&self, range: usize) -> Vec<&Node<T>> {
        match &self.names {
            Names::Few(few) => few.iter().map(|node| &**node).collect(),
            Names::Many(tables, _) => tables.get(range).into_iter().flatten().map(|node| &**node).collect(),
        }
    }

    fn take_all(&mut self) -> impl Iterator<Item = Box<Node<T>>> + use<T> {
        let names = std::mem::replace(&mut self.names, Names::Few(Vec::new()));
        let (few, many) = match names {
            Names::Few(few) => (few, Vec::new()),
            Names::Many(many, _) => (Vec::new(), many),
        };
        self.rest.take().into_iter().chain(self.any.take()).chain(few).chain(many.into_iter().flatten())
    }
}

/// Without recursion: a trie is as deep as its deepest filter, and its owner may allow many levels.
impl<T> Drop for Branch<T> {
    fn drop(&mut self) {
        let mut rest: Vec<_> = self.take_all().collect();
        while let Some(mut node) = rest.pop() {
            if let Some(mut branch) = node.branch.take() {
                rest.extend(branch.take_all());
            }
        }
    }
}

impl<T> Names<T> {
    fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(_, len) => *len,
        }
    }

    fn first(&self) -> Option<&Node<T>> {
        match self {
            Self::Few(few) => few.first(),
            Self::Many(tables, _) => tables.iter().flatten().next(),
        }
        .map(|node| &**node)
    }

    fn put(&mut self, node: Box<Node<T>>) {
        match self {
            Self::Few(few) if few.len() < FEW => few.push(node),
            Self::Few(few) => {
                let all = std::mem::take(few);
                *self = Self::tables(all.into_iter().chain([node]), 1);
            }
            Self::Many(tables, len) if tables.len() == 1 && *len >= SPREAD => {
                let all = std::mem::take(tables);
                *self = Self::tables(all.into_iter().flatten().chain([node]), TABLES);
            }
            Self::Many(tables, len) => {
                *len += 1;
                put(tables, node);
            }
        }
    }

    fn tables(nodes: impl Iterator<Item = Box<Node<T>>>, count: usize) -> Self {
        let mut tables: Vec<_> = (0..count).map(|_| HashTable::new()).collect();
        let mut len = 0;
        for node in nodes {
            len += 1;
            put(&mut tables, node);
        }
        Self::Many(tables, len)
    }

    fn take(&mut self, level: &Level<'_>) -> Option<Box<Node<T>>> {
        let is = |node: &Node<T>| is(node, level.text, level.start, level.hash);
        let gone = match self {
            Self::Few(few) => {
                let at = few.iter().position(|node| is(node))?;
                few.swap_remove(at)
            }
            Self::Many(tables, len) => {
                let at = table(level.hash, tables.len());
                let table = tables.get_mut(at)?;
                let (gone, _) = table.find_entry(spread(level.hash), |node| is(node)).ok()?.remove();
                *len -= 1;
                if table.capacity() > 32 && table.len() < table.capacity() / 8 {
                    table.shrink_to(table.len() * 2, |node| spread(node.hash));
                }
                gone
            }
        };
        self.shrink();
        Some(gone)
    }

    fn take_first(&mut self) -> Option<Box<Node<T>>> {
        match self {
            Self::Few(few) => few.pop(),
            Self::Many(tables, _) => {
                let all = std::mem::take(tables);
                *self = Self::Few(all.into_iter().flatten().collect());
                self.take_first()
            }
        }
    }

    /// Back to a smaller kind, well below where the larger one began.
    fn shrink(&mut self) {
        match self {
            Self::Few(few) => few.shrink_to(few.len() * 2),
            Self::Many(tables, len) if *len <= FEW / 2 => {
                let all = std::mem::take(tables);
                *self = Self::Few(all.into_iter().flatten().collect());
            }
            Self::Many(tables, len) if tables.len() > 1 && *len <= SPREAD / 2 => {
                let all = std::mem::take(tables);
                *self = Self::tables(all.into_iter().flatten(), 1);
            }
            Self::Many(..) => {}
        }
    }
}

fn put<T>(tables: &mut [HashTable<Box<Node<T>>>], node: Box<Node<T>>) {
    let at = table(node.hash, tables.len());
    if let Some(table) = tables.get_mut(at) {
        table.insert_unique(spread(node.hash), node, |node| spread(node.hash));
    }
}

#[inline]
fn is<T>(node: &Node<T>, name: &[u8], start: usize, hash: u32) -> bool {
    if node.hash != hash {
        return false;
    }
    let below = node.path().get(start..).and_then(|label| label.strip_prefix(name));
    below.is_some_and(|below| matches!(below.first(), None | Some(b'/')))
}

/// Which of one or [`TABLES`] tables; the shard is chosen by the lowest bits.
#[inline]
fn table(hash: u32, tables: usize) -> usize {
    if tables == 1 { 0 } else { usize::try_from(hash >> (u32::BITS - TABLE_BITS)).unwrap_or(0) }
}

/// Half a hash made whole: a table looks at the lowest and the highest bits, which neighbours share.
#[inline]
fn spread(hash: u32) -> u64 {
    let mixed = u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
}
