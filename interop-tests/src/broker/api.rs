//! What an operator asks of a running tidegate: where it listens, its REST API, a reload.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Running;

/// How long an answer may take before a test fails: generous, never asserted.
const DEADLINE: Duration = Duration::from_secs(60);

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when it is no JSON.
    pub body: Value,
}

impl Running {
    /// Where a listener of the MQTT gateway listens.
    ///
    /// # Errors
    /// A sentence when the broker has no open listener of this name.
    pub fn listener(&self, name: &str) -> Result<SocketAddr, String> {
        let ready = self.ready_facts()?;
        let listeners = ready["listeners"].as_array().cloned().unwrap_or_default();
        let found = listeners.iter().find(|one| one["gateway"] == "mqtt" && one["name"] == name);
        let address = found.and_then(|one| one["address"].as_str()?.parse().ok());
        address.ok_or_else(|| format!("no listener {name}: {}", self.log()))
    }

    /// Calls the REST API with the broker's own token.
    ///
    /// # Errors
    /// A sentence when there is no answer.
    pub fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let token = fs::read_to_string(self.dir().join("data/admin-token")).map_err(|e| e.to_string())?;
        self.call(method, path, token.trim(), body).map_err(|e| format!("{method} {path}: {e}"))
    }

    /// What the API says of an MQTT client; `None` while there is no such client.
    ///
    /// # Errors
    /// A sentence when there is no answer.
    pub fn client(&self, id: &str) -> Result<Option<Value>, String> {
        let answer = self.api("GET", &format!("/api/v1/clients/mqtt/{id}"), None)?;
        Ok((answer.status == 200).then_some(answer.body))
    }

    /// Has the broker read its configuration and files again, and waits until it has.
    ///
    /// # Errors
    /// What it logs when it does not take all of it, or the whole log when it is not done in time.
    pub fn reload(&self) -> Result<(), String> {
        let before = self.log().len();
        let signalled = Command::new("kill").arg("-HUP").arg(self.pid().to_string()).status();
        if !signalled.is_ok_and(|status| status.success()) {
            return Err("the broker cannot be signalled".to_owned());
        }
        let deadline = Instant::now() + DEADLINE;
        loop {
            let log = self.log();
            let new = log.get(before..).unwrap_or_default();
            let refused = ["nothing was reloaded", "not reloaded: ", "reloaded in part"];
            if refused.iter().any(|words| new.contains(words)) {
                return Err(new.to_owned());
            }
            if new.contains("configuration reloaded") {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(log);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn ready_facts(&self) -> Result<Value, String> {
        let text = fs::read_to_string(self.dir().join("ready.json")).map_err(|e| e.to_string())?;
        serde_json::from_str(&text).map_err(|e| e.to_string())
    }

    fn call(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Answer, String> {
        let facts = self.ready_facts()?;
        let admin: Option<SocketAddr> = facts["admin"].as_str().and_then(|at| at.parse().ok());
        let admin = admin.ok_or("it has no admin port")?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {admin}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        exchange(admin, &request).map_err(|e| e.to_string()).and_then(|text| read_answer(&text))
    }
}

fn exchange(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn read_answer(text: &str) -> Result<Answer, String> {
    let (head, body) = text.split_once("\r\n\r\n").ok_or("an answer without a head")?;
    let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).ok_or("no status")?;
    Ok(Answer { status, body: serde_json::from_str(body).unwrap_or(Value::Null) })
}
