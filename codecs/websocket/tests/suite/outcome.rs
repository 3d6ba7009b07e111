//! What the decoder made of a stream.

use websocket_codec::{Accepts, Control, Decoder, Event, Kind, Rules};

pub(crate) const ANY: Rules = Rules { accepts: Accepts::Both, max_frame: 1 << 24, max_message: 1 << 24 };

/// What came, runs of the same message put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Data(Kind, Vec<u8>, bool),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
}

impl Item {
    pub(crate) fn text(text: &str) -> Self {
        Self::Data(Kind::Text, text.as_bytes().to_vec(), true)
    }

    pub(crate) fn binary(bytes: &[u8]) -> Self {
        Self::Data(Kind::Binary, bytes.to_vec(), true)
    }
}

impl From<Control<'_>> for Item {
    fn from(control: Control<'_>) -> Self {
        match control {
            Control::Ping(payload) => Self::Ping(payload.to_vec()),
            Control::Pong(payload) => Self::Pong(payload.to_vec()),
            Control::Close { code, reason } => Self::Close(code.map(|code| code.0), reason.to_owned()),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) items: Vec<Item>,
    pub(crate) error: Option<u16>,
}

impl Outcome {
    fn add(&mut self, event: Event<'_>) {
        let (kind, bytes, last) = match event {
            Event::Data { kind, bytes, last } => (kind, bytes, last),
            Event::Control(control) => return self.items.push(control.into()),
        };
        assert!(last || !bytes.is_empty(), "an event that says nothing");
        // Control frames may have come between, but no other message.
        let open = self.items.iter_mut().rev().find_map(|item| match item {
            Item::Data(kind, bytes, last) => Some((kind, bytes, last)),
            _ => None,
        });
        match open {
            Some((open, before, ended)) if !*ended => {
                assert_eq!(*open, kind);
                before.extend(bytes);
                *ended = last;
            }
            _ => self.items.push(Item::Data(kind, bytes.to_vec(), last)),
        }
    }

    /// Without the part of a message before an error: how much of it was handed on depends on the reads.
    pub(crate) fn settled(mut self) -> Self {
        if self.error.is_some() {
            self.items.retain(|item| !matches!(item, Item::Data(_, _, false)));
        }
        // Where an unfinished message began among control frames depends on the reads, too.
        self.items.sort_by_key(|item| matches!(item, Item::Data(..)));
        self
    }

    pub(crate) fn controls(&self) -> Vec<Item> {
        self.items.iter().filter(|item| !matches!(item, Item::Data(..))).cloned().collect()
    }

    /// All payload, as a byte stream.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let data = self.items.iter().filter_map(|item| match item {
            Item::Data(_, bytes, _) => Some(bytes.as_slice()),
            _ => None,
        });
        data.collect::<Vec<_>>().concat()
    }
}

/// Decodes a stream that comes in the pieces given.
pub(crate) fn decode<'p>(rules: &Rules, pieces: impl IntoIterator<Item = &'p [u8]>) -> Outcome {
    let mut decoder = Decoder::new();
    let mut outcome = Outcome::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut rest = &mut piece[..];
        loop {
            match decoder.decode(rules, &mut rest) {
                Ok(Some(event)) => outcome.add(event),
                Ok(None) => break,
                Err(error) => {
                    assert!(error.code().may_be_sent() && error.what().len() <= 123);
                    assert!(decoder.is_finished());
                    assert_eq!(outcome.error.replace(error.code().0), None, "a second error");
                    break;
                }
            }
        }
        assert!(rest.is_empty(), "bytes were left");
    }
    outcome
}

/// The same by [`Decoder::unframe`]: payload, control frames, error.
pub(crate) fn unframe<'p>(
    rules: &Rules,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> (Vec<u8>, Vec<Item>, Option<u16>) {
    let mut decoder = Decoder::new();
    let (mut payload, mut controls, mut error) = (Vec::new(), Vec::new(), None);
    for piece in pieces {
        let mut piece = piece.to_vec();
        let unframed = decoder.unframe(rules, &mut piece, |control| controls.push(control.into()));
        payload.extend(&piece[..unframed.len]);
        error = error.or(unframed.error.map(|error| error.code().0));
    }
    (payload, controls, error)
}
