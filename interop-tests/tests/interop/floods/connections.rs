//! More connections than one address, or one listener, is to have.

use std::time::Instant;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;

use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Entrance, VERSIONS, Visitor};
use crate::interop::stage::DEADLINE;

fn come(broker: &Running, version: Version, id: &str, address: u8) -> Entrance {
    Visitor::new(version, id).from(address).enter(broker.address)
}

/// Comes until it is let in: a place that was given up is free a moment later.
fn come_until_in(broker: &Running, id: &str, address: u8) -> Client {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Entrance::In(client, _) = come(broker, Version::V5, id, address) {
            return client;
        }
        assert!(Instant::now() < deadline, "the place is never free");
    }
}

#[test]
fn one_address_has_its_places_and_no_more() {
    let settings = Settings::default().with("mqtt.listeners.default.max_connections_per_address", 3);
    let Some(broker) = tidegate(&settings) else { return };
    let mut three: Vec<Client> = VERSIONS
        .into_iter()
        .map(|version| Visitor::new(version, &format!("{version:?}")).from(2).connect(broker.address))
        .collect();
    for _ in 0..20 {
        assert!(matches!(come(&broker, Version::V5, "fourth", 2), Entrance::Closed));
    }
    // Nobody else feels it, nor do those who are in.
    assert!(matches!(come(&broker, Version::V5, "elsewhere", 3), Entrance::In(..)));
    for client in &mut three {
        client.expect_quiet().unwrap();
    }
    drop(three.pop());
    let fourth = come_until_in(&broker, "fourth", 2);
    assert!(matches!(come(&broker, Version::V5, "fifth", 2), Entrance::Closed));
    drop(fourth);
}

#[test]
fn one_listener_has_its_places_and_no_more() {
    let settings = Settings::default()
        .with("mqtt.listeners.default.max_connections", 4)
        .with_text("mqtt.listeners.inner.bind", "127.0.0.1:0");
    let Some(broker) = tidegate(&settings) else { return };
    let mut four: Vec<Client> = (0..4)
        .map(|index| {
            Visitor::new(Version::V5, &format!("guest-{index}")).from(2 + index).connect(broker.address)
        })
        .collect();
    for address in 10..20 {
        assert!(matches!(come(&broker, Version::V5, "late", address), Entrance::Closed));
    }
    let inner = broker.listener("inner").unwrap();
    Visitor::new(Version::V5, "operator").connect(inner).expect_quiet().unwrap();
    drop(four.pop());
    drop(come_until_in(&broker, "late", 10));
    for client in &mut four {
        client.expect_quiet().unwrap();
    }
}

#[test]
fn an_address_that_connects_too_fast_is_turned_away() {
    let settings = Settings::default().with_text("zones.default.max_connect_rate", "5/1h burst 5");
    let Some(broker) = tidegate(&settings) else { return };
    let mut inside: Vec<Client> = (0..5)
        .map(|index| Visitor::new(Version::V5, &format!("guest-{index}")).from(2).connect(broker.address))
        .collect();
    for version in VERSIONS {
        assert!(come(&broker, version, "sixth", 2).refusal().is_some(), "{version:?}");
        assert!(come(&broker, version, "guest-0", 2).refusal().is_some(), "an id that is known helps nobody");
    }
    for address in 3..8 {
        assert!(matches!(come(&broker, Version::V5, "elsewhere", address), Entrance::In(..)));
    }
    for client in &mut inside {
        client.expect_quiet().unwrap();
    }
}

/// The pace of a listener refuses nobody: who is too early waits outside.
#[test]
fn who_comes_too_fast_for_the_listener_waits_and_gets_in() {
    let settings =
        Settings::default().with_text("mqtt.listeners.default.max_connection_rate", "40/s burst 10");
    let Some(broker) = tidegate(&settings) else { return };
    let guests: Vec<_> = (0..60)
        .map(|index| {
            let address = broker.address;
            std::thread::spawn(move || {
                let id = format!("guest-{index}");
                Visitor::new(Version::V5, &id).from(2).connect(address).expect_quiet().unwrap();
            })
        })
        .collect();
    for guest in guests {
        guest.join().unwrap();
    }
}
