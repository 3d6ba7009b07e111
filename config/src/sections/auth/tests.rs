use super::*;
use crate::{Loader, Sources};

fn load(text: &str) -> Result<Auth, String> {
    let sources = Sources::new().with_file("f", text);
    let loaded = Loader::new().load(&sources).map_err(|problems| problems.to_string())?;
    Ok(loaded.section::<Auth>().unwrap())
}

#[test]
fn the_simple_way_is_a_chain_too() {
    let auth = load("").unwrap();
    assert_eq!(auth.chain(), ["anonymous"]);
    let auth = load("[auth]\npassword_file = \"users\"").unwrap();
    assert_eq!(auth.chain(), ["password-file", "anonymous"]);
    let method = auth.method("password-file").unwrap();
    assert_eq!((method.kind, method.authoritative), (MethodKind::PasswordFile, true));
    assert_eq!(method.file.unwrap().to_str(), Some("users"));
    assert_eq!(load("").unwrap().method("password-file"), None);
}

#[test]
fn a_chain_names_methods_in_order() {
    let auth = load(
        "[auth]\nchain = [\"certs\", \"ids\", \"anonymous\"]\n\
         [auth.methods.certs]\nkind = \"certificate\"\nsource = \"san-dns\"\nunknown = \"next\"\n\
         [auth.methods.ids]\nkind = \"client-ids\"\nids = [\"pump-*\"]\nwhen_down = \"next\"\n",
    )
    .unwrap();
    assert_eq!(auth.chain(), ["certs", "ids", "anonymous"]);
    let certs = auth.method("certs").unwrap();
    assert_eq!((certs.source, certs.unknown), (Some(CertificateName::SanDns), Some(Unknown::Next)));
    assert_eq!(auth.method("ids").unwrap().when_down, WhenDown::Next);
    assert_eq!(auth.method("anonymous").unwrap().kind, MethodKind::Anonymous);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (text, expected) in [
        (
            "[auth]\nchain = [\"anonymous\", \"certs\"]",
            "f:2:23: auth.chain[1]: no method \"certs\" (known: anonymous)",
        ),
        (
            "[auth]\nchain = [\"anonymous\", \"anonymous\"]",
            "f:2:23: auth.chain[1]: \"anonymous\" is asked already",
        ),
        (
            "[auth]\nchain = []",
            "f:2:9: auth.chain: nobody could connect: name a method, such as \"anonymous\"",
        ),
        (
            "[auth.methods.a]\nkind = \"anonymous\"",
            "f:1:7: auth.methods: set auth.chain: it names the methods to ask, in order",
        ),
        (
            "[auth]\nchain = [\"anonymous\"]\npassword_file = \"x\"",
            "f:3:17: auth.password_file: auth.chain does not name \"password-file\"; for a zone's chain alone, \
             make it a table in [auth.methods]",
        ),
        ("[auth]\nchain = [\"a\"]\n[auth.methods.a]\n", "f:3:1: auth.methods.a.kind: must be set"),
        (
            "[auth]\nchain = [\"a\"]\n[auth.methods.a]\nkind = \"addresses\"\nallow = [\"10.0.0.0/8\", \"10.x\"]",
            "f:5:24: auth.methods.a.allow[1]: expected a network such as \"10.0.0.0/8\", or an address, got \"10.x\"",
        ),
        (
            "[auth]\nchain = [\"a\"]\n[auth.methods.a]\nkind = \"addresses\"",
            "f:3:1: auth.methods.a: a method of the kind addresses needs allow or deny",
        ),
        (
            "[auth]\nchain = [\"a\"]\n[auth.methods.a]\nkind = \"certificate\"\nqueue = 5",
            "f:5:9: auth.methods.a.queue: a method of the kind certificate has no queue",
        ),
        (
            "[auth]\nchain = [\"a\"]\n[auth.methods.a]\nkind = \"ldap\"",
            "f:4:8: auth.methods.a.kind: \"ldap\" is not one of its values (known: \"password-file\", \
             \"client-ids\", \"certificate\", \"addresses\", \"anonymous\")",
        ),
    ] {
        assert_eq!(load(text).unwrap_err(), expected, "{text}");
    }
}
