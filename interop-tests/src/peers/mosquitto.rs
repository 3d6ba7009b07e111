//! mosquitto and its clients.

use std::process::Command;
use std::sync::OnceLock;

use super::Missing;
use super::debian::{Programs, programs};

/// The programs of the mosquitto project.
#[derive(Debug, Clone)]
pub struct Mosquitto(Programs);

impl Mosquitto {
    /// A command for `mosquitto`, `mosquitto_pub`, `mosquitto_sub` or `mosquitto_passwd`.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.0.command(program)
    }

    /// What the broker says its version is, for reports.
    #[must_use]
    pub fn version(&self) -> String {
        let output = self.command("mosquitto").arg("-h").output();
        let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
        text.split_whitespace().skip_while(|word| *word != "version").nth(1).unwrap_or("unknown").to_owned()
    }
}

/// mosquitto from `PATH` when all its programs are there, else from packages.
///
/// # Errors
/// [`Missing`] when neither can be had.
pub fn mosquitto() -> Result<Mosquitto, Missing> {
    static FOUND: OnceLock<Result<Mosquitto, Missing>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

fn find() -> Result<Mosquitto, Missing> {
    let names = ["mosquitto", "mosquitto_pub", "mosquitto_sub", "mosquitto_passwd"];
    let found = programs("debian", "mosquitto 1", &names, &["mosquitto", "mosquitto-clients"])?;
    let found = Mosquitto(found);
    match found.version().as_str() {
        "unknown" => Err(Missing { peer: "mosquitto", reason: "its libraries do not load".to_owned() }),
        _ => Ok(found),
    }
}
