//! The broker as the runtime sees it, and turns that no channel has.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tidegate_broker::{Alone, Broker, Notice, Switchboard, Tally, Turn, Verbs};
use tidegate_runtime::Host;
use tidegate_types::{HeldBytes, Moment};

/// The kernel behind the runtime.
#[derive(Debug)]
pub(crate) struct BrokerHost(pub(crate) Arc<Broker<Alone>>);

impl Host for BrokerHost {
    fn verbs(&self) -> &dyn Verbs {
        &*self.0
    }

    fn count(&self, tally: Tally) {
        self.0.count(tally);
    }

    fn tick(&self, turn: &mut Turn) -> Option<Instant> {
        self.0.tick(turn)
    }
}

/// The kernel for callers without a channel, such as the admin API.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) broker: Arc<Broker<Alone>>,
    pub(crate) switchboard: Arc<dyn Switchboard>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("broker", &self.broker).finish_non_exhaustive()
    }
}

impl Desk {
    /// One turn of its own: what `act` has for others is told when it ends.
    pub(crate) fn turn<R>(&self, act: impl FnOnce(&Broker<Alone>, &mut Turn) -> R) -> R {
        let mut turn = Turn::new(Moment { at: Instant::now(), wall: SystemTime::now() });
        let result = act(&self.broker, &mut turn);
        for seat in turn.wakes.drain(..) {
            self.switchboard.notify(seat, Notice::Wake);
        }
        for (seat, notice) in turn.notices.drain(..) {
            self.switchboard.notify(seat, notice);
        }
        self.broker.count(std::mem::take(&mut turn.tally));
        HeldBytes::settle();
        result
    }
}
