//! Rules change under clients that are there: what was allowed before ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::{Connect, Publish};
use tidegate_interop_tests::wire::kind;
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::drained;
use super::guarded::Guarded;
use super::refused_subscription;
use super::visitor::VERSIONS;

const ALL: &str = r##"{ effect = "allow", any = true, topics = "#" }"##;
const ALL_BUT_NEWS: &str = r##"
{ effect = "deny", any = true, topics = "news/secret" },
{ effect = "allow", any = true, topics = "#" },
"##;

fn none() -> [String; 0] {
    []
}

#[test]
fn a_live_subscription_ends_and_stays_ended() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        guarded.change(ALL);
        let mut eve = guarded.user(version, "eve");
        assert_eq!(eve.subscribe("news/#", 1, &[]).unwrap(), 1);
        assert_eq!(eve.subscribe("other/#", 0, &[]).unwrap(), 0);
        overseer.publish("news/secret", "before", false);
        assert_eq!(drained(&mut eve), ["before"], "{version:?}");
        guarded.change(ALL_BUT_NEWS);
        overseer.publish("news/secret", "after", true);
        // It is the subscription that ends, also for what it brought that is no secret.
        overseer.publish("news/public", "after", false);
        assert_eq!(drained(&mut eve), none(), "{version:?}");
        overseer.publish("other/x", "other", false);
        assert_eq!(drained(&mut eve), ["other"], "{version:?}");
        let refused = refused_subscription(version);
        assert_eq!(eve.subscribe("news/#", 1, &[]).unwrap(), refused, "{version:?}");
        assert_eq!(eve.subscribe("news/secret", 1, &[]).unwrap(), refused, "{version:?}");
        assert_eq!(drained(&mut eve), none(), "{version:?}: retained");
        // What ended does not come to life again by itself.
        guarded.change(ALL);
        overseer.publish("news/secret", "again", false);
        assert_eq!(drained(&mut eve), none(), "{version:?}");
        // Nothing is retained for the next round.
        overseer.publish("news/secret", "", true);
    }
}

/// A decision that is remembered is not good under other rules.
#[test]
fn a_publisher_is_judged_by_the_rules_of_the_moment() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        guarded.change(ALL);
        let mut eve = guarded.user(version, "eve");
        for payload in ["one", "two"] {
            eve.publish("news/secret", payload.as_bytes(), &[]).unwrap();
        }
        assert_eq!(overseer.heard(), ["one", "two"]);
        guarded.change(ALL_BUT_NEWS);
        let code = eve.publish("news/secret", b"three", &[]).unwrap();
        assert_eq!(code, if version == Version::V5 { 0x87 } else { 0 });
        assert_eq!(overseer.heard(), none(), "{version:?}");
    }
}

#[test]
fn an_alias_does_not_outlive_the_right_to_its_topic() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    let mut eve = guarded.user(Version::V5, "eve");
    let alias = [Property(id::TOPIC_ALIAS, Value::Short(1))];
    assert!(eve.publish("news/secret", b"named", &alias).unwrap() < 0x80);
    assert!(eve.publish("", b"by its alias", &alias).unwrap() < 0x80);
    assert_eq!(overseer.heard(), ["named", "by its alias"]);
    guarded.change(ALL_BUT_NEWS);
    assert_eq!(eve.publish("", b"by its alias", &alias).unwrap(), 0x87);
    assert_eq!(overseer.heard(), none());
}

/// What waits behind a full window was queued under the old rules.
#[test]
fn what_waits_for_a_connected_client_does_not_come() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    let one = [Property(id::RECEIVE_MAXIMUM, Value::Short(1))];
    let connect = Connect { properties: &one, user: Some("eve"), ..Connect::clean(Version::V5, "eve") };
    let (mut eve, _, _) = Client::connect(guarded.broker.address, &connect).unwrap();
    eve.subscribe("news/#", 1, &[]).unwrap();
    for payload in ["sent", "waits"] {
        overseer.publish("news/secret", payload, false);
    }
    let first = eve.message().unwrap();
    assert_eq!(first.payload, b"sent");
    guarded.change(ALL_BUT_NEWS);
    eve.acknowledge(kind::PUBACK, first.id).unwrap();
    assert_eq!(drained(&mut eve), none());
}

#[test]
fn a_member_of_a_group_that_may_not_any_more_gets_no_share() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        guarded.change(ALL);
        let mut alice = guarded.user(version, "alice");
        let mut eve = guarded.user(version, "eve");
        for member in [&mut alice, &mut eve] {
            assert_eq!(member.subscribe("$share/g/jobs/#", 1, &[]).unwrap(), 1);
        }
        guarded.change(&format!("{{ effect = \"deny\", user = \"eve\", topics = \"jobs/#\" }}, {ALL}"));
        let jobs = ["1", "2", "3", "4", "5", "6"];
        for job in jobs {
            overseer.publish("jobs/x", job, false);
        }
        assert_eq!(drained(&mut eve), none(), "{version:?}");
        assert_eq!(drained(&mut alice), jobs, "{version:?}");
    }
}

/// Subscriptions that are being made while rules change: none of them brings anything afterwards.
#[test]
fn nobody_slips_in_while_rules_change() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for round in 0..10 {
        guarded.change(ALL);
        let changed = AtomicBool::new(false);
        let mut all = std::thread::scope(|scope| {
            let threads = VERSIONS.map(|version| {
                let (guarded, changed) = (&guarded, &changed);
                scope.spawn(move || {
                    let mut eve = guarded.user(version, &format!("eve-{version:?}"));
                    while !changed.load(Ordering::Acquire) {
                        eve.subscribe("news/secret", 1, &[]).unwrap();
                    }
                    (version, eve)
                })
            });
            guarded.change(ALL_BUT_NEWS);
            changed.store(true, Ordering::Release);
            threads.map(|thread| thread.join().unwrap())
        });
        overseer.publish("news/secret", "after", false);
        for (version, eve) in &mut all {
            assert_eq!(drained(eve), none(), "round {round} {version:?}");
            assert_eq!(eve.subscribe("news/secret", 1, &[]).unwrap(), refused_subscription(*version));
        }
    }
}

/// A mistake in the file is no open door.
#[test]
fn rules_that_cannot_be_read_leave_the_old_ones_in_force() {
    let Some(guarded) = Guarded::with(ALL_BUT_NEWS, Settings::default()) else { return };
    for text in ["rule = [", "[[rule]]\neffect = \"allow\"\nany = true\ntopics = \"a/#/b\"\n"] {
        guarded.spoil(text);
        for version in VERSIONS {
            let mut eve = guarded.user(version, "eve");
            assert_eq!(eve.subscribe("#", 0, &[]).unwrap(), refused_subscription(version), "{text}");
            assert_eq!(eve.subscribe("news/public", 0, &[]).unwrap(), 0, "{text}");
        }
    }
}

/// An empty file is a source of no rules: nobody may do anything.
#[test]
fn without_rules_in_its_file_nobody_may_do_anything() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    guarded.change("");
    for version in VERSIONS {
        let mut eve = guarded.user(version, "eve");
        assert_eq!(eve.subscribe("news/public", 0, &[]).unwrap(), refused_subscription(version));
        let publish = Publish {
            version,
            topic: "news/public",
            payload: b"no",
            qos: 0,
            id: 0,
            retain: false,
            properties: &[],
        };
        eve.send_with(|out| publish.put(out)).unwrap();
        eve.expect_quiet().unwrap();
        assert_eq!(overseer.heard(), none(), "{version:?}");
    }
}
