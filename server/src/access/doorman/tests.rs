//! Who is let in without proof.

use super::*;
use tidegate_broker::{Notice, RequestId, Seat, Switchboard, Ticket};

struct Nowhere;

impl Switchboard for Nowhere {
    fn notify(&self, _: Seat, _: Notice) {}
}

fn doorman(rule: AllowAnonymous, listeners: &[(&str, &str)]) -> Doorman {
    let listener = |(name, at): &(&str, &str)| {
        let config = ListenerConfig { bind: at.parse().unwrap(), ..ListenerConfig::default() };
        (Arc::from(*name), Listener { name: Arc::from(*name), config })
    };
    Doorman::new(rule, &listeners.iter().map(listener).collect::<Vec<_>>())
}

fn nobody(listener: &str, loopback: bool) -> Credentials<'_> {
    let remote = if loopback { "127.0.0.1:9" } else { "192.0.2.7:9" };
    Credentials {
        realm: tidegate_types::Realm(1),
        client: "c",
        user: None,
        password: None,
        method: None,
        exchange: None,
        remote: remote.parse().unwrap(),
        listener,
        loopback,
        certificate: None,
    }
}

fn lets_in(doorman: &Doorman, listener: &str, loopback: bool) -> bool {
    let ticket =
        Ticket { seat: Seat::default(), request: RequestId::default(), switchboard: Arc::new(Nowhere) };
    let verdict = doorman.authenticate(&nobody(listener, loopback), &Hearing::of(&ticket));
    matches!(verdict, Verdict::Answer(Ok(_)))
}

/// It connected to a listener that a reload has since moved to loopback.
#[test]
fn a_remote_peer_does_not_come_in_through_a_listener_that_moved_to_loopback() {
    let moved = [("default", "127.0.0.1:1")];
    let loopback = doorman(AllowAnonymous::Loopback, &moved);
    assert!(lets_in(&loopback, "default", true));
    assert!(!lets_in(&loopback, "default", false));
    assert!(!lets_in(&loopback, "another", true));
    assert!(lets_in(&doorman(AllowAnonymous::Always, &moved), "default", false));
}

/// While listeners move, what either rule refuses is refused; a new listener has its own rule from the start.
#[test]
fn between_two_rules_the_narrower_holds() {
    let before = doorman(AllowAnonymous::Always, &[("default", "127.0.0.1:1"), ("gone", "127.0.0.1:3")]);
    let after = || doorman(AllowAnonymous::Loopback, &[("default", "0.0.0.0:1"), ("new", "127.0.0.1:2")]);
    let between = after().narrowed_by(&before);
    for (listener, loopback, expected) in
        [("default", true, false), ("new", true, true), ("new", false, false), ("gone", true, false)]
    {
        assert_eq!(lets_in(&between, listener, loopback), expected, "{listener} {loopback}");
    }
    let between = doorman(AllowAnonymous::Always, &[("default", "0.0.0.0:1")]).narrowed_by(&after());
    assert!(!lets_in(&between, "default", true));
}

#[test]
fn anonymous_clients_stay_on_this_machine_unless_told() {
    let cases = [
        ("localhost:1", true),
        ("127.0.0.1:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("0.0.0.0:1", false),
        ("*:1", false),
        ("192.0.2.7:1", false),
    ];
    for (at, expected) in cases {
        let config = ListenerConfig { bind: at.parse().unwrap(), ..ListenerConfig::default() };
        assert_eq!(is_local(&config), expected, "{at}");
        let rules = [AllowAnonymous::Loopback, AllowAnonymous::Always, AllowAnonymous::Never];
        let admitted = rules.map(|rule| lets_in(&doorman(rule, &[("default", at)]), "default", true));
        assert_eq!(admitted, [expected, true, false], "{at}");
    }
    let config = ListenerConfig {
        path: Some("/run/x".into()),
        bind: "*:1".parse().unwrap(),
        ..ListenerConfig::default()
    };
    assert!(is_local(&config), "a Unix socket is on this machine");
}

#[test]
fn a_name_is_believed_only_where_nobody_could_prove_it() {
    let claims = |names| {
        let doorman = doorman(AllowAnonymous::Loopback, &[("default", "127.0.0.1:1")]).taking(names);
        let ticket =
            Ticket { seat: Seat::default(), request: RequestId::default(), switchboard: Arc::new(Nowhere) };
        let credentials = Credentials { user: Some("alice"), ..nobody("default", true) };
        match doorman.authenticate(&credentials, &Hearing::of(&ticket)) {
            Verdict::Answer(Ok(Authenticated::Principal(who, _))) => Some(who.user.is_some()),
            _ => None,
        }
    };
    assert_eq!(claims(Names::Proved), None);
    assert_eq!(claims(Names::Dropped), Some(false));
    assert_eq!(claims(Names::Believed), Some(true));
}
