//! `[mqtt]`: what the operator decides, and what a channel needs of it.

mod options;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_config::{ByteSize, Checks, Duration, ListenerConfig, OptionDoc, Section};

pub use settings::Settings;

/// The longest packet the protocol can say.
const LONGEST_PACKET: u64 = 268_435_460;

/// The `[mqtt]` section.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MqttConfig {
    /// The longest packet taken from a client.
    pub max_packet_size: ByteSize,
    /// The longest packet taken from a peer that has not been let in.
    pub max_connect_size: ByteSize,
    /// Unfinished messages of QoS 1 and 2 that a client may have sent.
    pub receive_maximum: u16,
    /// Unfinished messages of QoS 1 and 2 that a client is sent.
    pub max_inflight: u16,
    /// Topic aliases a client may set.
    pub topic_alias_maximum: u16,
    /// Topic aliases we set at most towards a client that takes them.
    pub outbound_topic_aliases: u16,
    /// The highest quality of service clients may publish with.
    pub max_qos: u8,
    /// Whether clients may retain messages.
    pub retain_available: bool,
    /// Whether clients may subscribe with wildcards.
    pub wildcard_available: bool,
    /// Whether clients may share subscriptions.
    pub shared_available: bool,
    /// Whether clients may number their subscriptions.
    pub subscription_identifiers_available: bool,
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE.
    pub max_filters_per_packet: u32,
    /// How long a session is kept at most, and how long one of a 3.x client is.
    pub max_session_expiry: Duration,
    /// The keep alive every v5 client is told to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_keep_alive: Option<Duration>,
    /// How many times its keep alive a client may be silent.
    pub keep_alive_multiplier: f64,
    /// How long a new connection may take to introduce itself.
    pub connect_timeout: Duration,
    /// Whether a client may come without an id and be given one.
    pub allow_empty_client_id: bool,
    /// The longest client id taken.
    pub max_client_id_length: ByteSize,
    /// Whether payloads said to be text are checked.
    pub validate_payload_format: bool,
    /// What response topics of clients that ask are to begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_information: Option<String>,
    /// Where v5 clients are sent when this broker goes down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_reference: Option<String>,
    /// What it listens on, by name.
    pub listeners: BTreeMap<String, ListenerConfig>,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self {
            max_packet_size: ByteSize::mib(16),
            max_connect_size: ByteSize::kib(64),
            receive_maximum: 1_024,
            max_inflight: 512,
            topic_alias_maximum: 32,
            outbound_topic_aliases: 16,
            max_qos: 2,
            retain_available: true,
            wildcard_available: true,
            shared_available: true,
            subscription_identifiers_available: true,
            max_filters_per_packet: 1_000,
            max_session_expiry: Duration::from_days(7),
            server_keep_alive: None,
            keep_alive_multiplier: 1.5,
            connect_timeout: Duration::from_secs(10),
            allow_empty_client_id: true,
            max_client_id_length: ByteSize::bytes(1_024),
            validate_payload_format: false,
            response_information: None,
            server_reference: None,
            listeners: BTreeMap::from([("default".to_owned(), ListenerConfig::default())]),
        }
    }
}

impl Section for MqttConfig {
    const NAME: &'static str = "mqtt";
    const INTRO: &'static str = "MQTT 3.1, 3.1.1 and 5 over byte streams.";

    fn options() -> &'static [OptionDoc] {
        options::OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        for (key, size) in
            [("max_packet_size", self.max_packet_size), ("max_connect_size", self.max_connect_size)]
        {
            checks.within(key, size, ByteSize::bytes(128), ByteSize::bytes(LONGEST_PACKET));
        }
        checks.at_least("receive_maximum", self.receive_maximum, 1);
        checks.at_least("max_inflight", self.max_inflight, 1);
        checks.within("max_qos", self.max_qos, 0, 2);
        checks.at_least("max_filters_per_packet", self.max_filters_per_packet, 1);
        checks.within("keep_alive_multiplier", self.keep_alive_multiplier, 1.0, 10.0);
        checks.at_least("connect_timeout", self.connect_timeout, Duration::from_millis(100));
        // A server has to take ids of 1 to 23 bytes [MQTT-3.1.3-5] [MQTT3-3.1.3-5].
        let longest = ByteSize::bytes(65_535);
        checks.within("max_client_id_length", self.max_client_id_length, ByteSize::bytes(23), longest);
        if let Some(keep_alive) = self.server_keep_alive {
            let (low, high) = (Duration::from_secs(1), Duration::from_secs(65_535));
            checks.within("server_keep_alive", keep_alive, low, high);
        }
        for (key, text) in [
            ("response_information", &self.response_information),
            ("server_reference", &self.server_reference),
        ] {
            if text.as_ref().is_some_and(|text| text.is_empty() || text.len() > 1_024 || text.contains('\0'))
            {
                checks.refuse(key, "1 to 1,024 bytes of text are expected");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_config::Bind;

    #[test]
    fn every_option_is_explained_and_the_defaults_hold() {
        assert_eq!(tidegate_config::lint::<MqttConfig>(), Vec::<String>::new());
    }

    #[test]
    fn a_listener_on_a_free_port_binds_one_address() {
        let free = ListenerConfig { bind: Bind::loopback(0), ..ListenerConfig::default() };
        assert_eq!(free.addresses().len(), 1);
        assert_eq!(ListenerConfig::default().addresses().len(), 2);
    }
}
