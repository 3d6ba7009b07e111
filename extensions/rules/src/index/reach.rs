//! Refusing rules that a subscription with wildcards reaches into, without a walk through all of them.
//!
//! Patterns of one shape (which levels are names, which are wildcards, how it ends) stand together. A shape either
//! cannot have a topic in common with a filter at all, or has one wherever the names agree at the levels that both
//! name: only rules that stand under all those names are asked. Where pattern and filter name no common level, the
//! first rule that is for this somebody decides.

mod build;
mod common;

pub(super) use build::Collector;

use hashbrown::HashMap;
use tidegate_config::sections::Piece;

use super::Search;
use super::tree::Entry;
use crate::values::Values;
use common::Common;

type Random = foldhash::fast::RandomState;

/// Patterns of refusing rules by their shapes.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The one with the lowest number first.
    shapes: Vec<Shape>,
    names: HashMap<Box<[u8]>, u32, Random>,
    /// Levels that are filled in.
    fillings: Vec<Box<[Piece]>>,
}

/// What patterns have in common that are compared alike.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Form {
    levels: Box<[Level]>,
    end: End,
    /// It begins with `$`.
    hidden: bool,
    /// Compared as text, unless something in it cannot be filled in.
    literal: bool,
    /// The qualities of service of the rules.
    qos: u8,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Level {
    /// A name.
    Name,
    /// The beginning of a level, so many bytes: the last one of a prefix.
    Head(usize),
    Plus,
    /// Something that is filled in, by its number.
    Filled(u32),
    /// Something else.
    Anything,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum End {
    /// With the last level.
    Here,
    /// With `#`.
    Rest,
    /// In the midst of the last level: a prefix.
    Within,
}

#[derive(Debug)]
struct Shape {
    form: Form,
    /// All patterns, lowest number first.
    all: Vec<Entry>,
    /// Those that have a name at a level, by both.
    named: HashMap<(usize, u32), Vec<Entry>, Random>,
    lowest: u32,
}

/// A filter taken apart.
struct Wanted<'a> {
    levels: Vec<&'a [u8]>,
    /// It ends with `#`.
    rest: bool,
    hidden: bool,
}

impl<'a> Wanted<'a> {
    fn new(filter: &'a [u8]) -> Self {
        let mut levels: Vec<&[u8]> = filter.split(|byte| *byte == b'/').collect();
        let rest = levels.last().is_some_and(|level| *level == b"#");
        if rest {
            levels.pop();
        }
        Self { levels, rest, hidden: filter.first() == Some(&b'$') }
    }

    /// A level that is named.
    fn named(&self, at: usize) -> Option<&'a [u8]> {
        self.levels.get(at).copied().filter(|level| *level != b"+")
    }

    /// Whether it matches topics of exactly `levels` levels, or of so many and more.
    fn has(&self, levels: usize, more: bool) -> bool {
        let own = self.levels.len();
        own == levels || if own < levels { self.rest } else { more }
    }
}

impl Reach {
    /// Asks those rules that may have a topic in common with the filter (in its longer form, [`crate::sets::normal`]).
    pub(super) fn search(&self, search: &mut Search<'_>, filter: &[u8]) {
        let wanted = Wanted::new(filter);
        let mut lists = Vec::new();
        for shape in &self.shapes {
            if shape.lowest >= search.best {
                return;
            }
            search.work = search.work.saturating_add(1);
            if !self.agree(shape, &wanted, search, &mut lists) {
                continue;
            }
            match lists.as_mut_slice() {
                [] => search.ask(&shape.all),
                [list] => search.ask(list),
                lists => {
                    let mut common = Common::new(lists);
                    while let Some(entry) = common.next().filter(|(number, _)| *number < search.best) {
                        search.ask(&[entry]);
                    }
                    search.work = search.work.saturating_add(common.steps);
                }
            }
        }
    }

    /// Whether patterns of this shape can reach what is wanted; `lists` are then those under the names of levels that
    /// both name.
    fn agree<'s>(
        &self,
        shape: &'s Shape,
        wanted: &Wanted<'_>,
        search: &Search<'_>,
        lists: &mut Vec<&'s [Entry]>,
    ) -> bool {
        lists.clear();
        let Form { levels, end, hidden, literal, qos } = &shape.form;
        let cut = self.cut(levels, search.values);
        if qos & search.question.qos == 0 || *literal && cut.is_none() {
            return false;
        }
        let open_first = matches!(levels.first(), Some(Level::Plus) | None);
        let wild_first = wanted.named(0).is_none();
        // A wildcard in the first level leaves out what begins with `$` [MQTT-4.7.2-1].
        if *hidden && wild_first || wanted.hidden && open_first {
            return false;
        }
        let (depth, fits) = match cut {
            None => (levels.len(), wanted.has(levels.len(), *end != End::Here)),
            Some(at) => {
                let before = levels.get(..at).unwrap_or_default();
                // With a wildcard before, `#` stands in for the rest, and takes the level above it too.
                let parent = *end != End::Within && (*literal || before.contains(&Level::Plus));
                (at, wanted.has(at.saturating_add(usize::from(!parent)), true))
            }
        };
        fits && levels.iter().take(depth).enumerate().all(|(at, level)| {
            let Some(name) = wanted.named(at) else { return true };
            let name = match *level {
                Level::Plus | Level::Anything => return true,
                Level::Filled(number) => return fills(self.filling(number), name, at == 0, search.values),
                Level::Name => Some(name),
                Level::Head(length) => name.get(..length),
            };
            let known = name.and_then(|name| self.names.get(name));
            let list = known.and_then(|name| shape.named.get(&(at, *name)));
            lists.extend(list.map(Vec::as_slice));
            list.is_some()
        })
    }

    /// The first level that cannot be filled in: from there on a rule that refuses holds for everything.
    fn cut(&self, levels: &[Level], values: &Values<'_>) -> Option<usize> {
        let unfit = |piece: &Piece, first| match piece {
            Piece::Text(_) => false,
            Piece::Value(value) => values.get(value, first).is_none(),
        };
        levels.iter().enumerate().position(|(at, level)| match level {
            Level::Filled(number) => {
                let mut pieces = self.filling(*number).iter().enumerate();
                pieces.any(|(nth, piece)| unfit(piece, at == 0 && nth == 0))
            }
            Level::Anything => true,
            Level::Name | Level::Head(_) | Level::Plus => false,
        })
    }

    fn filling(&self, number: u32) -> &[Piece] {
        usize::try_from(number).ok().and_then(|number| self.fillings.get(number)).map_or(&[], |pieces| pieces)
    }
}

/// Whether a level is what `pieces` are once filled in; `first` says that it is the first one of its topic.
pub(super) fn fills(pieces: &[Piece], level: &[u8], first: bool, values: &Values<'_>) -> bool {
    let mut rest = level;
    for piece in pieces {
        let said = match piece {
            Piece::Text(text) => Some(text.as_bytes()),
            Piece::Value(value) => values.get(value, first && rest.len() == level.len()),
        };
        match said.and_then(|said| rest.strip_prefix(said)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}
