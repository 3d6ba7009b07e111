//! What somebody leaves to be said is judged like what he says.

use std::time::Instant;

use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::Will;
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::guarded::{Guarded, Overseer};
use super::visitor::{Entrance, VERSIONS, Visitor};
use crate::interop::stage::DEADLINE;

const ALL_BUT: &str = r##"
{ effect = "deny", any = true, topics = ["secret/#", "prefix:$"] },
{ effect = "deny", any = true, action = "publish", retain = true, topics = "fleeting/#" },
{ effect = "deny", any = true, action = "publish", qos = [1, 2], topics = "light/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

fn will<'a>(topic: &'a str, qos: u8, retain: bool) -> Will<'a> {
    Will { topic, payload: b"will", qos, retain, properties: &[] }
}

/// Dies with the will and comes back, so that the will is said before the answer; what the others heard.
fn last_words(guarded: &Guarded, overseer: &mut Overseer, version: Version, will: Will<'_>) -> Vec<String> {
    match Visitor::new(version, "eve").user("eve").will(will).enter(guarded.broker.address) {
        Entrance::In(client, _) => drop(client),
        // Refused at once is well too: nothing is said then.
        refused => assert!(refused.refusal().is_some()),
    }
    drop(guarded.user(version, "eve"));
    overseer.heard()
}

#[test]
fn a_will_on_a_refused_topic_is_not_said() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        for (topic, qos, retain) in [
            ("secret/x", 0, false),
            ("secret/x", 2, false),
            ("secret/x", 1, true),
            ("fleeting/x", 1, true),
            ("light/x", 1, false),
            ("light/x", 2, true),
            ("$SYS/broker/uptime", 0, true),
            ("$share/g/secret/x", 1, false),
        ] {
            let heard = last_words(&guarded, &mut overseer, version, will(topic, qos, retain));
            assert_eq!(heard, [""; 0], "{version:?} {topic} {qos} {retain}");
        }
        for (topic, qos, retain) in [("public/x", 1, false), ("fleeting/x", 1, false), ("light/x", 0, false)]
        {
            let heard = last_words(&guarded, &mut overseer, version, will(topic, qos, retain));
            assert_eq!(heard, ["will"], "{version:?} {topic} {qos} {retain}");
        }
    }
    // Nothing is retained of what was refused.
    let mut late = guarded.late_overseer();
    for filter in ["#", "$SYS/broker/uptime", "$share/g/secret/x"] {
        late.subscribe(filter, 0, &[]).unwrap();
    }
    late.expect_quiet().unwrap();
}

#[test]
fn a_will_is_judged_by_the_rules_of_the_moment_it_is_said() {
    let Some(guarded) = Guarded::new(r##"{ effect = "allow", any = true, topics = "#" }"##) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        guarded.change(r##"{ effect = "allow", any = true, topics = "#" }"##);
        let eve = Visitor::new(version, "eve").user("eve").will(will("secret/x", 1, true));
        let there = eve.connect(guarded.broker.address);
        guarded.change(ALL_BUT);
        drop(there);
        drop(guarded.user(version, "eve"));
        assert_eq!(overseer.heard(), [""; 0], "{version:?}");
    }
    overseer.publish("secret/y", "fence", false);
    let mut late = guarded.late_overseer();
    late.subscribe("secret/#", 0, &[]).unwrap();
    late.expect_quiet().unwrap();
}

/// It waits for its delay, and rules change meanwhile.
#[test]
fn a_delayed_will_is_judged_when_it_is_said() {
    let Some(guarded) = Guarded::new(r##"{ effect = "allow", any = true, topics = "#" }"##) else { return };
    let mut overseer = guarded.overseer();
    let delay = [Property(id::WILL_DELAY, Value::Long(1))];
    let leave = |user: &str, topic: &str| {
        let will = Will { topic, payload: topic.as_bytes(), qos: 1, retain: true, properties: &delay };
        drop(Visitor::new(Version::V5, user).user(user).keeping().will(will).connect(guarded.broker.address));
    };
    leave("eve", "secret/x");
    // Gone for the broker too, so that its delay has begun.
    let deadline = Instant::now() + DEADLINE;
    while guarded.broker.client("eve").unwrap().is_some_and(|eve| eve["connection"].is_object()) {
        assert!(Instant::now() < deadline, "it is never gone");
    }
    guarded.change(ALL_BUT);
    leave("bob", "public/x");
    // Bob's delay ends after eve's.
    let heard = overseer.wait();
    assert_eq!(heard, "public/x");
    let mut late = guarded.late_overseer();
    late.subscribe("secret/#", 0, &[]).unwrap();
    late.expect_quiet().unwrap();
    assert_eq!(overseer.heard(), [""; 0]);
}

/// A topic with wildcards is no topic.
#[test]
fn a_will_on_a_filter_lets_nobody_in() {
    let Some(guarded) = Guarded::new(ALL_BUT) else { return };
    for version in VERSIONS {
        for topic in ["#", "+/x", "secret/#", ""] {
            let eve = Visitor::new(version, "eve").user("eve").will(will(topic, 0, false));
            assert!(eve.enter(guarded.broker.address).refusal().is_some(), "{version:?} {topic}");
        }
    }
}
