//! Who is asked after whom.

use tidegate_auth_file::Settings;
use tidegate_broker::{Authenticated, Credentials};
use tidegate_types::Refusal;

use crate::world::{LOGIN, World};

#[test]
fn strangers_are_passed_on_and_wrong_passwords_are_not() {
    let mut world = World::new();
    world.file(&[("alice", "wonderland")], &[], Settings::default());
    world.file(&[("bob", "builder"), ("alice", "other")], &[], Settings::default());
    assert_eq!(world.login("alice", "wonderland").as_deref(), Ok("alice"));
    assert_eq!(world.login("bob", "builder").as_deref(), Ok("bob"));
    assert_eq!(world.login("alice", "other"), Err(Refusal::BadCredentials));
    assert_eq!(world.login("bob", "wonderland"), Err(Refusal::BadCredentials));
    assert_eq!(world.login("mallory", "x"), Err(Refusal::BadCredentials));
}

#[test]
fn an_authoritative_file_is_the_last_word_on_names() {
    let mut world = World::new();
    world.file(&[("alice", "wonderland")], &[], Settings { authoritative: true, ..Settings::default() });
    world.file(&[("bob", "builder")], &[], Settings::default());
    assert_eq!(world.login("alice", "wonderland").as_deref(), Ok("alice"));
    assert_eq!(world.login("bob", "builder"), Err(Refusal::BadCredentials));
}

#[test]
fn a_principal_knows_how_it_came() {
    let mut world = World::new();
    world.file(&[("alice", "wonderland")], &[], Settings::default());
    // The second is a known proof: it is answered at once.
    for _ in 0..2 {
        let login = Credentials { user: Some("alice"), password: Some(b"wonderland"), ..LOGIN };
        let Ok(Authenticated::Principal(principal, last)) = world.authenticate(&login) else {
            panic!("no principal")
        };
        assert_eq!(principal.client.as_ref().unwrap().as_str(), "pump-7");
        assert_eq!(principal.listener.as_deref(), Some("default"));
        assert_eq!(principal.remote, Some(LOGIN.remote));
        assert!(last.is_empty());
    }
}

#[test]
fn who_shows_nothing_is_refused_in_the_end() {
    let mut world = World::new();
    world.file(&[("alice", "wonderland")], &[], Settings::default());
    let named = world.authenticate(&Credentials { user: Some("alice"), ..LOGIN });
    assert_eq!(named.unwrap_err(), Refusal::BadCredentials);
    let with_a_method = Credentials { user: Some("alice"), method: Some(("GS2-KRB5", b"x")), ..LOGIN };
    assert_eq!(world.authenticate(&with_a_method).unwrap_err(), Refusal::BadMethod);
    assert_eq!(world.authenticate(&LOGIN).unwrap_err(), Refusal::NotAuthorized);
}
