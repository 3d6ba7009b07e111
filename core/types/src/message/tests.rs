use std::time::{Duration, SystemTime};

use super::*;
use crate::{PropertiesBuilder, Property};

fn stamp() -> Stamp {
    let arrived = Moment { at: origin(), wall: SystemTime::UNIX_EPOCH };
    Stamp { publisher: PublisherId(7), arrived, revision: 3 }
}

#[expect(clippy::disallowed_methods, reason = "a test may read the clock")]
fn origin() -> Instant {
    Instant::now()
}

fn check(payload: &[u8]) {
    let mut block = PropertiesBuilder::new();
    block.push(Property::User("k", "v")).unwrap();
    let draft = Draft {
        topic: "a/b",
        properties: block.as_properties(),
        payload,
        guarantee: Guarantee::ExactlyOnce,
        retain: true,
        expiry_seconds: Some(5),
    };
    let stamp = stamp();
    let message = Message::new(&draft, stamp, &mut Vec::new());
    assert_eq!(message.topic(), "a/b");
    assert_eq!(message.payload(), payload);
    assert_eq!(message.properties().iter().collect::<Vec<_>>(), [Property::User("k", "v")]);
    assert_eq!(message.large_payload().is_some(), payload.len() >= SEGMENT_BYTES);
    assert!(!message.is_expired(stamp.arrived.at + Duration::from_secs(4)));
    assert!(message.is_expired(stamp.arrived.at + Duration::from_secs(5)));
    assert!(message.held_bytes() >= payload.len() + 3);
}

#[test]
fn keeps_what_the_draft_said() {
    check(b"");
    check(b"payload");
    check(&vec![1; SEGMENT_BYTES - 1]);
    check(&vec![1; SEGMENT_BYTES]);
}

#[test]
fn a_handle_is_one_pointer() {
    assert_eq!(size_of::<Message>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Message>>(), size_of::<usize>());
    assert_eq!(size_of::<bytes::Bytes>(), 4 * size_of::<usize>());
}
