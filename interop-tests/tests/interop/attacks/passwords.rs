//! Passwords change under a running broker, which remembers who proved his.

use std::fs;

use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::wire::Version;

use super::guarded::tidegate;
use super::visitor::{Refusal, VERSIONS, Visitor};
use crate::interop::floods::{HASH, OTHER_HASH, asking};

fn told(broker: &Running, version: Version, user: &str, password: &str) -> Option<Refusal> {
    Visitor::new(version, user).user(user).password(password).enter(broker.address).refusal()
}

fn wrong(version: Version) -> Option<Refusal> {
    Some(Refusal::Code(if version == Version::V5 { 0x86 } else { 4 }))
}

#[test]
fn a_password_that_was_changed_is_forgotten() {
    for version in VERSIONS {
        let dir = tempfile::tempdir().unwrap();
        let settings = asking(dir.path(), &format!("alice:{HASH}\nbob:{HASH}\n"));
        let Some(broker) = tidegate(&settings) else { return };
        // Twice: the second time from memory.
        for user in ["alice", "alice", "bob", "bob"] {
            assert_eq!(told(&broker, version, user, "secret"), None, "{user}");
        }
        fs::write(dir.path().join("users"), format!("alice:{OTHER_HASH}\n")).unwrap();
        broker.reload().unwrap();
        assert_eq!(told(&broker, version, "alice", "secret"), wrong(version), "the old one");
        assert_eq!(told(&broker, version, "alice", "changed"), None, "the new one");
        assert_eq!(told(&broker, version, "bob", "secret"), wrong(version), "who is not there any more");
    }
}

/// What a wrong password looks like does not matter: it is wrong.
#[test]
fn odd_passwords_are_wrong_passwords() {
    let dir = tempfile::tempdir().unwrap();
    let settings = asking(dir.path(), &format!("alice:{HASH}\n"))
        .with_text("zones.default.failed_logins", "off")
        .with_text("zones.default.failed_logins_per_address", "off");
    let Some(broker) = tidegate(&settings) else { return };
    let long = "secret".repeat(300);
    for version in VERSIONS {
        for password in ["", " secret", "secret ", "Secret", "secre", "secretx", HASH, &long] {
            assert_eq!(told(&broker, version, "alice", password), wrong(version), "{password:?}");
        }
        for user in ["", "Alice", "alice ", "alice:", "#", "alice\n", "a\u{301}lice"] {
            let refused = told(&broker, version, user, "secret");
            assert!(refused.is_some(), "{user:?}");
        }
        let without = Visitor::new(version, "alice").user("alice").enter(broker.address).refusal();
        assert!(without.is_some(), "no password at all");
        assert_eq!(told(&broker, version, "alice", "secret"), None);
    }
}

/// PBKDF2 by itself makes no difference between them.
#[test]
fn a_nul_behind_a_password_makes_it_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let Some(broker) = tidegate(&asking(dir.path(), &format!("alice:{HASH}\n"))) else { return };
    for version in VERSIONS {
        assert_eq!(told(&broker, version, "alice", "secret\0"), wrong(version));
    }
}
