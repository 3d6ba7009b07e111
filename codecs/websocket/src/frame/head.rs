//! The head of a client's frame (RFC 6455 §5.2), judged byte by byte as far as it has come.

use super::{Accepts, Kind, Message, Rules};
use crate::Error;
use crate::encode::MAX_CONTROL;
use crate::error::fault;

/// Bytes that the head of a client's frame takes at most: two, eight of length, four of mask.
pub(super) const MAX_CLIENT_HEAD: usize = 14;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Data(Kind),
    Control(ControlKind),
}

/// Which control frame (RFC 6455 §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ControlKind {
    Close,
    Ping,
    Pong,
}

/// A head that is whole and in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    pub(super) last: bool,
    pub(super) len: u64,
    pub(super) mask: [u8; 4],
    /// Bytes the head itself takes.
    pub(super) size: usize,
}

/// The head at the front of `bytes`; `None` when it is not whole and nothing is wrong so far.
pub(super) fn parse(bytes: &[u8], rules: &Rules, message: &Message) -> Result<Option<Head>, Error> {
    let [first, rest @ ..] = bytes else { return Ok(None) };
    let (opcode, last) = check_first(*first, rules, message)?;
    let [second, rest @ ..] = rest else { return Ok(None) };
    if second & 0x80 == 0 {
        return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.1", "a client's frame is not masked"));
    }
    let short = second & 0x7F;
    if matches!(opcode, Opcode::Control(_)) && usize::from(short) > MAX_CONTROL {
        return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.5", "a control frame is longer than 125 bytes"));
    }
    let Some((len, rest)) = length(short, rest)? else { return Ok(None) };
    check_length(opcode, len, rules, message)?;
    let Some((mask, after)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let size = bytes.len().saturating_sub(after.len());
    Ok(Some(Head { opcode, last, len, mask: *mask, size }))
}

/// FIN, the reserved bits, the opcode, and whether it may come now.
fn check_first(first: u8, rules: &Rules, message: &Message) -> Result<(Opcode, bool), Error> {
    if first & 0x70 != 0 {
        return Err(fault!(
            PROTOCOL_ERROR,
            "RFC 6455 §5.2",
            "a reserved bit is set, with no extension agreed"
        ));
    }
    let last = first & 0x80 != 0;
    let opcode = match first & 0x0F {
        0x0 => Opcode::Continuation,
        0x1 => Opcode::Data(Kind::Text),
        0x2 => Opcode::Data(Kind::Binary),
        0x8 => Opcode::Control(ControlKind::Close),
        0x9 => Opcode::Control(ControlKind::Ping),
        0xA => Opcode::Control(ControlKind::Pong),
        _ => return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.2", "a reserved opcode is used")),
    };
    match (opcode, message.kind) {
        (Opcode::Control(_), _) if !last => {
            Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.4, §5.5", "a control frame is fragmented"))
        }
        (Opcode::Continuation, None) => {
            Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.4", "a continuation continues nothing"))
        }
        (Opcode::Data(_), Some(_)) => {
            Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.4", "a message begins within another"))
        }
        (Opcode::Data(Kind::Text), None) if rules.accepts == Accepts::Binary => {
            Err(fault!(UNSUPPORTED_DATA, "RFC 6455 §7.4.1", "text frames are not taken here"))
        }
        (Opcode::Data(Kind::Binary), None) if rules.accepts == Accepts::Text => {
            Err(fault!(UNSUPPORTED_DATA, "RFC 6455 §7.4.1", "binary frames are not taken here"))
        }
        _ => Ok((opcode, last)),
    }
}

/// The payload's length, which takes no more bytes than it needs, and what follows it.
fn length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, Error> {
    let (len, rest, least) = match short {
        126 => match rest.split_first_chunk::<2>() {
            Some((bytes, rest)) => (u64::from(u16::from_be_bytes(*bytes)), rest, 126),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((bytes, rest)) => (u64::from_be_bytes(*bytes), rest, 65_536),
            None => return Ok(None),
        },
        _ => (u64::from(short), rest, 0),
    };
    if len >> 63 != 0 {
        return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.2", "a length has its highest bit set"));
    }
    if len < least {
        return Err(fault!(PROTOCOL_ERROR, "RFC 6455 §5.2", "a length takes more bytes than it needs"));
    }
    Ok(Some((len, rest)))
}

fn check_length(opcode: Opcode, len: u64, rules: &Rules, message: &Message) -> Result<(), Error> {
    if matches!(opcode, Opcode::Control(_)) {
        return Ok(());
    }
    if len > rules.max_frame {
        return Err(fault!(TOO_BIG, "RFC 6455 §10.4", "a frame is longer than is taken here"));
    }
    if message.len.saturating_add(len) > rules.max_message {
        return Err(fault!(TOO_BIG, "RFC 6455 §10.4", "a message is longer than is taken here"));
    }
    Ok(())
}
