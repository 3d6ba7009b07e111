//! What holds for any input. Also the fuzz targets' judge.

use websocket_codec::{Accepts, Parsed, Policy, Request, Rules};

use crate::outcome::{decode, unframe};

/// Rules, and the most bytes of a read, from an input's first byte.
fn setting(selector: u8) -> (Rules, usize) {
    let accepts = [Accepts::Binary, Accepts::Text, Accepts::Both, Accepts::Both][usize::from(selector & 3)];
    let max = [16, 200, 1 << 24, u64::MAX / 2][usize::from(selector >> 2 & 3)];
    let read = [1, 2, 3, 5, 7, 16, 200, 4_096][usize::from(selector >> 4 & 7)];
    (Rules { accepts, max_frame: max, max_message: max * 2 }, read)
}

/// A stream of frames comes to the same in one piece and in reads, event by event and unframed. The first byte
/// is the setting. Gives whether all of it was in order.
pub(crate) fn check_frames(input: &[u8]) -> bool {
    let Some((selector, bytes)) = input.split_first() else { return true };
    let (rules, read) = setting(*selector);
    let whole = decode(&rules, [bytes]);
    // Byte by byte is slow, and long payloads show nothing by it.
    let read = if bytes.len() > 4_096 { read.max(64) } else { read };
    let cut = decode(&rules, bytes.chunks(read));
    assert_eq!(cut.clone().settled(), whole.clone().settled());
    assert!(cut.payload().starts_with(&whole.payload()));
    let (payload, controls, error) = unframe(&rules, bytes.chunks(read));
    assert_eq!((payload, controls, error), (cut.payload(), cut.controls(), cut.error));
    whole.error.is_none()
}

/// A request is judged when its head is whole, or before to the same end. Gives whether it was let in. The first
/// byte says, in parts of 256, how much of it comes first.
pub(crate) fn check_request(input: &[u8], policy: &Policy) -> bool {
    let Some((selector, bytes)) = input.split_first() else { return false };
    let whole = Request::parse(bytes);
    let part = Request::parse(&bytes[..bytes.len() * usize::from(*selector) / 256]);
    match (&part, &whole) {
        (Parsed::NeedMore, _) => {}
        (Parsed::Refused(part), Parsed::Refused(whole)) => assert_eq!(part, whole),
        (Parsed::Request { consumed: part, .. }, Parsed::Request { consumed: whole, .. }) => {
            assert_eq!(part, whole);
        }
        _ => panic!("{part:?}, then {whole:?}"),
    }
    let refusal = match whole {
        Parsed::NeedMore => return false,
        Parsed::Refused(refusal) => refusal,
        Parsed::Request { request, .. } => match request.accept(policy) {
            Ok(accepted) => {
                assert!(accepted.response.is_ascii() && accepted.response.ends_with(b"\r\n\r\n"));
                return true;
            }
            Err(refusal) => refusal,
        },
    };
    assert!(refusal.response().starts_with(format!("HTTP/1.1 {} ", refusal.status()).as_bytes()));
    false
}
