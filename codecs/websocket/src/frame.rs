//! A client's frames, taken apart where they lie.

mod control;
mod head;
mod mask;
mod text;

use control::Partial;
use head::{Head, MAX_CLIENT_HEAD, Opcode};
use mask::unmask;
use text::Unfinished;

pub use control::Control;

use crate::Error;

/// What a message carries (RFC 6455 §5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text, in UTF-8.
    Text,
    /// Bytes.
    Binary,
}

impl Kind {
    pub(crate) const fn opcode(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Binary => 2,
        }
    }
}

/// Which kinds of message are taken; the other is refused with 1003.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// Bytes alone.
    #[default]
    Binary,
    /// Text alone.
    Text,
    /// Either.
    Both,
}

/// What a listener takes. Given with every call, so that a connection need not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which kinds of message.
    pub accepts: Accepts,
    /// Bytes of payload in one frame; more is refused with 1009, before they come.
    pub max_frame: u64,
    /// Bytes of payload in one message, all its frames together. Nothing here holds them; it is for those who
    /// collect a message.
    pub max_message: u64,
}

impl Default for Rules {
    /// Binary, frames of at most 16 MiB, messages of any length: for a byte stream in binary frames.
    fn default() -> Self {
        Self { accepts: Accepts::Binary, max_frame: 16 << 20, max_message: u64::MAX }
    }
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A run of a message's payload, unmasked: a frame or the part of one that is there. It never waits for the
    /// rest.
    Data {
        /// The kind of the message. A text's runs are UTF-8 together; one run may end within a character.
        kind: Kind,
        /// The bytes; empty only where `last` has nothing to go with.
        bytes: &'a [u8],
        /// Whether the message ends with them.
        last: bool,
    },
    /// A control frame, whole.
    Control(Control<'a>),
}

/// What [`Decoder::unframe`] made of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Unframed {
    /// Bytes of payload, now at the front of the buffer.
    pub len: usize,
    /// What the client did wrong behind them. The connection is to be failed.
    pub error: Option<Error>,
}

/// Where one connection stands in its client's frames. 32 bytes, and nothing on the heap but a control frame
/// that came in pieces, while it is incomplete.
///
/// ```text
///            head whole: data            head whole, control not
/// Payload <──────────────────── Head ───────────────────────────> Control
///    └──────── frame ends ───────^ └─┐  ^──── handed out ────────────┘ │
///                                    │ Close or an error               │ the same
///                                    └──────────> Finished <───────────┘
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    message: Message,
}

#[derive(Debug)]
enum State {
    /// Before or within the head of a frame: what of it has come.
    Head { bytes: [u8; MAX_CLIENT_HEAD - 1], have: u8 },
    /// Within the payload of a data frame: `left` bytes to come, `mask` turned to fit the next.
    Payload { mask: [u8; 4], left: u64 },
    /// Within a control frame that came in pieces, or behind it until the next call.
    Control(Box<Partial>),
    /// After a Close or an error: whatever comes is thrown away.
    Finished,
}

impl Default for State {
    fn default() -> Self {
        Self::Head { bytes: [0; MAX_CLIENT_HEAD - 1], have: 0 }
    }
}

/// The message that the current data frame, or the next, belongs to.
#[derive(Debug, Default)]
struct Message {
    /// Payload announced so far.
    len: u64,
    /// None between messages.
    kind: Option<Kind>,
    /// Whether the current frame ends it.
    last: bool,
    text: Unfinished,
}

/// One step through the bytes at hand.
struct Step {
    /// Bytes done with, from the front.
    consumed: usize,
    found: Found,
}

enum Found {
    /// The bytes are used up.
    Nothing,
    /// The payload from here to the end of what was consumed.
    Data { start: usize, kind: Kind, last: bool },
    /// The same for a control frame.
    Control { start: usize, kind: head::ControlKind },
    /// A control frame that had come in pieces and is whole now, in the state.
    Kept,
}

impl Decoder {
    /// At the start of a connection, behind the handshake.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next event in `input`, from whose front it takes what it is done with; `None` when nothing is left.
    /// Everything is taken always: no byte has to be kept for the next call.
    ///
    /// # Errors
    /// The rule the client broke. Whatever follows is thrown away.
    pub fn decode<'d, 'b: 'd>(
        &'d mut self,
        rules: &Rules,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d>>, Error> {
        let bytes = std::mem::take(input);
        let Step { consumed, found } = self.step(rules, bytes)?;
        let (done, rest) = bytes.split_at_mut_checked(consumed).unwrap_or_default();
        let event = match found {
            Found::Nothing => None,
            Found::Data { start, kind, last } => {
                Some(Event::Data { kind, bytes: done.get(start..).unwrap_or_default(), last })
            }
            Found::Control { start, kind } => {
                Some(Event::Control(self.control(kind, done.get(start..).unwrap_or_default())?))
            }
            Found::Kept => self.kept()?.map(Event::Control),
        };
        *input = rest;
        Ok(event)
    }

    /// Takes all of a read apart at once, for protocols that see a byte stream and not messages: the payloads
    /// move together at the front of `bytes`, and `control` is told of each control frame, in order. A Close
    /// is the last that is told.
    pub fn unframe(
        &mut self,
        rules: &Rules,
        bytes: &mut [u8],
        mut control: impl FnMut(Control<'_>),
    ) -> Unframed {
        let (mut at, mut len) = (0_usize, 0_usize);
        loop {
            let rest = bytes.get_mut(at..).unwrap_or_default();
            let step = match self.step(rules, rest) {
                Ok(step) => step,
                Err(error) => return Unframed { len, error: Some(error) },
            };
            let end = at.saturating_add(step.consumed);
            let told = match step.found {
                Found::Nothing => return Unframed { len, error: None },
                Found::Data { start, .. } => {
                    let start = at.saturating_add(start);
                    // Payload never moves towards the back: heads lie between, so `len <= start`.
                    bytes.copy_within(start..end, len);
                    len = len.saturating_add(end.saturating_sub(start));
                    Ok(())
                }
                Found::Control { start, kind } => {
                    let payload = bytes.get(at.saturating_add(start)..end).unwrap_or_default();
                    self.control(kind, payload).map(&mut control)
                }
                Found::Kept => self.kept().map(|kept| kept.into_iter().for_each(&mut control)),
            };
            if let Err(error) = told {
                return Unframed { len, error: Some(error) };
            }
            at = end;
        }
    }

    /// Whether a Close or an error came, so that nothing more is read.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        match &self.state {
            State::Finished => true,
            State::Control(partial) => partial.is_whole() && matches!(partial.kind, head::ControlKind::Close),
            _ => false,
        }
    }

    /// What a control frame says that came in one piece.
    fn control<'a>(&mut self, kind: head::ControlKind, payload: &'a [u8]) -> Result<Control<'a>, Error> {
        let control = control::read(kind, payload);
        if kind == head::ControlKind::Close || control.is_err() {
            self.state = State::Finished;
        }
        control
    }

    /// What the control frame says that came in pieces.
    fn kept(&mut self) -> Result<Option<Control<'_>>, Error> {
        match &self.state {
            State::Control(partial) => control::read(partial.kind, partial.payload()).map(Some),
            _ => Ok(None),
        }
    }

    fn step(&mut self, rules: &Rules, bytes: &mut [u8]) -> Result<Step, Error> {
        let step = self.advance(rules, bytes);
        if step.is_err() {
            self.state = State::Finished;
        }
        step
    }

    /// Goes on until something is found or the bytes are used up.
    fn advance(&mut self, rules: &Rules, bytes: &mut [u8]) -> Result<Step, Error> {
        let mut at = 0_usize;
        loop {
            let rest = bytes.get_mut(at..).unwrap_or_default();
            match &mut self.state {
                State::Head { .. } => {
                    let Some(head) = self.head(rules, rest)? else {
                        return Ok(Step { consumed: bytes.len(), found: Found::Nothing });
                    };
                    at = at.saturating_add(head.size);
                    let payload = bytes.get_mut(at..).unwrap_or_default();
                    if let Some(step) = self.begin(head, payload, at) {
                        return Ok(step);
                    }
                }
                State::Payload { .. } => {
                    if let Some(step) = self.payload(bytes, at)? {
                        return Ok(step);
                    }
                }
                State::Control(partial) if partial.is_whole() => {
                    self.state = match partial.kind {
                        head::ControlKind::Close => State::Finished,
                        _ => State::default(),
                    };
                }
                State::Control(partial) => {
                    let consumed = at.saturating_add(partial.fill(rest));
                    let found = if partial.is_whole() { Found::Kept } else { Found::Nothing };
                    return Ok(Step { consumed, found });
                }
                State::Finished => return Ok(Step { consumed: bytes.len(), found: Found::Nothing }),
            }
        }
    }

    /// The head that begins in the state and ends in `bytes`, its `size` counted in `bytes` alone; without its
    /// end, all of it goes into the state.
    fn head(&mut self, rules: &Rules, bytes: &[u8]) -> Result<Option<Head>, Error> {
        let State::Head { bytes: kept, have } = &mut self.state else { return Ok(None) };
        let before = usize::from(*have);
        let mut joined = [0; MAX_CLIENT_HEAD];
        let front = if before == 0 {
            bytes
        } else {
            let source = kept.iter().take(before).chain(bytes);
            let len = joined.iter_mut().zip(source).map(|(to, from)| *to = *from).count();
            joined.get(..len).unwrap_or_default()
        };
        if let Some(mut head) = head::parse(front, rules, &self.message)? {
            head.size = head.size.saturating_sub(before);
            return Ok(Some(head));
        }
        // A head that is not whole is shorter than the longest, so all of it fits.
        *have = u8::try_from(front.len()).unwrap_or(u8::MAX);
        kept.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
        Ok(None)
    }

    /// Enters the frame whose payload begins with `payload`, at `at`; a control frame that is whole is found
    /// at once.
    fn begin(&mut self, head: Head, payload: &mut [u8], at: usize) -> Option<Step> {
        let Head { opcode, last, len, mut mask, .. } = head;
        let kind = match opcode {
            Opcode::Control(kind) => kind,
            Opcode::Data(kind) => {
                self.message = Message { len, kind: Some(kind), last, text: Unfinished::default() };
                self.state = State::Payload { mask, left: len };
                return None;
            }
            Opcode::Continuation => {
                self.message.len = self.message.len.saturating_add(len);
                self.message.last = last;
                self.state = State::Payload { mask, left: len };
                return None;
            }
        };
        let whole = usize::try_from(len).ok().and_then(|len| payload.get_mut(..len));
        let Some(payload) = whole else {
            self.state = State::Control(Box::new(Partial::new(kind, mask, len)));
            return None;
        };
        unmask(payload, &mut mask);
        self.state = State::default();
        Some(Step { consumed: at.saturating_add(payload.len()), found: Found::Control { start: at, kind } })
    }

    /// Takes what is there of a data frame's payload, from `at` on. `None` behind a frame that was empty and
    /// did not end its message: it is nothing to speak of.
    fn payload(&mut self, bytes: &mut [u8], at: usize) -> Result<Option<Step>, Error> {
        let (State::Payload { mask, left }, Some(kind)) = (&mut self.state, self.message.kind) else {
            self.state = State::default();
            return Ok(None);
        };
        let rest = bytes.get_mut(at..).unwrap_or_default();
        let taken = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
        let run = rest.get_mut(..taken).unwrap_or_default();
        unmask(run, mask);
        *left = left.saturating_sub(taken as u64);
        let frame_ends = *left == 0;
        if kind == Kind::Text {
            self.message.text.check(run)?;
        }
        let last = frame_ends && self.message.last;
        if frame_ends {
            self.state = State::default();
        }
        if last {
            self.message.text.finish()?;
            self.message = Message::default();
        }
        let consumed = at.saturating_add(taken);
        Ok(match (taken > 0 || last, frame_ends) {
            (true, _) => Some(Step { consumed, found: Found::Data { start: at, kind, last } }),
            (false, true) => None,
            (false, false) => Some(Step { consumed, found: Found::Nothing }),
        })
    }
}

#[cfg(test)]
mod tests;
