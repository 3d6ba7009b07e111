//! Inputs for the codec, from a seed: golden vectors and refused lines, bent, cut, joined, with their length
//! put right again so that the bend is found inside and not in the header.

use crate::hex;
use crate::invariants::Setting;
use crate::refused::refused;
use crate::vectors::vectors;

/// A small generator of random numbers (SplitMix64); the same seed gives the same inputs everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

/// Every table entry as an input.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let golden = vectors()
        .into_iter()
        .map(|vector| [&[Setting::selector(vector.role, vector.connection())], vector.bytes].concat());
    let refused = refused()
        .map(|case| [vec![Setting::selector(case.role, case.version)], hex::bytes(case.line)].concat());
    golden.chain(refused).collect()
}

/// Bytes that mean something somewhere.
const TELLING: &[u8] = &[
    0, 1, 2, 3, 4, 5, 6, 0x0B, 0x10, 0x15, 0x16, 0x23, 0x26, 0x2F, 0x7F, 0x80, 0xC3, 0xFE, 0xFF, b'#', b'+',
];

/// Makes the next input in `input`.
pub(crate) fn generate(random: &mut Random, seeds: &[Vec<u8>], input: &mut Vec<u8>) {
    input.clear();
    if random.one_in(64) {
        let len = random.below(40);
        input.extend((0..len).map(|_| random.byte()));
        return;
    }
    input.extend_from_slice(&seeds[random.below(seeds.len())]);
    for _ in 0..random.below(4) {
        mutate(random, seeds, input);
    }
    if random.one_in(16) {
        input[0] = random.byte();
    }
    if !random.one_in(4) {
        put_length_right(input);
    }
}

/// Bends an input, but not its selector.
fn mutate(random: &mut Random, seeds: &[Vec<u8>], input: &mut Vec<u8>) {
    let at = 1 + random.below(input.len());
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.byte(),
        2 if at < input.len() => input[at] = TELLING[random.below(TELLING.len())],
        3 => input.insert(at, TELLING[random.below(TELLING.len())]),
        4 if at < input.len() => {
            input.remove(at);
        }
        5 => input.truncate(at),
        6 => {
            let other = &seeds[random.below(seeds.len())];
            let from = 1 + random.below(other.len() - 1);
            let piece = &other[from..other.len().min(from + 1 + random.below(12))];
            input.splice(at..at, piece.iter().copied());
        }
        _ => {
            let piece = input[at..input.len().min(at + 1 + random.below(12))].to_vec();
            input.extend_from_slice(&piece);
        }
    }
}

/// Gives the packet the remaining length it has, if its header takes one byte for it.
fn put_length_right(input: &mut [u8]) {
    if let Some(body) = input.len().checked_sub(3)
        && let Ok(short @ 0..=0x7F) = u8::try_from(body)
        && input[2] < 0x80
    {
        input[2] = short;
    }
}
