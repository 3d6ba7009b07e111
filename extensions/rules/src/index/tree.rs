//! Rules by the levels of their topics.

use hashbrown::{Equivalent, HashMap};
use tidegate_config::sections::{Piece, Placeholder};

use super::Search;
use super::reach::fills;

/// The number of the node that all begins at.
pub(super) const ROOT: u32 = 0;

/// A tree with an edge for each level: a name, `+`, or a level that is filled in. A pattern stands at the node where
/// its fixed part ends.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) names: HashMap<Edge, u32, foldhash::fast::RandomState>,
    /// The values that patterns of refusing rules name, and whether in the beginning of a topic.
    pub(super) refusing: Vec<(Placeholder, bool)>,
}

/// A pattern: its rule's number, and which of the rule's patterns.
pub(super) type Entry = (u32, u32);

#[derive(Debug)]
pub(super) struct Node {
    /// Patterns that end here.
    pub(super) here: Vec<Entry>,
    /// Patterns that go on without fixed levels: `#`, or the last stretch of a prefix.
    pub(super) on: Vec<Entry>,
    /// Patterns of refusing rules that go on with a value; looked at when it is absent or unfit.
    pub(super) widened: Vec<Entry>,
    pub(super) plus: Option<u32>,
    /// Levels that are filled in.
    pub(super) filled: Vec<(Box<[Piece]>, u32)>,
    /// The lowest number at or below this node.
    pub(super) lowest: u32,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            here: Vec::new(),
            on: Vec::new(),
            widened: Vec::new(),
            plus: None,
            filled: Vec::new(),
            lowest: u32::MAX,
        }
    }
}

/// A named level below a node.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) level: Box<[u8]>,
}

/// An [`Edge`] to look up.
#[derive(Hash)]
pub(super) struct EdgeRef<'a> {
    pub(super) from: u32,
    pub(super) level: &'a [u8],
}

impl Equivalent<Edge> for EdgeRef<'_> {
    fn equivalent(&self, edge: &Edge) -> bool {
        self.from == edge.from && *self.level == *edge.level
    }
}

impl Tree {
    pub(super) fn search(&self, search: &mut Search<'_>) {
        let values = search.values;
        let unfit =
            self.refusing.iter().any(|(placeholder, first)| values.get(placeholder, *first).is_none());
        let text = search.text();
        Walk { tree: self, unfit, search }.below(ROOT, Some(text), true);
    }

    fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(number).ok()?)
    }
}

/// A search on its way through a tree.
struct Walk<'w, 's, 'q> {
    tree: &'w Tree,
    /// Some value of a refusing rule is absent or unfit.
    unfit: bool,
    search: &'s mut Search<'q>,
}

impl Walk<'_, '_, '_> {
    /// Asks what stands at a node and below it, as far as `rest` (levels not yet walked) leads there. No deeper than
    /// the deepest pattern.
    fn below(&mut self, number: u32, rest: Option<&[u8]>, first: bool) {
        let Some(node) = self.tree.node(number).filter(|node| node.lowest < self.search.best) else { return };
        self.search.work = self.search.work.saturating_add(1);
        self.search.ask(&node.on);
        if self.unfit {
            self.search.ask(&node.widened);
        }
        let Some(rest) = rest else {
            self.search.ask(&node.here);
            return;
        };
        let (level, next) = split(rest);
        match level {
            // Rules that hold a `#` stand here with `#` themselves, and were asked; rules that refuse are met by
            // their shapes.
            b"#" if self.search.question.wild => {}
            // Likewise a `+`: `+` alone holds it.
            b"+" if self.search.question.wild => {
                if let Some(plus) = node.plus {
                    self.below(plus, next, false);
                }
            }
            level => {
                let named = self.tree.names.get(&EdgeRef { from: number, level });
                if let Some(child) = named {
                    self.below(*child, next, false);
                }
                if let Some(plus) = node.plus {
                    self.below(plus, next, false);
                }
                for (pieces, child) in &node.filled {
                    if fills(pieces, level, first, self.search.values) {
                        self.below(*child, next, false);
                    }
                }
            }
        }
    }
}

/// The first level, and what follows it.
fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = text.iter().position(|byte| *byte == b'/');
    match end.and_then(|at| text.split_at_checked(at)) {
        Some((level, rest)) => (level, rest.get(1..)),
        None => (text, None),
    }
}
