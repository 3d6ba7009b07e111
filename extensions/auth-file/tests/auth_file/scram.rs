//! SCRAM with a client that is not ours.

use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, State};
use tidegate_auth_file::{Settings, remove_user};
use tidegate_broker::{Authenticated, Credentials, Exchange};
use tidegate_types::Refusal;

use crate::world::{Answer, LOGIN, World};

const METHOD: &str = "SCRAM-SHA-256";

fn client(authority: Option<&str>, user: &str, password: &str) -> Session {
    let authority = authority.map(str::to_owned);
    let config = SASLConfig::with_credentials(authority, user.to_owned(), password.to_owned()).unwrap();
    SASLClient::new(config).start_suggested(&[Mechname::parse(METHOD.as_bytes()).unwrap()]).unwrap()
}

fn step(session: &mut Session, input: Option<&[u8]>) -> (Vec<u8>, State) {
    let mut out = Vec::new();
    let state = session.step(input, &mut out).unwrap();
    (out, state)
}

fn tell(world: &mut World, data: &[u8], exchange: Option<&Exchange>) -> Answer {
    world.authenticate(&Credentials { method: Some((METHOD, data)), exchange, ..LOGIN })
}

/// Both steps; the client verifies what the broker says last.
fn login(world: &mut World, mut client: Session) -> Result<String, Refusal> {
    let (first, _) = step(&mut client, None);
    let Authenticated::Challenge(challenge, exchange) = tell(world, &first, None)? else {
        panic!("no challenge")
    };
    let (last, _) = step(&mut client, Some(&challenge));
    let Authenticated::Principal(principal, word) = tell(world, &last, Some(&exchange))? else {
        panic!("no end")
    };
    let (_, state) = step(&mut client, Some(&word));
    assert!(state.is_finished(), "the client does not believe the broker");
    Ok(principal.user.as_ref().unwrap().to_string())
}

fn world() -> World {
    let mut world = World::new();
    world.file(&[("bob", "builder")], &[], Settings::default());
    world.file(&[], &[("carol", "cheshire"), ("a,b=c", "x"), ("\u{e9}", "IX")], Settings::default());
    world
}

#[test]
fn another_library_is_let_in_and_believes_us() {
    let mut world = world();
    assert_eq!(login(&mut world, client(None, "carol", "cheshire")).as_deref(), Ok("carol"));
    assert_eq!(login(&mut world, client(Some("carol"), "carol", "cheshire")).as_deref(), Ok("carol"));
    assert_eq!(login(&mut world, client(None, "a,b=c", "x")).as_deref(), Ok("a,b=c"));
    // Names that look the same are the same, though this library sends them as they are typed.
    assert_eq!(login(&mut world, client(None, "e\u{301}", "IX")).as_deref(), Ok("\u{e9}"));
}

#[test]
fn wrong_passwords_and_strangers_end_alike() {
    let mut world = world();
    for (user, password) in [("carol", "wonderland"), ("bob", "builder"), ("mallory", "x")] {
        assert_eq!(login(&mut world, client(None, user, password)), Err(Refusal::BadCredentials), "{user}");
    }
    let other = login(&mut world, client(Some("bob"), "carol", "cheshire"));
    assert_eq!(other, Err(Refusal::BadCredentials));
}

#[test]
fn a_user_removed_between_the_steps_is_not_let_in() {
    let mut world = World::new();
    let path = world.file(&[], &[("carol", "cheshire"), ("dave", "x")], Settings::default());
    let mut client = client(None, "carol", "cheshire");
    let (first, _) = step(&mut client, None);
    let Ok(Authenticated::Challenge(challenge, exchange)) = tell(&mut world, &first, None) else { panic!() };
    let (last, _) = step(&mut client, Some(&challenge));
    remove_user(&path, "carol").unwrap();
    world.reload();
    assert_eq!(tell(&mut world, &last, Some(&exchange)).unwrap_err(), Refusal::BadCredentials);
}

#[test]
fn a_method_that_nobody_knows_is_named_as_such() {
    let mut world = world();
    let strange = Credentials { method: Some(("GS2-KRB5", b"x")), ..LOGIN };
    assert_eq!(world.authenticate(&strange).unwrap_err(), Refusal::BadMethod);
}

/// Failures count for the name inside the exchange: no name beside it is needed to be turned away.
#[test]
fn failures_count_for_the_name_that_was_tried() {
    let mut world = world();
    world.count_failures(3);
    for _ in 0..3 {
        assert_eq!(login(&mut world, client(None, "carol", "guess")), Err(Refusal::BadCredentials));
    }
    assert_eq!(login(&mut world, client(None, "carol", "cheshire")), Err(Refusal::RateExceeded));
    assert_eq!(login(&mut world, client(None, "a,b=c", "x")).as_deref(), Ok("a,b=c"));
}
