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
        Ok(command)
    }

    fn ready(&self, site: &Site) -> Option<SocketAddr> {
        let text = fs::read_to_string(site.ready_file()).ok()?;
        let ready: serde_json::Value = serde_json::from_str(&text).ok()?;
        let listeners = ready.get("listeners")?.as_array()?;
        let mqtt = listeners.iter().find(|listener| listener.get("gateway").is_some_and(|g| g == "mqtt"))?;
        mqtt.get("address")?.as_str()?.parse().ok()
    }
}

/// The one place where this crate names tidegate's configuration keys.
fn options(settings: &Settings) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| format!("\"{text}\"");
    let mut options =
        vec![("mqtt.listeners.default.bind", quoted("127.0.0.1:0")), ("admin.bind", quoted("127.0.0.1:0"))];
    options.extend(settings.max_packet_size.map(|v| ("mqtt.max_packet_size", v.to_string())));
    options.extend(settings.max_unsent_bytes.map(|v| ("session.max_unsent_bytes", v.to_string())));
    options.extend(settings.receive_maximum.map(|v| ("mqtt.receive_maximum", v.to_string())));
    options.extend(settings.topic_alias_maximum.map(|v| ("mqtt.topic_alias_maximum", v.to_string())));
    options.extend(settings.max_keep_alive.map(|v| ("mqtt.server_keep_alive", quoted(&format!("{v}s")))));
    let millis = |v: std::time::Duration| quoted(&format!("{}ms", v.as_millis()));
    options.extend(settings.connect_timeout.map(|v| ("mqtt.connect_timeout", millis(v))));
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
