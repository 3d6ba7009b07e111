//! What every scenario starts with: a broker, a foreign program, a deadline.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tidegate_interop_tests::broker::{Running, Settings, start, under_test};
use tidegate_interop_tests::peers;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::Connect;

/// Generous: a test that waits this long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(180);

/// A fresh broker with its defaults.
pub(crate) fn broker() -> Running {
    broker_with(&Settings::default())
}

/// A fresh broker.
pub(crate) fn broker_with(settings: &Settings) -> Running {
    start(under_test().unwrap().as_ref(), settings).unwrap()
}

/// Whether the broker under test is known not to do this; says so.
pub(crate) fn skipped_on(broker: &str, reason: &str) -> bool {
    let skipped = under_test().unwrap().name() == broker;
    if skipped {
        peers::progress(&format!("SKIPPED on {broker}: {reason}"));
    }
    skipped
}

/// A plain connection with a clean session.
pub(crate) fn client(broker: &Running, version: Version, client_id: &str) -> Client {
    Client::connect(broker.address, &Connect::clean(version, client_id)).unwrap().0
}

/// Asks again and again until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A program of another project, ended when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    lines: Receiver<Vec<u8>>,
    errors: Option<JoinHandle<String>>,
}

impl Program {
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        Self::spawn_talking(command)
    }

    /// The same with whatever standard input the command has.
    pub(crate) fn spawn_talking(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (send, lines) = sync_channel(100_000);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                if send.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            drop(errors.read_to_string(&mut text));
            text
        });
        Self { child, lines, errors: Some(errors) }
    }

    /// The next line of its output, as bytes.
    pub(crate) fn line(&mut self) -> Vec<u8> {
        self.lines.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no output: {}", self.end()))
    }

    /// The next line of its output.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8(self.line()).unwrap()
    }

    /// A line of its output, if one comes soon.
    pub(crate) fn text_if_any(&mut self) -> Option<String> {
        let line = self.lines.recv_timeout(Duration::from_millis(10)).ok()?;
        Some(String::from_utf8(line).unwrap())
    }

    /// Whether it has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends with success.
    pub(crate) fn finish(self) {
        let (status, errors) = self.ended();
        assert!(status.success(), "{status}: {errors}");
    }

    /// Waits until it ends; how it did, and what it said on its standard error.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + DEADLINE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "does not end: {}", self.end());
            std::thread::sleep(Duration::from_millis(5));
        }
        (self.child.wait().unwrap(), self.end())
    }

    /// Waits until it ends; how it did, and everything it said.
    pub(crate) fn output(command: Command) -> (ExitStatus, String) {
        Self::output_of(command, Stdio::null())
    }

    /// The same, and it reads `input`.
    pub(crate) fn output_of(mut command: Command, input: Stdio) -> (ExitStatus, String) {
        let output = command.stdin(input).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status, text(&output.stdout) + &text(&output.stderr))
    }

    /// Ends it the hard way; what it said on its standard error.
    pub(crate) fn end(&mut self) -> String {
        drop(self.child.kill());
        drop(self.child.wait());
        self.errors.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
