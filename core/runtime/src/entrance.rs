//! A listener's door: its settings, its counters and its guests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex, RwLock};
use tidegate_gateway::{Gateway, Listener};

use crate::config::RuntimeConfig;
use crate::connection::InputBudget;

/// Every connection of the runtime, counted.
#[derive(Debug)]
pub(crate) struct House {
    limit: usize,
    /// What its guests may keep of what they were sent.
    input: Arc<InputBudget>,
    guests: AtomicUsize,
    left: Mutex<()>,
    someone_left: Condvar,
}

impl House {
    pub(crate) fn new(config: &RuntimeConfig) -> Self {
        Self {
            limit: usize::try_from(config.max_connections).unwrap_or(usize::MAX),
            input: Arc::new(InputBudget::new(config.max_kept_input)),
            guests: AtomicUsize::new(0),
            left: Mutex::new(()),
            someone_left: Condvar::new(),
        }
    }

    pub(crate) fn input(&self) -> &Arc<InputBudget> {
        &self.input
    }

    pub(crate) fn guests(&self) -> usize {
        self.guests.load(Ordering::Acquire)
    }

    fn leave(&self) {
        if self.guests.fetch_sub(1, Ordering::AcqRel) == 1 {
            drop(self.left.lock());
            self.someone_left.notify_all();
        }
    }

    /// Waits until nobody is left or `until` comes; whether nobody is left.
    pub(crate) fn wait_empty(&self, until: Instant) -> bool {
        let mut left = self.left.lock();
        while self.guests() > 0 {
            if self.someone_left.wait_until(&mut left, until).timed_out() {
                return self.guests() == 0;
            }
        }
        true
    }
}

/// What a listener has seen since it opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ListenerCounts {
    /// Connections accepted and served.
    pub accepted: u64,
    /// Connections closed at once: a limit was reached or no descriptor was left.
    pub refused: u64,
    /// Served connections that have ended.
    pub closed: u64,
    /// Bytes read from peers.
    pub bytes_in: u64,
    /// Bytes written to peers.
    pub bytes_out: u64,
}

impl ListenerCounts {
    /// Connections open now.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.accepted.saturating_sub(self.closed)
    }
}

/// One worker's traffic through one listener; on a cache line pair of its own, as only that worker writes it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Flow {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// What can change while a listener is open.
pub(crate) struct Settings {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) listener: Listener,
}

/// One listener of one gateway, whatever sockets it has.
pub(crate) struct Entrance {
    pub(crate) number: u32,
    house: Arc<House>,
    settings: RwLock<Settings>,
    closing: AtomicBool,
    accepted: AtomicU64,
    refused: AtomicU64,
    closed: AtomicU64,
    flows: Box<[Flow]>,
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entrance").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Entrance {
    pub(crate) fn new(number: u32, workers: u16, house: Arc<House>, settings: Settings) -> Self {
        Self {
            number,
            house,
            settings: RwLock::new(settings),
            closing: AtomicBool::new(false),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            flows: (0..workers).map(|_| Flow::default()).collect(),
        }
    }

    pub(crate) fn change(&self, settings: Settings) {
        *self.settings.write() = settings;
    }

    pub(crate) fn settings<R>(&self, read: impl FnOnce(&Settings) -> R) -> R {
        read(&self.settings.read())
    }

    pub(crate) fn input(&self) -> &Arc<InputBudget> {
        self.house.input()
    }

    /// From now on nobody is let in.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(crate) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, worker: u16, read: u64, written: u64) {
        if let Some(flow) = self.flows.get(usize::from(worker)) {
            flow.bytes_in.fetch_add(read, Ordering::Relaxed);
            flow.bytes_out.fetch_add(written, Ordering::Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> ListenerCounts {
        ListenerCounts {
            closed: self.closed.load(Ordering::Acquire),
            accepted: self.accepted.load(Ordering::Acquire),
            refused: self.refused.load(Ordering::Relaxed),
            bytes_in: self.flows.iter().map(|flow| flow.bytes_in.load(Ordering::Relaxed)).sum(),
            bytes_out: self.flows.iter().map(|flow| flow.bytes_out.load(Ordering::Relaxed)).sum(),
        }
    }

    /// Lets one more in, unless that is one too many. Called from the one worker that accepts.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Guest, Refused> {
        if self.is_closing() {
            return Err(Refused::Closing);
        }
        let most = u64::from(self.settings(|settings| settings.listener.config.max_connections));
        if self.counts_open() >= most {
            return Err(Refused::ListenerFull);
        }
        if self.house.guests() >= self.house.limit {
            return Err(Refused::BrokerFull);
        }
        self.house.guests.fetch_add(1, Ordering::AcqRel);
        self.accepted.fetch_add(1, Ordering::Release);
        Ok(Guest(Arc::clone(self)))
    }

    fn counts_open(&self) -> u64 {
        let closed = self.closed.load(Ordering::Acquire);
        self.accepted.load(Ordering::Acquire).saturating_sub(closed)
    }
}

/// Why a peer was not let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the listener is closing")]
    Closing,
    #[error("the listener has its maximum of connections")]
    ListenerFull,
    #[error("the broker has its maximum of connections")]
    BrokerFull,
    #[error("no descriptor is left; raise the limit of open files")]
    NoDescriptor,
}

/// One connection as the counters see it, wherever it is; gone when dropped.
pub(crate) struct Guest(Arc<Entrance>);

impl Guest {
    pub(crate) fn entrance(&self) -> &Arc<Entrance> {
        &self.0
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.closed.fetch_add(1, Ordering::Release);
        self.0.house.leave();
    }
}
