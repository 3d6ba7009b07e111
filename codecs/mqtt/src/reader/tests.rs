use super::{Reader, Varint, varint};
use crate::sink::{Counter, Sink, varint_len};

#[test]
fn varints_there_and_back() {
    let edges = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455];
    for value in edges {
        let mut out = Vec::new();
        out.varint(value);
        assert_eq!(out.len(), varint_len(value));
        let found = Varint { value: u32::try_from(value).unwrap(), len: out.len(), minimal: true };
        assert_eq!(varint(&out), Ok(Some(found)));
        for cut in 0..out.len() {
            assert_eq!(varint(&out[..cut]), Ok(None));
        }
    }
}

#[test]
fn varints_that_are_too_long() {
    assert!(matches!(varint(&[0x80, 0]), Ok(Some(Varint { value: 0, len: 2, minimal: false }))));
    assert!(matches!(varint(&[0xFF, 0x80, 0]), Ok(Some(Varint { value: 127, len: 3, minimal: false }))));
    assert!(matches!(varint(&[0x80, 0x80, 0x80, 1]), Ok(Some(Varint { len: 4, minimal: true, .. }))));
    // The fourth byte promises a fifth: wrong before the fifth is there.
    assert!(varint(&[0x80, 0x80, 0x80, 0x80]).is_err());
    assert!(Reader::new(&[0x80, 0]).varint().is_err());
    assert!(Reader::new(&[0x80]).varint().is_err());
}

#[test]
fn takes_no_more_than_there_is() {
    let mut reader = Reader::new(&[0, 2, b'a']);
    assert!(reader.text().is_err());
    let mut reader = Reader::new(&[1]);
    assert!(reader.u16().is_err());
    assert!(Reader::new(&[]).u8().is_err());
    assert!(Reader::new(&[1, 2, 3]).u32().is_err());
    assert!(Reader::new(&[0, 0]).packet_id().is_err());
    assert!(Reader::new(&[1]).finish().is_err());
}

#[test]
fn the_counter_counts_what_is_written() {
    fn write(sink: &mut impl Sink) {
        sink.u8(1);
        sink.u16(2);
        sink.u32(3);
        sink.varint(300);
        sink.text("text");
        sink.binary(b"bytes");
        sink.raw(b"raw");
    }
    let (mut out, mut counter) = (Vec::new(), Counter::default());
    write(&mut out);
    write(&mut counter);
    assert_eq!(counter.finish(), Ok(out.len()));
}
