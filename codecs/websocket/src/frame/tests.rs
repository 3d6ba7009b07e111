use super::*;

#[test]
fn a_decoder_is_small() {
    assert_eq!(size_of::<Decoder>(), 32);
}

/// A masked frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).unwrap()];
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

#[test]
fn nothing_is_kept_on_the_heap_between_frames() {
    let ping = frame(0x89, b"hello");
    let mut decoder = Decoder::new();
    let (mut front, mut back) = (ping[..8].to_vec(), ping[8..].to_vec());
    assert_eq!(decoder.decode(&Rules::default(), &mut &mut front[..]), Ok(None));
    assert!(matches!(decoder.state, State::Control(_)));
    let mut rest = &mut back[..];
    let event = decoder.decode(&Rules::default(), &mut rest);
    assert_eq!(event, Ok(Some(Event::Control(Control::Ping(b"hello")))));
    assert_eq!(decoder.decode(&Rules::default(), &mut rest), Ok(None));
    assert!(matches!(decoder.state, State::Head { have: 0, .. }));
}

#[test]
fn payloads_move_together_and_control_frames_are_told() {
    let parts =
        [frame(0x02, b"ab"), frame(0x89, b"?"), frame(0x00, b""), frame(0x80, b"cde"), frame(0x82, b"f")];
    let mut bytes = parts.concat();
    bytes.extend(frame(0x88, &[0x03, 0xE8]));
    bytes.extend(frame(0x82, b"too late"));
    let mut replies = Vec::new();
    let mut decoder = Decoder::new();
    let unframed = decoder.unframe(&Rules::default(), &mut bytes, |control| control.reply(&mut replies));
    assert_eq!(unframed, Unframed { len: 6, error: None });
    assert_eq!(&bytes[..6], b"abcdef");
    assert_eq!(replies, [0x8A, 1, b'?', 0x88, 2, 0x03, 0xE8]);
    assert!(decoder.is_finished());
}

#[test]
fn what_came_before_an_error_is_there() {
    let mut bytes = [frame(0x82, b"good"), frame(0x83, b"bad")].concat();
    let unframed = Decoder::new().unframe(&Rules::default(), &mut bytes, |_| {});
    assert_eq!((unframed.len, unframed.error.map(|error| error.code().0)), (4, Some(1002)));
    assert_eq!(&bytes[..4], b"good");
}
