//! The mask that every frame of a client has.

/// Takes the mask off `bytes` (RFC 6455 §5.3), eight bytes at a time, and turns the mask so that it fits the
/// byte that comes next.
pub(crate) fn unmask(bytes: &mut [u8], mask: &mut [u8; 4]) {
    let word = u32::from_ne_bytes(*mask);
    let word = u64::from(word) | u64::from(word) << 32;
    let (chunks, tail) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    mask.rotate_left(tail.len() % 4);
}

#[cfg(test)]
mod tests {
    use super::unmask;

    #[test]
    fn any_cut_gives_what_byte_by_byte_gives() {
        let masked: Vec<u8> = (0..61_u8).map(|byte| byte.wrapping_mul(37)).collect();
        let mask = [0x37, 0xFA, 0x21, 0x3D];
        let expected: Vec<u8> =
            masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        for first in 0..masked.len() {
            for second in first..masked.len() {
                let (mut bytes, mut turning) = (masked.clone(), mask);
                for range in [0..first, first..second, second..masked.len()] {
                    unmask(&mut bytes[range], &mut turning);
                }
                assert_eq!(bytes, expected, "cut at {first} and {second}");
            }
        }
    }
}
