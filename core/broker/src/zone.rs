//! Zones: what holds for the clients of some listeners.
//!
//! A zone is chosen by listener when a client introduces itself, and its session keeps it until it is opened
//! again: what a new configuration says holds for new connections. What bounds the broker as a whole, and the rules,
//! are no part of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;
use tidegate_guard::{FailureRules, Threshold};
use tidegate_types::{Limits, OfflinePolicy, Text};

use crate::ports::Authenticator;
use crate::principal::Principal;

mod attribute;
mod meters;
mod naming;

pub use attribute::AttributePattern;
pub(crate) use meters::{ClientMeter, Load};
pub use meters::{ClientRates, SharedRates, UserQuotas, ZoneMeters};
pub use naming::{CertificateField, ClientFrom, Naming, UserFrom};

/// Which clients it is for is said by [`crate::Broker::set_zones`].
#[derive(Clone, Debug)]
pub struct Zone {
    /// For operators.
    pub name: Arc<str>,
    /// Who is asked who a client is, in order.
    pub chain: Vec<Member>,
    /// Where user names and client ids come from.
    pub naming: Naming,
    /// Bounds of each session.
    pub session: SessionLimits,
    /// Attributes that clients get besides those they proved.
    pub attributes: Vec<(Text, AttributePattern)>,
    /// Who may take a session over.
    pub takeover: Takeover,
    /// Bounds of each client's memory of decisions.
    pub decisions: DecisionLimits,
    /// What each client may do in how long.
    pub rates: ClientRates,
    /// What they may do together, and how often an address may connect.
    pub meters: ZoneMeters,
    /// When failed logins turn an address away, before anybody is asked about it.
    pub failures: FailureRules,
    /// When a client that comes and goes is banned for a while.
    pub flapping: Option<Threshold>,
    /// What each user may have.
    pub quotas: UserQuotas,
}

impl Default for Zone {
    /// Nobody to ask, so nobody comes in; the bounds of [`Limits::default`], no rates, no quotas.
    fn default() -> Self {
        Self {
            name: "default".into(),
            chain: Vec::new(),
            naming: Naming::default(),
            session: SessionLimits::default(),
            attributes: Vec::new(),
            takeover: Takeover::default(),
            decisions: DecisionLimits::default(),
            rates: ClientRates::default(),
            meters: ZoneMeters::default(),
            failures: FailureRules::off(),
            flapping: None,
            quotas: UserQuotas::default(),
        }
    }
}

impl Zone {
    /// Gives a client the zone's attributes; what was proved goes before what is made of names.
    pub fn give_attributes(&self, who: &mut Principal) {
        for (name, pattern) in &self.attributes {
            if !who.attributes.iter().any(|(known, _)| known == name)
                && let Some(value) = pattern.of(who)
            {
                who.attributes.push((name.clone(), value));
            }
        }
    }

    /// Whether what its clients publish and subscribe to is measured.
    pub(crate) fn is_metered(&self) -> bool {
        self.rates.is_limited() || self.meters.rates.is_limited()
    }
}

/// An authenticator in a chain.
#[derive(Clone)]
pub struct Member {
    /// For operators.
    pub name: Arc<str>,
    /// It.
    pub authenticator: Arc<dyn Authenticator>,
    /// What follows when it cannot be asked.
    pub when_down: WhenDown,
}

impl Member {
    /// A member that must be asked: clients are refused while it is down.
    pub fn new(name: &str, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { name: name.into(), authenticator, when_down: WhenDown::Refuse }
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).field("when_down", &self.when_down).finish()
    }
}

/// What follows when an authenticator cannot be asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenDown {
    /// The client is refused as unavailable (fail closed).
    #[default]
    Refuse,
    /// The next in the chain is asked (fail open, if that one lets clients in).
    AskNext,
}

/// Who may take over a session that another connection has or left.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Takeover {
    /// The user it belongs to.
    #[default]
    SameUser,
    /// Whoever comes with its client id. Holds only where the session's zone and the newcomer's both say so.
    Anybody,
}

/// Bounds of one client's memory of what the rules said. When one is reached the memory starts anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DecisionLimits {
    /// Decisions remembered; zero remembers none.
    pub entries: usize,
    /// Bytes of topics and filters in them.
    pub bytes: usize,
}

impl Default for DecisionLimits {
    fn default() -> Self {
        Self { entries: 64, bytes: 16 << 10 }
    }
}

/// The bounds of [`Limits`] that hold for each session by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionLimits {
    /// See [`Limits::queue_messages`].
    pub queue_messages: usize,
    /// See [`Limits::queue_bytes`].
    pub queue_bytes: usize,
    /// See [`Limits::at_most_once_bytes`].
    pub at_most_once_bytes: usize,
    /// See [`Limits::keep_at_most_once`].
    pub keep_at_most_once: bool,
    /// See [`Limits::offline`].
    pub offline: OfflinePolicy,
    /// See [`Limits::grace`].
    pub grace: Duration,
    /// See [`Limits::subscriptions`].
    pub subscriptions: usize,
    /// See [`Limits::subscription_bytes`].
    pub subscription_bytes: usize,
    /// See [`Limits::session_expiry`].
    pub session_expiry: Duration,
    /// See [`Limits::once_keys`].
    pub once_keys: usize,
}

impl From<&Limits> for SessionLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            queue_messages: limits.queue_messages,
            queue_bytes: limits.queue_bytes,
            at_most_once_bytes: limits.at_most_once_bytes,
            keep_at_most_once: limits.keep_at_most_once,
            offline: limits.offline,
            grace: limits.grace,
            subscriptions: limits.subscriptions,
            subscription_bytes: limits.subscription_bytes,
            session_expiry: limits.session_expiry,
            once_keys: limits.once_keys,
        }
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}

/// A listener, by its whole name, and its zone.
pub type ListenerZone = (Box<str>, Arc<Zone>);

/// The zones there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones {
    default: Arc<Zone>,
    by_listener: HashMap<Box<str>, Arc<Zone>, foldhash::fast::RandomState>,
}

impl Zones {
    pub(crate) fn new(default: Arc<Zone>, listeners: Vec<ListenerZone>) -> Self {
        Self { default, by_listener: listeners.into_iter().collect() }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Zone>> {
        std::iter::once(&self.default).chain(self.by_listener.values())
    }

    /// The zone of a listener; the default one for those that have none of their own.
    pub(crate) fn of(&self, listener: &str) -> &Arc<Zone> {
        self.by_listener.get(listener).unwrap_or(&self.default)
    }

    /// The same zones with another chain in the default one.
    pub(crate) fn with_default_chain(&self, chain: Vec<Member>) -> Self {
        let default = Arc::new(Zone { chain, ..self.default.as_ref().clone() });
        Self { default, by_listener: self.by_listener.clone() }
    }
}
