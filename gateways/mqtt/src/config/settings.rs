//! The configuration in the form in which channels use it.

use std::time::Duration;

use mqtt_codec::Qos;
use tidegate_gateway::Realm;

use super::MqttConfig;

/// What every channel made from one configuration shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where the gateway's sessions live.
    pub realm: Realm,
    /// Bytes of the longest packet taken.
    pub max_packet_size: u32,
    /// The same, from a peer that has not been let in.
    pub max_introduction_size: u32,
    /// Our Receive Maximum.
    pub receive_maximum: u16,
    /// The largest outbound window.
    pub max_inflight: u16,
    /// Our Topic Alias Maximum.
    pub topic_alias_maximum: u16,
    /// Aliases we set at most.
    pub outbound_topic_aliases: u16,
    /// The highest QoS a client may publish with.
    pub max_qos: Qos,
    /// Whether clients may retain messages.
    pub retain_available: bool,
    /// Whether clients may use wildcards.
    pub wildcard_available: bool,
    /// Whether clients may share subscriptions.
    pub shared_available: bool,
    /// Whether clients may number their subscriptions.
    pub subscription_identifiers_available: bool,
    /// Filters in one packet.
    pub max_filters_per_packet: usize,
    /// The longest session expiry granted, and that of 3.x sessions.
    pub max_session_expiry: Duration,
    /// Seconds; the keep alive v5 clients are told.
    pub server_keep_alive: Option<u16>,
    /// Silence allowed, in hundredths of the keep alive.
    pub keep_alive_percent: u32,
    /// Until when a peer has to be let in.
    pub connect_timeout: Duration,
    /// Whether a client may come without an id.
    pub allow_empty_client_id: bool,
    /// Bytes of the longest client id taken.
    pub max_client_id: usize,
    /// Whether payloads said to be text are checked.
    pub validate_payload_format: bool,
    /// Beginning of response topics, `{client}` standing for the id.
    pub response_information: Option<Box<str>>,
    /// Where clients are sent when we go down.
    pub server_reference: Option<Box<str>>,
}

impl Settings {
    /// The settings that `config` (checked) means.
    #[must_use]
    pub fn new(config: &MqttConfig, realm: Realm) -> Self {
        let max_packet_size = config.max_packet_size.as_u32();
        Self {
            realm,
            max_packet_size,
            max_introduction_size: max_packet_size.min(config.max_connect_size.as_u32()),
            receive_maximum: config.receive_maximum,
            max_inflight: config.max_inflight,
            topic_alias_maximum: config.topic_alias_maximum,
            outbound_topic_aliases: config.outbound_topic_aliases,
            max_qos: Qos::new(config.max_qos).unwrap_or(Qos::ExactlyOnce),
            retain_available: config.retain_available,
            wildcard_available: config.wildcard_available,
            shared_available: config.shared_available,
            subscription_identifiers_available: config.subscription_identifiers_available,
            max_filters_per_packet: usize::try_from(config.max_filters_per_packet).unwrap_or(usize::MAX),
            max_session_expiry: config.max_session_expiry.get(),
            server_keep_alive: config
                .server_keep_alive
                .map(|span| u16::try_from(span.as_secs_u32()).unwrap_or(u16::MAX)),
            keep_alive_percent: percent(config.keep_alive_multiplier),
            connect_timeout: config.connect_timeout.get(),
            allow_empty_client_id: config.allow_empty_client_id,
            max_client_id: config.max_client_id_length.as_usize(),
            validate_payload_format: config.validate_payload_format,
            response_information: config.response_information.as_deref().map(Box::from),
            server_reference: config.server_reference.as_deref().map(Box::from),
        }
    }

    /// How long a client with this keep alive may be silent [MQTT-3.1.2-22]; `None` for ever.
    #[must_use]
    pub fn patience(&self, keep_alive: u16) -> Option<Duration> {
        let millis = u64::from(keep_alive) * u64::from(self.keep_alive_percent) * 10;
        (keep_alive != 0).then(|| Duration::from_millis(millis))
    }
}

/// A factor in hundredths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the configuration holds it between 1 and 10; a cast of anything else saturates"
)]
fn percent(factor: f64) -> u32 {
    (factor * 100.0).round() as u32
}
