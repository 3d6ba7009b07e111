//! The broker as the runtime sees it, and turns that no channel has.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tidegate_broker::{Alone, Broker, Notice, Switchboard, Tally, Turn, Verbs};
use tidegate_gateway::Listener;
use tidegate_runtime::Host;
use tidegate_tls::Acceptor;
use tidegate_types::{HeldBytes, Moment, Refusal};

use crate::tls::Tls;

/// The kernel behind the runtime.
pub(crate) struct BrokerHost {
    pub(crate) broker: Arc<Broker<Alone>>,
    pub(crate) tls: Arc<Tls>,
}

impl Host for BrokerHost {
    fn verbs(&self) -> &dyn Verbs {
        &*self.broker
    }

    fn count(&self, tally: Tally) {
        self.broker.count(tally);
    }

    fn tick(&self, turn: &mut Turn) -> Option<Instant> {
        self.broker.tick(turn)
    }

    fn admit(&self, listener: &str, remote: IpAddr) -> Result<(), Refusal> {
        let now = Moment { at: Instant::now(), wall: SystemTime::now() };
        self.broker.admit(now, listener, remote)
    }

    fn tls(&self, gateway: &str, listener: &Listener) -> Result<Option<Arc<Acceptor>>, String> {
        self.tls.acceptor(gateway, listener).map_err(|error| format!("{error:#}"))
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
