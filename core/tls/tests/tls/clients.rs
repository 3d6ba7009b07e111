//! Client certificates: who gets in.

use std::sync::Arc;

use rustls::CertificateError::{
    Expired, ExpiredRevocationList, Revoked, UnknownIssuer, UnknownRevocationStatus,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, Error};
use tidegate_config::ClientCertificate::{None as Never, Optional, Required};
use tidegate_config::sections::{CrlVerdict, Tls};
use tidegate_config::{ClientCertificate, TlsOverride};
use tidegate_tls::development::{Development, make_client, revoke};
use tidegate_tls::{Acceptor, Settings, TlsAlert, TlsError};

use crate::world::{BOTH, Broken, Link, World, acceptor, client, successor};

/// What the server says of a client that it does not let in.
fn refused(acceptor: &Acceptor, client: rustls::ClientConfig) -> Error {
    let mut link = Link::new(acceptor, &Arc::new(client), "localhost");
    match link.pump() {
        Err(Broken::Server(TlsAlert::Refused(error))) => {
            assert!(link.server.is_ended() && link.server.peer_certificate().is_none());
            error
        }
        other => panic!("{other:?}"),
    }
}

/// The alert reaches the client before the connection ends.
fn told(acceptor: &Acceptor, client: rustls::ClientConfig) -> Error {
    let mut link = Link::new(acceptor, &Arc::new(client), "localhost");
    loop {
        let mut wire = link.client_sends();
        assert!(!wire.is_empty(), "nobody was refused");
        let (answer, result) = link.server_hears(&mut wire);
        let heard = link.client_hears(&answer);
        if result.is_err() {
            return heard.unwrap_err();
        }
    }
}

const fn invalid(error: CertificateError) -> Error {
    Error::InvalidCertificate(error)
}

#[test]
fn a_required_certificate_names_the_client() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Required));
    for version in BOTH {
        let mut link = Link::up(&acceptor, &Arc::new(world.client_with_certificate(version)), "localhost");
        let shown = link.server.peer_certificate().unwrap();
        assert_eq!(shown.common_name.as_ref().unwrap().as_str(), "client");
        assert_eq!(shown.subject.as_str(), "CN=client,O=tidegate development");
        link.talk();

        assert_eq!(refused(&acceptor, world.client(version)), Error::NoCertificatesPresented);
        let alert = told(&acceptor, world.client(version));
        assert!(matches!(alert, Error::AlertReceived(_)), "{alert}");
    }
}

#[test]
fn an_optional_certificate_may_be_missing_but_not_wrong() {
    let (world, other) = (World::new(), World::new());
    let acceptor = acceptor(&world.mutual(Optional));
    for version in BOTH {
        let link = Link::up(&acceptor, &Arc::new(world.client(version)), "localhost");
        assert!(link.server.peer_certificate().is_none());
        let link = Link::up(&acceptor, &Arc::new(world.client_with_certificate(version)), "localhost");
        assert!(link.server.peer_certificate().is_some());

        let stranger = client(&world.set.ca, version, Some((&other.set.client, &other.set.client_key)));
        assert_eq!(refused(&acceptor, stranger), invalid(UnknownIssuer));
    }
}

#[test]
fn a_certificate_is_not_asked_for_by_default() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Never));
    for version in BOTH {
        let link = Link::up(&acceptor, &Arc::new(world.client_with_certificate(version)), "localhost");
        assert!(link.server.peer_certificate().is_none());
    }
}

#[test]
fn revoked_clients_stay_out_after_a_reload() {
    let world = World::new();
    let first = acceptor(&world.mutual(Required));
    for version in BOTH {
        Link::up(&first, &Arc::new(world.client_with_certificate(version)), "localhost");
    }
    let mut live = Link::up(&first, &Arc::new(world.client_with_certificate(BOTH[1])), "localhost");

    assert!(revoke(world.directory.path(), &world.set.client).unwrap());
    assert!(!revoke(world.directory.path(), &world.set.client).unwrap(), "it is on the list already");
    let acceptor = successor(&first, &world.mutual(Required));
    for version in BOTH {
        assert_eq!(refused(&acceptor, world.client_with_certificate(version)), invalid(Revoked));
    }
    live.talk();

    let (crt, key) = (world.path("second.crt"), world.path("second.key"));
    make_client(world.directory.path(), &Development::default(), &crt, &key).unwrap();
    Link::up(&acceptor, &Arc::new(client(&world.set.ca, BOTH[1], Some((&crt, &key)))), "localhost");
}

#[test]
fn an_issuer_without_a_list_is_refused_unless_told() {
    let (world, other) = (World::new(), World::new());
    // The list of another authority says nothing of this one's clients.
    let tls = Tls { crl: vec![other.set.crl.clone()], ..world.mutual(Required) };
    for version in BOTH {
        let strict = acceptor(&tls);
        let error = refused(&strict, world.client_with_certificate(version));
        assert_eq!(error, invalid(UnknownRevocationStatus));
        let lax = acceptor(&Tls { crl_unknown: CrlVerdict::Allow, ..tls.clone() });
        Link::up(&lax, &Arc::new(world.client_with_certificate(version)), "localhost");
    }
}

#[test]
fn lists_come_from_directories_too() {
    let world = World::new();
    let lists = world.path("lists");
    std::fs::create_dir(&lists).unwrap();
    let tls = Tls { crl: vec![lists.clone()], ..world.mutual(Required) };
    let empty = acceptor(&tls);
    assert!(empty.notices().iter().any(|notice| notice.contains("no revocation list")));
    let client = Arc::new(world.client_with_certificate(BOTH[1]));
    Link::up(&empty, &client, "localhost");
    revoke(world.directory.path(), &world.set.client).unwrap();
    std::fs::copy(&world.set.crl, lists.join("ca.crl")).unwrap();
    let acceptor = successor(&empty, &tls);
    assert_eq!(refused(&acceptor, world.client_with_certificate(BOTH[1])), invalid(Revoked));
}

#[test]
fn expired_lists_and_certificates_are_told_apart() {
    let world = World::new();
    let (crt, key) = (world.path("old.crt"), world.path("old.key"));
    crate::certificates::expired_client(&world, &crt, &key);
    let acceptor = acceptor(&world.mutual(Required));
    match refused(&acceptor, client(&world.set.ca, BOTH[1], Some((&crt, &key)))) {
        Error::InvalidCertificate(Expired | CertificateError::ExpiredContext { .. }) => {}
        error => panic!("{error}"),
    }

    let list = crate::certificates::expired_list(&world);
    let tls = Tls { crl: vec![list], ..world.mutual(Required) };
    let strict = crate::world::acceptor(&tls);
    assert!(strict.notices().iter().any(|notice| notice.contains("should have been renewed")));
    match refused(&strict, world.client_with_certificate(BOTH[1])) {
        Error::InvalidCertificate(
            ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. },
        ) => {}
        error => panic!("{error}"),
    }
    let lax = crate::world::acceptor(&Tls { crl_expired: CrlVerdict::Allow, ..tls });
    Link::up(&lax, &Arc::new(world.client_with_certificate(BOTH[1])), "localhost");
}

#[test]
fn a_chain_that_is_too_long_to_be_kept_is_refused() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Required));
    let one = CertificateDer::from_pem_file(&world.set.client).unwrap();
    let many = |most: usize| vec![one.clone(); most];
    let padded = CertificateDer::from(vec![0x30; 16_384]);
    for version in BOTH {
        let shows = |chain: Vec<CertificateDer<'static>>| {
            let key = PrivateKeyDer::from_pem_file(&world.set.client_key).unwrap();
            let mut config = world.client_with_certificate(version);
            let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
            let pair = rustls::sign::CertifiedKey::new(chain, key);
            config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(pair));
            config
        };
        Link::up(&acceptor, &Arc::new(shows(many(10))), "localhost").talk();
        for chain in [many(11), vec![one.clone(), padded.clone()]] {
            let error = format!("{:?}", refused(&acceptor, shows(chain)));
            assert!(error.contains("ChainTooLong"), "{error}");
        }
    }
}

#[test]
fn a_listener_may_say_otherwise() {
    let (world, other) = (World::new(), World::new());
    let listener = TlsOverride {
        certificate: Some(other.set.server.clone()),
        key: Some(other.set.server_key.clone()),
        client_ca: Some(other.set.ca.clone()),
        client_certificate: Some(Required),
    };
    let settings = Settings::new(&world.tls(), &listener).unwrap();
    let acceptor = Acceptor::new(settings).unwrap().unwrap();
    let link = Link::up(&acceptor, &Arc::new(other.client_with_certificate(BOTH[1])), "localhost");
    assert!(link.server.peer_certificate().is_some());

    let half = TlsOverride { key: None, ..listener };
    assert!(matches!(Settings::new(&world.tls(), &half), Err(TlsError::Setting { .. })));
    let nobody =
        TlsOverride { client_certificate: Some(ClientCertificate::Required), ..TlsOverride::default() };
    assert!(matches!(Settings::new(&world.tls(), &nobody), Err(TlsError::Setting { .. })));
}
