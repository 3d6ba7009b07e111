//! A connected client that proves again who it is, and proves to be somebody else.

use std::fs::{self, File};
use std::path::Path;

use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session};
use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::{Packet, find};
use tidegate_interop_tests::wire::encode::{Connect, put_packet};
use tidegate_interop_tests::wire::kind;
use tidegate_interop_tests::wire::property::{Property, Value, put_block};

use super::drained;
use super::guarded::tidegate;
use crate::interop::stage::Program;

const METHOD: &str = "SCRAM-SHA-256";
const METHOD_ID: u8 = 0x15;
const DATA_ID: u8 = 0x16;
const CONTINUE: u8 = 0x18;
const AGAIN: u8 = 0x19;

/// Users in a file, each with his own name as password.
fn users(dir: &Path, names: &[&str]) -> Settings {
    let file = dir.join("users");
    for name in names {
        let password = dir.join("password");
        fs::write(&password, name).unwrap();
        let mut command = Tidegate::built().unwrap().tool();
        command.args(["passwd", "--scram", "--iterations", "4096", "--password-stdin"]).arg(&file).arg(name);
        let (status, said) = Program::output_of(command, File::open(password).unwrap().into());
        assert!(status.success(), "{said}");
    }
    Settings::default()
        .with("auth.chain", "[\"people\"]")
        .with_text("auth.methods.people.kind", "password-file")
        .with_text("auth.methods.people.file", file.display())
}

fn stage() -> Option<(Running, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    let settings = users(dir.path(), &["alice", "eve"]);
    tidegate(&settings).map(|broker| (broker, dir))
}

fn session(user: &str, password: &str) -> Session {
    let config = SASLConfig::with_credentials(None, user.to_owned(), password.to_owned()).unwrap();
    SASLClient::new(config).start_suggested(&[Mechname::parse(METHOD.as_bytes()).unwrap()]).unwrap()
}

fn step(session: &mut Session, input: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    session.step(input, &mut out).unwrap();
    out
}

fn properties(data: Vec<u8>) -> [Property; 2] {
    let method = Value::Bytes(METHOD.as_bytes().to_vec());
    [Property(METHOD_ID, method), Property(DATA_ID, Value::Bytes(data))]
}

fn data(properties: &[Property]) -> Vec<u8> {
    match find(properties, DATA_ID) {
        Some(Value::Bytes(data)) => data.clone(),
        other => panic!("{other:?}"),
    }
}

fn send_auth(client: &mut Client, reason: u8, data: Vec<u8>) {
    let mut body = vec![reason];
    put_block(&mut body, &properties(data));
    client.send_with(|out| put_packet(out, kind::AUTH << 4, &body)).unwrap();
}

/// Somebody who proved by SCRAM who he is.
fn log_in(broker: &Running, id: &str, user: &str) -> Client {
    let mut proof = session(user, user);
    let first = properties(step(&mut proof, None));
    let connect = Connect { properties: &first, ..Connect::clean(Version::V5, id) };
    let mut client = Client::open(broker.address, Version::V5).unwrap();
    client.send_with(|out| connect.put(out)).unwrap();
    let Packet::Auth(CONTINUE, challenge) = client.receive().unwrap() else { panic!("no challenge") };
    let last = step(&mut proof, Some(&data(&challenge)));
    send_auth(&mut client, CONTINUE, last);
    let Packet::ConnAck(false, 0, told) = client.receive().unwrap() else { panic!("not let in") };
    step(&mut proof, Some(&data(&told)));
    client
}

/// Proves again who he is; what the broker said to his last word.
fn prove_again(client: &mut Client, user: &str, password: &str) -> Packet {
    let mut proof = session(user, password);
    let first = step(&mut proof, None);
    send_auth(client, AGAIN, first);
    let Packet::Auth(CONTINUE, challenge) = client.receive().unwrap() else { panic!("no challenge") };
    let last = step(&mut proof, Some(&data(&challenge)));
    send_auth(client, CONTINUE, last);
    client.receive().unwrap()
}

fn user_of(broker: &Running, id: &str) -> Option<String> {
    let client = broker.client(id).unwrap()?;
    client["connection"].is_object().then(|| client["user"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn who_proves_again_who_he_is_stays() {
    let Some((broker, _dir)) = stage() else { return };
    let mut eve = log_in(&broker, "desk", "eve");
    for _ in 0..3 {
        assert!(matches!(prove_again(&mut eve, "eve", "eve"), Packet::Auth(0, _)));
    }
    assert_eq!(user_of(&broker, "desk").as_deref(), Some("eve"));
    eve.expect_quiet().unwrap();
}

#[test]
fn who_proves_to_be_somebody_else_is_out() {
    let Some((broker, _dir)) = stage() else { return };
    let mut eve = log_in(&broker, "desk", "eve");
    // She knows the password of alice, and still is not her on this connection.
    let told = prove_again(&mut eve, "alice", "alice");
    assert!(matches!(told, Packet::Disconnect(0x87, _)), "{told:?}");
    assert_eq!(eve.closed().unwrap(), []);
    assert_ne!(user_of(&broker, "desk").as_deref(), Some("alice"));
}

#[test]
fn who_fails_to_prove_again_who_he_is_is_out() {
    let Some((broker, _dir)) = stage() else { return };
    for (user, password) in [("eve", "wrong"), ("alice", "wrong"), ("nobody", "nobody")] {
        let mut eve = log_in(&broker, "desk", "eve");
        let told = prove_again(&mut eve, user, password);
        assert!(matches!(told, Packet::Disconnect(0x87, _)), "{user}: {told:?}");
        assert_eq!(eve.closed().unwrap(), []);
    }
}

/// Between the steps of a proof she is who she was, and no more.
#[test]
fn half_a_proof_is_none() {
    let Some((broker, _dir)) = stage() else { return };
    let mut eve = log_in(&broker, "desk", "eve");
    eve.subscribe("x", 0, &[]).unwrap();
    send_auth(&mut eve, AGAIN, step(&mut session("alice", "?"), None));
    let Packet::Auth(CONTINUE, _) = eve.receive().unwrap() else { panic!("no challenge") };
    assert_eq!(user_of(&broker, "desk").as_deref(), Some("eve"));
    assert_eq!(drained(&mut eve), [""; 0]);
    // A second beginning in the middle of the first is no step of it.
    send_auth(&mut eve, AGAIN, step(&mut session("eve", "eve"), None));
    let told = eve.receive().unwrap();
    assert!(matches!(told, Packet::Disconnect(0x82 | 0x87, _)), "{told:?}");
}

/// Who came in by a password has no proof to repeat; who came in by SCRAM has to stay with it.
#[test]
fn a_method_cannot_be_slipped_in_or_changed() {
    let Some((broker, _dir)) = stage() else { return };
    let by_password =
        Connect { user: Some("eve"), password: Some(b"eve"), ..Connect::clean(Version::V5, "by password") };
    let (mut eve, _, _) = Client::connect(broker.address, &by_password).unwrap();
    send_auth(&mut eve, AGAIN, step(&mut session("alice", "alice"), None));
    let seen = eve.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82, _)]), "{seen:?}");

    let mut eve = log_in(&broker, "desk", "eve");
    let mut body = vec![AGAIN];
    let other =
        [Property(METHOD_ID, Value::Bytes(b"PLAIN".to_vec())), Property(DATA_ID, Value::Bytes(vec![]))];
    put_block(&mut body, &other);
    eve.send_with(|out| put_packet(out, kind::AUTH << 4, &body)).unwrap();
    let seen = eve.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::Disconnect(0x82 | 0x87 | 0x8C, _)]), "{seen:?}");
}

/// A SCRAM exchange heard on one connection is no use on another.
#[test]
fn an_answer_is_good_for_its_own_challenge_only() {
    let Some((broker, _dir)) = stage() else { return };
    let mut proof = session("alice", "alice");
    let first = step(&mut proof, None);
    let begin = |id| {
        let properties = properties(first.clone());
        let connect = Connect { properties: &properties, ..Connect::clean(Version::V5, id) };
        let mut client = Client::open(broker.address, Version::V5).unwrap();
        client.send_with(|out| connect.put(out)).unwrap();
        let Packet::Auth(CONTINUE, challenge) = client.receive().unwrap() else { panic!("no challenge") };
        (client, data(&challenge))
    };
    let (mut alice, challenge) = begin("alice");
    let (mut eve, _) = begin("eve");
    let last = step(&mut proof, Some(&challenge));
    send_auth(&mut eve, CONTINUE, last.clone());
    let seen = eve.closed().unwrap();
    assert!(matches!(seen.as_slice(), [Packet::ConnAck(false, 0x86 | 0x87, _)]), "{seen:?}");
    send_auth(&mut alice, CONTINUE, last.clone());
    assert!(matches!(alice.receive().unwrap(), Packet::ConnAck(false, 0, _)));
    // Nor a second time.
    let (mut eve, _) = begin("eve");
    send_auth(&mut eve, CONTINUE, last);
    assert!(matches!(eve.closed().unwrap().as_slice(), [Packet::ConnAck(false, 0x86 | 0x87, _)]));
}
