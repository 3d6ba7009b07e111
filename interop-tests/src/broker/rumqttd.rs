//! rumqttd as the broker, for the benchmark.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Broker, Settings, Site};
use crate::load::over::Over;
use crate::peers::cargo;
use crate::wire::Version;

/// rumqttd with the configuration it ships, limits widened.
#[derive(Debug)]
pub struct Rumqttd {
    program: PathBuf,
}

impl Rumqttd {
    /// rumqttd built from the registry.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn installed() -> Result<Self, String> {
        Ok(Self { program: cargo::rumqttd().map_err(|missing| missing.to_string())? })
    }
}

impl Broker for Rumqttd {
    fn name(&self) -> &'static str {
        "rumqttd"
    }

    fn version(&self) -> String {
        cargo::RUMQTTD_VERSION.to_owned()
    }

    fn carries(&self, over: Over) -> bool {
        over == Over::Tcp
    }

    fn command(&self, site: &Site, settings: &Settings) -> Result<Command, String> {
        let file = site.dir.path().join("rumqttd.toml");
        let text = configuration(&site.address.to_string(), settings);
        fs::write(&file, text).map_err(|e| e.to_string())?;
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(file).arg("-q");
        Ok(command)
    }
}

fn configuration(address: &str, settings: &Settings) -> String {
    let version = if settings.version == Some(Version::V5) { "v5" } else { "v4" };
    let payload = settings.max_packet_size.unwrap_or(16 << 20);
    format!(
        "id = 0\n[router]\nid = 0\nmax_connections = 20010\nmax_outgoing_packet_count = 200\n\
         max_segment_size = 104857600\nmax_segment_count = 10\n\
         [{version}.1]\nname = \"one\"\nlisten = \"{address}\"\nnext_connection_delay_ms = 0\n\
         [{version}.1.connections]\nconnection_timeout_ms = 60000\nmax_payload_size = {payload}\n\
         max_inflight_count = 500\ndynamic_filters = true\n"
    )
}
