//! How the shapes come to be.

use hashbrown::HashMap;
use tidegate_config::sections::{Piece, TopicForm};

use super::{End, Form, Level, Random, Reach, Shape};
use crate::index::build::taken_apart;
use crate::index::tree::Entry;
use crate::pattern::Pattern;

/// So many different levels that are filled in are told apart; the others could be anything.
const MOST_FILLINGS: usize = 64;

/// Shapes while they are collected.
#[derive(Debug, Default)]
pub(in crate::index) struct Collector {
    reach: Reach,
    shapes: HashMap<Form, usize, Random>,
}

impl Collector {
    /// Takes a pattern of a refusing rule that speaks of subscriptions. Numbers come in their order.
    pub(in crate::index) fn put(&mut self, entry: Entry, pattern: &Pattern, qos: u8) {
        let (form, mut written) = taken_apart(pattern);
        // A text that is the same for everybody is met on the way through the tree.
        if form == TopicForm::Literal && matches!(pattern, Pattern::Fixed(..)) {
            return;
        }
        let mut end = End::Here;
        if form == TopicForm::Prefix {
            end = End::Within;
        } else if written.last().is_some_and(|level| text_of(level) == Some(b"#")) {
            written.pop();
            end = End::Rest;
        }
        let hidden = written
            .first()
            .and_then(|level| level.first())
            .is_some_and(|piece| matches!(piece, Piece::Text(text) if text.starts_with('$')));
        let last = written.len().saturating_sub(1);
        let mut names = Vec::new();
        let mut levels = Vec::with_capacity(written.len());
        for (at, level) in written.into_iter().enumerate() {
            let within = end == End::Within && at == last;
            let kind = self.kind(&level, within);
            if let (Level::Name | Level::Head(_), Some(text)) = (kind, text_of(&level)) {
                names.push((at, self.name(text)));
            }
            levels.push(kind);
        }
        let form = Form { levels: levels.into(), end, hidden, literal: form == TopicForm::Literal, qos };
        self.keep(form, names, entry);
    }

    fn kind(&mut self, level: &[Piece], within: bool) -> Level {
        match text_of(level) {
            Some(text) if within => Level::Head(text.len()),
            Some(b"+") => Level::Plus,
            Some(_) => Level::Name,
            None if within => Level::Anything,
            None => self.filling(level),
        }
    }

    fn filling(&mut self, level: &[Piece]) -> Level {
        let fillings = &mut self.reach.fillings;
        let number = fillings.iter().position(|known| **known == *level).unwrap_or(fillings.len());
        if number >= MOST_FILLINGS {
            return Level::Anything;
        }
        if number == fillings.len() {
            fillings.push(level.into());
        }
        u32::try_from(number).map_or(Level::Anything, Level::Filled)
    }

    fn name(&mut self, text: &[u8]) -> u32 {
        let fresh = u32::try_from(self.reach.names.len()).unwrap_or(u32::MAX);
        *self.reach.names.entry(text.into()).or_insert(fresh)
    }

    fn keep(&mut self, form: Form, names: Vec<(usize, u32)>, entry: Entry) {
        let shapes = &mut self.reach.shapes;
        let fresh = shapes.len();
        let at = *self.shapes.entry_ref(&form).or_insert(fresh);
        if at == fresh {
            shapes.push(Shape { form, all: Vec::new(), named: HashMap::default(), lowest: entry.0 });
        }
        let Some(shape) = shapes.get_mut(at) else { return };
        shape.all.push(entry);
        for name in names {
            shape.named.entry(name).or_default().push(entry);
        }
    }

    pub(in crate::index) fn done(mut self) -> Reach {
        for shape in &mut self.reach.shapes {
            shape.all.shrink_to_fit();
            shape.named.shrink_to_fit();
            shape.named.values_mut().for_each(Vec::shrink_to_fit);
        }
        self.reach.names.shrink_to_fit();
        // Shapes were met in the order of their lowest numbers.
        self.reach.shapes.shrink_to_fit();
        self.reach
    }
}

/// The text of a level that is the same for everybody.
fn text_of(level: &[Piece]) -> Option<&[u8]> {
    match level {
        [] => Some(b""),
        [Piece::Text(text)] => Some(text.as_bytes()),
        _ => None,
    }
}
