//! The configuration in the form in which channels use it.

use std::time::Duration;

use mqtt_codec::{Qos, Version};
use tidegate_gateway::Realm;

use super::qos_rule::within;
use super::{MqttConfig, QosRule};

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
    /// Levels of topics and filters; the broker's own bound holds above it.
    pub max_topic_levels: usize,
    /// Whether 3.x clients do not get what they publish themselves.
    pub suppress_own_messages: bool,
    /// The longest session expiry granted.
    pub max_session_expiry: Duration,
    /// That of 3.x sessions.
    pub session_expiry_3x: Duration,
    /// Seconds; the expiry of messages that have none.
    pub default_message_expiry: Option<u32>,
    /// Seconds; the longest expiry of a message.
    pub max_message_expiry: Option<u32>,
    /// Seconds; the keep alive v5 clients are told.
    pub server_keep_alive: Option<u16>,
    /// Seconds; the longest keep alive.
    pub max_keep_alive: Option<u16>,
    /// Silence allowed, in hundredths of the keep alive.
    pub keep_alive_percent: u32,
    /// Until when a peer has to be let in.
    pub connect_timeout: Duration,
    /// The versions that clients may speak.
    pub accept_versions: Box<[Version]>,
    /// Whether a client may come without an id.
    pub allow_empty_client_id: bool,
    /// What the ids of clients without one begin with.
    pub auto_id_prefix: Box<str>,
    /// Bytes of the longest client id taken.
    pub max_client_id: usize,
    /// Whether payloads said to be text are checked.
    pub validate_payload_format: bool,
    /// Beginning of response topics, `{client}` standing for the id.
    pub response_information: Option<Box<str>>,
    /// Where clients are sent when we go down.
    pub server_reference: Option<Box<str>>,
    /// The highest QoS of subscriptions within a filter; the first that fits holds.
    qos_rules: Box<[(Box<str>, Qos)]>,
}

impl Settings {
    /// The settings that `config` (checked) means for listeners that name no zone; [`MqttConfig::in_zone`] has those of
    /// the others.
    #[must_use]
    pub fn new(config: &MqttConfig, realm: Realm) -> Self {
        let seconds = |span: tidegate_config::Duration| span.as_secs_u32();
        let short = |span: tidegate_config::Duration| u16::try_from(seconds(span)).unwrap_or(u16::MAX);
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
            max_topic_levels: config.max_topic_levels.map_or(usize::MAX, usize::from),
            suppress_own_messages: config.suppress_own_messages,
            max_session_expiry: config.max_session_expiry.get(),
            session_expiry_3x: config.session_expiry_3x.unwrap_or(config.max_session_expiry).get(),
            default_message_expiry: config.default_message_expiry.map(seconds),
            max_message_expiry: config.max_message_expiry.map(seconds),
            server_keep_alive: config.server_keep_alive.map(short),
            max_keep_alive: config.max_keep_alive.map(short),
            keep_alive_percent: percent(config.keep_alive_multiplier),
            connect_timeout: config.connect_timeout.get(),
            accept_versions: config.accept_versions.iter().map(|version| (*version).into()).collect(),
            allow_empty_client_id: config.allow_empty_client_id,
            auto_id_prefix: config.auto_id_prefix.as_str().into(),
            max_client_id: config.max_client_id_length.as_usize(),
            validate_payload_format: config.validate_payload_format,
            response_information: config.response_information.as_deref().map(Box::from),
            server_reference: config.server_reference.as_deref().map(Box::from),
            qos_rules: config.subscription_max_qos.iter().map(qos_rule).collect(),
        }
    }

    /// The highest QoS of a subscription to `filter`.
    #[must_use]
    pub fn subscription_qos(&self, filter: &str) -> Qos {
        let rule = self.qos_rules.iter().find(|(outer, _)| within(filter, outer));
        rule.map_or(Qos::ExactlyOnce, |(_, qos)| *qos)
    }

    /// The expiry, in seconds, of a message whose publisher says `said`.
    #[must_use]
    pub fn message_expiry(&self, said: Option<u32>) -> Option<u32> {
        let wanted = said.or(self.default_message_expiry);
        match (wanted, self.max_message_expiry) {
            (Some(wanted), Some(most)) => Some(wanted.min(most)),
            (wanted, most) => wanted.or(most),
        }
    }

    /// Whether a topic or filter has no more levels than are taken here.
    #[must_use]
    pub fn is_shallow(&self, topic: &str) -> bool {
        // Nothing is counted where nothing is bounded, or the length says it already.
        topic.len() < self.max_topic_levels || topic.split('/').nth(self.max_topic_levels).is_none()
    }

    /// Whether a keep alive is longer than is taken; 0 is without end.
    #[must_use]
    pub fn is_too_long(&self, keep_alive: u16) -> bool {
        self.max_keep_alive.is_some_and(|most| keep_alive == 0 || keep_alive > most)
    }

    /// How long a client with this keep alive may be silent [MQTT-3.1.2-22]; `None` for ever.
    #[must_use]
    pub fn patience(&self, keep_alive: u16) -> Option<Duration> {
        let millis = u64::from(keep_alive) * u64::from(self.keep_alive_percent) * 10;
        (keep_alive != 0).then(|| Duration::from_millis(millis))
    }
}

fn qos_rule(rule: &QosRule) -> (Box<str>, Qos) {
    (rule.filter.as_str().into(), Qos::new(rule.qos).unwrap_or(Qos::ExactlyOnce))
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
