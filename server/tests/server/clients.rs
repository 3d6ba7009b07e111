//! `tidegate pub`, `sub` and `passwd`.

use super::stage::{Stage, run};
use super::wire::Wire;

#[test]
fn every_version_and_quality_comes_through() {
    let stage = Stage::new("");
    for version in ["3.1", "3.1.1", "5"] {
        for qos in ["0", "1", "2"] {
            let topic = format!("v/{version}/{qos}");
            let publish = ["pub", "-V", version, "-q", qos, "-r", "-t", &topic, "-m", "hi"];
            let (output, said) = stage.client(&publish);
            assert!(output.status.success(), "{said}");
            let (output, said) =
                stage.client(&["sub", "-V", version, "-q", qos, "-v", "-C", "1", "-t", &topic]);
            assert!(output.status.success(), "{said}");
            assert_eq!(said, format!("{topic} hi\n"));
        }
    }
}

#[test]
fn lines_files_and_standard_input_are_payloads() {
    let stage = Stage::new("");
    let port = stage.mqtt().port().to_string();
    let folder = stage.folder.path();
    let mut reader = Wire::open(stage.mqtt(), "reader");
    reader.subscribe("in/#");
    let publish = |way: &[&str], input: &str| {
        let (output, said) = run(folder, &[&["pub", "-p", &port, "-t", "in/x"], way].concat(), input);
        assert!(output.status.success(), "{said}");
    };
    publish(&["-l"], "one\r\ntwo\n");
    publish(&["-s"], "all\nof it\n");
    std::fs::write(folder.join("f"), b"\x00\xff").unwrap();
    publish(&["-f", "f"], "");
    publish(&["-n"], "");
    let expected: [&[u8]; 5] = [b"one", b"two", b"all\nof it\n", b"\x00\xff", b""];
    for payload in expected {
        assert_eq!(reader.message(), payload);
    }
}

#[test]
fn a_kept_session_has_what_came_meanwhile() {
    let stage = Stage::new("");
    let subscribe = ["sub", "-i", "keeper", "-c", "-q", "1", "-t", "k", "-W", "0"];
    assert_eq!(stage.client(&subscribe).0.status.code(), Some(27));
    assert!(stage.client(&["pub", "-q", "1", "-t", "k", "-m", "later"]).0.status.success());
    let again = ["sub", "-i", "keeper", "-c", "-q", "1", "-t", "k", "-C", "1"];
    assert_eq!(stage.client(&again).1, "later\n");
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let cases: [(&[&str], &str); 5] = [
        (&["pub", "-p", &free, "-t", "a", "-m", "b"], "start it with `tidegate run`"),
        (&["pub", "-t", "a/#", "-m", "b"], "no wildcard"),
        (&["sub", "-t", "a/#/b"], "is no topic filter"),
        (&["pub", "-t", "a", "-f", "missing"], "missing cannot be read"),
        (&["pub", "-V", "3.1.1", "-t", "a", "-m", "b", "-D", "c=d"], "-V 5"),
    ];
    for (arguments, expected) in cases {
        let (output, said) = run(folder.path(), arguments, "");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_password_file_says_who_comes_in() {
    let stage = Stage::prepared("[auth]\npassword_file = \"users\"\nallow_anonymous = false\n", |folder| {
        let (output, said) = run(folder, &["passwd", "users", "alice", "--password-stdin"], "wonder\n");
        assert!(output.status.success(), "{said}");
    });
    let login = |login| Wire::dial(stage.mqtt()).introduce("c", login);
    assert_eq!(login(Some(("alice", "wonder"))), "success");
    assert_eq!(login(Some(("alice", "wonder"))), "success");
    assert_eq!(login(Some(("alice", "wunder"))), "bad user name or password");
    assert_eq!(login(Some(("mallory", "wonder"))), "bad user name or password");
    assert_eq!(login(None), "not authorized");
    let (output, said) = stage.client(&["pub", "-t", "a", "-m", "b"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("-u USER -P PASSWORD"), "{said}");
}
