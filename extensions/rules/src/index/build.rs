//! How the index comes to be: once for a set of rules, in time that grows with their text.

use hashbrown::HashMap;
use tidegate_config::sections::{Piece, TopicForm};

use super::reach::Collector;
use super::tree::{Edge, EdgeRef, Entry, Node, ROOT, Tree};
use super::{Bucket, Heads, Index, Names};
use crate::condition::Condition;
use crate::name::Name;
use crate::pattern::Pattern;
use crate::rule::Rule;

/// Up to so many rules of a bucket are asked one by one.
const FEW: usize = 8;

type Numbers = HashMap<Box<[u8]>, Vec<u32>, foldhash::fast::RandomState>;

/// The buckets before they have their form.
#[derive(Default)]
struct Drawers {
    users: Numbers,
    clients: Numbers,
    common_names: Numbers,
    listeners: Numbers,
    client_heads: Numbers,
    user_heads: Numbers,
    anonymous: Vec<u32>,
    rest: Vec<u32>,
}

impl Index {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut drawers = Drawers::default();
        for (number, rule) in (0_u32..).zip(rules) {
            drawers.put(number, rule);
        }
        let bucket = |numbers: Vec<u32>| Bucket::new(numbers, rules);
        let names = |numbers: Numbers| -> Names {
            numbers.into_iter().map(|(name, numbers)| (name, bucket(numbers))).collect()
        };
        Self {
            users: names(drawers.users),
            clients: names(drawers.clients),
            common_names: names(drawers.common_names),
            listeners: names(drawers.listeners),
            client_heads: Heads::new(names(drawers.client_heads)),
            user_heads: Heads::new(names(drawers.user_heads)),
            anonymous: bucket(drawers.anonymous),
            rest: bucket(drawers.rest),
        }
    }
}

impl Heads {
    fn new(buckets: Names) -> Self {
        let mut lengths: Vec<usize> = buckets.keys().map(|head| head.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self { buckets, lengths: lengths.into() }
    }
}

impl Drawers {
    /// Under every name of the condition that leaves the fewest to ask.
    fn put(&mut self, number: u32, rule: &Rule) {
        let best = rule
            .who
            .iter()
            .filter_map(|condition| Some((rank(condition)?, condition)))
            .min_by_key(|(r, _)| *r);
        let (drawer, names) = match best {
            Some((_, Condition::Anonymous)) => return self.anonymous.push(number),
            Some((BEGUN.., Condition::User(names))) => (&mut self.user_heads, names),
            Some((BEGUN.., Condition::Client(names))) => (&mut self.client_heads, names),
            Some((_, Condition::User(names))) => (&mut self.users, names),
            Some((_, Condition::Client(names))) => (&mut self.clients, names),
            Some((_, Condition::CommonName(names))) => (&mut self.common_names, names),
            Some((_, Condition::Listener(names))) => (&mut self.listeners, names),
            _ => return self.rest.push(number),
        };
        for name in names {
            let numbers = drawer.entry(name.head().as_bytes().into()).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }
}

/// From here on, ranks are of conditions with patterns.
const BEGUN: u8 = 4;

/// The place of a condition among those that name somebody; nothing if it does not.
fn rank(condition: &Condition) -> Option<u8> {
    let exact = |names: &[Name]| names.iter().all(|name| name.exact().is_some());
    let begun = |names: &[Name]| names.iter().all(|name| !name.head().is_empty());
    match condition {
        Condition::Client(names) if exact(names) => Some(0),
        Condition::User(names) if exact(names) => Some(1),
        Condition::CommonName(names) if exact(names) => Some(2),
        Condition::Anonymous => Some(3),
        Condition::Client(names) if begun(names) => Some(BEGUN),
        Condition::User(names) if begun(names) => Some(5),
        Condition::Listener(names) if exact(names) => Some(6),
        _ => None,
    }
}

impl Bucket {
    fn new(numbers: Vec<u32>, rules: &[Rule]) -> Self {
        if numbers.len() <= FEW {
            return Self::Few(numbers.into());
        }
        let (mut planter, mut reach) = (Planter::default(), Collector::default());
        for number in numbers {
            let Some(rule) = usize::try_from(number).ok().and_then(|number| rules.get(number)) else {
                continue;
            };
            for (at, pattern) in (0_u32..).zip(&rule.topics) {
                planter.plant((number, at), pattern, !rule.allows());
                if rule.refuses_subscriptions() {
                    reach.put((number, at), pattern, rule.qos);
                }
            }
        }
        Self::Many(Box::new(planter.grow()), Box::new(reach.done()))
    }
}

/// A tree while it grows.
#[derive(Default)]
struct Planter {
    tree: Tree,
    /// Levels that are filled in, by their text.
    filled: HashMap<(u32, String), u32, foldhash::fast::RandomState>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], names: HashMap::default(), refusing: Vec::new() }
    }
}

impl Planter {
    fn plant(&mut self, entry: Entry, pattern: &Pattern, refuses: bool) {
        let (form, levels) = taken_apart(pattern);
        let mut at = ROOT;
        let mut planted = false;
        self.note(at, entry);
        let last = levels.len().saturating_sub(1);
        for (depth, level) in levels.into_iter().enumerate() {
            // A prefix ends somewhere in its last level.
            let ends = form == TopicForm::Prefix && depth == last || level == [Piece::Text("#".into())];
            if refuses && !planted && has_value(&level) {
                planted = true;
                self.node(at).widened.push(entry);
            }
            if refuses {
                self.note_values(&level, depth == 0);
            }
            if ends {
                self.node(at).on.push(entry);
                return;
            }
            at = self.step(at, level);
            self.note(at, entry);
        }
        self.node(at).here.push(entry);
    }

    /// Keeps the lowest number of a node.
    fn note(&mut self, at: u32, (number, _): Entry) {
        let node = self.node(at);
        node.lowest = node.lowest.min(number);
    }

    fn note_values(&mut self, level: &[Piece], first: bool) {
        for (at, piece) in level.iter().enumerate() {
            if let Piece::Value(value) = piece {
                let noted = (value.clone(), first && at == 0);
                if !self.tree.refusing.contains(&noted) {
                    self.tree.refusing.push(noted);
                }
            }
        }
    }

    /// The node below `at` for a level, made if there is none.
    fn step(&mut self, at: u32, level: Vec<Piece>) -> u32 {
        match level.as_slice() {
            [] => self.named(at, b""),
            [Piece::Text(name)] if &**name == "+" => match self.node(at).plus {
                Some(child) => child,
                None => {
                    let child = self.fresh();
                    self.node(at).plus = Some(child);
                    child
                }
            },
            [Piece::Text(name)] => self.named(at, name.as_bytes()),
            _ => {
                let key = (at, format!("{level:?}"));
                if let Some(child) = self.filled.get(&key) {
                    return *child;
                }
                let child = self.fresh();
                self.filled.insert(key, child);
                self.node(at).filled.push((level.into(), child));
                child
            }
        }
    }

    fn named(&mut self, from: u32, level: &[u8]) -> u32 {
        if let Some(child) = self.tree.names.get(&EdgeRef { from, level }) {
            return *child;
        }
        let child = self.fresh();
        self.tree.names.insert(Edge { from, level: level.into() }, child);
        child
    }

    fn fresh(&mut self) -> u32 {
        let number = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        self.tree.nodes.push(Node::default());
        number
    }

    /// A node that was made before; every number here comes from [`Self::fresh`], so that there always is one.
    fn node(&mut self, number: u32) -> &mut Node {
        let at = usize::try_from(number).unwrap_or(usize::MAX).min(self.tree.nodes.len().saturating_sub(1));
        #[expect(
            clippy::indexing_slicing,
            reason = "the tree has a root, and the number is cut to what there is"
        )]
        &mut self.tree.nodes[at]
    }

    fn grow(mut self) -> Tree {
        self.tree.nodes.shrink_to_fit();
        self.tree.names.shrink_to_fit();
        for node in &mut self.tree.nodes {
            for entries in [&mut node.here, &mut node.on, &mut node.widened] {
                entries.shrink_to_fit();
            }
            node.filled.shrink_to_fit();
        }
        self.tree
    }
}

fn has_value(level: &[Piece]) -> bool {
    level.iter().any(|piece| matches!(piece, Piece::Value(_)))
}

/// The levels of a pattern. An empty level has no piece.
pub(super) fn taken_apart(pattern: &Pattern) -> (TopicForm, Vec<Vec<Piece>>) {
    let (form, pieces) = match pattern {
        Pattern::Fixed(form, text) => (*form, vec![Piece::Text(text.clone())]),
        Pattern::Filled(form, pieces) => (*form, pieces.to_vec()),
    };
    let mut levels: Vec<Vec<Piece>> = Vec::new();
    let mut level = Vec::new();
    for piece in pieces {
        let Piece::Text(text) = &piece else {
            level.push(piece);
            continue;
        };
        let mut parts = text.split('/').peekable();
        while let Some(part) = parts.next() {
            if !part.is_empty() {
                level.push(Piece::Text(part.into()));
            }
            if parts.peek().is_some() {
                levels.push(std::mem::take(&mut level));
            }
        }
    }
    levels.push(level);
    (form, levels)
}
