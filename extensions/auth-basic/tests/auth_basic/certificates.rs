use std::sync::Arc;

use tidegate_auth_basic::{CertificateNames, CertificateSettings, Conflict, NameSource, Nameless, Table};
use tidegate_broker::Credentials;
use tidegate_types::{AlternativeName, Certificate, Refusal, Text};

use crate::world::{End, LOGIN, World, named};

fn certificate() -> Arc<Certificate> {
    Arc::new(Certificate {
        common_name: Some(Text::from("pump-7")),
        subject: Text::from("CN=pump-7,O=Works"),
        names: vec![
            AlternativeName::Ip([192, 0, 2, 7].into()),
            AlternativeName::Dns(Text::from("a.example.org")),
            AlternativeName::Email(Text::from("pump@example.org")),
            AlternativeName::Dns(Text::from("b.example.org")),
            AlternativeName::Uri(Text::from("urn:dev:7")),
        ],
        fingerprint: [0xAB; 32],
    })
}

fn world(settings: CertificateSettings) -> World {
    World::new(CertificateNames::new(settings).unwrap())
}

fn by(source: NameSource) -> CertificateSettings {
    CertificateSettings { source, ..CertificateSettings::default() }
}

fn login(world: &mut World, user: Option<&str>) -> End {
    let shown = certificate();
    world.login(&Credentials { certificate: Some(&shown), user, ..LOGIN })
}

#[test]
fn each_part_can_be_the_name() {
    for (source, user) in [
        (NameSource::CommonName, "pump-7"),
        (NameSource::Subject, "CN=pump-7,O=Works"),
        (NameSource::Email, "pump@example.org"),
        (NameSource::Uri, "urn:dev:7"),
        (NameSource::Fingerprint, &"ab".repeat(32)),
    ] {
        let mut world = world(by(source));
        assert_eq!(login(&mut world, None), named(user), "{source:?}");
        assert_eq!(login(&mut world, Some(user)), named(user), "{source:?}");
        assert_eq!(login(&mut world, Some("admin")), End::Refused(Refusal::BadCredentials), "{source:?}");
    }
}

#[test]
fn of_several_names_the_client_chooses_one() {
    let mut world = world(by(NameSource::Dns));
    assert_eq!(login(&mut world, Some("b.example.org")), named("b.example.org"));
    assert_eq!(login(&mut world, Some("c.example.org")), End::Refused(Refusal::BadCredentials));
    assert_eq!(login(&mut world, None), End::Next);
}

#[test]
fn who_shows_none_is_passed_on() {
    let mut world = world(CertificateSettings { nameless: Nameless::Refuse, ..by(NameSource::CommonName) });
    assert_eq!(world.login(&LOGIN), End::Next);
    assert_eq!(world.login(&Credentials { user: Some("pump-7"), ..LOGIN }), End::Next);
    let shown = certificate();
    let scram = Credentials { certificate: Some(&shown), method: Some(("SCRAM-SHA-256", b"")), ..LOGIN };
    assert_eq!(world.login(&scram), End::Next);
}

#[test]
fn a_certificate_that_names_nobody() {
    let names = [None, Some(""), Some("a\nb"), Some(&*"x".repeat(257))].map(|name| name.map(Text::from));
    for common_name in names {
        let shown = Arc::new(Certificate { common_name, ..certificate().as_ref().clone() });
        for user in [None, Some(""), Some("a\nb"), Some("pump-7")] {
            let credentials = Credentials { certificate: Some(&shown), user, ..LOGIN };
            let mut lenient = world(by(NameSource::CommonName));
            assert_eq!(lenient.login(&credentials), End::Next);
            let mut strict =
                world(CertificateSettings { nameless: Nameless::Refuse, ..by(NameSource::CommonName) });
            assert_eq!(strict.login(&credentials), End::Refused(Refusal::NotAuthorized));
        }
    }
}

#[test]
fn a_table_says_who_is_meant() {
    let with = |source, entries: &[(&str, &str)]| {
        let table = Some(Table::new(entries.iter().copied()).unwrap());
        world(CertificateSettings { table, ..by(source) })
    };
    let mut subject =
        with(NameSource::Subject, &[("CN=pump-7,O=Works", "seven"), ("CN=pump-8,O=Works", "eight")]);
    assert_eq!(login(&mut subject, None), named("seven"));
    // What is not in the table names nobody, not even itself.
    assert_eq!(login(&mut with(NameSource::CommonName, &[("pump-8", "eight")]), None), End::Next);
    // Of two names one is in the table; of two that are, both may be the same user.
    assert_eq!(login(&mut with(NameSource::Dns, &[("b.example.org", "b")]), None), named("b"));
    let same = [("a.example.org", "b"), ("b.example.org", "b")];
    assert_eq!(login(&mut with(NameSource::Dns, &same), None), named("b"));
    let copied = ["AB"; 32].join(":");
    assert_eq!(login(&mut with(NameSource::Fingerprint, &[(&copied, "f")]), None), named("f"));
}

#[test]
fn another_name_is_a_conflict() {
    let with = |conflict| world(CertificateSettings { conflict, ..by(NameSource::CommonName) });
    assert_eq!(login(&mut with(Conflict::Refuse), Some("admin")), End::Refused(Refusal::BadCredentials));
    assert_eq!(login(&mut with(Conflict::Ignore), Some("admin")), named("pump-7"));
    assert_eq!(login(&mut with(Conflict::AskNext), Some("admin")), End::Next);
    let mut several = world(CertificateSettings { conflict: Conflict::Ignore, ..by(NameSource::Dns) });
    assert_eq!(login(&mut several, Some("admin")), End::Refused(Refusal::BadCredentials));
}

#[test]
fn tables_that_are_none() {
    let new = |source, key: &str, user: &str| {
        let table = Some(Table::new([(key, user)]).unwrap());
        CertificateNames::new(CertificateSettings { table, ..by(source) })
    };
    assert!(new(NameSource::CommonName, "a", "${username}").is_err());
    assert!(new(NameSource::CommonName, "a", "").is_err());
    assert!(new(NameSource::Fingerprint, "abcd", "a").is_err());
    assert!(new(NameSource::Fingerprint, &"xy".repeat(32), "a").is_err());
    assert!(new(NameSource::Fingerprint, &"AB".repeat(32), "a").is_ok());
}
