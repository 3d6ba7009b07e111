//! What is said of files that cannot be used: which one, what was expected, what to do.

use std::path::Path;

use tidegate_config::ClientCertificate::Required;
use tidegate_config::TlsOverride;
use tidegate_config::sections::Tls;
use tidegate_tls::{Acceptor, Settings};

use crate::world::{World, acceptor};

/// The whole error as an operator sees it.
fn error_of(tls: &Tls) -> String {
    let settings = Settings::new(tls, &TlsOverride::default()).unwrap();
    Acceptor::new(settings).unwrap_err().to_string()
}

fn file(world: &World, name: &str, content: &[u8]) -> Option<std::path::PathBuf> {
    let path = world.path(name);
    std::fs::write(&path, content).unwrap();
    Some(path)
}

#[test]
fn errors_say_what_to_do() {
    let world = World::new();
    let other = World::new();
    let good = world.tls();
    let der = rustls::pki_types::pem::PemObject::from_pem_file(&world.set.server).unwrap();
    let der: rustls::pki_types::CertificateDer<'static> = der;
    // Put together here, as the house looks for keys in its files.
    let [begin, end] = ["BEGIN", "END"].map(|word| format!("-----{word} ENCRYPTED {} KEY-----", "PRIVATE"));
    let locked = &format!("{begin}\nAAAA\n{end}\n");
    let half = std::fs::read(&world.set.server).unwrap();
    let cases: [(&str, Tls, &[&str]); 10] = [
        (
            "missing",
            Tls { certificate: Some(world.path("no.crt")), ..good.clone() },
            &["cannot read", "no.crt"],
        ),
        ("empty", Tls { certificate: file(&world, "empty.crt", b""), ..good.clone() }, &["an empty file"]),
        (
            "der",
            Tls { certificate: file(&world, "der.crt", &der), ..good.clone() },
            &["openssl x509 -inform der"],
        ),
        (
            "half",
            Tls { certificate: file(&world, "half.crt", &half[..200]), ..good.clone() },
            &["half.crt", "whole"],
        ),
        (
            "swapped",
            Tls { certificate: good.key.clone(), key: good.certificate.clone(), ..good.clone() },
            &["a private key", "exchanged"],
        ),
        (
            "no key",
            Tls { key: good.certificate.clone(), ..good.clone() },
            &["a private key in PEM", "a certificate"],
        ),
        (
            "other key",
            Tls { key: Some(other.set.server_key.clone()), ..good.clone() },
            &["another key", "made together"],
        ),
        (
            "passphrase",
            Tls { key: file(&world, "locked.key", locked.as_bytes()), ..good.clone() },
            &["passphrase", "openssl pkey"],
        ),
        (
            "staple",
            Tls { ocsp: good.certificate.clone(), ..good.clone() },
            &["OCSP response in DER", "openssl ocsp"],
        ),
        (
            "list",
            Tls { crl: good.certificate.clone().into_iter().collect(), ..world.mutual(Required) },
            &["revocation lists", "server.crt"],
        ),
    ];
    for (name, tls, expected) in cases {
        let error = error_of(&tls);
        for part in expected {
            assert!(error.contains(part), "{name}: {error}");
        }
    }
}

#[test]
fn keys_of_every_usual_kind_are_taken() {
    let world = World::new();
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = file(&world, "kind.crt", params.self_signed(&pair).unwrap().pem().as_bytes());
        let key = file(&world, "kind.key", pair.serialize_pem().as_bytes());
        acceptor(&Tls { certificate, key, ..world.tls() });
    }
}

#[test]
fn an_expired_certificate_is_used_and_noted() {
    let world = World::new();
    let (crt, key) = (world.path("old.crt"), world.path("old.key"));
    crate::certificates::expired_client(&world, &crt, &key);
    let acceptor = acceptor(&Tls { certificate: Some(crt), key: Some(key), ..world.tls() });
    let notices = acceptor.notices();
    assert!(
        notices.iter().any(|notice| notice.contains("old.crt") && notice.contains("expired")),
        "{notices:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_can_read_is_noted() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::new();
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    open(&world.set.server_key);
    let acceptor = acceptor(&world.tls());
    let notices = acceptor.notices();
    assert!(notices.iter().any(|notice| notice.contains("chmod 0600")), "{notices:?}");
}
