//! What a file may say, and how it is changed.

use super::*;
use crate::user::is_scram;

#[test]
fn a_file_is_edited_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    set_user(&path, "alice", b"one", CHEAP).unwrap();
    let text = format!("# ours\n\n{}", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, text).unwrap();
    assert!(set_user(&path, "bob", b"two", CHEAP).unwrap());
    assert!(!set_user(&path, "alice", b"three", CHEAP).unwrap());
    let users = Users::read(&path).unwrap();
    assert_eq!(users.len(), 2);
    assert!(users.get("alice").unwrap().matches(b"three"));
    assert!(!users.get("alice").unwrap().matches(b"one"));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# ours\n\nalice:$argon2id$v=19$"));
    remove_user(&path, "alice").unwrap();
    assert!(matches!(remove_user(&path, "alice"), Err(EditError::NoSuchUser(_))));
    assert_eq!(Users::read(&path).unwrap().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn names_and_passwords_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    for (name, password) in [("", "x"), ("a:b", "x"), ("#a", "x"), ("a\nb", "x"), ("a", "")] {
        let refused = set_user(&path, name, password.as_bytes(), CHEAP);
        assert!(matches!(refused, Err(EditError::Refused(_))), "{name:?} {refused:?}");
    }
    assert!(!path.exists());
}

#[test]
fn bad_lines_are_named() {
    let good = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$b3b8V1PDB3E8VNlTjvCQnw";
    let cases = [
        ("alice".to_owned(), 1, "expected user:hash"),
        (format!("# x\n:{good}"), 2, "a user's name has at least one character"),
        (format!("a:{good}\na:{good}"), 2, "the user stands here twice"),
        (
            format!("a:{}", good.replace("argon2id", "argon2i")),
            1,
            "of the argon2 family only argon2id of version 19 is taken",
        ),
        ("a:$7$101$x$y".to_owned(), 1, "expected $7$iterations$salt$hash as mosquitto_passwd writes it"),
        ("a:plain".to_owned(), 1, "expected a hash such as `tidegate passwd` writes ($argon2id$v=19$…)"),
        (
            "\na:$scram-sha-256$i=1".to_owned(),
            2,
            "expected $scram-sha-256$i=…,s=<salt>$<StoredKey>$<ServerKey>, keys and salt in base64",
        ),
    ];
    for (text, line, what) in cases {
        assert_eq!(Users::parse(&text).unwrap_err(), LineError { line, what }, "{text}");
    }
    assert!(Users::parse("").unwrap().is_empty());
}

/// All lines of a user are of one password, whichever is set.
#[test]
fn a_new_password_leaves_no_old_one_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    set_user(&path, "alice", b"one", CHEAP).unwrap();
    set_user(&path, "bob", b"x", CHEAP).unwrap();
    assert!(!set_scram(&path, "alice", b"two", 5_000).unwrap());
    let check = |password: &[u8]| {
        let users = Users::read(&path).unwrap();
        let alice = users.get("alice").unwrap();
        assert!(alice.matches(password) && alice.scram().unwrap().matches(password));
        assert_eq!(alice.scram().unwrap().iterations().get(), 5_000);
        let text = std::fs::read_to_string(&path).unwrap();
        let users = text.lines().filter(|line| !line.starts_with('#'));
        let kinds: Vec<_> = users.map(|line| (&line[..3], line.contains("$scram-sha-256$"))).collect();
        assert_eq!(kinds, [("ali", false), ("ali", true), ("bob", false)]);
    };
    check(b"two");
    assert!(!set_user(&path, "alice", b"three", CHEAP).unwrap());
    check(b"three");
    // A password that SCRAM cannot have changes nothing.
    set_user(&path, "alice", b"\xff", CHEAP).unwrap_err();
    check(b"three");
    remove_user(&path, "alice").unwrap();
    assert_eq!(Users::read(&path).unwrap().len(), 1);
}

#[test]
fn what_scram_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let soft_hyphen = "I\u{ad}X";
    for (name, password, iterations) in [
        ("a", "x", 4_095),
        ("a", "x", 10_000_001),
        ("a", "", 4_096),
        ("a", "\u{200e}", 4_096),
        (soft_hyphen, "x", 4_096),
        ("e\u{301}", "x", 4_096),
    ] {
        let refused = set_scram(&path, name, password.as_bytes(), iterations);
        assert!(matches!(refused, Err(EditError::Refused(_))), "{name:?} {password:?} {iterations}");
    }
    assert!(!path.exists());
    assert!(set_scram(&path, "\u{e9}", soft_hyphen.as_bytes(), 4_096).unwrap());
    let users = Users::read(&path).unwrap();
    let user = users.get("\u{e9}").unwrap();
    assert!(user.matches(b"IX") && user.matches(soft_hyphen.as_bytes()) && !user.matches(b"ix"));
}

/// Files with bytes changed are read or refused with a line of theirs; nothing panics.
#[test]
fn mutated_files_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    set_user(&path, "alice", b"one", CHEAP).unwrap();
    set_scram(&path, "carol", b"two", 4_096).unwrap();
    let text = std::fs::read_to_string(&path).unwrap()
        + "# more\n\nbob:$7$101$SxAEc9n0nMtCRZFX$4xKwL9pfT9QQDrGkAM0W1uN2s1MrYYY4vYXKDN1AUAiyf+z3YqN0hk25ir87HoiaOSdESmhr5VjhvPLcfeBT0g==\n";
    assert_eq!(
        text.lines().filter(|line| is_scram(line.split_once(':').map_or("", |(_, rest)| rest))).count(),
        1
    );
    let signs = ['$', ':', ',', '=', '#', '\n', '0', '9', 'z', '\u{e4}', '\0'];
    let mut refused = 0;
    for (at, _) in text.char_indices() {
        for sign in signs {
            let mut changed = text.clone();
            changed.replace_range(at..=at, &sign.to_string());
            if let Err(error) = Users::parse(&changed) {
                assert!((1..=changed.lines().count()).contains(&error.line), "{error} {changed}");
                refused += 1;
            }
            let mut inserted = text.clone();
            inserted.insert(at, sign);
            drop(Users::parse(&inserted));
            drop(Users::parse(&text[..at]));
        }
    }
    assert!(refused > text.len(), "{refused}");
}
