//! SCRAM through the authenticator.

use super::*;
use crate::scram::{METHOD, tests::Client};

/// Few enough for a test.
const ITERATIONS: u32 = 4_096;

/// A stage on which carol (cheshire) has a verifier and alice has both.
fn stage(settings: Settings) -> Stage {
    let mut stage = Stage::new(settings);
    assert!(set_scram(&stage.path, "carol", b"cheshire", ITERATIONS).unwrap());
    assert!(!set_scram(&stage.path, "alice", b"wonderland", ITERATIONS).unwrap());
    stage.file = AuthFile::open(&stage.path, settings).unwrap();
    stage
}

fn step<'a>(data: &'a [u8], exchange: Option<&'a Exchange>) -> Login<'a> {
    Login { method: Some((METHOD, data)), exchange, ..LOGIN }
}

fn begin(stage: &Stage, client: &Client) -> (String, Exchange) {
    match stage.ask(step(client.first().as_bytes(), None)) {
        Verdict::Answer(Ok(Authenticated::Challenge(data, exchange))) => {
            (String::from_utf8(data.into()).unwrap(), exchange)
        }
        other => panic!("{other:?}"),
    }
}

/// The name it is let in under; the last word is checked as a client does.
fn login(stage: &Stage, user: &str, password: &str) -> Option<String> {
    let client = Client::new(user, password);
    let (challenge, exchange) = begin(stage, &client);
    let (last, signature) = client.last(&challenge);
    match stage.ask(step(last.as_bytes(), Some(&exchange))) {
        Verdict::Answer(Ok(Authenticated::Principal(principal, last_word))) => {
            assert_eq!(&*last_word, signature.as_bytes());
            Some(principal.user.as_ref().unwrap().to_string())
        }
        refused => {
            assert!(is_refused(&refused), "{refused:?}");
            None
        }
    }
}

#[test]
fn a_password_is_proved_without_being_shown() {
    let stage = stage(Settings::default());
    assert_eq!(login(&stage, "carol", "cheshire").as_deref(), Some("carol"));
    assert_eq!(login(&stage, "alice", "wonderland").as_deref(), Some("alice"));
    assert_eq!(login(&stage, "carol", "wonderland"), None);
    // Bob has a password and no verifier; nobody is called dave.
    assert_eq!(login(&stage, "bob", "builder"), None);
    assert_eq!(login(&stage, "dave", "x"), None);
}

/// Who has only a verifier may show his password too.
#[test]
fn a_verifier_is_good_for_a_password() {
    let stage = stage(Settings::default());
    assert_eq!(stage.login("carol", b"cheshire"), (Ok(Some("carol".to_owned())), true));
    assert_eq!(stage.login("carol", b"cheshire"), (Ok(Some("carol".to_owned())), false));
    assert_eq!(stage.login("carol", b"wonderland"), (Err(Refusal::BadCredentials), true));
    assert_eq!(stage.login("carol", b"\xff"), (Err(Refusal::BadCredentials), true));
}

#[test]
fn strangers_are_asked_like_everybody_and_always_the_same() {
    let mut stage = stage(Settings::default());
    fn challenge(stage: &Stage, user: &str) -> String {
        let (challenge, _) = begin(stage, &Client::new(user, "x"));
        challenge.split_once(",s=").unwrap().1.to_owned()
    }
    let (dave, carol) = (challenge(&stage, "dave"), challenge(&stage, "carol"));
    assert_eq!(dave, challenge(&stage, "dave"));
    assert_ne!(dave, challenge(&stage, "eve"));
    assert_eq!(dave.len(), carol.len());
    assert_eq!(dave.split_once(",i="), Some((&dave[..24], "4096")));
    set_scram(&stage.path, "frank", b"x", ITERATIONS).unwrap();
    stage.file.reload().unwrap();
    assert_eq!((challenge(&stage, "dave"), challenge(&stage, "carol")), (dave.clone(), carol));
    // Nor does a broker that starts again change them, whatever happened to the file meanwhile.
    stage.file = AuthFile::open(&stage.path, Settings::default()).unwrap();
    assert_eq!(challenge(&stage, "dave"), dave);
}

/// A file that says nothing of salts gives the same ones as long as it is the same.
#[test]
fn a_file_of_older_make_gives_salts_too() {
    let stage = stage(Settings::default());
    let text = std::fs::read_to_string(&stage.path).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    assert_ne!(text, without);
    for damaged in [without.clone(), format!("#salts:\n{without}"), format!("#salts:AAAA\n{without}")] {
        let [one, other] = [&damaged, &without].map(|text| Users::parse(text).unwrap().secret());
        assert_eq!(one, other);
    }
    assert_ne!(Users::parse(&text).unwrap().secret(), Users::parse(&without).unwrap().secret());
}

#[test]
fn a_file_without_verifiers_has_no_opinion() {
    let stage = Stage::new(Settings { authoritative: true, ..Settings::default() });
    let first = Client::new("alice", "wonderland").first();
    assert!(matches!(stage.ask(step(first.as_bytes(), None)), Verdict::Abstain));
    let stage = self::stage(Settings::default());
    for other in ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512", "scram-sha-256", ""] {
        let login = Login { method: Some((other, first.as_bytes())), ..LOGIN };
        assert!(matches!(stage.ask(login), Verdict::Abstain), "{other}");
    }
}

#[test]
fn an_answer_is_good_once_and_for_its_own_exchange() {
    let stage = stage(Settings::default());
    let client = Client::new("carol", "cheshire");
    let (challenge, exchange) = begin(&stage, &client);
    let (last, _) = client.last(&challenge);
    let (_, other) = begin(&stage, &client);
    assert!(is_refused(&stage.ask(step(last.as_bytes(), Some(&other)))), "another exchange");
    assert!(is_refused(&stage.ask(step(last.as_bytes(), None))), "no exchange");
    let strange = Exchange(Arc::new("something"));
    assert!(is_refused(&stage.ask(step(last.as_bytes(), Some(&strange)))), "a stranger's exchange");
    let elsewhere = self::stage(Settings::default());
    assert!(is_refused(&elsewhere.ask(step(last.as_bytes(), Some(&exchange)))), "another file's exchange");
    assert!(matches!(stage.ask(step(last.as_bytes(), Some(&exchange))), Verdict::Answer(Ok(_))));
    assert!(is_refused(&stage.ask(step(last.as_bytes(), Some(&exchange)))), "a replay");
}

#[test]
fn a_wrong_answer_ends_the_exchange() {
    let stage = stage(Settings::default());
    let client = Client::new("carol", "cheshire");
    let (challenge, exchange) = begin(&stage, &client);
    let (wrong, _) = Client { password: "guess", ..client }.last(&challenge);
    let (right, _) = client.last(&challenge);
    assert!(is_refused(&stage.ask(step(wrong.as_bytes(), Some(&exchange)))));
    assert!(is_refused(&stage.ask(step(right.as_bytes(), Some(&exchange)))));
}

#[test]
fn who_is_changed_between_the_steps_is_not_let_in() {
    let stage = stage(Settings::default());
    let client = Client::new("carol", "cheshire");
    let (challenge, exchange) = begin(&stage, &client);
    set_scram(&stage.path, "carol", b"cheshire", ITERATIONS).unwrap();
    stage.file.reload().unwrap();
    let (last, _) = client.last(&challenge);
    assert!(is_refused(&stage.ask(step(last.as_bytes(), Some(&exchange)))));
}

/// A user name beside the exchange has to be the same.
#[test]
fn two_names_are_one_too_many() {
    let stage = stage(Settings::default());
    let first = Client::new("carol", "cheshire").first();
    let with = |user| stage.ask(Login { user: Some(user), ..step(first.as_bytes(), None) });
    assert!(matches!(with("carol"), Verdict::Answer(Ok(Authenticated::Challenge(..)))));
    assert!(is_refused(&with("alice")));
}

/// Each nonce of the server is its own.
#[test]
fn no_two_challenges_are_alike() {
    let stage = stage(Settings::default());
    let client = Client::new("carol", "cheshire");
    let challenges: std::collections::HashSet<String> = (0..100).map(|_| begin(&stage, &client).0).collect();
    assert_eq!(challenges.len(), 100);
    assert!(challenges.iter().all(|challenge| challenge.starts_with(&format!("r={}", client.nonce))));
}
