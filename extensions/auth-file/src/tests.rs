use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use tidegate_broker::{Notice, RequestId, Seat, Switchboard};
use tidegate_types::Realm;

use super::*;

/// Cheap enough for a test that hashes a thousand times.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

/// Longer than any hash takes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Post(std::sync::mpsc::SyncSender<(u32, Result<Authenticated, Refusal>)>);

impl Switchboard for Post {
    fn notify(&self, _seat: Seat, notice: Notice) {
        if let Notice::Reply(RequestId(id), Reply::Authenticated(answer)) = notice {
            self.0.send((id, answer)).unwrap();
        }
    }
}

struct Stage {
    file: AuthFile,
    post: Arc<Post>,
    answers: Receiver<(u32, Result<Authenticated, Refusal>)>,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        assert!(set_user(&path, "alice", b"wonderland", CHEAP).unwrap());
        assert!(set_user(&path, "bob", b"builder", CHEAP).unwrap());
        let (post, answers) = sync_channel(2_000);
        let file = AuthFile::open(&path, settings).unwrap();
        Self { file, post: Arc::new(Post(post)), answers, folder }
    }

    fn ask(&self, id: u32, user: Option<&str>, password: Option<&[u8]>) -> Verdict {
        let at = "127.0.0.1:9".parse().unwrap();
        let credentials = Credentials {
            realm: Realm(0),
            client: "c",
            user,
            password,
            method: None,
            exchange: None,
            remote: at,
            listener: "default",
            loopback: true,
            certificate: None,
        };
        let switchboard: Arc<dyn Switchboard> = self.post.clone();
        let ticket = Ticket { seat: Seat::default(), request: RequestId(id), switchboard };
        self.file.authenticate(&credentials, &Hearing::of(&ticket))
    }

    /// The answer, whenever it comes, and whether it came late.
    fn login(&self, user: &str, password: &[u8]) -> (Result<Option<String>, Refusal>, bool) {
        let (answer, late) = match self.ask(1, Some(user), Some(password)) {
            Verdict::Answer(answer) => (answer, false),
            Verdict::Later => (self.answers.recv_timeout(PATIENCE).unwrap().1, true),
            Verdict::Abstain | Verdict::Down => panic!("it knows everybody"),
        };
        (answer.map(|answer| name(&answer)), late)
    }
}

fn name(answer: &Authenticated) -> Option<String> {
    match answer {
        Authenticated::Principal(principal, _) => principal.user.as_ref().map(ToString::to_string),
        Authenticated::Challenge(..) => panic!("no challenge was expected"),
    }
}

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
fn strangers_are_refused_after_the_same_work() {
    let stage = Stage::new(Settings::default());
    assert_eq!(stage.login("mallory", b"x"), (Err(Refusal::BadCredentials), true));
    assert_eq!(stage.login("", b""), (Err(Refusal::BadCredentials), true));
    let users = Users::parse(&std::fs::read_to_string(stage.folder.path().join("users")).unwrap()).unwrap();
    assert!(users.nobody().is_nobody());
}

#[test]
fn what_it_does_not_judge() {
    let stage = Stage::new(Settings::default());
    assert!(matches!(stage.ask(1, None, None), Verdict::Abstain));
    let refused = Verdict::Answer(Err(Refusal::BadCredentials));
    assert_eq!(format!("{:?}", stage.ask(1, Some("alice"), None)), format!("{refused:?}"));
    let long = vec![b'x'; LONGEST_PASSWORD + 1];
    assert_eq!(format!("{:?}", stage.ask(1, Some("alice"), Some(&long))), format!("{refused:?}"));
}

/// A thousand logins at once: each is answered once, those without room at once, and no more wait than may.
#[test]
fn a_flood_is_bounded() {
    let stage = Stage::new(Settings { threads: 1, queue: 16, ..Settings::default() });
    let (mut late, mut busy) = (0, 0);
    for id in 0..1_000_u32 {
        let user = if id % 2 == 0 { "alice" } else { "mallory" };
        match stage.ask(id, Some(user), Some(b"guess")) {
            Verdict::Later => late += 1,
            Verdict::Answer(Err(Refusal::Busy)) => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(late + busy, 1_000);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..late {
        let (id, answer) = stage.answers.recv_timeout(PATIENCE).unwrap();
        assert!(seen.insert(id), "{id} was answered twice");
        assert!(matches!(answer, Err(Refusal::BadCredentials)));
    }
    assert_eq!(stage.login("alice", b"wonderland").0, Ok(Some("alice".to_owned())));
}

/// No thread takes a job, so that the bound is exact.
#[test]
fn the_queue_holds_what_it_may_and_no_more() {
    let mut stage = Stage::new(Settings { threads: 1, queue: 16, ..Settings::default() });
    // Nothing is ever sent: dropping one end opens the gate.
    let (gate, blocked) = sync_channel::<()>(1);
    let (begun, wait) = sync_channel(1);
    stage.file.pool = Pool::start(1, 16).unwrap();
    assert!(stage.file.pool.give(Box::new(move || {
        begun.send(()).unwrap();
        blocked.recv().unwrap_err();
    })));
    wait.recv().unwrap();
    let asked = (0..1_000).map(|id| stage.ask(id, Some("bob"), Some(b"x")));
    let later = asked.filter(|verdict| matches!(verdict, Verdict::Later)).count();
    assert_eq!(later, 16);
    drop(gate);
    for _ in 0..16 {
        assert!(stage.answers.recv_timeout(PATIENCE).unwrap().1.is_err());
    }
}

#[test]
fn who_has_waited_too_long_costs_no_work() {
    let stage = Stage::new(Settings { patience: Duration::ZERO, ..Settings::default() });
    assert_eq!(stage.login("alice", b"wonderland"), (Err(Refusal::Busy), true));
}

#[test]
fn a_file_is_edited_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    set_user(&path, "alice", b"one", CHEAP).unwrap();
    let text = format!("# ours\n\n{}", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, text).unwrap();
    assert!(set_user(&path, "bob", b"two", CHEAP).unwrap());
    assert!(!set_user(&path, "alice", b"three", CHEAP).unwrap());
    let users = Users::read(&path).unwrap();
    assert_eq!(users.len(), 2);
    assert!(users.get("alice").unwrap().matches(b"three"));
    assert!(!users.get("alice").unwrap().matches(b"one"));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# ours\n\nalice:$argon2id$v=19$"));
    remove_user(&path, "alice").unwrap();
    assert!(matches!(remove_user(&path, "alice"), Err(EditError::NoSuchUser(_))));
    assert_eq!(Users::read(&path).unwrap().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn names_and_passwords_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    for (name, password) in [("", "x"), ("a:b", "x"), ("#a", "x"), ("a\nb", "x"), ("a", "")] {
        let refused = set_user(&path, name, password.as_bytes(), CHEAP);
        assert!(matches!(refused, Err(EditError::Refused(_))), "{name:?} {refused:?}");
    }
    assert!(!path.exists());
}

#[test]
fn bad_lines_are_named() {
    let good = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$b3b8V1PDB3E8VNlTjvCQnw";
    let cases = [
        ("alice".to_owned(), 1, "expected user:hash"),
        (format!("# x\n:{good}"), 2, "a user's name has at least one character"),
        (format!("a:{good}\na:{good}"), 2, "the user stands here twice"),
        (
            format!("a:{}", good.replace("argon2id", "argon2i")),
            1,
            "only argon2id of version 19 is taken; `tidegate passwd` makes such a hash",
        ),
        ("a:$7$101$x$y".to_owned(), 1, "expected a hash such as `tidegate passwd` writes ($argon2id$v=19$…)"),
        ("a:plain".to_owned(), 1, "expected a hash such as `tidegate passwd` writes ($argon2id$v=19$…)"),
    ];
    for (text, line, what) in cases {
        assert_eq!(Users::parse(&text).unwrap_err(), LineError { line, what }, "{text}");
    }
    assert!(Users::parse("").unwrap().is_empty());
}
