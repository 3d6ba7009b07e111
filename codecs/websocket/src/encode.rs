//! Frames of the server: never masked (RFC 6455 §5.1), never fragmented, lengths as short as they can be.

use crate::{CloseCode, Kind};

/// Bytes that the head of a server's frame takes at most.
pub const MAX_HEAD: usize = 10;

/// Bytes that a control frame carries at most (RFC 6455 §5.5).
pub const MAX_CONTROL: usize = 125;

/// Bytes of a Close frame's reason: the code takes two.
const MAX_REASON: usize = MAX_CONTROL - 2;

const FIN: u8 = 0x80;

/// The head of a frame, to be written before its payload.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    bytes: [u8; MAX_HEAD],
    len: u8,
}

impl Head {
    /// The bytes that go before the payload.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }
}

/// The head of a frame that is a whole message with a payload of `len` bytes (RFC 6455 §5.2).
#[must_use]
pub fn head(kind: Kind, len: usize) -> Head {
    let first = FIN | kind.opcode();
    let mut bytes = [0; MAX_HEAD];
    let used = match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short @ 0..=125), _) => put(&mut bytes, first, short, &[]),
        (_, Ok(middle)) => put(&mut bytes, first, 126, &middle.to_be_bytes()),
        _ => put(&mut bytes, first, 127, &(len as u64).to_be_bytes()),
    };
    Head { bytes, len: used }
}

/// Writes a head and says how long it is.
fn put(bytes: &mut [u8; MAX_HEAD], first: u8, second: u8, extended: &[u8]) -> u8 {
    let source = [first, second].into_iter().chain(extended.iter().copied());
    bytes.iter_mut().zip(source).fold(0_u8, |used, (byte, value)| {
        *byte = value;
        used.saturating_add(1)
    })
}

/// Makes one frame of `buffer`, whose first [`MAX_HEAD`] bytes are room for the head and whose rest is the
/// payload. Gives where the frame begins; what lies before is not part of it. For an output buffer into which
/// many packets are written before anybody knows how long they are together.
///
/// `None` when the buffer is shorter than the room.
#[must_use]
pub fn enclose(kind: Kind, buffer: &mut [u8]) -> Option<usize> {
    let head = head(kind, buffer.len().checked_sub(MAX_HEAD)?);
    let start = MAX_HEAD.checked_sub(head.as_bytes().len())?;
    buffer.get_mut(start..MAX_HEAD)?.copy_from_slice(head.as_bytes());
    Some(start)
}

/// Appends a Ping. A client answers with a Pong that carries the same bytes (RFC 6455 §5.5.2, §5.5.3); of
/// `payload` the first [`MAX_CONTROL`] bytes are sent.
pub fn ping(payload: &[u8], out: &mut Vec<u8>) {
    control(0x9, &[payload], out);
}

/// Appends a Pong, which answers a Ping and carries its bytes (RFC 6455 §5.5.3); of `payload` the first
/// [`MAX_CONTROL`] bytes are sent.
pub fn pong(payload: &[u8], out: &mut Vec<u8>) {
    control(0xA, &[payload], out);
}

/// Appends a Close frame, after which nothing more may be sent (RFC 6455 §5.5.1). The reason is cut at a
/// character's end to the 123 bytes there is room for. Without a code there is no reason, and a code that may
/// not be sent ([`CloseCode::may_be_sent`]) is left out likewise.
pub fn close(code: Option<CloseCode>, reason: &str, out: &mut Vec<u8>) {
    let Some(code) = code.filter(|code| code.may_be_sent()) else {
        return control(0x8, &[], out);
    };
    let reason = reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default();
    control(0x8, &[&code.0.to_be_bytes(), reason.as_bytes()], out);
}

/// Appends a control frame of the parts, cut to what one may carry.
fn control(opcode: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let len = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add).min(MAX_CONTROL);
    out.push(FIN | opcode);
    out.push(u8::try_from(len).unwrap_or(0));
    out.extend(parts.iter().copied().flatten().take(MAX_CONTROL));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        let cases: [(usize, &[u8]); 6] = [
            (0, &[0x82, 0]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65_535, &[0x82, 126, 0xFF, 0xFF]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (1 << 40, &[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]),
        ];
        for (len, expected) in cases {
            assert_eq!(head(Kind::Binary, len).as_bytes(), expected, "{len}");
        }
        assert_eq!(head(Kind::Text, 5).as_bytes(), [0x81, 5]);
    }

    #[test]
    fn a_payload_is_enclosed_where_it_lies() {
        for (len, start) in [(0, 8), (125, 8), (126, 6), (65_535, 6), (65_536, 0)] {
            let mut buffer = vec![7; MAX_HEAD + len];
            assert_eq!(enclose(Kind::Binary, &mut buffer), Some(start));
            assert_eq!(&buffer[start..MAX_HEAD], head(Kind::Binary, len).as_bytes());
            assert!(buffer[MAX_HEAD..].iter().all(|byte| *byte == 7));
        }
        assert_eq!(enclose(Kind::Binary, &mut [0; 9]), None);
    }

    #[test]
    fn control_frames_never_carry_more_than_they_may() {
        let mut out = Vec::new();
        ping(b"ab", &mut out);
        pong(&[1; 200], &mut out);
        assert_eq!(&out[..4], [0x89, 2, b'a', b'b']);
        assert_eq!((out[4], out[5], out.len()), (0x8A, 125, 4 + 2 + 125));
        out.clear();
        close(Some(CloseCode::GOING_AWAY), &"é".repeat(100), &mut out);
        assert_eq!(out[..4], [0x88, 2 + 122, 3, 0xE9]);
        assert_eq!(std::str::from_utf8(&out[4..]).unwrap(), "é".repeat(61));
        for code in [None, Some(CloseCode(1005)), Some(CloseCode(99))] {
            out.clear();
            close(code, "unsaid", &mut out);
            assert_eq!(out, [0x88, 0]);
        }
    }
}
