//! Topics of a rule, ready to be compared.

use tidegate_config::sections::{Piece, TopicForm, TopicPattern};

use crate::sets;
use crate::values::Values;

/// The topics of a rule.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// The same for everybody.
    Fixed(TopicForm, Box<str>),
    /// Filled in for each.
    Filled(TopicForm, Box<[Piece]>),
}

impl Pattern {
    pub(crate) fn new(pattern: &TopicPattern) -> Self {
        match pattern.pieces() {
            [] => Self::Fixed(pattern.form(), Box::default()),
            [Piece::Text(text)] => Self::Fixed(pattern.form(), text.clone()),
            pieces => Self::Filled(pattern.form(), pieces.into()),
        }
    }

    /// Whether the rule speaks of `text` (a topic, or a subscription's filter): for a rule that allows, all of it has
    /// to be within the pattern; for one that refuses, a topic in common is enough.
    ///
    /// A value that is absent or unfit never matches for a rule that allows. A rule that refuses then holds for all
    /// that the pattern could have meant, whatever the value: everything from that level on.
    pub(crate) fn speaks_of(
        &self,
        text: &[u8],
        allows: bool,
        values: &Values<'_>,
        room: &mut Vec<u8>,
    ) -> bool {
        let (form, pieces) = match self {
            Self::Fixed(form, fixed) => return compare(*form, fixed.as_bytes(), text, allows),
            Self::Filled(form, pieces) => (*form, pieces),
        };
        room.clear();
        for piece in pieces {
            match piece {
                Piece::Text(said) => room.extend_from_slice(said.as_bytes()),
                Piece::Value(placeholder) => match values.get(placeholder, room.is_empty()) {
                    Some(value) => room.extend_from_slice(value),
                    None if allows => return false,
                    None => return compare(widen(form, room), room, text, allows),
                },
            }
        }
        compare(form, room, text, allows)
    }
}

/// Makes of what stands before a value that cannot be filled in the pattern of all that could follow.
fn widen(form: TopicForm, room: &mut Vec<u8>) -> TopicForm {
    // Without a wildcard, all that begins like this; `$` may follow at the very beginning too.
    if form == TopicForm::Prefix || !room.contains(&b'+') {
        return TopicForm::Prefix;
    }
    let separator = room.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    room.truncate(separator);
    room.extend_from_slice(b"/#");
    TopicForm::Filter
}

fn compare(form: TopicForm, pattern: &[u8], text: &[u8], allows: bool) -> bool {
    match (form, allows) {
        (TopicForm::Literal, _) => pattern == text,
        (TopicForm::Filter, true) => sets::contains(pattern, text),
        (TopicForm::Filter, false) => sets::overlap(pattern, text),
        (TopicForm::Prefix, true) => sets::prefix_contains(pattern, text),
        (TopicForm::Prefix, false) => sets::prefix_overlaps(pattern, text),
    }
}
