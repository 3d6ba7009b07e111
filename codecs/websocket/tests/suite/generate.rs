//! Generated streams: frames that are mostly in order, then damaged.

use crate::client::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT, close, frame};

/// A small generator of numbers; the same seed gives the same numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.next() & 0xFF).unwrap()
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }

    /// A text of at most `len` bytes, with characters of every length.
    pub(crate) fn text(&mut self, len: usize) -> String {
        let characters = ['a', 'ß', '€', '𝄞', '\u{10FFFF}', '\0'];
        let mut text = String::new();
        loop {
            let next = characters[self.below(characters.len())];
            if text.len() + next.len_utf8() > len {
                return text;
            }
            text.push(next);
        }
    }
}

/// A stream of frames: messages in fragments, control frames between them.
pub(crate) fn stream(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(6) {
        message(random, &mut bytes);
    }
    if random.one_in(4) {
        let code = [1000, 1001, 3000, 1005, 0][random.below(5)];
        let reason = random.text(20);
        bytes.extend(close(code, reason.as_bytes()));
    }
    bytes
}

fn message(random: &mut Random, bytes: &mut Vec<u8>) {
    let len = match random.below(100) {
        0..10 => 120 + random.below(12),
        10 => 65_530 + random.below(12),
        _ => random.below(40),
    };
    let text = random.one_in(2);
    let payload = if text { random.text(len).into_bytes() } else { random.bytes(len) };
    let mut opcode = if text { TEXT } else { BINARY };
    let mut rest = payload.as_slice();
    while random.one_in(3) {
        let (piece, after) = rest.split_at(random.below(rest.len() + 1));
        bytes.extend(frame(opcode, piece));
        (opcode, rest) = (CONTINUATION, after);
        if random.one_in(3) {
            let len = random.below(126);
            let opcode = if random.one_in(2) { PING } else { PONG };
            bytes.extend(frame(opcode, &random.bytes(len)));
        }
    }
    bytes.extend(frame(FIN | opcode, rest));
}

/// Changes, inserts, removes or cuts off a few bytes.
pub(crate) fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..random.below(4) {
        if bytes.is_empty() {
            return;
        }
        // Heads are what matters, and most of them are near the front.
        let at = if random.one_in(2) { random.below(bytes.len().min(24)) } else { random.below(bytes.len()) };
        match random.below(5) {
            0 => bytes[at] = random.byte(),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.insert(at, random.byte()),
            3 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
}

/// Cuts the stream into reads, most of them at the places that matter.
pub(crate) fn pieces<'b>(random: &mut Random, bytes: &'b [u8]) -> Vec<&'b [u8]> {
    let most = [1, 3, 16, 200, 70_000][random.below(5)];
    let mut rest = bytes;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let most = if rest.len() > 4_000 { most.max(100) } else { most };
        let (piece, after) = rest.split_at(1 + random.below(most.min(rest.len())));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
