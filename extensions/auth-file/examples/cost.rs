//! What logins cost: microseconds of one core, measured.
//!
//! `cargo run --release -p tidegate-auth-file --example cost`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "an example says what it measures, and stops when it cannot"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rsasl::prelude::{Mechname, SASLClient, SASLConfig};
use tidegate_auth_file::{AuthFile, Cost, Settings, set_scram, set_user};
use tidegate_broker::{
    Authenticated, Authenticator as _, Credentials, Exchange, Hearing, Notice, Reply, RequestId, Seat,
    Switchboard, Ticket, Verdict,
};
use tidegate_types::{Realm, Refusal};

type Answer = Result<Authenticated, Refusal>;

struct Post(SyncSender<Answer>);

impl Switchboard for Post {
    fn notify(&self, _seat: Seat, notice: Notice) {
        if let Notice::Reply(_, Reply::Authenticated(answer)) = notice {
            self.0.send(answer).unwrap();
        }
    }
}

struct Bench {
    file: AuthFile,
    ticket: Ticket,
    answers: Receiver<Answer>,
}

impl Bench {
    fn new(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        std::fs::write(&path, lines).unwrap();
        set_scram(&path, "scram", b"secret", 4_096).unwrap();
        set_user(&path, "argon", b"secret", Cost::default()).unwrap();
        let settings =
            Settings { threads: 1, queue: 1 << 20, patience: Duration::MAX, ..Settings::default() };
        let (post, answers) = sync_channel(1 << 16);
        let switchboard: Arc<dyn Switchboard> = Arc::new(Post(post));
        let ticket = Ticket { seat: Seat::default(), request: RequestId(1), switchboard };
        Self { file: AuthFile::open(&path, settings).unwrap(), ticket, answers }
    }

    fn password(&self, user: &str, password: &[u8]) -> Answer {
        self.ask(Some((user, password)), None, None)
    }

    fn ask(
        &self,
        user: Option<(&str, &[u8])>,
        method: Option<(&str, &[u8])>,
        exchange: Option<&Exchange>,
    ) -> Answer {
        let credentials = Credentials {
            realm: Realm(0),
            client: "c",
            user: user.map(|(user, _)| user),
            password: user.map(|(_, password)| password),
            method,
            exchange,
            remote: ([192, 0, 2, 1], 9).into(),
            listener: "default",
            loopback: false,
            certificate: None,
        };
        match self.file.authenticate(&credentials, &Hearing::of(&self.ticket)) {
            Verdict::Answer(answer) => answer,
            Verdict::Later => self.answers.recv().unwrap(),
            Verdict::Abstain | Verdict::Down => panic!("it has an opinion"),
        }
    }

    /// One exchange; the time that the file took for its two steps.
    fn scram(&self) -> Duration {
        let method = "SCRAM-SHA-256";
        let config = SASLConfig::with_credentials(None, "scram".to_owned(), "secret".to_owned()).unwrap();
        let mut client =
            SASLClient::new(config).start_suggested(&[Mechname::parse(method.as_bytes()).unwrap()]).unwrap();
        let (mut first, mut last) = (Vec::new(), Vec::new());
        client.step(None, &mut first).unwrap();
        let begun = Instant::now();
        let Ok(Authenticated::Challenge(challenge, exchange)) = self.ask(None, Some((method, &first)), None)
        else {
            panic!("no challenge")
        };
        let took = begun.elapsed();
        client.step(Some(&challenge), &mut last).unwrap();
        let begun = Instant::now();
        self.ask(None, Some((method, &last)), Some(&exchange)).unwrap();
        took + begun.elapsed()
    }
}

fn report(what: &str, times: u32, took: Duration) {
    println!("{what:<44} {:>10.2} µs", took.as_secs_f64() * 1e6 / f64::from(times));
}

fn timed(what: &str, times: u32, mut action: impl FnMut()) {
    action();
    let begun = Instant::now();
    (0..times).for_each(|_| action());
    report(what, times, begun.elapsed());
}

fn main() {
    let bench = Bench::new(
        "sha:$6$FHglKtdlX3xZ/I55$Z5WpQ0ToSO4qZ20Bd2A9e9ni/cClkyTFEbc1WaOdj2xfrBS/LPHky3ufsaRLOhQZiiYxqSQm0a/mY4iBfAUMoA==\n\
         pbkdf:$7$101$SxAEc9n0nMtCRZFX$4xKwL9pfT9QQDrGkAM0W1uN2s1MrYYY4vYXKDN1AUAiyf+z3YqN0hk25ir87HoiaOSdESmhr5VjhvPLcfeBT0g==\n",
    );
    for (what, user, times) in [
        ("argon2id, 19 MiB, 2 passes (wrong password)", "argon", 200),
        ("argon2id, nobody of that name", "mallory", 200),
        ("$7$, 101 rounds (wrong password)", "pbkdf", 5_000),
        ("$6$ (wrong password)", "sha", 20_000),
        ("SCRAM verifier, 4,096 rounds, by password", "scram", 500),
    ] {
        timed(what, times, || drop(black_box(bench.password(user, b"wrong"))));
    }
    bench.password("argon", b"secret").unwrap();
    timed("known proof", 1_000_000, || drop(black_box(bench.password("argon", b"secret").unwrap())));
    let times = 2_000;
    bench.scram();
    report("SCRAM login, both steps", times, (0..times).map(|_| bench.scram()).sum());
}
