//! Subscriptions that reach into what they may not.

use tidegate_interop_tests::wire::Version;

use super::guarded::Guarded;
use super::visitor::VERSIONS;
use super::{drained, refused_subscription};

/// Whatever is not secret.
const ALL_BUT: &str = r##"
{ effect = "deny", any = true, topics = "secret/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

/// One branch alone.
const NOTHING_BUT: &str = r##"{ effect = "allow", any = true, topics = "public/#" }"##;

const REACH_IN: [&str; 24] = [
    "#",
    "+",
    "+/#",
    "+/x",
    "+/+",
    "+/+/#",
    "+/+/+",
    "secret",
    "secret/",
    "secret/#",
    "secret/+",
    "secret/x",
    "secret/+/deep",
    "$share/g/#",
    "$share/g/+/x",
    "$share/g/secret",
    "$share/g/secret/#",
    "$share/g/secret/x",
    "$share/secret/#",
    "$SYS/#",
    "$SYS/+",
    "$share/g/$SYS/#",
    "$share/g/$share/h/secret/x",
    "$inbox/#",
];

const STAY_OUT: [&str; 8] = [
    "public/#",
    "public/+/x",
    "public",
    "secretary/#",
    "Secret/#",
    "/secret/#",
    "$share/g/public/#",
    "secret x",
];

#[test]
fn what_reaches_into_a_refused_branch_is_refused_as_a_whole() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    for topic in ["secret", "secret/x", "secret/x/deep", "public/x"] {
        overseer.publish(topic, topic, true);
    }
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        for filter in REACH_IN {
            let code = eve.subscribe(filter, 1, &[]).unwrap();
            assert_eq!(code, refused_subscription(version), "{version:?} {filter}");
        }
        for topic in ["secret", "secret/x", "secret/x/deep"] {
            overseer.publish(topic, topic, false);
        }
        assert_eq!(drained(&mut eve), [""; 0], "{version:?}");
        for filter in STAY_OUT {
            assert_eq!(eve.subscribe(filter, 0, &[]).unwrap(), 0, "{version:?} {filter}");
            drop(drained(&mut eve));
        }
        for topic in ["secret", "secret/x", "secret/x/deep", "public/x"] {
            overseer.publish(topic, topic, false);
        }
        let seen = drained(&mut eve);
        assert!(!seen.is_empty() && seen.iter().all(|topic| topic == "public/x"), "{version:?} {seen:?}");
    }
}

#[test]
fn what_reaches_beyond_an_allowed_branch_is_refused_as_a_whole() {
    let Some(guarded) = Guarded::new(NOTHING_BUT) else { return };
    let mut overseer = guarded.overseer();
    overseer.publish("private", "private", true);
    overseer.publish("public/x", "public/x", true);
    let beyond =
        ["private", "publi/#", "Public/#", "/public/#", "+/public/#", "$share/public/#", "public /#"];
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        for filter in REACH_IN.into_iter().chain(beyond) {
            let code = eve.subscribe(filter, 0, &[]).unwrap();
            assert_eq!(code, refused_subscription(version), "{version:?} {filter}");
        }
        assert_eq!(drained(&mut eve), [""; 0], "{version:?}");
        assert_eq!(eve.subscribe("public/#", 0, &[]).unwrap(), 0, "{version:?}");
        assert_eq!(drained(&mut eve), ["public/x"], "{version:?}");
    }
}

/// One SUBSCRIBE with good and bad filters: each is judged by itself.
#[test]
fn a_good_filter_does_not_carry_a_bad_one() {
    use tidegate_interop_tests::wire::decode::Packet;
    use tidegate_interop_tests::wire::encode::{put_bytes, put_packet};
    use tidegate_interop_tests::wire::kind;

    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        let mut body = vec![0, 9];
        if version == Version::V5 {
            body.push(0);
        }
        for filter in ["public/x", "#", "public/y", "$share/g/secret/x"] {
            put_bytes(&mut body, filter.as_bytes());
            body.push(0);
        }
        eve.send_with(|out| put_packet(out, kind::SUBSCRIBE << 4 | 2, &body)).unwrap();
        let no = refused_subscription(version);
        assert_eq!(eve.receive().unwrap(), Packet::SubAck(9, vec![0, no, 0, no]), "{version:?}");
        for topic in ["secret/x", "public/x", "private", "public/y"] {
            overseer.publish(topic, topic, false);
        }
        assert_eq!(drained(&mut eve), ["public/x", "public/y"], "{version:?}");
    }
}
