//! MQTT.js, from the npm registry, run by the system's `node`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Missing, install, run};

const PACKAGE: &str = "mqtt@5";

/// A node with MQTT.js on its path.
#[derive(Debug, Clone)]
pub struct MqttJs {
    home: PathBuf,
}

impl MqttJs {
    /// MQTT.js in one file, for pages.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.home.join("node_modules/mqtt/dist/mqtt.min.js")
    }

    /// A command that runs one of this crate's scripts under `clients/node`.
    #[must_use]
    pub fn script(&self, name: &str) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/node").join(name);
        let mut command = Command::new("node");
        command.env("NODE_PATH", self.home.join("node_modules")).arg(script);
        command
    }
}

/// MQTT.js, installed on first use.
///
/// # Errors
/// [`Missing`] when there is no node or no npm, or the package cannot be installed.
pub fn mqttjs() -> Result<MqttJs, Missing> {
    static FOUND: OnceLock<Result<MqttJs, Missing>> = OnceLock::new();
    FOUND.get_or_init(|| install("node", PACKAGE, npm).map(|home| MqttJs { home })).clone()
}

fn npm(into: &Path) -> Result<(), String> {
    run(Command::new("node").arg("--version"))?;
    let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    run(Command::new("npm").args(quiet).arg(into).arg(PACKAGE)).map(drop)
}
