//! SCRAM-SHA-256 (RFC 5802, RFC 7677) with clients of others: the scenarios of `clients/node/scram.js`.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::peers::{need, node, python};

use super::tidegate;
use crate::interop::stage::Program;

/// Adds a user with a SCRAM verifier, as an operator does it.
fn add(dir: &Path, user: &str, password: &str) {
    let typed = dir.join("typed");
    fs::write(&typed, format!("{password}\n")).unwrap();
    let mut command = Tidegate::built().unwrap().tool();
    command.arg("passwd").arg(dir.join("users")).args([user, "--scram", "--password-stdin"]);
    let (status, text) = Program::output_of(command, Stdio::from(File::open(typed).unwrap()));
    assert!(status.success(), "{text}");
}

fn scenario(name: &str) {
    let (Some(node), Some(python)) = (need(node::mqttjs()), need(python::paho())) else { return };
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), "alice", "wonderland");
    add(dir.path(), "bob", "builder");
    let users = dir.path().join("users");
    let settings = Settings::default().with_text("auth.password_file", users.display());
    let Some(broker) = tidegate(&settings) else { return };
    let mut command = node.script("scram.js");
    command.env("PYTHONPATH", python.path()).arg(name).arg(broker.address.port().to_string());
    Program::spawn(command).finish();
}

macro_rules! scenarios {
    ($($name:ident: $script:literal,)*) => {
        $(#[test]
        fn $name() {
            scenario($script);
        })*
    };
}

scenarios! {
    both_sides_prove_that_they_know_the_password: "login",
    a_wrong_password_is_refused: "wrongPassword",
    an_unknown_user_is_refused_like_a_wrong_password: "unknownUser",
    a_method_nobody_knows_is_refused: "unknownMethod",
    a_forged_proof_is_refused: "forgedProof",
    a_client_logs_in_again_on_its_connection: "again",
    who_logs_in_again_wrongly_is_closed: "againWithAWrongPassword",
    nobody_becomes_somebody_else_on_a_connection: "againAsSomebodyElse",
}
