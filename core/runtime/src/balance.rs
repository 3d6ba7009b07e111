//! Which worker is how busy, and who gives connections to whom.
//!
//! New connections are packed onto the first worker until it is busy: two half-idle threads cost far more than one
//! busy one, because they spend their time waking up. Only a worker that stays too busy gives connections away.

use std::time::{Duration, Instant};

use tokio::runtime::RuntimeMetrics;

use crate::accept::thousandths;
use crate::config::BalanceConfig;
use crate::exchange::Exchange;
use crate::inbox::Letter;

/// At most this many connections move at once.
const MOST: usize = 1000;

/// Measures all workers; runs on the first.
pub(crate) struct Balance {
    config: BalanceConfig,
    meters: Vec<Meter>,
    last: Instant,
}

struct Meter {
    metrics: RuntimeMetrics,
    busy: Duration,
    /// Since when it has been too busy.
    hot_since: Option<Instant>,
}

impl Balance {
    pub(crate) fn new(config: BalanceConfig, metrics: Vec<RuntimeMetrics>, now: Instant) -> Self {
        let meters = metrics.into_iter();
        let meters = meters.map(|metrics| Meter { metrics, busy: Duration::ZERO, hot_since: None });
        Self { config, meters: meters.collect(), last: now }
    }

    /// Measures when it is time, and answers when it is time again.
    pub(crate) fn measure(&mut self, now: Instant, exchange: &Exchange) -> Instant {
        let elapsed = now.saturating_duration_since(self.last);
        if elapsed >= self.config.every && self.meters.len() > 1 {
            self.last = now;
            for (worker, meter) in (0u16..).zip(&mut self.meters) {
                exchange.set_share(worker, meter.read(elapsed));
            }
            self.relieve(now, exchange);
        }
        if self.meters.len() > 1 { self.last + self.config.every } else { now + Duration::from_secs(3600) }
    }

    /// Lets the first worker that has been too busy for too long give half its lead to the least busy one.
    fn relieve(&mut self, now: Instant, exchange: &Exchange) {
        let too_busy = thousandths(self.config.move_above);
        let all = 0..exchange.workers();
        let Some(idlest) = all.min_by_key(|worker| exchange.share(*worker)) else { return };
        for (worker, meter) in (0u16..).zip(&mut self.meters) {
            let share = exchange.share(worker);
            if share < too_busy || exchange.share(idlest) >= share / 2 {
                meter.hot_since = None;
                continue;
            }
            match meter.hot_since {
                None => {
                    meter.hot_since = Some(now);
                    exchange.post(worker, [Letter::Watch]);
                }
                Some(since) if now.saturating_duration_since(since) >= self.config.move_after => {
                    meter.hot_since = None;
                    let lead = (share - exchange.share(idlest)) * 1000 / share / 2;
                    tracing::info!(from = worker, to = idlest, thousandths = lead, "moving connections");
                    exchange.shed(worker, idlest, lead, MOST);
                    return;
                }
                Some(_) => {}
            }
        }
    }
}

impl Meter {
    /// The busy share since the last reading, in thousandths.
    fn read(&mut self, elapsed: Duration) -> u32 {
        let busy = self.metrics.worker_total_busy_duration(0);
        let grown = busy.saturating_sub(self.busy);
        self.busy = busy;
        thousandths(grown.as_secs_f64() / elapsed.as_secs_f64().max(f64::EPSILON))
    }
}
