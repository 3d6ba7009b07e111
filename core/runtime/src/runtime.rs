//! The runtime: workers, listeners and their end.

mod apply;
mod drain;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::bind::{Bound, Closed, NO_ADDRESS, Place};
use crate::config::RuntimeConfig;
use crate::entrance::{Entrance, House, ListenerCounts};
use crate::exchange::Exchange;
use crate::host::Host;
use crate::worker::Threads;

pub use drain::Drained;

/// The worker that accepts: the one that connections are packed on first.
const ACCEPTS: u16 = 0;

/// The running drivers. Dropped, it closes every socket at once; [`Runtime::drain`] first says goodbye.
///
/// Its methods wait for the workers, so they must not be called from a peer or a gateway.
pub struct Runtime {
    exchange: Arc<Exchange>,
    host: Arc<dyn Host>,
    house: Arc<House>,
    gateways: Mutex<Gateways>,
    _threads: Threads,
}

#[derive(Default)]
struct Gateways {
    open: BTreeMap<&'static str, Vec<Open>>,
    /// Those that are to be open and lack something.
    closed: Vec<Closed>,
    next_number: u32,
    draining: bool,
}

/// One listener that is open.
struct Open {
    entrance: Arc<Entrance>,
    sockets: Vec<OpenSocket>,
}

#[derive(Clone)]
struct OpenSocket {
    number: u32,
    asked: Place,
    local: SocketAddr,
}

/// An open listener, for operators.
#[derive(Clone, Debug)]
pub struct ListenerReport {
    /// Its sockets.
    pub bound: Vec<Bound>,
    /// What it has seen.
    pub counts: ListenerCounts,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts the workers. `exchange` is the one the kernel behind `host` was given.
    ///
    /// # Errors
    /// When the system gives no more threads or descriptors.
    pub fn start(config: RuntimeConfig, exchange: Arc<Exchange>, host: Arc<dyn Host>) -> io::Result<Self> {
        let config = Arc::new(config);
        let threads = Threads::start(&config, &exchange, &host)?;
        let house = Arc::new(House::new(&config));
        Ok(Self { exchange, host, house, gateways: Mutex::default(), _threads: threads })
    }

    /// Connections open now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.house.guests()
    }

    /// Bytes kept of what peers sent and nobody could use yet, of [`RuntimeConfig::max_kept_input`].
    #[must_use]
    pub fn kept_input(&self) -> usize {
        self.house.kept_input()
    }

    /// Every open listener, by gateway.
    #[must_use]
    pub fn listeners(&self) -> Vec<ListenerReport> {
        let gateways = self.gateways.lock();
        let all =
            gateways.open.iter().flat_map(|(gateway, opens)| opens.iter().map(move |open| (gateway, open)));
        all.map(|(gateway, open)| ListenerReport {
            bound: open.bound(gateway),
            counts: open.entrance.counts(),
        })
        .collect()
    }

    /// Every listener that is to be open and is not, because it lacks something, after the last
    /// [`Runtime::apply`] of its gateway.
    #[must_use]
    pub fn closed(&self) -> Vec<Closed> {
        self.gateways.lock().closed.clone()
    }

    /// Each worker's busy share over the last measurement, from 0 to 1; zeroes with a single worker.
    #[must_use]
    pub fn busy(&self) -> Vec<f64> {
        (0..self.exchange.workers()).map(|worker| f64::from(self.exchange.share(worker)) / 1000.0).collect()
    }

    /// Moves up to `most` connections of one worker to another, the busiest since the last time first. The balance
    /// does this by itself; for operators and tests. Asked again before it has begun, a worker does it once.
    pub fn shed(&self, from: u16, to: u16, most: usize) {
        self.exchange.shed(from, to, 1000, most);
    }
}

impl Open {
    fn bound(&self, gateway: &'static str) -> Vec<Bound> {
        let listener = self.entrance.settings(|settings| settings.listener.name.clone());
        let bound = |socket: &OpenSocket| {
            let (asked, path) = match &socket.asked {
                Place::Address(address) => (*address, None),
                Place::File(path) => (NO_ADDRESS, Some(path.clone())),
            };
            Bound { gateway, listener: Arc::clone(&listener), asked, local: socket.local, path }
        };
        self.sockets.iter().map(bound).collect()
    }
}
