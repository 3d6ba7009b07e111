//! What MQTT listens on, and the channel it builds for a peer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tidegate_gateway::{Accepted, Framed, Gateway, Listener, Peer, Realm};

use crate::channel::MqttChannel;
use crate::config::{MqttConfig, Settings};

/// Where ids for clients without one come from: a number that never comes twice and that nobody can guess. The
/// composition root hands it in, because a gateway has no randomness of its own (law 6).
pub type IdSource = Arc<dyn Fn() -> u128 + Send + Sync>;

/// The gateway's name.
const NAME: &str = "mqtt";

/// The MQTT gateway.
pub struct MqttGateway {
    realm: Realm,
    ids: IdSource,
    pending_answers: u16,
    current: RwLock<Current>,
}

/// What the configuration says now.
struct Current {
    /// For listeners that name no zone.
    settings: Arc<Settings>,
    /// For those that name one that has options of MQTT, by name.
    zoned: BTreeMap<Arc<str>, Arc<Settings>>,
    listeners: Vec<Listener>,
}

impl MqttGateway {
    /// A gateway whose sessions live in `realm`.
    ///
    /// At most `pending_answers` are owed to a client before it is read no further.
    #[must_use]
    pub fn new(config: &MqttConfig, realm: Realm, ids: IdSource, pending_answers: u16) -> Self {
        let current = RwLock::new(Current::new(config, realm));
        Self { realm, ids, pending_answers, current }
    }

    /// Takes a new configuration: listeners at once (the driver compares them), everything else for connections
    /// made from now on.
    pub fn reconfigure(&self, config: &MqttConfig) {
        let new = Current::new(config, self.realm);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// The settings that the next connection made through a listener gets.
    #[must_use]
    pub fn settings(&self, listener: &str) -> Arc<Settings> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(current.zoned.get(listener).unwrap_or(&current.settings))
    }

    /// The state machine for a peer.
    #[must_use]
    pub fn channel(&self, peer: Accepted) -> MqttChannel {
        MqttChannel::new(self.settings(&peer.listener), Arc::clone(&self.ids), peer)
    }
}

impl Current {
    fn new(config: &MqttConfig, realm: Realm) -> Self {
        let settings = Arc::new(Settings::new(config, realm));
        let zones: BTreeMap<&str, Arc<Settings>> = config
            .zones
            .keys()
            .map(|zone| (zone.as_str(), Arc::new(Settings::new(&config.in_zone(Some(zone)), realm))))
            .collect();
        let (mut listeners, mut zoned) = (Vec::new(), BTreeMap::new());
        for (name, listener) in &config.listeners {
            // An ordered, lossless stream of bytes, whatever the transport [MQTT-4.2.0-1] [MQTT3-7.1.1-1].
            let listener = Listener { name: Arc::from(name.as_str()), config: listener.clone() };
            if let Some(settings) = listener.config.zone.as_deref().and_then(|zone| zones.get(zone)) {
                zoned.insert(listener.whole_name(NAME), Arc::clone(settings));
            }
            if listener.config.enabled {
                listeners.push(listener);
            }
        }
        Self { settings, zoned, listeners }
    }
}

impl Gateway for MqttGateway {
    fn name(&self) -> &'static str {
        NAME
    }

    fn listeners(&self) -> Vec<Listener> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).listeners.clone()
    }

    /// The name that a server answers with [MQTT-6.0.0-4] [MQTT3-6.0.0-4], and one that some clients of 3.1 offer alone.
    /// The driver takes binary frames only [MQTT-6.0.0-1] [MQTT3-6.0.0-1], and a packet may lie in several or share one,
    /// as the channel reads a stream [MQTT-6.0.0-2] [MQTT3-6.0.0-2].
    fn subprotocols(&self) -> &'static [&'static str] {
        &["mqtt", "mqttv3.1"]
    }

    fn accept(&self, peer: Accepted) -> Box<dyn Peer> {
        let seat = peer.seat;
        Box::new(Framed::new(self.channel(peer), seat, self.pending_answers))
    }
}

impl fmt::Debug for MqttGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttGateway").field("realm", &self.realm).finish_non_exhaustive()
    }
}
