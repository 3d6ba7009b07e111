//! Who is let in and who may do what: from what the configuration says to what the kernel asks.
//!
//! [`Guards`] is everything together, made from one configuration and what the gateways listen on. It is made before
//! anything is changed, so that what is wrong is found first, and put in force in one step.

pub(crate) mod doorman;
mod methods;
mod zones;

use std::sync::Arc;

use anyhow::Context as _;
use tidegate_broker::{Alone, Authorizer, Broker, ListenerZone, Zone};
use tidegate_config::Loaded;
use tidegate_config::sections::{Auth, Zones};
use tidegate_gateway::Listener;
use tidegate_rules::Rules;

pub(crate) use doorman::allowed;

use doorman::Doorman;
use methods::Methods;

/// The listeners of all gateways, with their whole names.
pub(crate) type Listeners = Vec<(Arc<str>, Listener)>;

/// Everything that stands between a client and the topics.
pub(crate) struct Guards {
    config: Arc<Loaded>,
    listeners: Listeners,
    methods: Methods,
    doorman: Doorman,
    rules: Option<Arc<Rules>>,
}

impl Guards {
    /// Reads what `config` names. Methods that `before` has and that did not change keep what they remember.
    ///
    /// # Errors
    /// When a file cannot be read, or anything in it is wrong.
    pub(crate) fn open(
        config: &Arc<Loaded>,
        listeners: Listeners,
        before: Option<&Self>,
    ) -> anyhow::Result<Self> {
        zones_exist(config, &listeners)?;
        let auth: Auth = config.section()?;
        let methods = Methods::open(&auth, before.map(|before| &before.methods))?;
        let doorman = Doorman::new(auth.allow_anonymous, &listeners);
        let rules = Rules::open(config)?.map(Arc::new);
        if let Some(rules) = &rules {
            tracing::info!(rules = rules.len(), "rules read");
        }
        Ok(Self { config: Arc::clone(config), listeners, methods, doorman, rules })
    }

    /// The same for other listeners.
    pub(crate) fn for_listeners(&self, listeners: Listeners) -> anyhow::Result<Self> {
        let auth: Auth = self.config.section()?;
        Ok(Self {
            config: Arc::clone(&self.config),
            doorman: Doorman::new(auth.allow_anonymous, &listeners),
            listeners,
            methods: self.methods.clone(),
            rules: self.rules.clone(),
        })
    }

    /// Lets nobody in without proof whom `other` would not, through the listeners that both know.
    pub(crate) fn narrowed_by(mut self, other: &Self) -> Self {
        self.doorman = self.doorman.narrowed_by(&other.doorman);
        self
    }

    /// Puts it in force.
    ///
    /// # Errors
    /// When a section is not right, which loading it has excluded.
    pub(crate) fn apply(&self, broker: &Broker<Alone>) -> anyhow::Result<()> {
        let (default, by_listener) = self.zones(broker)?;
        self.methods.renew();
        broker.set_zones(default, by_listener);
        let rules = self.rules.iter().map(|rules| Arc::clone(rules) as Arc<dyn Authorizer>);
        broker.set_rules(rules.collect());
        Ok(())
    }

    /// The default zone, and that of each listener.
    fn zones(&self, broker: &Broker<Alone>) -> anyhow::Result<(Arc<Zone>, Vec<ListenerZone>)> {
        let written: Zones = self.config.section()?;
        let auth: Auth = self.config.section()?;
        let make = |name: Option<&str>| -> anyhow::Result<Arc<Zone>> {
            let zone = written.of(name);
            let chain = zone.chain.clone().unwrap_or_else(|| auth.chain());
            let chain = self.methods.chain(&auth, &chain, &self.doorman)?;
            let name = name.unwrap_or(Zones::DEFAULT);
            zones::of(name, zone, chain, &self.config, broker.limits())
                .with_context(|| format!("zones.{name}"))
        };
        let default = make(None)?;
        let mut made: Vec<(String, Arc<Zone>)> = Vec::new();
        let mut by_listener = Vec::new();
        for (whole_name, listener) in &self.listeners {
            let Some(name) = listener.config.zone.as_deref() else { continue };
            let zone = match made.iter().find(|(known, _)| known == name) {
                Some((_, zone)) => Arc::clone(zone),
                None => make(Some(name))?,
            };
            made.push((name.to_owned(), Arc::clone(&zone)));
            by_listener.push((Box::from(&**whole_name), zone));
        }
        Ok((default, by_listener))
    }

    /// The zone of a listener, by its whole name.
    pub(crate) fn zone_of(&self, broker: &Broker<Alone>, listener: &str) -> anyhow::Result<Arc<Zone>> {
        if !self.listeners.iter().any(|(name, _)| **name == *listener) {
            let known: Vec<&str> = self.listeners.iter().map(|(name, _)| &**name).collect();
            anyhow::bail!("no listener is called {listener:?} (known: {})", known.join(", "));
        }
        let (default, zones) = self.zones(broker)?;
        Ok(zones.into_iter().find(|(name, _)| **name == *listener).map_or(default, |(_, zone)| zone))
    }

    /// The rules, for who asks about them.
    pub(crate) fn rules(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref()
    }
}

/// A zone that a listener names is one of the broker's or of its gateway's own: a misspelt one would leave its clients
/// without the limits meant for them.
fn zones_exist(config: &Loaded, listeners: &Listeners) -> anyhow::Result<()> {
    let zones: Zones = config.section()?;
    let lines = config.explain();
    for (whole_name, listener) in listeners {
        let Some(name) = listener.config.zone.as_deref().filter(|name| !zones.contains(name)) else {
            continue;
        };
        let own = format!(".zones.{name}.");
        if !lines.iter().any(|line| line.key.contains(&own)) {
            let known: Vec<&str> = zones.names().collect();
            anyhow::bail!(
                "the listener {whole_name} names the zone {name:?}, and there is none: add [zones.{name}] (known: {})",
                known.join(", ")
            );
        }
    }
    Ok(())
}
