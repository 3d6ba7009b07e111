//! Who fails to log in again and again is turned away for a while, and nobody else is.

use std::time::Instant;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;

use super::{HASH, asking};
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Refusal, VERSIONS, Visitor};
use crate::interop::stage::DEADLINE;

fn broker(options: &[(&str, &str)]) -> Option<(Running, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    let lines: String = ["alice", "bob"].map(|name| format!("{name}:{HASH}\n")).concat();
    let settings = options.iter().fold(asking(dir.path(), &lines), |settings, (key, value)| {
        settings.with_text(&format!("zones.default.{key}"), value)
    });
    tidegate(&settings).map(|broker| (broker, dir))
}

fn guess<'a>(version: Version, user: &'a str, password: &'a str, address: u8) -> Visitor<'a> {
    Visitor::new(version, user).user(user).password(password).from(address)
}

fn told(broker: &Running, visitor: &Visitor<'_>) -> Option<Refusal> {
    visitor.enter(broker.address).refusal()
}

/// A wrong password, as each version says it.
fn wrong(version: Version) -> Option<Refusal> {
    Some(Refusal::Code(if version == Version::V5 { 0x86 } else { 4 }))
}

/// Turned away before any password is looked at.
fn turned_away(version: Version) -> Option<Refusal> {
    Some(Refusal::Code(if version == Version::V5 { 0x9F } else { 3 }))
}

#[test]
fn a_name_is_turned_away_where_its_password_was_guessed() {
    for version in VERSIONS {
        let Some((broker, _dir)) = broker(&[]) else { return };
        let mut there = guess(version, "alice", "secret", 2).connect(broker.address);
        let (bad, good) = (guess(version, "alice", "guess", 2), guess(version, "alice", "secret", 2));
        // A success in between clears the count.
        for _ in 0..9 {
            assert_eq!(told(&broker, &bad), wrong(version));
        }
        let other_id = Visitor::new(version, "a second").user("alice").password("secret").from(2);
        assert_eq!(told(&broker, &other_id), None);
        for _ in 0..10 {
            assert_eq!(told(&broker, &bad), wrong(version));
        }
        for _ in 0..3 {
            assert_eq!(told(&broker, &bad), turned_away(version));
            assert_eq!(told(&broker, &good), turned_away(version), "the right one is not looked at either");
        }
        there.expect_quiet().unwrap();
        drop(there);
        assert_eq!(told(&broker, &guess(version, "alice", "secret", 3)), None, "from elsewhere");
        assert_eq!(told(&broker, &guess(version, "bob", "secret", 2)), None, "another name");
    }
}

#[test]
fn an_address_is_turned_away_that_tries_many_names() {
    let rule = [("failed_logins_per_address", "20/5m ban 5m")];
    for version in VERSIONS {
        let Some((broker, _dir)) = broker(&rule) else { return };
        let mut there = guess(version, "alice", "secret", 2).connect(broker.address);
        for index in 0..20 {
            let name = format!("name-{index}");
            assert_eq!(told(&broker, &guess(version, &name, "secret", 2)), wrong(version), "{index}");
        }
        for name in ["alice", "bob", "name-0", "name-99"] {
            // It may be closed before it has said anything.
            assert!(told(&broker, &guess(version, name, "secret", 2)).is_some(), "{name}");
        }
        there.expect_quiet().unwrap();
        assert_eq!(told(&broker, &guess(version, "bob", "secret", 3)), None, "from elsewhere");
    }
}

#[test]
fn who_is_turned_away_comes_in_again_later() {
    let rules = [("failed_logins", "3/1m ban 1s"), ("failed_logins_per_address", "off")];
    let Some((broker, _dir)) = broker(&rules) else { return };
    let version = Version::V5;
    for _ in 0..3 {
        assert_eq!(told(&broker, &guess(version, "alice", "guess", 2)), wrong(version));
    }
    let good = guess(version, "alice", "secret", 2);
    assert_eq!(told(&broker, &good), turned_away(version));
    let deadline = Instant::now() + DEADLINE;
    while told(&broker, &good).is_some() {
        assert!(Instant::now() < deadline, "it is never over");
    }
}

#[test]
fn an_address_that_is_spared_is_never_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let settings: Settings = asking(dir.path(), &format!("alice:{HASH}\n"))
        .with_text("zones.default.failed_logins", "2/1m ban 5m")
        .with_text("zones.default.failed_logins_per_address", "4/1m ban 5m")
        .with("zones.default.failed_logins_spared", "[\"127.0.0.2/32\"]");
    let Some(broker) = tidegate(&settings) else { return };
    for version in VERSIONS {
        for _ in 0..8 {
            assert_eq!(told(&broker, &guess(version, "alice", "guess", 2)), wrong(version));
        }
        assert_eq!(told(&broker, &guess(version, "alice", "secret", 2)), None);
    }
}
