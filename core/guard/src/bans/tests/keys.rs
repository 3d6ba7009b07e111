use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;

use super::super::*;

/// Few names, so that they meet.
pub(super) fn names() -> impl Strategy<Value = String> {
    "[ab]{1,3}"
}

/// Few addresses, in all three forms.
pub(super) fn addresses() -> impl Strategy<Value = IpAddr> {
    let four = (0..4_u8).prop_map(|n| IpAddr::from([10, 0, n >> 1, n & 1]));
    let mapped =
        (0..4_u8).prop_map(|n| IpAddr::from(std::net::Ipv4Addr::new(10, 0, n >> 1, n & 1).to_ipv6_mapped()));
    let six = (0..4_u16).prop_map(|n| IpAddr::from([0x2001, 0xdb8, 0, n >> 1, 0, 0, 0, n & 1]));
    prop_oneof![four, mapped, six]
}

pub(super) fn keys() -> impl Strategy<Value = BanKey> {
    let network = (addresses(), 0..=128_u8).prop_filter_map("a network", |(address, length)| {
        IpNet::new(address, length).ok().map(|network| format!("network:{network}"))
    });
    let text = prop_oneof![
        names().prop_map(|name| format!("client:{name}")),
        names().prop_map(|name| format!("user:{name}")),
        addresses().prop_map(|address| format!("address:{address}")),
        network,
        "(client|user)-pattern:[ab*?]{1,4}",
        "(client|user)-regex:\\^?[ab.]{1,2}[*+?]?[ab]?\\$?",
    ];
    text.prop_map(|text| text.parse().unwrap())
}

#[test]
fn keys_are_written_as_they_are_read() {
    let cases = [
        ("client:pump-7", "client:pump-7"),
        ("client:a:b c", "client:a:b c"),
        ("user:ëve", "user:ëve"),
        ("address:192.0.2.7", "address:192.0.2.7"),
        ("address:2001:DB8::0:7", "address:2001:db8::7"),
        ("address:::ffff:192.0.2.7", "address:192.0.2.7"),
        ("network:10.1.2.3/8", "network:10.0.0.0/8"),
        ("network:192.0.2.7/32", "address:192.0.2.7"),
        ("network:2001:db8::7/128", "address:2001:db8::7"),
        ("network:::ffff:10.0.0.0/104", "network:10.0.0.0/8"),
        ("client-pattern:pump-*", "client-pattern:pump-*"),
        ("user-regex:^(a|b):c$", "user-regex:^(a|b):c$"),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<BanKey>().unwrap().to_string(), expected);
    }
}

#[test]
fn what_is_no_key_is_refused_with_its_reason() {
    let cases = [
        ("", BanKeyError::Kind),
        ("pump-7", BanKeyError::Kind),
        ("Client:pump-7", BanKeyError::Kind),
        ("client:", BanKeyError::Name),
        ("user:", BanKeyError::Name),
        ("address:10.0.0", BanKeyError::Address),
        ("address:10.0.0.0/8", BanKeyError::Address),
        ("network:10.0.0.0", BanKeyError::Network),
        ("network:10.0.0.0/33", BanKeyError::Network),
        ("client-pattern:", BanKeyError::Pattern(PatternError::Length)),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<BanKey>(), Err(expected), "{text}");
    }
    let regex = Regex::new;
    assert!(matches!(regex("("), Err(PatternError::Regex(_))));
    assert!(matches!(regex("(a{99}){99}"), Err(PatternError::Regex(_))), "too large when compiled");
    assert_eq!(regex(&"a".repeat(257)), Err(PatternError::Length));
    assert_eq!(format!("client:{}", "a".repeat(65_536)).parse::<BanKey>(), Err(BanKeyError::Name));
}

#[test]
fn patterns_match_whole_names_and_expressions_parts() {
    let glob = |pattern: &str, name: &str| Glob::new(pattern).unwrap().matches(name);
    assert!(glob("pump-*", "pump-") && glob("pump-*", "pump-7"));
    assert!(!glob("pump-*", "my-pump-7") && !glob("pump-?", "pump-17"));
    assert!(glob("?", "ë") && !glob("?", ""));
    let regex = |pattern: &str, name: &str| Regex::new(pattern).unwrap().matches(name);
    assert!(regex("pump", "my-pump-7") && !regex("^pump", "my-pump-7"));
}

/// The plain rule, for short texts.
fn is_like(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => is_like(rest, name),
        (Some(('*', rest)), Some((_, left))) => is_like(rest, name) || is_like(pattern, left),
        (Some((wanted, rest)), Some((got, left))) => (*wanted == '?' || wanted == got) && is_like(rest, left),
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        if let Ok(key) = text.parse::<BanKey>() {
            prop_assert_eq!(key.to_string().parse::<BanKey>(), Ok(key));
        }
    }

    #[test]
    fn texts_like_keys_are_read_or_refused(
        kind in "(client|user|address|network|client-pattern|user-pattern|client-regex|user-regex)",
        rest in "[0-9a-f:./*?+()\\[\\]{},^$|\\\\ëx-]{0,24}",
    ) {
        if let Ok(key) = format!("{kind}:{rest}").parse::<BanKey>() {
            prop_assert_eq!(key.to_string().parse::<BanKey>(), Ok(key.clone()));
            let suspect = Suspect { client: Some(&rest), user: Some(&rest), address: None };
            if matches!(key, BanKey::ClientId(_) | BanKey::User(_)) {
                prop_assert!(key.covers(&suspect));
            }
        }
    }

    #[test]
    fn keys_round_trip(key in keys()) {
        prop_assert_eq!(key.to_string().parse::<BanKey>(), Ok(key));
    }

    #[test]
    fn globs_match_as_the_plain_rule_says(pattern in "[abë*?]{1,8}", name in "[abë]{0,10}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = is_like(&chars(&pattern), &chars(&name));
        prop_assert_eq!(Glob::new(&pattern).unwrap().matches(&name), expected);
    }
}
