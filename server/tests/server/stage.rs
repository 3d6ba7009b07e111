//! The broker as a process.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::wire::PATIENCE;

/// The binary.
pub(crate) fn tidegate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder);
    command
}

/// Runs it to its end; what it said on either stream, and how it ended.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> (Output, String) {
    let mut command = tidegate(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    (output, said)
}

/// Starts a broker in a folder that has its configuration.
fn spawn(folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    let screen = fs::File::create(folder.join("screen")).unwrap();
    let mut command = tidegate(folder);
    command.args(["run", "--config", "tidegate.toml", "--data-dir", "data", "--ready-file", "ready"]);
    command.env("TIDEGATE__MQTT__LISTENERS__DEFAULT__BIND", "127.0.0.1:0");
    command.env("TIDEGATE__MQTT__LISTENERS__WS__ENABLED", "false");
    for listener in ["TLS", "WSS"] {
        command.env(format!("TIDEGATE__MQTT__LISTENERS__{listener}__BIND"), "127.0.0.1:0");
    }
    command.env("TIDEGATE__ADMIN__BIND", "127.0.0.1:0");
    command.stdin(Stdio::null()).stdout(screen).stderr(log).spawn().unwrap()
}

/// A broker that serves, in a folder of its own; ended when dropped.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    child: Child,
    ready: Value,
}

impl Stage {
    /// Started with this configuration file; it listens on free ports unless the file says otherwise.
    pub(crate) fn new(configuration: &str) -> Self {
        Self::prepared(configuration, |_| {})
    }

    /// The same, after something was put into its folder.
    pub(crate) fn prepared(configuration: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        fs::write(folder.path().join("tidegate.toml"), configuration).unwrap();
        let child = spawn(folder.path());
        let mut stage = Self { folder, child, ready: Value::Null };
        stage.wait_until_ready();
        stage
    }

    fn wait_until_ready(&mut self) {
        let text = self.wait_for("the ready file", |stage| fs::read(stage.path("ready")).ok());
        self.ready = serde_json::from_slice(&text).unwrap();
    }

    /// Ends the process without a word and starts it again in its folder.
    #[cfg(unix)]
    pub(crate) fn restart_after_kill(&mut self) {
        self.signal("KILL");
        self.child.wait().unwrap();
        fs::remove_file(self.path("ready")).unwrap();
        self.child = spawn(self.folder.path());
        self.wait_until_ready();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Looks again and again until there is something to see, or the broker has ended.
    pub(crate) fn wait_for<R>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<R>) -> R {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look(self) {
                return seen;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{what}: {ended:?}\n{}", self.read("log"));
            // Between two looks; nothing depends on how long it is.
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the log has a line with this in it.
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        self.wait_for(text, |stage| stage.read("log").contains(text).then_some(()));
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ready(&self) -> &Value {
        &self.ready
    }

    /// Where MQTT is.
    pub(crate) fn mqtt(&self) -> SocketAddr {
        self.ready["listeners"][0]["address"].as_str().unwrap().parse().unwrap()
    }

    /// `tidegate pub` or `sub` at this broker.
    pub(crate) fn client(&self, arguments: &[&str]) -> (Output, String) {
        let port = self.mqtt().port().to_string();
        let (command, rest) = arguments.split_first().unwrap();
        run(self.folder.path(), &[&[*command, "-p", &port], rest].concat(), "")
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.read("log"))
    }

    /// A request to the admin port: the status and the body.
    pub(crate) fn http(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let address: SocketAddr = self.ready["admin"].as_str().unwrap().parse().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{bearer}\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// A request with the token, whose answer is JSON.
    pub(crate) fn api(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let token = self.read("data/admin-token");
        let (status, text) = self.http(method, path, Some(token.trim()), body);
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
