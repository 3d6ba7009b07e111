//! What a runtime is told once, when it starts.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The runtime's settings. Each has a default that suits a broker alone on its machine.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Worker threads; by default one for each core the process may use.
    pub workers: Option<NonZeroUsize>,
    /// Connections of all listeners together; one more is closed as soon as it is accepted.
    pub max_connections: u32,
    /// A peer that takes none of the bytes waiting for it for this long is closed.
    pub stall: Duration,
    /// How long a connection that is ending waits for its peer to take the last word and close.
    pub linger: Duration,
    /// Bytes of unread answers from which on a peer is not read any more.
    pub unread_answers: usize,
    /// Bytes that all connections together may keep of what their peers sent and nobody could use yet: the beginnings
    /// of packets, and what waits behind an answer. Allocated memory counts. A connection that would pass it is
    /// closed as [`Refusal::Busy`](tidegate_types::Refusal::Busy). One connection gets at most
    /// a quarter of what the others leave free, so this must be more than four times the longest packet a gateway
    /// takes. One worker's turn may need the length of one packet more, until it has used it.
    pub max_kept_input: usize,
    /// When connections go to the next worker, and when they move.
    pub balance: BalanceConfig,
}

/// How connections are spread over the workers. Shares are parts of one core's time, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct BalanceConfig {
    /// A new connection goes to the first worker whose busy share is below this.
    pub open_next_at: f64,
    /// A worker above this share gives connections away.
    pub move_above: f64,
    /// For how long it must have been above.
    pub move_after: Duration,
    /// How often shares are measured.
    pub every: Duration,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            workers: None,
            max_connections: 1_000_000,
            stall: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            unread_answers: 256 * 1024,
            max_kept_input: 256 * 1024 * 1024,
            balance: BalanceConfig::default(),
        }
    }
}

impl Default for BalanceConfig {
    fn default() -> Self {
        Self {
            open_next_at: 0.6,
            move_above: 0.85,
            move_after: Duration::from_secs(3),
            every: Duration::from_secs(1),
        }
    }
}

impl RuntimeConfig {
    /// How many workers there will be.
    #[must_use]
    pub fn worker_count(&self) -> u16 {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        u16::try_from(self.workers.map_or(cores, NonZeroUsize::get)).unwrap_or(u16::MAX)
    }
}
