//! The fields of `[mqtt]` and of its zones: one list makes both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_config::{ByteSize, Duration, ListenerConfig};

use super::{ProtocolVersion, QosRule, listeners};

/// Declares the section and its zone, whose fields are all optional. The first list has defaults, the second may stay
/// unset.
macro_rules! fields {
    (
        [$($(#[doc = $doc:literal])* $field:ident: $type:ty = $default:expr;)*]
        [$($(#[doc = $unset_doc:literal])* $unset:ident: $unset_type:ty;)*]
    ) => {
        /// The `[mqtt]` section.
        #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct MqttConfig {
            $($(#[doc = $doc])* pub $field: $type,)*
            $(
                $(#[doc = $unset_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $unset: Option<$unset_type>,
            )*
            /// What differs for clients of some listeners, by zone.
            pub zones: BTreeMap<String, MqttZone>,
            /// What it listens on, by name.
            pub listeners: BTreeMap<String, ListenerConfig>,
        }

        impl Default for MqttConfig {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    $($unset: None,)*
                    zones: BTreeMap::new(),
                    listeners: listeners::defaults(),
                }
            }
        }

        /// `[mqtt.zones.<name>]`: what differs for clients of listeners that name the zone.
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct MqttZone {
            $(
                $(#[doc = $doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            $(
                $(#[doc = $unset_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $unset: Option<$unset_type>,
            )*
        }

        impl MqttConfig {
            /// What holds in a zone, without zones and listeners; in one that says nothing, what holds without.
            #[must_use]
            pub fn in_zone(&self, name: Option<&str>) -> Self {
                let zone = name.and_then(|name| self.zones.get(name)).cloned().unwrap_or_default();
                Self {
                    $($field: zone.$field.unwrap_or_else(|| self.$field.clone()),)*
                    $($unset: zone.$unset.or_else(|| self.$unset.clone()),)*
                    zones: BTreeMap::new(),
                    listeners: BTreeMap::new(),
                }
            }
        }
    };
}

fields! { [
    /// The longest packet taken from a client.
    max_packet_size: ByteSize = ByteSize::mib(16);
    /// The longest packet taken from a peer that has not been let in.
    max_connect_size: ByteSize = ByteSize::kib(64);
    /// Unfinished messages of QoS 1 and 2 that a client may have sent.
    receive_maximum: u16 = 1_024;
    /// Unfinished messages of QoS 1 and 2 that a client is sent.
    max_inflight: u16 = 512;
    /// Topic aliases a client may set.
    topic_alias_maximum: u16 = 32;
    /// Topic aliases we set at most towards a client that takes them.
    outbound_topic_aliases: u16 = 16;
    /// The highest quality of service clients may publish with.
    max_qos: u8 = 2;
    /// Whether clients may retain messages.
    retain_available: bool = true;
    /// Whether clients may subscribe with wildcards.
    wildcard_available: bool = true;
    /// Whether clients may share subscriptions.
    shared_available: bool = true;
    /// Whether clients may number their subscriptions.
    subscription_identifiers_available: bool = true;
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE.
    max_filters_per_packet: u32 = 1_000;
    /// The highest quality of service granted to some subscriptions.
    subscription_max_qos: Vec<QosRule> = Vec::new();
    /// Whether 3.x clients do not get what they publish themselves.
    suppress_own_messages: bool = false;
    /// How long a session is kept at most.
    max_session_expiry: Duration = Duration::from_days(7);
    /// How many times its keep alive a client may be silent.
    keep_alive_multiplier: f64 = 1.5;
    /// How long a new connection may take to introduce itself.
    connect_timeout: Duration = Duration::from_secs(10);
    /// The versions that clients may speak.
    accept_versions: Vec<ProtocolVersion> = ProtocolVersion::ALL.to_vec();
    /// Whether a client may come without an id and be given one.
    allow_empty_client_id: bool = true;
    /// What the ids begin with that clients are given.
    auto_id_prefix: String = "auto-".to_owned();
    /// The longest client id taken.
    max_client_id_length: ByteSize = ByteSize::bytes(1_024);
    /// Whether payloads said to be text are checked.
    validate_payload_format: bool = false;
    ] [
    /// Levels of a topic or filter, below the broker's bound.
    max_topic_levels: u16;
    /// How long the session of a 3.x client is kept.
    session_expiry_3x: Duration;
    /// The expiry of messages that have none.
    default_message_expiry: Duration;
    /// The longest expiry of a message.
    max_message_expiry: Duration;
    /// The keep alive every v5 client is told to use.
    server_keep_alive: Duration;
    /// The longest keep alive.
    max_keep_alive: Duration;
    /// What response topics of clients that ask are to begin with.
    response_information: String;
    /// Where v5 clients are sent when this broker goes down.
    server_reference: String;
] }
