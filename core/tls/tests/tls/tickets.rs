//! Coming back with a ticket.

use std::sync::Arc;

use tidegate_config::ClientCertificate::{Optional, Required};
use tidegate_config::Duration;
use tidegate_config::sections::Tls;
use tidegate_tls::Acceptor;
use tidegate_tls::development::{Development, make};

use crate::world::{BOTH, Link, World, acceptor, successor};

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
    let first = acceptor(&world.tls());
    let clients = BOTH.map(|version| Arc::new(world.client(version)));
    clients.iter().for_each(|client| assert!(!resumes(&first, client)));
    make(world.directory.path(), &Development { overwrite: true, ..Development::default() }).unwrap();
    let acceptor = successor(&first, &world.tls());
    // The client does not even know the new authority: it does not look at a certificate again.
    clients.iter().for_each(|client| assert!(resumes(&acceptor, client)));
}

#[test]
fn other_lifetimes_need_other_tickets() {
    let world = World::new();
    let first = acceptor(&world.tls());
    let shorter = Tls { ticket_lifetime: Duration::from_mins(1), ..world.tls() };
    for version in BOTH {
        let client = Arc::new(world.client(version));
        assert!(!resumes(&first, &client));
        assert!(!resumes(&successor(&first, &shorter), &client));
    }
}

/// A ticket would bring a certificate back after its expiry, and past a revocation list that has become too old.
#[test]
fn nobody_resumes_where_certificates_are_asked_for() {
    let world = World::new();
    for mode in [Required, Optional] {
        let acceptor = acceptor(&world.mutual(mode));
        for version in BOTH {
            let client = Arc::new(world.client_with_certificate(version));
            for _ in 0..3 {
                let mut link = Link::up(&acceptor, &client, "localhost");
                link.talk();
                assert!(!link.server.negotiated().unwrap().resumed);
                assert!(link.server.peer_certificate().is_some());
                assert_eq!(link.client.tls13_tickets_received(), 0);
            }
        }
    }
    let optional = acceptor(&world.mutual(Optional));
    for version in BOTH {
        let client = Arc::new(world.client(version));
        assert!(!resumes(&optional, &client));
        assert!(!resumes(&optional, &client));
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
        assert!(!resumes(&open, &client));
        assert!(resumes(&open, &client));
        let strict = successor(&open, &world.mutual(Required));
        assert!(Link::new(&strict, &client, "localhost").pump().is_err());
    }
}
