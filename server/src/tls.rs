//! Certificates of listeners: one acceptor each, kept over reloads so that sessions can be resumed and a bad new file
//! changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_config::Loaded;
use tidegate_config::sections::Tls as Section;
use tidegate_gateway::Listener;
use tidegate_tls::{Acceptor, Settings};

/// The acceptors of all listeners that have one.
pub(crate) struct Tls(Mutex<State>);

struct State {
    config: Arc<Loaded>,
    acceptors: BTreeMap<(String, Arc<str>), Arc<Acceptor>>,
}

impl Tls {
    pub(crate) fn new(config: &Arc<Loaded>) -> Self {
        Self(Mutex::new(State { config: Arc::clone(config), acceptors: BTreeMap::new() }))
    }

    /// Listeners applied from now on take what they do not say themselves from this configuration.
    pub(crate) fn set_config(&self, config: &Arc<Loaded>) {
        self.0.lock().config = Arc::clone(config);
    }

    /// The acceptor of a listener, with its files read anew; nothing while there is no certificate.
    pub(crate) fn acceptor(
        &self,
        gateway: &str,
        listener: &Listener,
    ) -> anyhow::Result<Option<Arc<Acceptor>>> {
        let mut state = self.0.lock();
        let section: Section = state.config.section()?;
        let settings = Settings::new(&section, &listener.config.tls)?;
        let key = (gateway.to_owned(), Arc::clone(&listener.name));
        let acceptor = match state.acceptors.get(&key) {
            Some(acceptor) => {
                acceptor.reconfigure(settings)?;
                Arc::clone(acceptor)
            }
            None => match Acceptor::new(settings)? {
                Some(acceptor) => Arc::new(acceptor),
                None => return Ok(None),
            },
        };
        for notice in acceptor.notices() {
            tracing::warn!(gateway, listener = %listener.name, "{notice}");
        }
        state.acceptors.insert(key, Arc::clone(&acceptor));
        Ok(Some(acceptor))
    }
}
