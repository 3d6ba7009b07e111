//! Passwords: who is let in, who is passed on, and floods.

use super::*;
use crate::pool::tests::occupy;

#[test]
fn a_password_is_proved_late_and_known_from_then_on() {
    let stage = Stage::new(Settings::default());
    assert_eq!(stage.login("alice", b"wonderland"), (Ok(Some("alice".to_owned())), true));
    assert_eq!(stage.login("alice", b"wonderland"), (Ok(Some("alice".to_owned())), false));
    assert_eq!(stage.login("alice", b"builder"), (Err(Refusal::BadCredentials), true));
    assert_eq!(stage.login("bob", b"wonderland"), (Err(Refusal::BadCredentials), true));
    assert_eq!(stage.login("bob", b"builder"), (Ok(Some("bob".to_owned())), true));
}

#[test]
fn strangers_are_passed_on_after_the_same_work() {
    let stage = Stage::new(Settings::default());
    assert_eq!(stage.login("mallory", b"x"), (Err(Refusal::NotAuthorized), true));
    assert_eq!(stage.login("", b""), (Err(Refusal::NotAuthorized), true));
    let stage = Stage::new(Settings { authoritative: true, ..Settings::default() });
    assert_eq!(stage.login("mallory", b"x"), (Err(Refusal::BadCredentials), true));
}

/// Time tells nobody who is in a file of mixed hashes: a wrong password costs what the dearest one costs, for those
/// who are not in it and for those with a cheap hash.
#[test]
fn a_wrong_password_costs_the_dearest_hash() {
    let salted = "$6$FHglKtdlX3xZ/I55$Z5WpQ0ToSO4qZ20Bd2A9e9ni/cClkyTFEbc1WaOdj2xfrBS/LPHky3ufsaRLOhQZiiYxqSQm0a/mY4iBfAUMoA==";
    let slow = "$7$20000$9OmhEx8dF6WYkt64$oWwxyC/ZDSE3iBYRdV7keOq1McYdubmvf9PoforhWF+l0Z02CatbrpRvsA0I3bJuGNahROgQJOfd/1q4LppL9A==";
    let argon = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$b3b8V1PDB3E8VNlTjvCQnw";
    let dear = argon.replace("m=8", "m=16");
    for (most, dearest) in [(salted, slow), (slow, argon), (salted, argon), (argon, dear.as_str())] {
        let users = Users::parse(&format!("a:{most}\nb:{dearest}\nc:{most}\n")).unwrap();
        let [nobody, a, b] = [users.nobody(), users.get("a").unwrap(), users.get("b").unwrap()];
        assert_eq!(nobody.work(), b.work());
        assert!(a.is_cheaper_than(nobody) && !b.is_cheaper_than(nobody) && !nobody.is_cheaper_than(nobody));
        assert!(nobody.is_nobody() && !nobody.matches(b"wonderland") && !nobody.matches(b""));
        assert!(!a.is_proved_by(b"x", nobody) && !b.is_proved_by(b"x", nobody));
    }
    let users = Users::parse(&format!("a:{salted}\nb:{argon}\n")).unwrap();
    assert!(users.get("a").unwrap().is_proved_by(b"wonderland", users.nobody()));
}

#[test]
fn what_it_does_not_judge() {
    let stage = Stage::new(Settings::default());
    let long = vec![b'x'; LONGEST_PASSWORD + 1];
    let alice = Login { user: Some("alice"), ..LOGIN };
    let mallory = Login { user: Some("mallory"), ..LOGIN };
    assert!(matches!(stage.ask(LOGIN), Verdict::Abstain));
    assert!(matches!(stage.ask(Login { method: Some(("GS2-KRB5", b"")), ..alice }), Verdict::Abstain));
    // A later authenticator may believe names, but not one that is proved here.
    assert!(is_refused(&stage.ask(alice)));
    assert!(matches!(stage.ask(mallory), Verdict::Abstain));
    assert!(is_refused(&stage.ask(Login { password: Some(&long), ..alice })));
    assert!(matches!(stage.ask(Login { password: Some(&long), ..mallory }), Verdict::Abstain));

    let stage = Stage::new(Settings { authoritative: true, ..Settings::default() });
    assert!(matches!(stage.ask(LOGIN), Verdict::Abstain));
    assert!(is_refused(&stage.ask(alice)));
    assert!(is_refused(&stage.ask(mallory)));
    assert!(is_refused(&stage.ask(Login { password: Some(&long), ..mallory })));
}

/// Twenty thousand logins at once: each is answered once, those without room at once, and no more wait than may.
#[test]
fn a_flood_is_bounded_and_leaves_room_for_others() {
    let stage = Stage::new(Settings { threads: 1, queue: 16, ..Settings::default() });
    let gate = occupy(&stage.file.pool);
    let (mut late, mut busy) = (0, 0);
    for id in 0..20_000_u32 {
        let user = if id % 2 == 0 { "alice" } else { "mallory" };
        match stage.ask(Login { id, user: Some(user), password: Some(b"guess"), ..LOGIN }) {
            Verdict::Later => late += 1,
            Verdict::Answer(Err(Refusal::Busy)) => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((late, busy), (8, 19_992));
    let honest = Login { id: 50_000, user: Some("bob"), password: Some(b"builder"), from: 2, ..LOGIN };
    assert!(matches!(stage.ask(honest), Verdict::Later));
    drop(gate);
    let answers: Vec<_> = (0..9).map(|_| stage.late()).collect();
    // The honest one waited for one job of the flood, not for eight.
    assert_eq!(answers[1].0, 50_000);
    assert_eq!(name(answers[1].1.as_ref().unwrap()).as_deref(), Some("bob"));
    let seen: std::collections::HashSet<u32> = answers.iter().map(|(id, _)| *id).collect();
    assert_eq!(seen.len(), 9, "somebody was answered twice");
    assert!(answers.iter().filter(|(id, _)| *id != 50_000).all(|(_, answer)| answer.is_err()));
}

/// Who has proved his password needs no room in the queue.
#[test]
fn a_known_proof_passes_a_full_queue() {
    let stage = Stage::new(Settings { threads: 1, queue: 4, ..Settings::default() });
    assert!(stage.login("alice", b"wonderland").0.is_ok());
    let gate = occupy(&stage.file.pool);
    let guess = Login { user: Some("alice"), password: Some(b"guess"), ..LOGIN };
    while matches!(stage.ask(guess), Verdict::Later) {}
    assert_eq!(stage.login("alice", b"wonderland"), (Ok(Some("alice".to_owned())), false));
    drop(gate);
}

#[test]
fn who_has_waited_too_long_costs_no_work() {
    let stage = Stage::new(Settings { patience: Duration::ZERO, ..Settings::default() });
    assert_eq!(stage.login("alice", b"wonderland"), (Err(Refusal::Busy), true));
}

#[test]
fn a_file_read_again_forgets_only_whom_it_changed() {
    let stage = Stage::new(Settings::default());
    assert!(stage.login("alice", b"wonderland").0.is_ok());
    assert!(stage.login("bob", b"builder").0.is_ok());
    set_user(&stage.path, "bob", b"builder", CHEAP).unwrap();
    set_user(&stage.path, "carol", b"new", CHEAP).unwrap();
    let replaced = stage.file.reload().unwrap();
    assert_eq!(replaced, Replaced { users: 3, gone: vec![], changed: vec!["bob".into()] });
    assert_eq!(stage.login("alice", b"wonderland"), (Ok(Some("alice".to_owned())), false));
    assert_eq!(stage.login("bob", b"builder"), (Ok(Some("bob".to_owned())), true));
    assert_eq!(stage.login("carol", b"new"), (Ok(Some("carol".to_owned())), true));
}

#[test]
fn a_file_read_again_says_who_changed() {
    let stage = Stage::new(Settings::default());
    let nothing = Replaced { users: 2, ..Replaced::default() };
    assert_eq!(stage.file.reload().unwrap(), nothing);
    remove_user(&stage.path, "alice").unwrap();
    set_user(&stage.path, "carol", b"new", CHEAP).unwrap();
    let replaced = stage.file.replace(Users::read(&stage.path).unwrap());
    assert_eq!(replaced, Replaced { users: 2, gone: vec!["alice".into()], changed: vec![] });
    // A verifier beside the password is a change too; comments are none.
    set_scram(&stage.path, "carol", b"new", 4_096).unwrap();
    let text = format!("# more\n{}", std::fs::read_to_string(&stage.path).unwrap());
    std::fs::write(&stage.path, text).unwrap();
    let replaced = stage.file.reload().unwrap();
    assert_eq!(replaced, Replaced { users: 2, gone: vec![], changed: vec!["carol".into()] });
    assert_eq!(stage.file.reload().unwrap(), nothing);
}

#[test]
fn a_file_that_cannot_be_read_again_changes_nothing() {
    let stage = Stage::new(Settings::default());
    for broken in [Some("alice:plain\n"), None] {
        match broken {
            Some(text) => std::fs::write(&stage.path, text).unwrap(),
            None => std::fs::remove_file(&stage.path).unwrap(),
        }
        stage.file.reload().unwrap_err();
        assert!(stage.login("alice", b"wonderland").0.is_ok());
        assert_eq!(stage.login("alice", b"plain").0, Err(Refusal::BadCredentials));
    }
}

/// A login that waits while its user is taken out of the file is judged by the new file.
#[test]
fn who_is_removed_while_he_waits_is_not_let_in() {
    let stage = Stage::new(Settings { threads: 1, ..Settings::default() });
    let gate = occupy(&stage.file.pool);
    let waiting = Login { user: Some("alice"), password: Some(b"wonderland"), ..LOGIN };
    assert!(matches!(stage.ask(waiting), Verdict::Later));
    remove_user(&stage.path, "alice").unwrap();
    stage.file.reload().unwrap();
    drop(gate);
    let (_, answer) = stage.late();
    assert!(matches!(answer, Err(Refusal::BadCredentials)));
}

/// Logins of many threads while the file changes under them: each is answered once, who stays in the file is always
/// let in, and who is out of it never is.
#[test]
fn a_file_changes_under_a_storm_of_logins() {
    let settings = Settings { queue: 4_000, patience: Duration::MAX, ..Settings::default() };
    let mut stage = Stage::new(settings);
    let without = std::fs::read_to_string(&stage.path).unwrap();
    set_user(&stage.path, "carol", b"cheshire", CHEAP).unwrap();
    let with = std::fs::read_to_string(&stage.path).unwrap();
    stage.file = AuthFile::open(&stage.path, settings).unwrap();
    let stage = stage;
    let ask = |id: u32| {
        let (user, password): (_, &[u8]) =
            [("alice", &b"wonderland"[..]), ("mallory", b"x")][id as usize % 2];
        let login =
            Login { id, user: Some(user), password: Some(password), from: (id / 2 % 40) as u8, ..LOGIN };
        match stage.ask(login) {
            Verdict::Later => 1,
            Verdict::Answer(Ok(_)) if user == "alice" => 0,
            other => panic!("{other:?}"),
        }
    };
    let late: usize = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..4_u32)
            .map(|thread| (thread, &ask))
            .map(|(thread, ask)| {
                scope.spawn(move || (0..400).map(|id| ask(thread * 400 + id)).sum::<usize>())
            })
            .collect();
        for round in 0..100 {
            std::fs::write(&stage.path, if round % 2 == 0 { &without } else { &with }).unwrap();
            stage.file.reload().unwrap();
        }
        askers.into_iter().map(|asker| asker.join().unwrap()).sum()
    });
    let mut seen = std::collections::HashSet::new();
    for _ in 0..late {
        let (id, answer) = stage.late();
        assert!(seen.insert(id), "{id} was answered twice");
        assert_eq!(answer.is_ok(), id % 2 == 0, "{id}: {answer:?}");
    }
    assert!(stage.login("carol", b"cheshire").0.is_ok());
    std::fs::write(&stage.path, &without).unwrap();
    stage.file.reload().unwrap();
    assert_eq!(stage.login("carol", b"cheshire").0, Err(Refusal::NotAuthorized));
}

#[test]
fn files_that_share_a_pool_share_its_bound() {
    let pool = Arc::new(HashPool::start(1, 8).unwrap());
    let mut one = Stage::new(Settings::default());
    let mut two = Stage::new(Settings::default());
    for stage in [&mut one, &mut two] {
        stage.file = AuthFile::open_sharing(&stage.path, Settings::default(), Arc::clone(&pool)).unwrap();
    }
    let gate = occupy(&pool);
    let guess = Login { user: Some("alice"), password: Some(b"guess"), ..LOGIN };
    let taken = |stage: &Stage| (0..100).filter(|_| matches!(stage.ask(guess), Verdict::Later)).count();
    assert_eq!((taken(&one), taken(&two)), (4, 0));
    drop(gate);
}

#[test]
fn a_mosquitto_file_works_as_it_stands() {
    let mut stage = Stage::new(Settings::default());
    let real = "alice:$7$101$SxAEc9n0nMtCRZFX$4xKwL9pfT9QQDrGkAM0W1uN2s1MrYYY4vYXKDN1AUAiyf+z3YqN0hk25ir87HoiaOSdESmhr5VjhvPLcfeBT0g==\ncarol:$6$F9tPzS8VSdxm53cL$6hOBp3OYDTay/84eQ71w8zVDAzSozqBKizHyY5gv6sXaewJfjIFeoPb1Pcen2/yhk5eWnFxuRPM2ucz2qUdwdQ==\r\n";
    std::fs::write(&stage.path, real).unwrap();
    stage.file = AuthFile::open(&stage.path, Settings::default()).unwrap();
    assert_eq!(stage.login("alice", b"wonderland").0, Ok(Some("alice".to_owned())));
    assert_eq!(stage.login("carol", b"caf$").0, Ok(Some("carol".to_owned())));
    assert_eq!(stage.login("carol", b"wonderland").0, Err(Refusal::BadCredentials));
    assert_eq!(stage.login("bob", b"builder").0, Err(Refusal::NotAuthorized));
}
