//! Coming back with a ticket.

use std::sync::Arc;

use tidegate_config::ClientCertificate::{Optional, Required};
use tidegate_config::TlsOverride;
use tidegate_config::sections::Tls;
use tidegate_tls::development::{Development, make, revoke};
use tidegate_tls::{Acceptor, Settings, TlsAlert};

use crate::world::{BOTH, Broken, Link, World, acceptor};

/// Whether the client's next connection goes on with the session of an earlier one.
fn resumes(acceptor: &Acceptor, client: &Arc<rustls::ClientConfig>) -> bool {
    let mut link = Link::up(acceptor, client, "localhost");
    link.talk();
    link.server.negotiated().unwrap().resumed
}

#[test]
fn sessions_resume_with_tickets_and_not_without() {
    let world = World::new();
    let with = acceptor(&world.tls());
    let without = acceptor(&Tls { session_tickets: false, ..world.tls() });
    for version in BOTH {
        let client = Arc::new(world.client(version));
        assert!(!resumes(&with, &client));
        assert!(resumes(&with, &client));
        let client = Arc::new(world.client(version));
        assert!(!resumes(&without, &client));
        assert!(!resumes(&without, &client));
    }
}

#[test]
fn a_client_gets_as_many_as_configured() {
    let world = World::new();
    for count in [1, 3] {
        let acceptor = acceptor(&Tls { tickets_per_handshake: count, ..world.tls() });
        let link = Link::up(&acceptor, &Arc::new(world.client(BOTH[1])), "localhost");
        assert_eq!(link.client.tls13_tickets_received(), u32::from(count));
    }
}

#[test]
fn tickets_outlive_a_new_server_certificate() {
    let world = World::new();
    let acceptor = acceptor(&world.tls());
    let clients = BOTH.map(|version| Arc::new(world.client(version)));
    clients.iter().for_each(|client| assert!(!resumes(&acceptor, client)));
    make(world.directory.path(), &Development { overwrite: true, ..Development::default() }).unwrap();
    assert!(acceptor.reload().unwrap());
    // The client does not even know the new authority: it does not look at a certificate again.
    clients.iter().for_each(|client| assert!(resumes(&acceptor, client)));
}

#[test]
fn a_resumed_session_has_the_same_client() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Required));
    for version in BOTH {
        let client = Arc::new(world.client_with_certificate(version));
        let first = {
            let mut link = Link::up(&acceptor, &client, "localhost");
            link.talk();
            link.server.peer_certificate().unwrap()
        };
        let again = Link::up(&acceptor, &client, "localhost");
        assert!(again.server.negotiated().unwrap().resumed);
        assert_eq!(again.server.peer_certificate().unwrap(), first);
        assert_eq!(again.server.host().unwrap().as_str(), "localhost");
    }
}

#[test]
fn a_revoked_client_cannot_come_back_with_a_ticket() {
    let world = World::new();
    let acceptor = acceptor(&world.mutual(Required));
    let clients = BOTH.map(|version| Arc::new(world.client_with_certificate(version)));
    clients.iter().for_each(|client| assert!(!resumes(&acceptor, client)));
    clients.iter().for_each(|client| assert!(resumes(&acceptor, client)));
    revoke(world.directory.path(), &world.set.client).unwrap();
    assert!(acceptor.reload().unwrap());
    for client in &clients {
        let error = Link::new(&acceptor, client, "localhost").pump().unwrap_err();
        assert!(matches!(error, Broken::Server(TlsAlert::Refused(_))), "{error:?}");
    }
}

#[test]
fn a_ticket_opens_no_other_listener() {
    let world = World::new();
    let (open, closed) = (acceptor(&world.tls()), acceptor(&world.mutual(Required)));
    for version in BOTH {
        let client = Arc::new(world.client(version));
        assert!(!resumes(&open, &client));
        assert!(Link::new(&closed, &client, "localhost").pump().is_err());
        // Nor the same one once it asks for a certificate.
        let client = Arc::new(world.client(version));
        let changing = acceptor(&world.mutual(Optional));
        assert!(!resumes(&changing, &client));
        assert!(resumes(&changing, &client));
        let strict = Settings::new(&world.mutual(Required), &TlsOverride::default()).unwrap();
        changing.reconfigure(strict).unwrap();
        assert!(Link::new(&changing, &client, "localhost").pump().is_err());
    }
}
