//! Rules by the levels of their topics.

use hashbrown::{Equivalent, HashMap};
use tidegate_config::sections::{Piece, Placeholder};

use super::Search;
use crate::sets;

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
    /// The nodes of the named levels, for subscriptions that reach into several.
    pub(super) named: Vec<u32>,
    /// The lowest number at or below this node.
    pub(super) lowest: u32,
    /// The lowest number of a refusing rule at or below this node.
    pub(super) lowest_refusing: u32,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            here: Vec::new(),
            on: Vec::new(),
            widened: Vec::new(),
            plus: None,
            filled: Vec::new(),
            named: Vec::new(),
            lowest: u32::MAX,
            lowest_refusing: u32::MAX,
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
        // The longer way to say it leads past everything that is its equal.
        let text =
            if search.question.wild { sets::normal(search.question.text) } else { search.question.text };
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
        self.ask(&node.on);
        if self.unfit {
            self.ask(&node.widened);
        }
        let Some(rest) = rest else {
            self.ask(&node.here);
            return;
        };
        let (level, next) = split(rest);
        match level {
            b"#" if self.search.question.wild => self.all(number),
            b"+" if self.search.question.wild => self.every(node, next),
            level => {
                let named = self.tree.names.get(&EdgeRef { from: number, level });
                if let Some(child) = named {
                    self.below(*child, next, false);
                }
                if let Some(plus) = node.plus {
                    self.below(plus, next, false);
                }
                for (pieces, child) in &node.filled {
                    if self.fills(pieces, level, first) {
                        self.below(*child, next, false);
                    }
                }
            }
        }
    }

    /// A `+`: `+` alone holds it; rules that refuse are met in every level.
    fn every(&mut self, node: &Node, next: Option<&[u8]>) {
        if let Some(plus) = node.plus {
            self.below(plus, next, false);
        }
        if node.lowest_refusing >= self.search.best {
            return;
        }
        for child in node.filled.iter().map(|(_, child)| child).chain(&node.named) {
            if self.refuses(*child) {
                self.below(*child, next, false);
            }
        }
    }

    /// A `#`: rules that allow it stand here with `#` themselves, and were asked; rules that refuse are met in the
    /// whole subtree.
    fn all(&mut self, number: u32) {
        let mut open = vec![number];
        while let Some(node) = open.pop().and_then(|number| self.tree.node(number)) {
            if node.lowest_refusing >= self.search.best {
                continue;
            }
            self.ask(&node.here);
            self.ask(&node.on);
            if self.unfit {
                self.ask(&node.widened);
            }
            open.extend(node.filled.iter().map(|(_, child)| child).chain(&node.named).chain(&node.plus));
        }
    }

    fn refuses(&self, number: u32) -> bool {
        self.tree.node(number).is_some_and(|node| node.lowest_refusing < self.search.best)
    }

    /// Asks the rules of these patterns, lowest number first.
    fn ask(&mut self, entries: &[Entry]) {
        let search = &mut *self.search;
        for (number, pattern) in entries {
            if *number >= search.best {
                return;
            }
            let (Some(rule), Ok(pattern)) = (search.rule(*number), usize::try_from(*pattern)) else {
                continue;
            };
            if rule.is_about(search.question, search.values.who())
                && rule.topics.get(pattern).is_some_and(|pattern| {
                    pattern.speaks_of(search.question.text, rule.allows(), search.values, &mut search.room)
                })
            {
                search.best = *number;
            }
        }
    }

    /// Whether a level is what `pieces` are once filled in.
    fn fills(&mut self, pieces: &[Piece], level: &[u8], first: bool) -> bool {
        let mut rest = level;
        for piece in pieces {
            let said = match piece {
                Piece::Text(text) => Some(text.as_bytes()),
                Piece::Value(value) => self.search.values.get(value, first && rest.len() == level.len()),
            };
            match said.and_then(|said| rest.strip_prefix(said)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
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
