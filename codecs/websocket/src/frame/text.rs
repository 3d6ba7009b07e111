//! UTF-8 that comes in pieces.

use crate::Error;
use crate::error::fault;

/// The beginning of a character whose rest has not come: at most three bytes.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    bytes: [u8; 3],
    len: u8,
}

impl Unfinished {
    /// Checks the next piece of a text (RFC 6455 §8.1). Bytes that no continuation can make good are found at
    /// once, also at the piece's end.
    pub(super) fn check(&mut self, piece: &[u8]) -> Result<(), Error> {
        let mut rest = piece;
        while self.len > 0 {
            let Some((next, after)) = rest.split_first() else { return Ok(()) };
            rest = after;
            self.complete(*next)?;
        }
        match std::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_none() => {
                self.keep(rest.get(error.valid_up_to()..).unwrap_or_default());
                Ok(())
            }
            Err(_) => Err(not_utf8()),
        }
    }

    /// At the end of a message no character may be unfinished.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if self.len == 0 { Ok(()) } else { Err(not_utf8()) }
    }

    /// Adds a byte to the character that is unfinished.
    fn complete(&mut self, next: u8) -> Result<(), Error> {
        let mut bytes = [0; 4];
        let len = usize::from(self.len);
        let grown = len.saturating_add(1);
        for (to, from) in bytes.iter_mut().zip(self.bytes.iter().take(len).chain([&next])) {
            *to = *from;
        }
        let grown = bytes.get(..grown).unwrap_or_default();
        match std::str::from_utf8(grown) {
            Ok(_) => {
                self.len = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_none() => {
                self.keep(grown);
                Ok(())
            }
            Err(_) => Err(not_utf8()),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.len = 0;
        for (to, from) in self.bytes.iter_mut().zip(bytes) {
            *to = *from;
            self.len = self.len.saturating_add(1);
        }
    }
}

#[cold]
fn not_utf8() -> Error {
    fault!(INVALID_PAYLOAD, "RFC 6455 §8.1", "a text is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::Unfinished;

    /// How many bytes are taken one by one before the error, if any; the end counts as one more.
    fn refused_after(bytes: &[u8]) -> Option<usize> {
        let mut text = Unfinished::default();
        let refused = bytes.iter().position(|byte| text.check(&[*byte]).is_err());
        refused.or_else(|| text.finish().is_err().then_some(bytes.len()))
    }

    #[test]
    fn errors_come_with_the_first_byte_that_shows_them() {
        let cases: [(&[u8], Option<usize>); 11] = [
            (b"", None),
            ("κόσμε €𝄞\u{10FFFF}".as_bytes(), None),
            (&[0xC3], Some(1)),
            (&[0xE2, 0x82], Some(2)),
            (&[0xF0, 0x9D, 0x84], Some(3)),
            (&[0x80], Some(0)),
            (&[b'a', 0xC0, 0x80], Some(1)),
            (&[0xE0, 0x80, 0x80], Some(1)),
            (&[0xED, 0xA0, 0x80], Some(1)),
            (&[0xF4, 0x90, 0x80, 0x80], Some(1)),
            (&[0xF0, 0x9D, b'a'], Some(2)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(refused_after(bytes), expected, "{bytes:02X?}");
        }
    }

    #[test]
    fn any_cut_is_judged_as_the_whole() {
        let text = "aé€𝄞z".as_bytes();
        for cut in 0..=text.len() {
            let mut pieces = Unfinished::default();
            let (front, back) = text.split_at(cut);
            assert!(pieces.check(front).is_ok() && pieces.check(back).is_ok() && pieces.finish().is_ok());
        }
    }
}
