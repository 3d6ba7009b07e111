//! tidegate as the broker: built once from this workspace, in the profile the caller was built in.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{Broker, Settings, Site};
use crate::peers;

/// The broker of this workspace.
#[derive(Debug)]
pub struct Tidegate {
    program: PathBuf,
}

impl Tidegate {
    /// The `tidegate` binary: the file `TIDEGATE_BIN` names, or built now.
    ///
    /// # Errors
    /// What the compiler said.
    pub fn built() -> Result<Self, String> {
        static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let given = std::env::var_os("TIDEGATE_BIN").map(PathBuf::from);
        let program = BUILT.get_or_init(|| given.map_or_else(build, Ok)).clone()?;
        Ok(Self { program })
    }
}

impl Tidegate {
    /// A command for its other verbs, such as `cert` and `passwd`.
    #[must_use]
    pub fn tool(&self) -> Command {
        Command::new(&self.program)
    }
}

impl Broker for Tidegate {
    fn name(&self) -> &'static str {
        "tidegate"
    }

    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn command(&self, site: &Site, settings: &Settings) -> Result<Command, String> {
        let mut command = Command::new(&self.program);
        command.arg("run").arg("--data-dir").arg(site.dir.path().join("data"));
        command.arg("--ready-file").arg(site.ready_file());
        for (key, value) in options(settings) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        for (key, value) in &settings.options {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        Ok(command)
    }

    fn ready(&self, site: &Site) -> Option<SocketAddr> {
        let text = fs::read_to_string(site.ready_file()).ok()?;
        let ready: serde_json::Value = serde_json::from_str(&text).ok()?;
        let listeners = ready.get("listeners")?.as_array()?;
        let of_mqtt = |listener: &&serde_json::Value| listener["gateway"] == "mqtt";
        let named = listeners.iter().filter(of_mqtt).find(|listener| listener["name"] == "default");
        let mqtt = named.or_else(|| listeners.iter().find(of_mqtt))?;
        mqtt.get("address")?.as_str()?.parse().ok()
    }
}

/// The one place where this crate names tidegate's configuration keys.
fn options(settings: &Settings) -> Vec<(String, String)> {
    let quoted = |text: &str| format!("\"{text}\"");
    let places = ["default", "tls", "ws", "wss"].map(|name| format!("mqtt.listeners.{name}.bind"));
    let places = places.into_iter().chain(["admin.bind".to_owned()]);
    let mut options: Vec<(String, String)> = places.map(|key| (key, quoted("127.0.0.1:0"))).collect();
    let mut others = Vec::new();
    others.extend(settings.max_packet_size.map(|v| ("mqtt.max_packet_size", v.to_string())));
    others.extend(settings.max_unsent_bytes.map(|v| ("session.max_unsent_bytes", v.to_string())));
    others.extend(settings.receive_maximum.map(|v| ("mqtt.receive_maximum", v.to_string())));
    others.extend(settings.topic_alias_maximum.map(|v| ("mqtt.topic_alias_maximum", v.to_string())));
    others.extend(settings.max_keep_alive.map(|v| ("mqtt.server_keep_alive", quoted(&format!("{v}s")))));
    let millis = |v: std::time::Duration| quoted(&format!("{}ms", v.as_millis()));
    others.extend(settings.connect_timeout.map(|v| ("mqtt.connect_timeout", millis(v))));
    others.push(("mqtt.listeners.default.transport", quoted(settings.over.name())));
    if let Some([certificate, key]) = settings.pair() {
        others.extend([("tls.certificate", quoted(&certificate)), ("tls.key", quoted(&key))]);
    }
    options.extend(others.into_iter().map(|(key, value): (&str, String)| (key.to_owned(), value)));
    options
}

fn build() -> Result<PathBuf, String> {
    let profile_dir = peers::profile_dir();
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    peers::progress(&format!("building tidegate ({profile})"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "tidegate", "--bin", "tidegate", "--profile", profile]);
    command.arg("--target-dir").arg(peers::target_dir()).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        return Err(format!("tidegate does not build: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(profile_dir.join("tidegate"))
}
