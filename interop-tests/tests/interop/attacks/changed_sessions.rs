//! Rules change while a client is away: its session does not bring what it may not read any more.

use tidegate_interop_tests::wire::Version;

use super::guarded::Guarded;
use super::visitor::{VERSIONS, Visitor};
use super::{drained, refused_subscription};

const ALL: &str = r##"{ effect = "allow", any = true, topics = "#" }"##;
const ALL_BUT_SECRETS: &str = r##"
{ effect = "deny", any = true, topics = "secret/#" },
{ effect = "allow", any = true, topics = "#" },
"##;

#[test]
fn a_session_that_is_resumed_brings_no_secrets() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    overseer.publish("secret/kept", "kept", true);
    for version in VERSIONS {
        guarded.change(ALL);
        let eve = Visitor::new(version, "eve").user("eve").keeping();
        let mut there = eve.connect(guarded.broker.address);
        for filter in ["secret/#", "public/#"] {
            assert_eq!(there.subscribe(filter, 1, &[]).unwrap(), 1);
            drop(drained(&mut there));
        }
        there.disconnect().unwrap();
        for topic in ["secret/x", "public/x", "secret/y", "public/y"] {
            overseer.publish(topic, topic, false);
        }
        guarded.change(ALL_BUT_SECRETS);
        let (mut again, present) = eve.resume(guarded.broker.address);
        // 3.1 has no way to say it.
        assert!(present || version == Version::V31, "{version:?}");
        assert_eq!(drained(&mut again), ["public/x", "public/y"], "{version:?}");
        for topic in ["secret/z", "public/z"] {
            overseer.publish(topic, topic, true);
        }
        assert_eq!(drained(&mut again), ["public/z"], "{version:?}");
        assert_eq!(again.subscribe("secret/#", 1, &[]).unwrap(), refused_subscription(version));
        assert_eq!(drained(&mut again), [""; 0], "{version:?}: retained");
        let clean = Visitor::new(version, "eve").user("eve").connect(guarded.broker.address);
        clean.disconnect().unwrap();
    }
}

/// The rules change to and fro while it is away: what they refused in between is gone.
#[test]
fn what_a_session_lost_does_not_come_back_with_the_rules() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    let eve = Visitor::new(Version::V5, "eve").user("eve").keeping();
    let mut there = eve.connect(guarded.broker.address);
    there.subscribe("secret/#", 1, &[]).unwrap();
    guarded.change(ALL_BUT_SECRETS);
    // Seen by the client, so that the change has reached its session.
    assert_eq!(there.subscribe("secret/#", 1, &[]).unwrap(), 0x87);
    there.disconnect().unwrap();
    overseer.publish("secret/x", "between", false);
    guarded.change(ALL);
    let (mut again, present) = eve.resume(guarded.broker.address);
    assert!(present);
    assert_eq!(drained(&mut again), [""; 0]);
}

/// A group's queue belongs to the group: a member that may not any more takes nothing from it.
#[test]
fn what_waits_for_a_group_is_not_for_a_member_that_may_not_any_more() {
    let Some(guarded) = Guarded::new(ALL) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        guarded.change(ALL);
        let members = ["alice", "eve"].map(|name| Visitor::new(version, name).user(name).keeping());
        for member in &members {
            let mut there = member.connect(guarded.broker.address);
            assert_eq!(there.subscribe("$share/g/secret/#", 1, &[]).unwrap(), 1);
            there.disconnect().unwrap();
        }
        let jobs = ["1", "2", "3", "4"];
        for job in jobs {
            overseer.publish("secret/jobs", job, false);
        }
        guarded.change(&format!("{{ effect = \"deny\", user = \"eve\", topics = \"secret/#\" }}, {ALL}"));
        let [alice, eve] = members;
        let mut eve = eve.connect(guarded.broker.address);
        assert_eq!(drained(&mut eve), [""; 0], "{version:?}");
        let mut alice = alice.connect(guarded.broker.address);
        let mut done = drained(&mut alice);
        done.sort();
        assert_eq!(done, jobs, "{version:?}: nothing is lost");
        for name in ["alice", "eve"] {
            guarded.user(version, name).disconnect().unwrap();
        }
    }
}

/// A client comes back as another user: what its session may read is his, not the first one's.
#[test]
fn who_takes_a_session_over_is_judged_anew() {
    use tidegate_interop_tests::broker::Settings;

    const FOR_ALICE: &str = r##"
    { effect = "allow", user = "alice", topics = "#" },
    { effect = "allow", any = true, topics = "public/#" },
    "##;
    let anybody = Settings::default().with_text("zones.default.takeover", "anybody");
    let Some(guarded) = Guarded::with(FOR_ALICE, anybody) else { return };
    let mut overseer = guarded.overseer();
    for version in VERSIONS {
        let alice = Visitor::new(version, "desk").user("alice").keeping();
        let mut there = alice.connect(guarded.broker.address);
        for filter in ["secret/#", "public/#"] {
            assert_eq!(there.subscribe(filter, 1, &[]).unwrap(), 1);
        }
        there.disconnect().unwrap();
        for topic in ["secret/x", "public/x"] {
            overseer.publish(topic, topic, false);
        }
        let eve = Visitor::new(version, "desk").user("eve").keeping();
        let (mut taken, present) = eve.resume(guarded.broker.address);
        let seen = drained(&mut taken);
        assert!(seen.iter().all(|topic| topic.starts_with("public")), "{version:?}: {present} {seen:?}");
        overseer.publish("secret/y", "secret/y", false);
        assert_eq!(drained(&mut taken), [""; 0], "{version:?}");
        Visitor::new(version, "desk").user("eve").connect(guarded.broker.address).disconnect().unwrap();
    }
}
