//! What certificates say of their holders, and certificates that are out of the ordinary.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, DnValue, Issuer,
    KeyIdMethod, KeyPair, SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use tidegate_tls::certificate_of;
use tidegate_types::AlternativeName;

use crate::world::World;

fn authority(world: &World) -> Issuer<'static, KeyPair> {
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let key = KeyPair::from_pem(&text(&world.set.ca_key)).unwrap();
    Issuer::from_ca_cert_pem(&text(&world.set.ca), key).unwrap()
}

/// A certificate of the world's authority, as `change` makes it.
pub(crate) fn issue(
    world: &World,
    certificate: &Path,
    key: &Path,
    change: impl FnOnce(&mut CertificateParams),
) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    change(&mut params);
    let pair = KeyPair::generate().unwrap();
    std::fs::write(certificate, params.signed_by(&pair, &authority(world)).unwrap().pem()).unwrap();
    std::fs::write(key, pair.serialize_pem()).unwrap();
}

pub(crate) fn expired_client(world: &World, certificate: &Path, key: &Path) {
    issue(world, certificate, key, |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
}

/// A list of the world's authority that should have been renewed long ago.
pub(crate) fn expired_list(world: &World) -> PathBuf {
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2001, 1, 1),
        next_update: date_time_ymd(2002, 1, 1),
        crl_number: 1_u64.into(),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let path = world.path("old.crl");
    std::fs::write(&path, list.signed_by(&authority(world)).unwrap().pem().unwrap()).unwrap();
    path
}

fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().into()
}

type Parts<'a> = &'a [(DnType, DnValue)];

fn subject(parts: Parts<'_>) -> CertificateDer<'static> {
    made(|params| {
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
    })
}

fn utf8(text: &str) -> DnValue {
    DnValue::Utf8String(text.to_owned())
}

#[test]
fn names_are_written_as_rfc_4514_says() {
    let other = DnType::CustomDnType(vec![1, 3, 6, 1, 4, 1, 99_999, 1]);
    let cases: [(Parts<'_>, &str, Option<&str>); 7] = [
        (&[], "", None),
        (
            &[
                (DnType::CountryName, "DE".into()),
                (DnType::OrganizationName, "Works".into()),
                (DnType::CommonName, "pump-7".into()),
            ],
            "CN=pump-7,O=Works,C=DE",
            Some("pump-7"),
        ),
        // RFC 4514 §4 has these kinds of characters.
        (
            &[(DnType::OrganizationName, utf8("A \"B\", C+D;E<F>\\"))],
            "O=A \\\"B\\\"\\, C\\+D\\;E\\<F\\>\\\\",
            None,
        ),
        (&[(DnType::CommonName, utf8(" a b "))], "CN=\\ a b\\ ", Some(" a b ")),
        (&[(DnType::CommonName, utf8("#1"))], "CN=\\#1", Some("#1")),
        (&[(DnType::CommonName, utf8("Lučić"))], "CN=Lučić", Some("Lučić")),
        (&[(other, utf8("Hi"))], "1.3.6.1.4.1.99999.1=#0c024869", None),
    ];
    for (parts, expected, name) in cases {
        let read = certificate_of(&subject(parts)).unwrap();
        assert_eq!(read.subject.as_str(), expected);
        assert_eq!(read.common_name.as_ref().map(tidegate_types::Text::as_str), name);
    }
    let two_bytes = DnValue::BmpString("Lučić".try_into().unwrap());
    let read = certificate_of(&subject(&[(DnType::CommonName, two_bytes)])).unwrap();
    assert_eq!(read.common_name.unwrap().as_str(), "Lučić");
}

#[test]
fn a_control_character_in_a_name_is_never_a_name() {
    assert_eq!(certificate_of(&subject(&[(DnType::CommonName, utf8("admin\0.example"))])), None);
    let elsewhere = certificate_of(&subject(&[(DnType::OrganizationName, utf8("a\0\n"))])).unwrap();
    assert_eq!(elsewhere.subject.as_str(), "O=a\\00\\0A");
}

#[test]
fn two_common_names_are_none() {
    // The maker of certificates cannot write two, so the second is made of another attribute of the same length, in the
    // subject, which is the later of the two names.
    let der = subject(&[(DnType::CommonName, utf8("one")), (DnType::OrganizationName, utf8("two"))]);
    let mut bytes = der.to_vec();
    let at = bytes.windows(3).rposition(|at| at == [0x55, 4, 10]).unwrap();
    bytes[at + 2] = 3;
    let read = certificate_of(&CertificateDer::from(bytes)).unwrap();
    assert_eq!((read.common_name, read.subject.as_str()), (None, "CN=two,CN=one"));
}

#[test]
fn alternative_names_keep_their_order() {
    let text = |text: &str| Ia5String::try_from(text).unwrap();
    let addresses = ["192.0.2.7", "2001:db8::7"].map(|address| address.parse::<IpAddr>().unwrap());
    let der = made(|params| {
        params.subject_alt_names = vec![
            SanType::DnsName(text("pump-7.example.org")),
            SanType::URI(text("urn:dev:mac:0024befffe804ff1")),
            SanType::IpAddress(addresses[0]),
            SanType::IpAddress(addresses[1]),
            SanType::Rfc822Name(text("pump@example.org")),
        ];
    });
    let names = certificate_of(&der).unwrap().names;
    let expected = [
        AlternativeName::Dns("pump-7.example.org".into()),
        AlternativeName::Uri("urn:dev:mac:0024befffe804ff1".into()),
        AlternativeName::Ip(addresses[0]),
        AlternativeName::Ip(addresses[1]),
        AlternativeName::Email("pump@example.org".into()),
    ];
    assert_eq!(names, expected);

    let nul = made(|params| params.subject_alt_names = vec![SanType::DnsName(text("a.example\0.org"))]);
    assert_eq!(certificate_of(&nul), None);
    let many = made(|params| {
        params.subject_alt_names = (0..257).map(|at| SanType::DnsName(text(&format!("h{at}")))).collect();
    });
    assert_eq!(certificate_of(&many), None);
}

#[test]
fn the_fingerprint_is_that_of_the_whole() {
    let der = subject(&[(DnType::CommonName, "a".into())]);
    let read = certificate_of(&der).unwrap();
    let expected = ring::digest::digest(&ring::digest::SHA256, &der);
    assert_eq!(read.fingerprint, expected.as_ref());
    let mut longer = der.to_vec();
    longer.push(0);
    assert_eq!(certificate_of(&CertificateDer::from(longer)), None);
}

#[test]
fn damaged_certificates_harm_nobody() {
    let der = made(|params| {
        params.distinguished_name.push(DnType::CommonName, "pump-7");
        params.subject_alt_names = vec![SanType::DnsName(Ia5String::try_from("a.example").unwrap())];
    });
    for at in 0..der.len() {
        for value in [0, 1, 0x30, 0x7f, 0x80, 0x84, 0xff, der[at] ^ 1, der[at].wrapping_add(1)] {
            let mut bytes = der.to_vec();
            bytes[at] = value;
            // Whatever it says, it says it without a panic, and not at length.
            if let Some(read) = certificate_of(&CertificateDer::from(bytes)) {
                assert!(read.subject.len() < 4 * der.len());
            }
        }
        assert_eq!(certificate_of(&CertificateDer::from(der[..at].to_vec())), None);
    }
}
