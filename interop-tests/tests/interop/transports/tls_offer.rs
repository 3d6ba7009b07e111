//! What a TLS listener offers, found out by sslscan and by greetings with every number a cipher suite can have.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use tidegate_interop_tests::peers::openssl::openssl;
use tidegate_interop_tests::peers::sslscan::sslscan;
use tidegate_interop_tests::peers::{need, progress};

use super::certificates::Certificates;
use super::openssl_client::{run_openssl, s_client};
use super::{greeting, tidegate};
use crate::interop::stage::Program;

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
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-keyout",
        &key,
        "-out",
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
        let found: BTreeSet<(String, String)> =
            lines("cipher").map(|line| (attribute(line, "sslversion"), attribute(line, "cipher"))).collect();
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

/// The greetings find what is old where there is something old: OpenSSL's own server, asked to be careless.
#[test]
fn greetings_find_old_suites() {
    let certificates = Certificates::new();
    let Some(rsa) = with_rsa() else { return };
    for (set, version, name, suite) in [
        (&rsa, greeting::TLS_1_0, "-tls1", 0x002f),
        (&rsa, greeting::TLS_1_1, "-tls1_1", 0x002f),
        (&rsa, greeting::TLS_1_2, "-tls1_2", 0x009c),
        (&certificates, greeting::TLS_1_2, "-tls1_2", 0xc009),
    ] {
        let Some(mut command) = need(openssl()) else { return };
        let (certificate, key) = (set.path("server.crt"), set.path("server.key"));
        command.args(["s_server", "-accept", "127.0.0.1:0", "-cert", &certificate, "-key", &key]);
        command.args([name, "-cipher", "ALL:@SECLEVEL=0"]).stdin(Stdio::piped());
        let mut server = Program::spawn_talking(command);
        let address = loop {
            if let Some(address) = server.text().strip_prefix("ACCEPT ") {
                break address.parse().unwrap();
            }
        };
        let found = greeting::suites_of(address, version);
        assert!(found.contains(&suite), "{name}: {found:x?}");
    }
}
