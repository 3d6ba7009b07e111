//! A new configuration for a running broker.

use std::sync::Arc;

use anyhow::bail;
use tidegate_config::{Change, Loaded, Reload};

use crate::Server;
use crate::access::Guards;
use crate::server::{Built, Place, State, build_all, lines, rates};
use crate::tls::Before;

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReloadReport {
    /// Changes that hold now, at once or for new connections.
    pub applied: Vec<Change>,
    /// Changes of the gateways that failed: they do not hold.
    pub not_applied: Vec<Change>,
    /// Changes that wait for a restart.
    pub at_restart: Vec<Change>,
    /// Gateways that could not take their part and stay as they were, each with the reason.
    pub failed: Vec<String>,
}

/// How the gateways took a new configuration.
#[derive(Default)]
struct Outcome {
    /// Who took it, and what was in its place.
    taken: Vec<(&'static str, Place)>,
    /// Who did not.
    kept: Vec<&'static str>,
    /// Why not.
    reasons: Vec<String>,
}

impl Server {
    /// Takes a new configuration. What can be found wrong is found before anything is touched; then gateways are
    /// reconfigured one by one, their connections staying; then access changes.
    ///
    /// A gateway that cannot have an address stays as it was, and when only sections of gateways differ the others
    /// change nevertheless. What all share, such as who is let in, changes with all gateways or not at all: a rule
    /// meant for the new listeners must not meet the old ones.
    ///
    /// # Errors
    /// When an extension or a gateway refuses the configuration, or a gateway fails and more than sections of
    /// gateways differ: everything is as it was then. A gateway that could not go back is named.
    pub fn reload(&self, newer: Loaded) -> anyhow::Result<ReloadReport> {
        self.refuse_if_draining()?;
        let newer = Arc::new(newer);
        let gateways = build_all(self.specs(), &newer, self.shop())?;
        let mut state = self.state.lock();
        let live = state.live_changes(&newer);
        let listeners = self.listeners_of(gateways.iter().map(|(name, gateway)| (*name, gateway)));
        let broker = &self.desk().broker;
        let guards = Guards::open(&newer, &listeners, broker.limits(), Some(&state.guards))?;
        let rates = rates(&newer)?;
        // Listeners open before access changes: until then, what either the old rule or the new one refuses is.
        state.guards.until(&guards, broker.limits())?.apply_zones(self.desk());
        let before = self.tls().begin(&newer);
        let Outcome { taken, kept, mut reasons } = self.take(&mut state, gateways, &newer, &before);
        if !kept.is_empty() && live.iter().any(|change| !state.gateways.contains_key(section(change))) {
            self.tls().roll_back(&before);
            reasons.extend(self.take_back(&mut state, taken, &before));
            state.guards.apply(self.desk());
            bail!(reasons.join("\n"));
        }
        // Against what the broker was started with: who takes a change back need not restart for it.
        let at_restart = state.started.changes(&newer).into_iter().filter(waits_for_restart).collect();
        if live_rates(&live) {
            // Only where they changed: what was used of them counts on.
            broker.set_rates(rates);
        }
        state.config = newer;
        let as_before = state.gateways.iter().filter(|(name, _)| kept.contains(name));
        let as_before = self.listeners_of(as_before.map(|(name, place)| (*name, &place.gateway)));
        state.guards = guards.keeping(&as_before, &state.guards);
        state.guards.apply(self.desk());
        let (not_applied, applied) = live.into_iter().partition(|change| kept.contains(&section(change)));
        Ok(ReloadReport { applied, not_applied, at_restart, failed: reasons })
    }

    /// Puts new gateways into their places, and back what was there where an address cannot be had.
    fn take(&self, state: &mut State, gateways: Built, newer: &Arc<Loaded>, before: &Before) -> Outcome {
        let mut outcome = Outcome::default();
        for (name, gateway) in gateways {
            let Some(place) = state.gateways.get_mut(name) else { continue };
            if place.running
                && let Err(errors) = self.tls().try_for(name, || self.runtime().apply(&gateway))
            {
                outcome.reasons.push(format!("{name} stays as it was: {}", lines(&errors)));
                outcome.reasons.extend(self.restore(name, place, before));
                outcome.kept.push(name);
                continue;
            }
            let new = Place { gateway, config: Arc::clone(newer), running: place.running };
            outcome.taken.push((name, std::mem::replace(place, new)));
        }
        outcome
    }

    /// Undoes what [`Server::take`] did; answers what could not be undone.
    fn take_back(
        &self,
        state: &mut State,
        taken: Vec<(&'static str, Place)>,
        before: &Before,
    ) -> Vec<String> {
        let mut failed = Vec::new();
        for (name, old) in taken.into_iter().rev() {
            failed.extend(self.restore(name, &old, before));
            state.gateways.insert(name, old);
        }
        failed
    }

    /// Gives a gateway the listeners back that it had, with their certificates.
    fn restore(&self, name: &str, old: &Place, before: &Before) -> Option<String> {
        if !old.running {
            return None;
        }
        let errors = self.tls().go_back(name, before, || self.runtime().apply(&old.gateway)).err()?;
        Some(format!("{name} could not go back to what it was: {}", lines(&errors)))
    }
}

impl State {
    /// What would change without a restart. Each gateway's section is compared with what that gateway was built
    /// from.
    fn live_changes(&self, newer: &Loaded) -> Vec<Change> {
        let shared = self.config.changes(newer).into_iter();
        let shared = shared.filter(|change| !self.gateways.contains_key(section(change)));
        let own = self.gateways.iter().flat_map(|(name, place)| {
            place.config.changes(newer).into_iter().filter(move |change| section(change) == *name)
        });
        shared.chain(own).filter(|change| !waits_for_restart(change)).collect()
    }
}

/// Whether what all clients together may publish has changed.
fn live_rates(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(&*change.key, "limits.max_message_rate" | "limits.max_byte_rate"))
}

/// The section a change is in.
fn section(change: &Change) -> &str {
    change.key.split('.').next().unwrap_or_default()
}

/// Whether a change waits for a restart, as its documentation says.
fn waits_for_restart(change: &Change) -> bool {
    change.reload == Reload::Restart
}
