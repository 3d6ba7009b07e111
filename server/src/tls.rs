//! Certificates of listeners: one acceptor each, and which of them is in force while a new configuration is tried.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_config::Loaded;
use tidegate_config::sections::Tls as Section;
use tidegate_gateway::Listener;
use tidegate_tls::{Acceptor, Settings};

/// The acceptors of all listeners that have one. None of them ever changes: a listener gets another one, with the
/// rest of what is new for it or not at all.
pub(crate) struct Tls(Mutex<State>);

struct State {
    config: Arc<Loaded>,
    /// What the listeners of each gateway have.
    in_force: BTreeMap<String, Acceptors>,
    phase: Phase,
}

/// By the listener's name.
type Acceptors = BTreeMap<Arc<str>, Arc<Acceptor>>;

/// How acceptors are asked for.
enum Phase {
    /// What is given out is in force.
    Settled,
    /// What is given out comes into force if the gateway can be applied.
    Trying(Acceptors),
    /// What is in force is given out again.
    GoingBack,
}

/// What held before a reload.
pub(crate) struct Before {
    config: Arc<Loaded>,
    acceptors: BTreeMap<String, Acceptors>,
}

impl Tls {
    pub(crate) fn new(config: &Arc<Loaded>) -> Self {
        let (config, in_force) = (Arc::clone(config), BTreeMap::new());
        Self(Mutex::new(State { config, in_force, phase: Phase::Settled }))
    }

    /// Listeners applied from now on take what they do not say themselves from this configuration. Answers what holds
    /// until then.
    pub(crate) fn begin(&self, newer: &Arc<Loaded>) -> Before {
        let mut state = self.0.lock();
        let config = std::mem::replace(&mut state.config, Arc::clone(newer));
        Before { config, acceptors: state.in_force.clone() }
    }

    /// The new configuration was refused.
    pub(crate) fn roll_back(&self, before: &Before) {
        self.0.lock().config = Arc::clone(&before.config);
    }

    /// Lets a gateway be applied. The acceptors it asks for come into force when it could be, and only then.
    pub(crate) fn try_for<T, E>(&self, gateway: &str, apply: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.0.lock().phase = Phase::Trying(Acceptors::new());
        let result = apply();
        let mut state = self.0.lock();
        if let Phase::Trying(offered) = std::mem::replace(&mut state.phase, Phase::Settled)
            && result.is_ok()
        {
            state.in_force.insert(gateway.to_owned(), offered);
        }
        result
    }

    /// Lets a gateway be applied with the acceptors that it had: no file is read again, which may have become bad.
    pub(crate) fn go_back<T>(&self, gateway: &str, before: &Before, apply: impl FnOnce() -> T) -> T {
        let newer = {
            let mut state = self.0.lock();
            let had = before.acceptors.get(gateway).cloned().unwrap_or_default();
            state.in_force.insert(gateway.to_owned(), had);
            state.phase = Phase::GoingBack;
            std::mem::replace(&mut state.config, Arc::clone(&before.config))
        };
        let result = apply();
        let mut state = self.0.lock();
        state.phase = Phase::Settled;
        state.config = newer;
        result
    }

    /// The acceptor of a listener, with its files read anew; nothing while there is no certificate.
    pub(crate) fn acceptor(
        &self,
        gateway: &str,
        listener: &Listener,
    ) -> anyhow::Result<Option<Arc<Acceptor>>> {
        let mut state = self.0.lock();
        let kept = state.in_force.get(gateway).and_then(|acceptors| acceptors.get(&listener.name)).cloned();
        if matches!(state.phase, Phase::GoingBack) && kept.is_some() {
            return Ok(kept);
        }
        let section: Section = state.config.section()?;
        let settings = Settings::new(&section, &listener.config.tls)?;
        let acceptor = match kept {
            Some(kept) => kept.successor(settings)?,
            None => Acceptor::new(settings)?,
        };
        let acceptor = acceptor.map(Arc::new);
        for notice in acceptor.iter().flat_map(|acceptor| acceptor.notices()) {
            tracing::warn!(gateway, listener = %listener.name, "{notice}");
        }
        state.give(gateway, listener, acceptor.as_ref());
        Ok(acceptor)
    }
}

impl State {
    /// Remembers what a listener was given.
    fn give(&mut self, gateway: &str, listener: &Listener, acceptor: Option<&Arc<Acceptor>>) {
        let acceptors = match &mut self.phase {
            Phase::Trying(offered) => offered,
            Phase::Settled | Phase::GoingBack => self.in_force.entry(gateway.to_owned()).or_default(),
        };
        match acceptor {
            Some(acceptor) => acceptors.insert(Arc::clone(&listener.name), Arc::clone(acceptor)),
            None => acceptors.remove(&listener.name),
        };
    }
}
