//! Which certificate a client gets, and what a reload changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_config::TlsOverride;
use tidegate_config::sections::{Tls, TlsName};
use tidegate_tls::development::{Development, make};
use tidegate_tls::{Acceptor, Settings, TlsError};

use crate::world::{BOTH, Broken, Link, World, acceptor, successor};

/// The certificate that the client got.
fn shown(link: &Link) -> Vec<u8> {
    link.client.peer_certificates().unwrap()[0].to_vec()
}

fn name(world: &World, hosts: &[&str], file: &str) -> TlsName {
    let (certificate, key) = (world.path(&format!("{file}.crt")), world.path(&format!("{file}.key")));
    crate::certificates::issue(world, &certificate, &key, |params| {
        let names = hosts.iter().map(|host| rcgen::SanType::DnsName((*host).try_into().unwrap()));
        params.subject_alt_names = names.collect();
    });
    TlsName { hosts: hosts.iter().map(|host| (*host).to_owned()).collect(), certificate, key, ocsp: None }
}

#[test]
fn the_host_picks_the_certificate() {
    let world = World::new();
    let plant = name(&world, &["*.plant.example.org", "plant.example.org"], "plant");
    let pump = name(&world, &["pump.plant.example.org"], "pump");
    let names = BTreeMap::from([("plant".to_owned(), plant), ("pump".to_owned(), pump)]);
    let acceptor = acceptor(&Tls { names, ..world.tls() });
    for version in BOTH {
        let client = Arc::new(world.client(version));
        let of = |host: &str| {
            let link = Link::up(&acceptor, &client, host);
            (shown(&link), link.server.host().map(ToString::to_string))
        };
        let (default, host) = of("localhost");
        assert_eq!(host.as_deref(), Some("localhost"));
        let (by_address, host) = of("127.0.0.1");
        assert_eq!((&by_address, host), (&default, None), "an address is no host");
        let (plant, host) = of("a.plant.example.org");
        assert_eq!(host.as_deref(), Some("a.plant.example.org"));
        let (pump, _) = of("pump.plant.example.org");
        assert!(plant != default && pump != default && pump != plant);
        assert_eq!(of("plant.example.org").0, plant);
        assert_eq!(of("broker.example.org").0, default);
        assert_eq!(of("PUMP.plant.EXAMPLE.org").0, pump);
    }
}

#[test]
fn a_star_stands_for_one_level() {
    let world = World::new();
    let names = BTreeMap::from([("plant".to_owned(), name(&world, &["*.example.org"], "plant"))]);
    let acceptor = acceptor(&Tls { names, ..world.tls() });
    let client = Arc::new(world.client(BOTH[1]));
    let one = shown(&Link::up(&acceptor, &client, "a.example.org"));
    // The default certificate is not for that host, which the client says.
    let mut two = Link::new(&acceptor, &client, "a.b.example.org");
    let error = two.pump().unwrap_err();
    assert!(matches!(error, Broken::Client(rustls::Error::InvalidCertificate(_))), "{error:?}");
    assert_ne!(one, shown(&Link::up(&acceptor, &client, "localhost")));
}

#[test]
fn names_that_contradict_one_another_are_refused() {
    let world = World::new();
    let pair = name(&world, &["a.example.org"], "a");
    let same = TlsName { hosts: vec!["A.example.org".to_owned()], ..pair.clone() };
    let names = BTreeMap::from([("one".to_owned(), pair), ("two".to_owned(), same)]);
    let tls = Tls { names, ..world.tls() };
    let settings = Settings::new(&tls, &TlsOverride::default()).unwrap();
    assert!(matches!(Acceptor::new(settings), Err(TlsError::Setting { key: "tls.names", .. })));
    let alone = Tls { certificate: None, key: None, ..tls };
    assert!(matches!(Settings::new(&alone, &TlsOverride::default()), Err(TlsError::Setting { .. })));
}

#[test]
fn a_successor_is_for_new_connections() {
    let world = World::new();
    let first = acceptor(&world.tls());
    let old_client = Arc::new(world.client(BOTH[1]));
    let mut live: Vec<Link> = (0..20).map(|_| Link::up(&first, &old_client, "localhost")).collect();
    let before = shown(&live[0]);
    make(world.directory.path(), &Development { overwrite: true, ..Development::default() }).unwrap();
    let second = successor(&first, &world.tls());
    let after = shown(&Link::up(&second, &Arc::new(world.client(BOTH[1])), "localhost"));
    assert_ne!(before, after);
    live.iter_mut().for_each(Link::talk);
    // Who had its place is as it was.
    assert_eq!(before, shown(&Link::up(&first, &old_client, "localhost")));
}

#[test]
fn a_bad_file_gives_no_successor() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let good = std::fs::read(&world.set.server_key).unwrap();
    std::fs::write(&world.set.server_key, &good[..good.len() / 2]).unwrap();
    let settings = Settings::new(&world.tls(), &TlsOverride::default()).unwrap();
    let error = acceptor.successor(settings).unwrap_err().to_string();
    assert!(error.contains("server.key"), "{error}");
    Link::up(&acceptor, &Arc::new(world.client(BOTH[1])), "localhost").talk();
}

#[test]
fn other_settings_hold_for_the_successor_alone() {
    let world = World::new();
    let first = acceptor(&world.tls());
    let mut live = Link::up(&first, &Arc::new(world.client(BOTH[0])), "localhost");
    let tls = Tls { min_version: tidegate_config::sections::TlsVersion::V1_3, ..world.tls() };
    let second = successor(&first, &tls);
    assert!(Link::new(&second, &Arc::new(world.client(BOTH[0])), "localhost").pump().is_err());
    live.talk();
    Link::up(&first, &Arc::new(world.client(BOTH[0])), "localhost");
    let none = Settings::new(&Tls::default(), &TlsOverride::default()).unwrap();
    assert!(second.successor(none).unwrap().is_none(), "without a certificate there is nothing");
    Link::up(&second, &Arc::new(world.client(BOTH[1])), "localhost");
}
