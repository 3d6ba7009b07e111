//! A new configuration for a running broker.

use std::sync::Arc;

use tidegate_config::{Change, Loaded, Reload};

use crate::Server;
use crate::server::{build_all, lines, open_provers};

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReloadReport {
    /// Changes that hold now, at once or for new connections.
    pub applied: Vec<Change>,
    /// Changes that wait for a restart.
    pub at_restart: Vec<Change>,
    /// Gateways that could not take their part and stay as they were, each with the reason.
    pub failed: Vec<String>,
}

impl Server {
    /// Takes a new configuration. What can be found wrong is found before anything is touched; then gateways are
    /// reconfigured one by one, their connections staying.
    ///
    /// # Errors
    /// When an extension or a gateway refuses the configuration: nothing was changed then.
    pub fn reload(&self, newer: Loaded) -> anyhow::Result<ReloadReport> {
        self.refuse_if_draining()?;
        let provers = open_provers(&newer)?;
        let gateways = build_all(self.specs(), &newer, self.shop())?;
        let mut state = self.state.lock();
        let mut report = ReloadReport::default();
        let live = state.config.changes(&newer).into_iter().filter(|change| !waits_for_restart(change));
        report.applied.extend(live);
        // Against what the broker was started with: who takes a change back need not restart for it.
        report.at_restart.extend(state.started.changes(&newer).into_iter().filter(waits_for_restart));
        state.config = newer;
        state.provers = provers;
        for (name, gateway) in gateways {
            let Some(place) = state.gateways.get_mut(name) else { continue };
            let old = std::mem::replace(&mut place.gateway, gateway);
            if !place.running {
                continue;
            }
            // Whom a listener lets in is known before it is open.
            self.guard(&state)?;
            let Some(place) = state.gateways.get_mut(name) else { continue };
            if let Err(errors) = self.runtime().apply(&place.gateway) {
                report.failed.push(format!("{name} stays as it was: {}", lines(&errors)));
                place.gateway = Arc::clone(&old);
                if let Err(errors) = self.runtime().apply(&old) {
                    report.failed.push(lines(&errors));
                }
            }
        }
        self.guard(&state)?;
        Ok(report)
    }
}

/// Whether a change waits for a restart, as its documentation says.
fn waits_for_restart(change: &Change) -> bool {
    change.reload == Reload::Restart
}
