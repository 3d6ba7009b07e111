//! An orderly end.

use std::time::{Duration, Instant};

use tidegate_types::CloseReason;

use super::Runtime;
use crate::inbox::Letter;

/// Peers are told to go in steps of this length.
const STEP: Duration = Duration::from_millis(20);

/// At least this many of a worker's peers are told in one step.
const LEAST: usize = 64;

/// How a drain ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Drained {
    /// Connections that were open when it began.
    pub told: usize,
    /// Connections still open when its time was over.
    pub left: usize,
}

impl Runtime {
    /// Stops accepting, tells every peer that the broker goes down, and waits until all are gone or `time` is over.
    /// Peers are told over the first half of `time`, so that they do not come back elsewhere all at once. Nothing
    /// can be opened afterwards.
    pub fn drain(&self, time: Duration) -> Drained {
        let began = Instant::now();
        let end = began + time;
        self.close_listeners();
        let told = self.connections();
        let steps = (time.as_millis() / 2 / STEP.as_millis()).max(1);
        let each = told.div_ceil(usize::try_from(steps).unwrap_or(usize::MAX)).max(LEAST);
        let mut untold = told;
        while untold > 0 {
            self.tell_all(each);
            untold = untold.saturating_sub(each);
            let step_end = (Instant::now() + STEP).min(end);
            if self.house.wait_empty(step_end) {
                break;
            }
        }
        self.house.wait_empty(end);
        Drained { told, left: self.connections() }
    }

    fn close_listeners(&self) {
        let open = {
            let mut gateways = self.gateways.lock();
            gateways.draining = true;
            std::mem::take(&mut gateways.open)
        };
        for open in open.into_values().flatten() {
            open.entrance.close();
            for socket in &open.sockets {
                self.unlisten(socket.number);
            }
        }
    }

    fn tell_all(&self, most: usize) {
        for worker in 0..self.exchange.workers() {
            let letter = Letter::Close { entrance: None, most, why: CloseReason::ShuttingDown };
            self.exchange.post(worker, [letter]);
        }
    }
}
