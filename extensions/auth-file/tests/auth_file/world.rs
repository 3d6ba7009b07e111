//! A broker whose chain is password files.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;
use tidegate_auth_file::{AuthFile, Cost, Settings, set_scram, set_user};
use tidegate_broker::guard::{FailureRules, Threshold};
use tidegate_broker::{
    Authenticated, Authenticator, Broker, Credentials, Member, Notice, Reply, RequestId, Seat, Switchboard,
    Turn, Verbs as _, Zone,
};
use tidegate_types::{Limits, Moment, Realm, Refusal};

/// Longer than any hash takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Answer = Result<Authenticated, Refusal>;

struct Post(SyncSender<Answer>);

impl Switchboard for Post {
    fn notify(&self, _seat: Seat, notice: Notice) {
        if let Notice::Reply(_, Reply::Authenticated(answer)) = notice {
            self.0.send(answer).unwrap();
        }
    }
}

pub(crate) const LOGIN: Credentials<'static> = Credentials {
    realm: Realm(0),
    client: "pump-7",
    user: None,
    password: None,
    method: None,
    exchange: None,
    remote: std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)), 9),
    listener: "default",
    loopback: false,
    certificate: None,
};

pub(crate) struct World {
    broker: Broker,
    turn: Turn,
    answers: Receiver<Answer>,
    folder: TempDir,
    files: Vec<Arc<AuthFile>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let (post, answers) = sync_channel(100);
        let broker = Broker::new(Limits::default(), Arc::new(Post(post)));
        let turn = Turn::new(Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH });
        Self { broker, turn, answers, folder: tempfile::tempdir().unwrap(), files: Vec::new() }
    }

    /// Puts a file last into the chain: users with passwords, and users with verifiers.
    pub(crate) fn file(
        &mut self,
        passwords: &[(&str, &str)],
        verifiers: &[(&str, &str)],
        settings: Settings,
    ) -> PathBuf {
        let path = self.folder.path().join(self.files.len().to_string());
        for (user, password) in passwords {
            set_user(&path, user, password.as_bytes(), Cost { memory_kib: 8, passes: 1, lanes: 1 }).unwrap();
        }
        for (user, password) in verifiers {
            set_scram(&path, user, password.as_bytes(), 4_096).unwrap();
        }
        self.files.push(Arc::new(AuthFile::open(&path, settings).unwrap()));
        let chain = self.files.iter().map(|file| Arc::clone(file) as Arc<dyn Authenticator>).collect();
        self.broker.set_access(chain, Vec::new());
        path
    }

    /// Turns a name from an address away after so many failures.
    pub(crate) fn count_failures(&self, count: u32) {
        let minute = Duration::from_secs(60);
        let by_pair = Some(Threshold { count, window: minute, keep_out: minute });
        let chain = self.files.iter().enumerate().map(|(number, file)| {
            Member::new(&number.to_string(), Arc::clone(file) as Arc<dyn Authenticator>)
        });
        let failures = FailureRules { by_pair, ..FailureRules::off() };
        let zone = Zone { chain: chain.collect(), failures, ..Zone::default() };
        self.broker.set_zones(Arc::new(zone), Vec::new());
    }

    pub(crate) fn reload(&self) {
        for file in &self.files {
            file.reload().unwrap();
        }
    }

    pub(crate) fn authenticate(&mut self, credentials: &Credentials<'_>) -> Answer {
        let ticket = (Seat::default(), RequestId(1));
        let outcome = self.broker.authenticate(&mut self.turn, credentials, ticket);
        outcome.done().unwrap_or_else(|| self.answers.recv_timeout(PATIENCE).unwrap())
    }

    /// The name a password lets in under.
    pub(crate) fn login(&mut self, user: &str, password: &str) -> Result<String, Refusal> {
        let login = Credentials { user: Some(user), password: Some(password.as_bytes()), ..LOGIN };
        self.authenticate(&login).map(|answer| match answer {
            Authenticated::Principal(principal, _) => principal.user.as_ref().unwrap().to_string(),
            Authenticated::Challenge(..) => panic!("a password needs no challenge"),
        })
    }
}
