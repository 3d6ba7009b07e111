//! Ranges of the options and rules between them.

use std::fmt::Display;

use mqtt_codec::{check_topic_filter, parse_shared_filter};
use tidegate_config::{ByteSize, Checks, Duration};

use super::MqttConfig;

/// The longest packet the protocol can say.
const LONGEST_PACKET: u64 = 268_435_460;

/// Checks what is said in one table: the section (`at` is empty) or a zone (`zones.<name>.`), whose other values are
/// the section's and were checked there.
struct Table<'a, 'b> {
    at: &'a str,
    checks: &'a mut Checks<'b>,
}

impl Table<'_, '_> {
    /// The whole key, if the table says something of it.
    fn key(&self, key: &str) -> Option<String> {
        let whole = format!("{}{key}", self.at);
        (self.at.is_empty() || self.checks.is_set(&whole)).then_some(whole)
    }

    fn within<T: PartialOrd + Display>(&mut self, key: &str, value: T, low: T, high: T) {
        if let Some(key) = self.key(key) {
            self.checks.within(&key, value, low, high);
        }
    }

    fn at_least<T: PartialOrd + Display>(&mut self, key: &str, value: T, low: T) {
        if let Some(key) = self.key(key) {
            self.checks.at_least(&key, value, low);
        }
    }

    fn refuse(&mut self, key: &str, reason: impl Display) {
        if let Some(key) = self.key(key) {
            self.checks.refuse(&key, reason);
        }
    }
}

/// Checks the options of `config`, as far as the table at `at` says them.
pub(super) fn options(at: &str, config: &MqttConfig, checks: &mut Checks<'_>) {
    let mut table = Table { at, checks };
    counts(config, &mut table);
    spans(config, &mut table);
    texts(config, &mut table);
    rules(config, &mut table);
}

fn counts(config: &MqttConfig, table: &mut Table<'_, '_>) {
    for (key, size) in
        [("max_packet_size", config.max_packet_size), ("max_connect_size", config.max_connect_size)]
    {
        table.within(key, size, ByteSize::bytes(128), ByteSize::bytes(LONGEST_PACKET));
    }
    table.at_least("receive_maximum", config.receive_maximum, 1);
    table.at_least("max_inflight", config.max_inflight, 1);
    table.within("max_qos", config.max_qos, 0, 2);
    table.at_least("max_filters_per_packet", config.max_filters_per_packet, 1);
    table.within("keep_alive_multiplier", config.keep_alive_multiplier, 1.0, 10.0);
    // A server has to take ids of 1 to 23 bytes [MQTT-3.1.3-5] [MQTT3-3.1.3-5].
    let longest = ByteSize::bytes(65_535);
    table.within("max_client_id_length", config.max_client_id_length, ByteSize::bytes(23), longest);
    if let Some(levels) = config.max_topic_levels {
        table.at_least("max_topic_levels", levels, 1);
    }
}

fn spans(config: &MqttConfig, table: &mut Table<'_, '_>) {
    let second = Duration::from_secs(1);
    table.at_least("connect_timeout", config.connect_timeout, Duration::from_millis(100));
    for (key, keep_alive) in
        [("server_keep_alive", config.server_keep_alive), ("max_keep_alive", config.max_keep_alive)]
    {
        if let Some(keep_alive) = keep_alive {
            table.within(key, keep_alive, second, Duration::from_secs(65_535));
        }
    }
    for (key, expiry) in [
        ("default_message_expiry", config.default_message_expiry),
        ("max_message_expiry", config.max_message_expiry),
    ] {
        if let Some(expiry) = expiry {
            table.within(key, expiry, second, Duration::from_secs(u64::from(u32::MAX)));
        }
    }
    if let (Some(usual), Some(most)) = (config.default_message_expiry, config.max_message_expiry)
        && usual > most
    {
        table.refuse(
            "default_message_expiry",
            format_args!("must not be more than max_message_expiry, {most}"),
        );
    }
    if let Some(expiry) = config.session_expiry_3x
        && expiry > config.max_session_expiry
    {
        let most = config.max_session_expiry;
        table.refuse("session_expiry_3x", format_args!("must not be more than max_session_expiry, {most}"));
    }
}

fn texts(config: &MqttConfig, table: &mut Table<'_, '_>) {
    if config.accept_versions.is_empty() {
        table.refuse("accept_versions", "nobody could connect: name a version, such as \"3.1.1\"");
    }
    if config.auto_id_prefix.len() > 64 || config.auto_id_prefix.contains(char::is_control) {
        table.refuse("auto_id_prefix", "at most 64 bytes of text without control characters are expected");
    }
    for (key, text) in [
        ("response_information", &config.response_information),
        ("server_reference", &config.server_reference),
    ] {
        if text.as_ref().is_some_and(|text| text.is_empty() || text.len() > 1_024 || text.contains('\0')) {
            table.refuse(key, "1 to 1,024 bytes of text are expected");
        }
    }
}

fn rules(config: &MqttConfig, table: &mut Table<'_, '_>) {
    for (index, rule) in config.subscription_max_qos.iter().enumerate() {
        let at = format!("subscription_max_qos[{index}]");
        table.within(&format!("{at}.qos"), rule.qos, 0, 2);
        let plain =
            check_topic_filter(&rule.filter).is_ok() && matches!(parse_shared_filter(&rule.filter), Ok(None));
        if !plain {
            table.refuse(&format!("{at}.filter"), format_args!("{:?} is no topic filter", rule.filter));
        }
    }
}
