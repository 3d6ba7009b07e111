//! Versions, suites, protocols, the stapled response, the key log.

use std::sync::Arc;

use rustls::version::{TLS12, TLS13};
use tidegate_config::TlsOverride;
use tidegate_config::sections::{Tls, TlsVersion};
use tidegate_tls::{Acceptor, Settings, TlsAlert, TlsError};

use crate::world::{BOTH, Broken, Link, World, acceptor};

#[test]
fn both_versions_work_in_any_pieces() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    for (version, name) in BOTH.into_iter().zip(["TLSv1_2", "TLSv1_3"]) {
        let client = Arc::new(world.client(version));
        for piece in [1, 2, 3, 5, 7, 64, 1000, usize::MAX] {
            let mut link = Link::new(&acceptor, &client, "localhost");
            link.piece = piece;
            assert!(link.server.is_handshaking() && link.server.negotiated().is_none());
            link.pump().unwrap();
            link.talk();
            let agreed = link.server.negotiated().unwrap();
            assert_eq!((agreed.version, agreed.alpn, link.server.held()), (name, None, 0), "{piece}");
            assert!(Tls::CIPHERS.contains(&agreed.cipher), "{}", agreed.cipher);
            assert!(link.server.peer_certificate().is_none());
        }
    }
}

#[test]
fn without_a_certificate_there_is_no_acceptor() {
    let settings = Settings::new(&Tls::default(), &TlsOverride::default()).unwrap();
    assert!(Acceptor::new(settings).unwrap().is_none());
}

#[test]
fn the_documented_suites_are_those_of_the_provider() {
    let names: Vec<_> = rustls::crypto::ring::default_provider()
        .cipher_suites
        .iter()
        .map(|suite| suite.suite().as_str().unwrap())
        .collect();
    assert_eq!(names, Tls::CIPHERS);
}

#[test]
fn versions_and_suites_can_be_narrowed() {
    let world = World::new();
    let only_new = acceptor(&Tls { min_version: TlsVersion::V1_3, ..world.tls() });
    let old = Arc::new(world.client(&TLS12));
    assert!(matches!(
        Link::new(&only_new, &old, "localhost").pump(),
        Err(Broken::Server(TlsAlert::Refused(_)))
    ));

    for suite in Tls::CIPHERS.into_iter().filter(|suite| !suite.contains("_RSA_")) {
        let acceptor = acceptor(&Tls { ciphers: vec![suite.to_owned()], ..world.tls() });
        let (right, wrong) = if suite.starts_with("TLS13") { (&TLS13, &TLS12) } else { (&TLS12, &TLS13) };
        let link = Link::up(&acceptor, &Arc::new(world.client(right)), "localhost");
        assert_eq!(link.server.negotiated().unwrap().cipher, suite);
        assert!(Link::new(&acceptor, &Arc::new(world.client(wrong)), "localhost").pump().is_err(), "{suite}");
    }

    let ciphers = vec!["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".to_owned()];
    let tls = Tls { ciphers, min_version: TlsVersion::V1_3, ..world.tls() };
    let settings = Settings::new(&tls, &TlsOverride::default()).unwrap();
    assert!(matches!(Acceptor::new(settings), Err(TlsError::Setting { key: "tls.ciphers", .. })));
}

#[test]
fn unknown_protocols_break_nobody_unless_a_list_says_so() {
    let world = World::new();
    let offers = |protocols: &[&str]| {
        let mut client = world.client(&TLS13);
        client.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(client)
    };
    let open = acceptor(&world.tls());
    let link = Link::up(&open, &offers(&["h2", "x-something"]), "localhost");
    assert_eq!(link.server.negotiated().unwrap().alpn, None);

    let listed = acceptor(&Tls { alpn: vec!["mqtt".to_owned(), "http/1.1".to_owned()], ..world.tls() });
    let link = Link::up(&listed, &offers(&["h2", "http/1.1", "mqtt"]), "localhost");
    assert_eq!(link.server.negotiated().unwrap().alpn, Some(&b"mqtt"[..]));
    assert!(Link::new(&listed, &offers(&["h2"]), "localhost").pump().is_err());
    Link::up(&listed, &offers(&[]), "localhost").talk();
}

#[test]
fn the_stapled_response_reaches_the_client() {
    let world = World::new();
    // OCSPResponse with status successful and a body that is for the client to judge.
    let response = [0x30, 0x09, 0x0a, 0x01, 0x00, 0xa0, 0x04, 0x30, 0x02, 0x05, 0x00];
    let file = world.path("server.ocsp");
    std::fs::write(&file, response).unwrap();
    let stapled = acceptor(&Tls { ocsp: Some(file.clone()), ..world.tls() });
    for version in BOTH {
        let seen = stapling_client(&world, version);
        Link::up(&stapled, &seen.config, "localhost");
        assert_eq!(*seen.response.lock().unwrap(), response);
    }
    std::fs::write(&file, [0x30, 0x03, 0x0a, 0x01, 0x03]).unwrap();
    let settings = Settings::new(&Tls { ocsp: Some(file), ..world.tls() }, &TlsOverride::default()).unwrap();
    let error = stapled.successor(settings).unwrap_err().to_string();
    assert!(error.contains("successful OCSP response"), "{error}");
}

struct Seen {
    config: Arc<rustls::ClientConfig>,
    response: Arc<std::sync::Mutex<Vec<u8>>>,
}

/// A client that writes down the response which is stapled to the certificate.
fn stapling_client(world: &World, version: &'static rustls::SupportedProtocolVersion) -> Seen {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    #[derive(Debug)]
    struct Noting(Arc<std::sync::Mutex<Vec<u8>>>);

    impl ServerCertVerifier for Noting {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            response: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            *self.0.lock().unwrap() = response.to_vec();
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }

    let response = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut config = world.client(version);
    config.dangerous().set_certificate_verifier(Arc::new(Noting(Arc::clone(&response))));
    Seen { config: Arc::new(config), response }
}

#[test]
fn keys_are_logged_only_when_asked_for() {
    let world = World::new();
    assert!(!acceptor(&world.tls()).config().key_log.will_log("CLIENT_RANDOM"));
    assert!(acceptor(&world.tls()).notices().is_empty());
    let logging = acceptor(&Tls { key_log: true, ..world.tls() });
    let notices = logging.notices();
    assert!(notices.iter().any(|notice| notice.contains("tls.key_log is on")), "{notices:?}");
    // No early data, ever.
    assert_eq!(logging.config().max_early_data_size, 0);
}
