//! What a TLS handshake is about besides keys: tickets, the stapled OCSP response, the host that is asked for.

use tidegate_interop_tests::peers::need;
use tidegate_interop_tests::peers::openssl::openssl;

use super::certificates::Certificates;
use super::openssl_client::{agreed, run_openssl, s_client};
use super::tidegate;
use crate::interop::stage::Program;

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
    let (ca, key, server, staple) = (file("ca.crt"), file("ca.key"), file("server.crt"), file("server.ocsp"));
    let Some(mut serial) = need(openssl()) else { return };
    serial.args(["x509", "-noout", "-serial", "-in", &server]);
    let serial = Program::output(serial).1.trim().trim_start_matches("serial=").to_owned();
    let index = format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=localhost\n");
    std::fs::write(certificates.file("index.txt"), index).unwrap();
    let signed = [
        "ocsp",
        "-index",
        &file("index.txt"),
        "-CA",
        &ca,
        "-rsigner",
        &ca,
        "-rkey",
        &key,
        "-issuer",
        &ca,
        "-cert",
        &server,
        "-no_nonce",
        "-ndays",
        "7",
        "-respout",
        &staple,
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

/// A ticket would bring a certificate back past its end and past its revocation.
#[test]
fn who_shows_a_certificate_never_resumes() {
    let certificates = Certificates::new();
    certificates.add_client("stolen");
    let Some(broker) = tidegate(&certificates.mutual()) else { return };
    let (cert, key) = (certificates.path("stolen.crt"), certificates.path("stolen.key"));
    let kept = |version: &str| broker.dir().join(version).to_str().unwrap().to_owned();
    for version in ["-tls1_2", "-tls1_3"] {
        let shown = [version, "-cert", &cert, "-key", &key];
        let Some(text) = s_client(&broker, "tls", &[&shown[..], &["-sess_out", &kept(version)]].concat())
        else {
            return;
        };
        assert!(agreed(&text)[0].starts_with("New, TLSv1."), "{text}");
        // Without a ticket there may be nothing to resume from.
        if std::path::Path::new(&kept(version)).exists() {
            let text =
                s_client(&broker, "tls", &[&shown[..], &["-sess_in", &kept(version)]].concat()).unwrap();
            assert!(agreed(&text)[0].starts_with("New, TLSv1."), "{text}");
        }
    }
    certificates.revoke("stolen");
    broker.reload().unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let text = s_client(&broker, "tls", &[version, "-cert", &cert, "-key", &key]).unwrap();
        assert!(text.contains("certificate revoked"), "{text}");
    }
}

/// RFC 8446 §6.1: without the announcement an end could be an attacker's.
#[test]
fn the_end_is_announced() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    for version in ["-tls1_2", "-tls1_3"] {
        let Some(text) = s_client(&broker, "tls", &[version]) else { return };
        assert!(text.contains("closed\n") && !text.contains("unexpected eof"), "{text}");
    }
}
