//! A fabric of nodes that do not exist.

use std::sync::Mutex;

use tidegate_broker::{Claim, Fabric, RequestId, Seat, Ticket};
use tidegate_types::{ClientId, Filter, Message, SessionKey};

/// Every claim waits until the network settles it, in any order; what was forwarded and wanted is written down.
#[derive(Debug, Default)]
pub struct WideFabric {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    claims: Vec<(Seat, RequestId, ClientId)>,
    forwarded: Vec<String>,
    wanted: Vec<String>,
}

impl WideFabric {
    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// How many claims wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.with(|state| state.claims.len())
    }

    /// Takes a waiting claim out, to be answered.
    pub fn take(&self, index: usize) -> Option<(Seat, RequestId, ClientId)> {
        self.with(|state| (index < state.claims.len()).then(|| state.claims.swap_remove(index)))
    }

    /// Topics of messages handed to the other nodes.
    #[must_use]
    pub fn forwarded(&self) -> Vec<String> {
        self.with(|state| state.forwarded.clone())
    }

    /// Filters the other nodes were told to send for.
    #[must_use]
    pub fn wanted(&self) -> Vec<String> {
        self.with(|state| state.wanted.clone())
    }
}

impl Fabric for WideFabric {
    const CLUSTERED: bool = true;

    fn claim(&self, key: &SessionKey, _clean: bool, ticket: &Ticket) -> Claim {
        self.with(|state| state.claims.push((ticket.seat, ticket.request, key.client.clone())));
        Claim::Pending
    }

    fn release(&self, _key: &SessionKey) {}

    fn interest(&self, filter: &Filter, wanted: bool) {
        self.with(|state| {
            if wanted {
                state.wanted.push(filter.as_str().to_owned());
            } else {
                state.wanted.retain(|known| known != filter.as_str());
            }
        });
    }

    fn forward(&self, message: &Message) {
        self.with(|state| state.forwarded.push(message.topic().to_owned()));
    }
}
