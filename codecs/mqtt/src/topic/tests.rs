use super::{SharedFilter, check_topic_filter, check_topic_name, parse_shared_filter};
use crate::ReasonCode;

#[test]
fn names() {
    for name in ["a", "/", "a/b", "//", " ", "$SYS/x", "é/😀", "\u{FEFF}", &"x".repeat(65_535)] {
        assert_eq!(check_topic_name(name), Ok(()), "{name}");
    }
    for name in ["", "a/#", "+", "a+b", &format!("{}#", "x".repeat(64)), &format!("{}+", "x".repeat(500))] {
        assert_eq!(check_topic_name(name).unwrap_err().reason(), ReasonCode::TopicNameInvalid, "{name}");
    }
    for name in ["a\0b", "\0", &format!("{}\0", "x".repeat(100)), &"x".repeat(65_536)] {
        assert_eq!(check_topic_name(name).unwrap_err().reason(), ReasonCode::MalformedPacket, "{name}");
    }
}

/// Every length around the one where the scan changes its way.
#[test]
fn a_wildcard_is_found_anywhere() {
    for len in 1..200 {
        let plain = "x".repeat(len);
        assert_eq!(check_topic_name(&plain), Ok(()));
        for at in 0..len {
            for bad in ["#", "+", "\0"] {
                let mut name = plain.clone();
                name.replace_range(at..=at, bad);
                assert!(check_topic_name(&name).is_err(), "{name}");
            }
        }
    }
}

#[test]
fn filters() {
    for filter in ["a", "#", "+", "/", "+/+", "a/#", "+/#", "/#", "a//b", "+/a/+", "$SYS/#", "$share/x"] {
        assert_eq!(check_topic_filter(filter), Ok(()), "{filter}");
    }
    for filter in ["", "a#", "#a", "a/#/b", "#/", "a+", "+a", "a/b+/c", "##", "++", "+#", "a/+#"] {
        let reason = check_topic_filter(filter).unwrap_err().reason();
        assert_eq!(reason, ReasonCode::TopicFilterInvalid, "{filter}");
    }
    for filter in ["a\0", &"x".repeat(65_536)] {
        assert_eq!(check_topic_filter(filter).unwrap_err().reason(), ReasonCode::MalformedPacket);
    }
}

#[test]
fn shared_filters() {
    for filter in ["a", "$share", "$shared/g/t", "$SHARE/g/t", "x/$share/g/t"] {
        assert_eq!(parse_shared_filter(filter), Ok(None), "{filter}");
    }
    let shared = |group, filter| Ok(Some(SharedFilter { group, filter }));
    assert_eq!(parse_shared_filter("$share/g/t"), shared("g", "t"));
    assert_eq!(parse_shared_filter("$share/g//"), shared("g", "/"));
    assert_eq!(parse_shared_filter("$share/g/+/#"), shared("g", "+/#"));
    assert_eq!(parse_shared_filter("$share/$share/$share/g/t"), shared("$share", "$share/g/t"));
    for filter in
        ["$share/", "$share/g", "$share//t", "$share/g/", "$share/+/t", "$share/g#/t", "$share/g/#/t"]
    {
        let reason = parse_shared_filter(filter).unwrap_err().reason();
        assert_eq!(reason, ReasonCode::TopicFilterInvalid, "{filter}");
    }
}
