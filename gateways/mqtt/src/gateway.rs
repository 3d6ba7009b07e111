//! What MQTT listens on, and the channel it builds for a peer.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tidegate_gateway::{Accepted, Framed, Gateway, Listener, Peer, Realm};

use crate::channel::MqttChannel;
use crate::config::{MqttConfig, Settings};

/// Where ids for clients without one come from: a number that never comes twice and that nobody can guess. The
/// composition root hands it in, because a gateway has no randomness of its own (law 6).
pub type IdSource = Arc<dyn Fn() -> u128 + Send + Sync>;

/// The MQTT gateway.
pub struct MqttGateway {
    realm: Realm,
    ids: IdSource,
    pending_answers: u16,
    current: RwLock<Current>,
}

/// What the configuration says now.
struct Current {
    settings: Arc<Settings>,
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

    /// The settings that the next connection gets.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).settings)
    }

    /// The state machine for a peer.
    #[must_use]
    pub fn channel(&self, peer: Accepted) -> MqttChannel {
        MqttChannel::new(self.settings(), Arc::clone(&self.ids), peer)
    }
}

impl Current {
    fn new(config: &MqttConfig, realm: Realm) -> Self {
        let listeners = config.listeners.iter().filter(|(_, listener)| listener.enabled);
        let listeners = listeners.map(|(name, listener)| Listener {
            // An ordered, lossless stream of bytes [MQTT-4.2.0-1] [MQTT3-7.1.1-1].
            name: Arc::from(name.as_str()),
            config: listener.clone(),
        });
        Self { settings: Arc::new(Settings::new(config, realm)), listeners: listeners.collect() }
    }
}

impl Gateway for MqttGateway {
    fn name(&self) -> &'static str {
        "mqtt"
    }

    fn listeners(&self) -> Vec<Listener> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).listeners.clone()
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
