//! What a TLS listener offers, found out by OpenSSL's client, by sslscan, and by greetings with every number a cipher
//! suite can have.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::peers::openssl::openssl;
use tidegate_interop_tests::peers::sslscan::sslscan;
use tidegate_interop_tests::peers::{need, progress};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::{Connect, put_disconnect};

use super::certificates::Certificates;
use super::{greeting, tidegate};
use crate::interop::stage::Program;

/// `openssl s_client` on a listener. It logs in and out again, so that the broker ends the connection and everything
/// the broker had to say has been read.
fn s_client(broker: &Running, listener: &str, arguments: &[&str]) -> Option<String> {
    let mut command = need(openssl())?;
    let address = broker.listener(listener).unwrap().to_string();
    command.args(["s_client", "-nocommands", "-ign_eof", "-connect", &address]).args(arguments);
    let mut bytes = Vec::new();
    Connect::clean(Version::V5, "openssl").put(&mut bytes);
    put_disconnect(&mut bytes, 0, &[]);
    let input = broker.dir().join("session.bin");
    std::fs::write(&input, &bytes).unwrap();
    Some(Program::output_of(command, Stdio::from(File::open(input).unwrap())).1)
}

fn run_openssl(arguments: &[&str]) -> Option<()> {
    let mut command: Command = need(openssl())?;
    command.args(arguments);
    let (status, text) = Program::output(command);
    assert!(status.success(), "openssl {arguments:?}: {text}");
    Some(())
}

/// The lines of `text` that say what was agreed on.
fn agreed(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("New, ") || line.starts_with("Reused, ")).collect()
}

#[test]
fn sessions_are_resumed() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let kept = broker.dir().join(name);
        let kept = kept.to_str().unwrap();
        let Some(first) = s_client(&broker, "tls", &[version, "-sess_out", kept]) else { return };
        assert!(agreed(&first)[0].starts_with(&format!("New, {name}")), "{first}");
        let second = s_client(&broker, "tls", &[version, "-sess_in", kept]).unwrap();
        assert!(agreed(&second)[0].starts_with(&format!("Reused, {name}")), "{second}");
        let early = s_client(&broker, "tls", &[version, "-sess_in", kept]).unwrap();
        assert!(!early.contains("Early data was accepted"), "{early}");
    }
}

#[test]
fn no_tickets_when_they_are_switched_off() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings().with("tls.session_tickets", false)) else { return };
    let Some(text) = s_client(&broker, "tls", &["-tls1_3"]) else { return };
    assert!(text.contains("New, TLSv1.3") && !text.contains("New Session Ticket arrived"), "{text}");
    let text = s_client(&broker, "tls", &["-tls1_2"]).unwrap();
    assert!(text.contains("New, TLSv1.2") && !text.contains("TLS session ticket:"), "{text}");
}

#[test]
fn the_staple_is_shown() {
    let certificates = Certificates::new();
    let file = |name: &str| certificates.path(name);
    let (ca, key, server, staple) =
        (file("ca.crt"), file("ca.key"), file("server.crt"), file("server.ocsp"));
    let Some(mut serial) = need(openssl()) else { return };
    serial.args(["x509", "-noout", "-serial", "-in", &server]);
    let serial = Program::output(serial).1.trim().trim_start_matches("serial=").to_owned();
    let index = format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=localhost\n");
    std::fs::write(certificates.file("index.txt"), index).unwrap();
    let signed = [
        "ocsp", "-index", &file("index.txt"), "-CA", &ca, "-rsigner", &ca, "-rkey", &key, "-issuer", &ca, "-cert",
        &server, "-no_nonce", "-ndays", "7", "-respout", &staple,
    ];
    run_openssl(&signed);
    let Some(broker) = tidegate(&certificates.settings().with_text("tls.ocsp", &staple)) else { return };
    for version in ["-tls1_2", "-tls1_3"] {
        let arguments = [version, "-status", "-CAfile", &ca, "-verify_return_error"];
        let text = s_client(&broker, "tls", &arguments).unwrap();
        assert!(text.contains("OCSP Response Status: successful"), "{text}");
        assert!(text.contains("Cert Status: good"), "{text}");
    }
}

#[test]
fn the_host_that_is_asked_for_picks_the_certificate() {
    let (first, plant, meters) =
        (Certificates::for_host("first.example.org"), Certificates::for_host("plant.example.org"), "meters");
    let meters = (meters, Certificates::for_host("any.meters.example.org"));
    let mut settings = first.settings();
    for (name, set, hosts) in
        [("plant", &plant, "plant.example.org"), (meters.0, &meters.1, "*.meters.example.org")]
    {
        settings = settings
            .with(&format!("tls.names.{name}.hosts"), format_args!("[\"{hosts}\"]"))
            .with_text(&format!("tls.names.{name}.certificate"), set.path("server.crt"))
            .with_text(&format!("tls.names.{name}.key"), set.path("server.key"));
    }
    let Some(broker) = tidegate(&settings) else { return };
    for (asked, shown) in [
        ("first.example.org", "first.example.org"),
        ("plant.example.org", "plant.example.org"),
        ("PLANT.example.org", "plant.example.org"),
        ("a.meters.example.org", "any.meters.example.org"),
        ("a.b.meters.example.org", "first.example.org"),
        ("unknown.example.org", "first.example.org"),
    ] {
        let Some(text) = s_client(&broker, "tls", &["-servername", asked]) else { return };
        let subject = text.lines().find(|line| line.starts_with("subject=")).unwrap_or_default();
        assert!(subject.ends_with(&format!("CN = {shown}")), "{asked}: {text}");
    }
    let text = s_client(&broker, "tls", &["-noservername"]).unwrap();
    assert!(text.contains("CN = first.example.org"), "{text}");
}

#[test]
fn who_connects_again_in_the_middle_is_refused() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let Some(mut command) = need(openssl()) else { return };
    let address = broker.listener("tls").unwrap().to_string();
    command.args(["s_client", "-tls1_2", "-connect", &address]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(b"R\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains("RENEGOTIATING"), "{text}");
    assert!(text.contains("no renegotiation") || text.contains("unexpected message"), "{text}");
    assert!(text.contains("Compression: NONE"), "{text}");
}

/// The certificates a listener may have: ECDSA, as `tidegate cert dev` makes them, and RSA.
fn with_rsa() -> Option<Certificates> {
    let set = Certificates::new();
    let (certificate, key) = (set.path("server.crt"), set.path("server.key"));
    let arguments = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", &key, "-out",
        &certificate,
    ];
    run_openssl(&arguments).map(|()| set)
}

const MODERN: [&str; 3] = ["AES256-GCM-SHA384", "AES128-GCM-SHA256", "CHACHA20-POLY1305"];
const OF_TLS_1_3: [&str; 3] =
    ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"];

#[test]
fn a_scanner_finds_nothing_old() {
    let Some(rsa) = with_rsa() else { return };
    for (kind, certificates) in [("ECDSA", Certificates::new()), ("RSA", rsa)] {
        let settings = certificates.settings().with_text("mqtt.listeners.tls.handshake_timeout", "2s");
        let Some(broker) = tidegate(&settings) else { return };
        let Some(mut command) = need(sslscan()) else { return };
        command.args(["--no-colour", "--no-check-certificate", "--xml=-"]);
        command.arg(broker.listener("tls").unwrap().to_string());
        let (_, text) = Program::output(command);
        let attribute = |line: &str, name: &str| {
            let value = line.split_once(&format!(" {name}=\""));
            value.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
        };
        let lines = |element: &'static str| {
            let start = format!("<{element} ");
            text.lines().filter(move |line| line.contains(&start))
        };
        let enabled: Vec<String> = lines("protocol")
            .filter(|line| attribute(line, "enabled") == "1")
            .map(|line| attribute(line, "type") + &attribute(line, "version"))
            .collect();
        assert_eq!(enabled, ["tls1.2", "tls1.3"], "{text}");
        let found: BTreeSet<(String, String)> = lines("cipher")
            .map(|line| (attribute(line, "sslversion"), attribute(line, "cipher")))
            .collect();
        for (version, cipher) in &found {
            progress(&format!("{kind:5} {version} {cipher}"));
        }
        let older = MODERN.map(|name| ("TLSv1.2".to_owned(), format!("ECDHE-{kind}-{name}")));
        let newer = OF_TLS_1_3.map(|name| ("TLSv1.3".to_owned(), name.to_owned()));
        assert_eq!(found, older.into_iter().chain(newer).collect(), "{text}");
        assert!(lines("renegotiation").all(|line| attribute(line, "supported") == "0"), "{text}");
        assert!(lines("heartbleed").all(|line| attribute(line, "vulnerable") == "0"), "{text}");
    }
}

#[test]
fn no_number_of_a_cipher_suite_gets_an_old_one() {
    let Some(rsa) = with_rsa() else { return };
    // RFC 5289 and RFC 7905: ECDHE with AES-GCM or ChaCha20-Poly1305.
    let (of_ecdsa, of_rsa) = ([0xc02b, 0xc02c, 0xcca9], [0xc02f, 0xc030, 0xcca8]);
    for (certificates, expected) in [(Certificates::new(), of_ecdsa), (rsa, of_rsa)] {
        let Some(broker) = tidegate(&certificates.settings()) else { return };
        let address = broker.listener("tls").unwrap();
        for old in [greeting::SSL_3, greeting::TLS_1_0, greeting::TLS_1_1] {
            assert_eq!(greeting::suites_of(address, old), BTreeSet::new(), "version {old:#06x}");
        }
        assert_eq!(greeting::suites_of(address, greeting::TLS_1_2), BTreeSet::from(expected));
    }
}

#[test]
fn an_operator_may_ask_for_more() {
    let certificates = Certificates::new();
    let strict = certificates.settings().with_text("tls.min_version", "1.3");
    let Some(broker) = tidegate(&strict) else { return };
    let address = broker.listener("tls").unwrap();
    assert_eq!(greeting::suites_of(address, greeting::TLS_1_2), BTreeSet::new());
    let Some(text) = s_client(&broker, "tls", &["-tls1_3"]) else { return };
    assert!(text.contains("New, TLSv1.3"), "{text}");

    let one = "[\"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\"]";
    let Some(broker) = tidegate(&certificates.settings().with("tls.ciphers", one)) else { return };
    let address = broker.listener("tls").unwrap();
    assert_eq!(greeting::suites_of(address, greeting::TLS_1_2), BTreeSet::from([0xc02b]));
    let text = s_client(&broker, "tls", &["-tls1_3"]).unwrap();
    assert!(text.contains("New, (NONE)"), "no suite of TLS 1.3 is left: {text}");
}
