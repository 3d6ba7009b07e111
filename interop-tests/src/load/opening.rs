//! Connecting many clients, a bounded number at a time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::engine::{Engine, Handler, Outbox};
use crate::wire::encode::{Connect, put_subscribe};
use crate::wire::{Frame, Version, broken, kind};

/// Connections that may be under way at once: below every broker's listen backlog.
const AT_ONCE: usize = 64;

/// Seconds; longer than any run, so that no ping is needed. Some brokers refuse zero.
const KEEP_ALIVE: u16 = 3600;

/// What a client does to be ready.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Client identifier.
    pub client_id: String,
    /// Filter to subscribe to, if any, and the quality of service asked for.
    pub filter: Option<(String, u8)>,
}

#[derive(Debug)]
struct Opening<'a> {
    entries: &'a [Entry],
    version: Version,
    first: usize,
    ready: usize,
}

impl Handler for Opening<'_> {
    fn packet(&mut self, link: usize, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        let entry = self.entries.get(link.wrapping_sub(self.first)).ok_or_else(|| broken("too early"))?;
        match (frame.first >> 4, frame.body, &entry.filter) {
            (kind::CONNACK, [_, 0, ..], Some((filter, qos))) => {
                put_subscribe(out, self.version, 1, filter, *qos, &[]);
            }
            (kind::CONNACK, [_, 0, ..], None) => self.ready += 1,
            (kind::SUBACK, [.., code], Some((_, qos))) if code == qos => self.ready += 1,
            (_, body, _) => return Err(broken(&format!("while connecting: {:#x} {body:?}", frame.first))),
        }
        Ok(())
    }

    fn turn_ended(&mut self, _outbox: &mut Outbox<'_>) {}
}

/// Connects and subscribes all of them; connection indexes follow the order of the entries.
///
/// # Errors
/// A connection failed or the broker refused it.
pub fn open_all(
    engine: &mut Engine,
    address: SocketAddr,
    version: Version,
    first: usize,
    entries: &[Entry],
) -> io::Result<()> {
    let mut opening = Opening { entries, version, first, ready: 0 };
    let mut started = 0;
    while opening.ready < entries.len() {
        for entry in entries.iter().skip(started).take(AT_ONCE.saturating_sub(started - opening.ready)) {
            let mut bytes = Vec::new();
            let clean = Connect::clean(version, &entry.client_id);
            Connect { keep_alive: KEEP_ALIVE, ..clean }.put(&mut bytes);
            engine.open(address, bytes)?;
            started += 1;
        }
        engine.turn(Duration::from_millis(100), &mut opening)?;
    }
    Ok(())
}
