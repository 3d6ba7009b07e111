//! Names and addresses that look different and are the same, and the other way round.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;

use super::{ban, banned, is_out, lift, refusal};
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Entrance, VERSIONS, Visitor, socket_from};

#[test]
fn an_address_is_the_same_however_it_is_written() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let written = [
        ("address:127.0.0.2", "address:127.0.0.2"),
        ("address:::ffff:127.0.0.2", "address:127.0.0.2"),
        ("address:::ffff:7f00:2", "address:127.0.0.2"),
        ("network:127.0.0.2/32", "address:127.0.0.2"),
        ("network:127.0.0.3/31", "network:127.0.0.2/31"),
        ("network:::ffff:127.0.0.2/128", "address:127.0.0.2"),
        ("network:::ffff:127.0.0.0/125", "network:127.0.0.0/29"),
    ];
    for (what, kept_as) in written {
        ban(&broker, what);
        for version in VERSIONS {
            assert!(is_out(&broker, &Visitor::new(version, "eve").from(2)), "{what}");
            assert_eq!(refusal(&broker, &Visitor::new(version, "eve").from(9)), None, "{what}");
        }
        lift(&broker, kept_as);
        assert_eq!(refusal(&broker, &Visitor::new(Version::V5, "eve").from(2)), None, "{what}");
    }
}

/// Client ids and user names are compared byte by byte, as MQTT has it; a pattern catches the others.
#[test]
fn names_are_what_they_are_and_patterns_catch_the_rest() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    // Another case; a Cyrillic letter; composed and decomposed; a space behind; a joiner within.
    let alike = ["EVE", "Eve", "\u{435}ve", "e\u{301}ve", "\u{e9}ve", "eve ", "e\u{200d}ve"];
    ban(&broker, "client:eve");
    ban(&broker, "user:eve");
    for name in alike {
        let other = Visitor::new(Version::V5, name).user(name);
        assert_eq!(refusal(&broker, &other), None, "{name}: it is another name");
    }
    ban(&broker, "client-regex:(?i)^eve$");
    for name in ["EVE", "Eve", "eVe"] {
        for version in VERSIONS {
            assert_eq!(refusal(&broker, &Visitor::new(version, name)), Some(banned(version)), "{name}");
        }
    }
    ban(&broker, "user-regex:[^ -~]");
    for name in ["\u{435}ve", "e\u{301}ve", "\u{e9}ve", "e\u{200d}ve"] {
        let other = Visitor::new(Version::V5, "other").user(name);
        assert_eq!(refusal(&broker, &other), Some(banned(Version::V5)), "{name}");
    }
}

/// A ban covers whom it names whatever else he says of himself.
#[test]
fn nothing_else_that_is_said_helps() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    ban(&broker, "user:eve");
    for version in VERSIONS {
        for id in ["eve", "alice", "x"] {
            for last in [1, 2, 77] {
                let eve = Visitor::new(version, id).user("eve").from(last);
                for eve in [eve.clone(), eve.clone().keeping(), eve.password("any")] {
                    assert_eq!(refusal(&broker, &eve), Some(banned(version)), "{eve:?}");
                }
            }
        }
    }
    ban(&broker, "client:meter");
    for version in VERSIONS {
        for user in ["alice", "bob", ""] {
            let meter = Visitor::new(version, "meter").user(user);
            assert_eq!(refusal(&broker, &meter), Some(banned(version)), "{user}");
        }
    }
}

/// Who had connected before the ban and says who he is after it.
#[test]
fn a_connection_opened_beforehand_is_no_way_in() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    for (what, version) in [("client:eve", Version::V311), ("address:127.0.0.2", Version::V5)] {
        let stream = socket_from(Ipv4Addr::new(127, 0, 0, 2), broker.address).unwrap();
        let waiting = Client::over(stream, version);
        // Accepted by now: whoever comes behind it is.
        drop(Visitor::new(version, "fence").connect(broker.address));
        ban(&broker, what);
        let came = Visitor::new(version, "eve").enter_by(waiting);
        assert!(came.refusal().is_some(), "{what}: {came:?}");
        lift(&broker, what);
    }
}

/// Connections that are being made while the ban is: none of them stays.
#[test]
fn nobody_slips_in_while_a_ban_is_set() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    for round in 0..20 {
        let user = format!("eve-{round}");
        let set = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for version in VERSIONS {
                let (user, set, address) = (&user, &set, broker.address);
                scope.spawn(move || {
                    let id = format!("{user}-{version:?}");
                    let eve = Visitor::new(version, &id).user(user);
                    // The last one that was let in before the ban was answered.
                    let mut inside = None;
                    while !set.load(Ordering::Acquire) {
                        if let Entrance::In(client, _) = eve.enter(address) {
                            inside = Some(client);
                        }
                    }
                    if let Some(mut client) = inside {
                        client.closed().unwrap();
                    }
                    assert!(eve.enter(address).refusal().is_some());
                });
            }
            ban(&broker, &format!("user:{user}"));
            set.store(true, Ordering::Release);
        });
    }
}

/// A client id that the broker takes from elsewhere is banned under what it becomes.
#[test]
fn an_id_is_banned_under_what_it_becomes() {
    let settings = Settings::default().with_text("zones.default.client_id_from", "user");
    let Some(broker) = tidegate(&settings) else { return };
    ban(&broker, "client:eve");
    for version in VERSIONS {
        let eve = Visitor::new(version, "innocent").user("eve");
        assert_eq!(refusal(&broker, &eve), Some(banned(version)));
        assert_eq!(refusal(&broker, &Visitor::new(version, "innocent").user("alice")), None);
    }
}
