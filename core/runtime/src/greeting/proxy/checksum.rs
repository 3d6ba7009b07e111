//! CRC-32C (RFC 3720 appendix B.4), bit by bit: at most 4 KiB a connection, and only where a proxy asks for it.

const POLYNOMIAL: u32 = 0x82F6_3B78;

/// The checksum of several pieces in a row.
pub(super) fn crc32c<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let bytes = pieces.into_iter().flatten();
    !bytes.fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 }
            },
        )
    })
}
