//! mosquitto as the broker: what the tests and the generator are checked against.

use std::fs;
use std::process::Command;

use super::{Broker, Settings, Site};
use crate::peers::mosquitto as peer;

/// mosquitto, with limits set generously.
#[derive(Debug)]
pub struct Mosquitto {
    programs: peer::Mosquitto,
}

impl Mosquitto {
    /// mosquitto as the package manager gives it.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn installed() -> Result<Self, String> {
        Ok(Self { programs: peer::mosquitto().map_err(|missing| missing.to_string())? })
    }
}

impl Broker for Mosquitto {
    fn name(&self) -> &'static str {
        "mosquitto"
    }

    fn version(&self) -> String {
        self.programs.version()
    }

    fn command(&self, site: &Site, settings: &Settings) -> Result<Command, String> {
        let file = site.dir.path().join("mosquitto.conf");
        fs::write(&file, configuration(site, settings)).map_err(|e| e.to_string())?;
        let mut command = self.programs.command("mosquitto");
        command.arg("-c").arg(file);
        Ok(command)
    }
}

fn configuration(site: &Site, settings: &Settings) -> String {
    let mut text = String::from(
        "allow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\nmax_queued_bytes 0\n\
         max_inflight_messages 1000\nlog_type error\nlog_type warning\nuser root\n",
    );
    let options = [
        ("max_packet_size", settings.max_packet_size),
        ("max_keepalive", settings.max_keep_alive.map(u32::from)),
    ];
    for (key, value) in options {
        if let Some(value) = value {
            text += &format!("{key} {value}\n");
        }
    }
    if settings.over.is_websocket() {
        // 2.0.11 does not start with WebSocket listeners alone.
        let other = site.dir.path().join("other.sock");
        text += &format!("listener 0 {}\n", other.display());
    }
    text += &format!("listener {} {}\n", site.address.port(), site.address.ip());
    if settings.over.is_websocket() {
        text += "protocol websockets\n";
    }
    if let Some([certificate, key]) = settings.pair().filter(|_| settings.over.is_tls()) {
        text += &format!("certfile {certificate}\nkeyfile {key}\n");
    }
    if let Some(value) = settings.topic_alias_maximum {
        text += &format!("max_topic_alias {value}\n");
    }
    text
}
