//! Clients that come one after the other, log in and leave.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustls::{ClientConfig, HandshakeKind};

use super::report::Sample;
use super::run::cpu;
use crate::broker::Running;
use crate::wire::client::Client;
use crate::wire::encode::Connect;
use crate::wire::{Version, broken, tls};

/// Logins before the first that counts: the broker has its memory and the client a ticket.
const WARM_UP: usize = 50;

/// Measures `clients` logins; over TLS if there is somebody to trust.
///
/// # Errors
/// A connection failed, the broker refused it, or a session was not resumed as it should.
pub(super) fn run(
    broker: &Running,
    trusted: Option<&Arc<ClientConfig>>,
    clients: usize,
    resumed: bool,
    sample: &mut Sample,
) -> io::Result<()> {
    let trusted = trusted.map(|config| if resumed { tls::resuming(config) } else { Arc::clone(config) });
    for _ in 0..WARM_UP {
        login(broker, trusted.as_ref(), None)?;
    }
    let kind = if resumed { HandshakeKind::Resumed } else { HandshakeKind::Full };
    let (at, before, own) = (Instant::now(), cpu(broker.pid())?, cpu(std::process::id())?);
    for _ in 0..clients {
        login(broker, trusted.as_ref(), Some(kind))?;
    }
    let each = |nanos: u64| nanos as f64 / 1000.0 / clients as f64;
    sample.value = each(cpu(broker.pid())? - before);
    sample.generator_micros = each(cpu(std::process::id())? - own);
    sample.delivered = clients as u64;
    sample.per_second = clients as f64 / at.elapsed().as_secs_f64();
    Ok(())
}

fn login(
    broker: &Running,
    trusted: Option<&Arc<ClientConfig>>,
    kind: Option<HandshakeKind>,
) -> io::Result<()> {
    let version = Version::V311;
    let mut client = match trusted {
        None => Client::open(broker.address, version)?,
        Some(config) => {
            let stream = tls::connect(broker.address, config)?;
            let found = stream.conn.handshake_kind();
            if kind.is_some() && found != kind {
                return Err(broken(&format!("a handshake of the kind {found:?}")));
            }
            Client::over(stream, version)
        }
    };
    // Some brokers refuse a client that wants no keep-alive.
    client.log_in(&Connect { keep_alive: 60, ..Connect::clean(version, "bench-login") })?;
    client.disconnect()
}
