//! Who is let in and who may do what: from what the configuration says to what the kernel asks.
//!
//! [`Guards`] is everything together, made from one configuration and what the gateways listen on. It is made whole
//! before anything is changed, so that what is wrong is found first, and put in force in one step that cannot fail.

pub(crate) mod doorman;
mod methods;
mod opening;
mod zones;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::Context as _;
use parking_lot::Mutex;
use tidegate_broker::{Authorizer, ListenerZone, Principal, Zone};
use tidegate_config::Loaded;
use tidegate_config::sections::{Auth, Authorization, Zones};
use tidegate_gateway::Listener;
use tidegate_rules::Rules;
use tidegate_types::{Limits, Text};

use crate::host::Desk;

pub(crate) use doorman::allowed;

use doorman::{Doorman, Names};
use methods::Methods;
use zones::{Made, Materials};

/// The listeners of all gateways, with their whole names.
pub(crate) type Listeners = Vec<(Arc<str>, Listener)>;

/// Everything that stands between a client and the topics.
pub(crate) struct Guards {
    config: Arc<Loaded>,
    methods: Methods,
    doorman: Doorman,
    rules: Option<Arc<Rules>>,
    /// The zone of clients that came through no listener.
    default: Made,
    /// The zone of every listener.
    zones: BTreeMap<Arc<str>, Made>,
    /// Users whom no file knows any more, until they were told.
    gone: Mutex<HashSet<Text>>,
}

impl Guards {
    /// Reads what `config` names and builds what it says. Methods that `before` has and that did not change keep what
    /// they remember, and so do rates.
    ///
    /// # Errors
    /// When a file cannot be read, or anything is wrong.
    pub(crate) fn open(
        config: &Arc<Loaded>,
        listeners: &Listeners,
        limits: &Limits,
        before: Option<&Self>,
    ) -> anyhow::Result<Self> {
        zones_exist(config, listeners)?;
        let auth: Auth = config.section()?;
        let methods = Methods::open(&auth, before.map(|before| &before.methods))?;
        let doorman = Doorman::new(auth.allow_anonymous, listeners);
        let rules = Rules::open(config)?.map(Arc::new);
        if let Some(rules) = &rules {
            tracing::info!(rules = rules.len(), "rules read");
        }
        let builder = Builder {
            config,
            limits,
            methods: &methods,
            doorman: &doorman,
            believed: rules.is_none() && !proves_names(config, &methods)?,
            before: before.map(Self::made),
        };
        let (default, zones) = builder.all(listeners)?;
        let users = methods.users();
        let gone = before.map(|before| before.methods.users()).unwrap_or_default();
        let gone = Mutex::new(gone.into_iter().filter(|user| !users.contains(user)).collect());
        Ok(Self { config: Arc::clone(config), methods, doorman, rules, default, zones, gone })
    }

    /// What holds while the gateways' listeners change to what `next` is for: what this says, but anonymous clients
    /// come in only where both let them, and nobody where the zone is another or the listener new.
    ///
    /// # Errors
    /// As [`Guards::open`].
    pub(crate) fn until(&self, next: &Self, limits: &Limits) -> anyhow::Result<Self> {
        let doorman = self.doorman.clone().narrowed_by(&next.doorman);
        let builder = Builder {
            config: &self.config,
            limits,
            methods: &self.methods,
            doorman: &doorman,
            believed: self.rules.is_none() && !proves_names(&self.config, &self.methods)?,
            before: Some(self.made()),
        };
        let mut zones = BTreeMap::new();
        for (name, there) in &self.zones {
            zones.insert(Arc::clone(name), builder.zone(&there.name)?);
        }
        for (name, coming) in &next.zones {
            let stays = zones.get(name).is_some_and(|there| there.name == coming.name);
            if !stays {
                zones.insert(Arc::clone(name), Made::opening(&coming.name));
            }
        }
        let default = builder.zone(Zones::DEFAULT)?;
        Ok(Self {
            config: Arc::clone(&self.config),
            methods: self.methods.clone(),
            doorman,
            rules: self.rules.clone(),
            default,
            zones,
            gone: Mutex::default(),
        })
    }

    /// The same, but for `listeners` of gateways that kept what they had: theirs are judged as `before` did.
    pub(crate) fn keeping(mut self, listeners: &Listeners, before: &Self) -> Self {
        for (name, _) in listeners {
            if let Some(zone) = before.zones.get(name) {
                self.zones.insert(Arc::clone(name), zone.clone());
            }
        }
        self
    }

    /// Puts the zones in force, and nothing else.
    pub(crate) fn apply_zones(&self, desk: &Desk) {
        let zones = self.zones.iter().map(|(name, made)| (Box::from(&**name), Arc::clone(&made.zone)));
        desk.broker.set_zones(Arc::clone(&self.default.zone), zones.collect::<Vec<ListenerZone>>());
    }

    /// Puts it in force. Who is in no file any more loses the connection, and the session too, for nobody else is to
    /// find what waits in it; whose password changed loses the connection and proves the new one.
    pub(crate) fn apply(&self, desk: &Desk) {
        let changed = self.methods.renew();
        self.apply_zones(desk);
        let rules = self.rules.iter().map(|rules| Arc::clone(rules) as Arc<dyn Authorizer>);
        desk.broker.set_rules(rules.collect());
        let gone = std::mem::take(&mut *self.gone.lock());
        // A certificate or a list may know somebody of that name, whose session is his.
        let sessions = self.methods.knows_by_files_alone();
        let is_in = |users: &HashSet<Text>, who: &Principal| {
            who.user.as_ref().is_some_and(|user| users.contains(user))
        };
        for (users, sessions) in [(&gone, sessions), (&changed, false)] {
            if !users.is_empty() {
                desk.turn(|broker, turn| broker.expire(turn, &|who| is_in(users, who), sessions));
            }
        }
    }

    fn made(&self) -> Vec<&Made> {
        std::iter::once(&self.default).chain(self.zones.values()).collect()
    }

    /// The rules, for who asks about them.
    pub(crate) fn rules(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref()
    }

    /// The zone of a listener, by its whole name.
    ///
    /// # Errors
    /// When there is no such listener.
    pub(crate) fn zone_of(&self, listener: &str) -> anyhow::Result<Arc<Zone>> {
        let known = || self.zones.keys().map(|name| &**name).collect::<Vec<_>>().join(", ");
        let found = self.zones.get(listener).map(|made| Arc::clone(&made.zone));
        found.with_context(|| format!("no listener is called {listener:?} (known: {})", known()))
    }
}

/// What zones are made of.
struct Builder<'a> {
    config: &'a Loaded,
    limits: &'a Limits,
    methods: &'a Methods,
    doorman: &'a Doorman,
    /// Whether names are believed that nobody can prove.
    believed: bool,
    /// Zones whose rates may go on.
    before: Option<Vec<&'a Made>>,
}

impl Builder<'_> {
    fn all(&self, listeners: &Listeners) -> anyhow::Result<(Made, BTreeMap<Arc<str>, Made>)> {
        let default = self.zone(Zones::DEFAULT)?;
        let mut made: BTreeMap<String, Made> = BTreeMap::new();
        let mut zones = BTreeMap::new();
        for (whole_name, listener) in listeners {
            let name = listener.config.zone.as_deref().unwrap_or(Zones::DEFAULT);
            let zone = match made.get(name) {
                _ if name == Zones::DEFAULT => default.clone(),
                Some(zone) => zone.clone(),
                None => self.zone(name)?,
            };
            made.insert(name.to_owned(), zone.clone());
            zones.insert(Arc::clone(whole_name), zone);
        }
        Ok((default, zones))
    }

    fn zone(&self, name: &str) -> anyhow::Result<Made> {
        let written: Zones = self.config.section()?;
        let auth: Auth = self.config.section()?;
        let authorization: Authorization = self.config.section()?;
        let zone = written.of(Some(name));
        let names = zone.chain.clone().unwrap_or_else(|| auth.chain());
        let trust = match (self.methods.prove_none(&names), self.believed) {
            (false, _) => Names::Proved,
            (true, true) => Names::Believed,
            (true, false) => Names::Dropped,
        };
        let doorman = self.doorman.clone().taking(trust);
        let made = || {
            let chain = self.methods.chain(&auth, &names, &doorman)?;
            let materials = Materials { written: &zone, authorization: &authorization, limits: self.limits };
            materials.zone(name, chain, self.before.as_deref().unwrap_or_default())
        };
        made().with_context(|| format!("zones.{name}"))
    }
}

/// Whether any method that some chain names can prove a user's name: then a name that is only claimed is none.
fn proves_names(config: &Loaded, methods: &Methods) -> anyhow::Result<bool> {
    let (auth, zones): (Auth, Zones) = (config.section()?, config.section()?);
    let chains = zones.iter().filter_map(|(_, zone)| zone.chain.clone());
    Ok(chains.chain([auth.chain()]).any(|chain| !methods.prove_none(&chain)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_config::Sources;

    const LISTENERS: [&str; 2] = ["default", "second"];

    fn guards(set: &[&str], zones: [Option<&str>; 2], before: Option<&Guards>) -> Guards {
        let loader = crate::gateways::loader(crate::gateways::ALL);
        let config = Arc::new(loader.load(&Sources::new().with_set(set.iter().copied())).unwrap());
        let listener = |(name, zone): (&str, Option<&str>)| {
            let config = tidegate_config::ListenerConfig {
                zone: zone.map(str::to_owned),
                ..tidegate_config::ListenerConfig::default()
            };
            let listener = Listener { name: name.into(), config };
            (listener.whole_name("mqtt"), listener)
        };
        let there = if before.is_none() && zones[1].is_none() { 1 } else { 2 };
        let listeners = LISTENERS.into_iter().zip(zones).take(there).map(listener).collect();
        Guards::open(&config, &listeners, &Limits::default(), before).unwrap()
    }

    fn chain(guards: &Guards, listener: &str) -> Vec<String> {
        let zone = guards.zone_of(&format!("mqtt.{listener}")).unwrap();
        zone.chain.iter().map(|member| member.name.to_string()).collect()
    }

    #[test]
    fn while_listeners_change_nobody_comes_through_one_that_is_new_or_has_another_zone() {
        let set = ["zones.strict.chain=[\"anonymous\"]"];
        let old = guards(&set, [None, None], None);
        assert_eq!(chain(&old, "default"), ["anonymous"]);
        let new = guards(&set, [Some("strict"), Some("strict")], Some(&old));
        let between = old.until(&new, &Limits::default()).unwrap();
        for listener in LISTENERS {
            assert_eq!(chain(&between, listener), ["opening"]);
            assert_eq!(chain(&new, listener), ["anonymous"]);
        }
        let same = guards(&set, [None, Some("strict")], Some(&old));
        let between = old.until(&same, &Limits::default()).unwrap();
        assert_eq!(chain(&between, "default"), ["anonymous"], "it stays as it was");
        assert_eq!(chain(&between, "second"), ["opening"]);
    }

    #[test]
    fn rates_that_do_not_change_go_on_over_a_reload() {
        let rate = "zones.default.max_zone_message_rate=\"5/s\"";
        let old = guards(&[rate], [None, None], None);
        let meters = |guards: &Guards| Arc::as_ptr(&guards.zone_of("mqtt.default").unwrap().meters.rates);
        assert_eq!(meters(&guards(&[rate], [None, None], Some(&old))), meters(&old));
        let faster = "zones.default.max_zone_message_rate=\"6/s\"";
        assert_ne!(meters(&guards(&[faster], [None, None], Some(&old))), meters(&old));
    }
}
