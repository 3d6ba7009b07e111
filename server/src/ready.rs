//! The ready file: where a running broker is found, for programs that start it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use tidegate_runtime::Bound;

/// What the file says.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    pid: u32,
    listeners: Vec<Listener<'a>>,
    admin: Option<SocketAddr>,
}

#[derive(Debug, Serialize)]
struct Listener<'a> {
    gateway: &'a str,
    name: &'a str,
    address: SocketAddr,
}

/// Writes the file in one step: whoever finds it finds all of it.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, bound: &[Bound], admin: Option<SocketAddr>) -> anyhow::Result<()> {
    let listeners = bound.iter().map(|bound| Listener {
        gateway: bound.gateway,
        name: &bound.listener,
        address: bound.local,
    });
    let ready = Ready { pid: std::process::id(), listeners: listeners.collect(), admin };
    let text = serde_json::to_string(&ready)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| format!("the ready file {} cannot be written", path.display()))
}
