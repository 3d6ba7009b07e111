use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tidegate_broker::{
    Authenticated, Authenticator, Credentials, Exchange, Hearing, Notice, Reply, RequestId, Seat,
    Switchboard, Ticket, Verdict,
};
use tidegate_types::{Realm, Refusal};

use super::*;

mod editing;
mod lines;
mod password;
mod scram;

/// Cheap enough for a test that hashes a thousand times.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

/// Longer than any hash takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The answers that came late.
struct Post(SyncSender<(u32, Result<Authenticated, Refusal>)>);

impl Switchboard for Post {
    fn notify(&self, _seat: Seat, notice: Notice) {
        if let Notice::Reply(RequestId(id), Reply::Authenticated(answer)) = notice {
            self.0.send((id, answer)).unwrap();
        }
    }
}

/// One login, as a test says it.
#[derive(Clone, Copy)]
struct Login<'a> {
    id: u32,
    user: Option<&'a str>,
    password: Option<&'a [u8]>,
    method: Option<(&'a str, &'a [u8])>,
    exchange: Option<&'a Exchange>,
    from: u8,
}

const LOGIN: Login<'static> =
    Login { id: 1, user: None, password: None, method: None, exchange: None, from: 1 };

/// A file with alice (wonderland) and bob (builder), and where its answers arrive.
struct Stage {
    file: AuthFile,
    path: std::path::PathBuf,
    post: Arc<Post>,
    answers: Mutex<Receiver<(u32, Result<Authenticated, Refusal>)>>,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        assert!(set_user(&path, "alice", b"wonderland", CHEAP).unwrap());
        assert!(set_user(&path, "bob", b"builder", CHEAP).unwrap());
        let (post, answers) = sync_channel(2_000);
        let file = AuthFile::open(&path, settings).unwrap();
        Self { file, path, post: Arc::new(Post(post)), answers: Mutex::new(answers), _folder: folder }
    }

    /// The next answer that comes late, whosever it is.
    fn late(&self) -> (u32, Result<Authenticated, Refusal>) {
        self.answers.lock().recv_timeout(PATIENCE).unwrap()
    }

    fn ask(&self, login: Login<'_>) -> Verdict {
        let credentials = Credentials {
            realm: Realm(0),
            client: "c",
            user: login.user,
            password: login.password,
            method: login.method,
            exchange: login.exchange,
            remote: ([192, 0, 2, login.from], 9).into(),
            listener: "default",
            loopback: false,
            certificate: None,
        };
        let switchboard: Arc<dyn Switchboard> = self.post.clone();
        let ticket = Ticket { seat: Seat::default(), request: RequestId(login.id), switchboard };
        self.file.authenticate(&credentials, &Hearing::of(&ticket))
    }

    /// The answer, whenever it comes, and whether it came late. A hearing without a chain makes
    /// [`Refusal::NotAuthorized`] of an abstention.
    fn login(&self, user: &str, password: &[u8]) -> (Result<Option<String>, Refusal>, bool) {
        match self.ask(Login { user: Some(user), password: Some(password), ..LOGIN }) {
            Verdict::Answer(answer) => (answer.map(|answer| name(&answer)), false),
            Verdict::Later => (self.late().1.map(|answer| name(&answer)), true),
            Verdict::Abstain | Verdict::Down => panic!("a password is compared first"),
        }
    }
}

fn name(answer: &Authenticated) -> Option<String> {
    match answer {
        Authenticated::Principal(principal, _) => principal.user.as_ref().map(ToString::to_string),
        Authenticated::Challenge(..) => panic!("no challenge was expected"),
    }
}

fn is_refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Answer(Err(Refusal::BadCredentials)))
}
