//! `[zones.<name>]`

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{ClientIdFrom, Takeover, UserFrom};
use crate::sections::OfflinePolicy;
use crate::{ByteSize, Checks, Duration, Lifetime, Rate, Strikes};

/// Declares [`Zone`] with all its fields optional, and what a zone takes from another.
macro_rules! zone {
    ($($(#[$attribute:meta])* $field:ident: $type:ty,)*) => {
        /// What differs in a zone. What is unset holds as in the default zone, and else as the whole broker has it.
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Zone {
            $(
                $(#[$attribute])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }

        impl Zone {
            /// What this zone says, and `other` where it says nothing.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($field: self.$field.or(other.$field),)* }
            }
        }
    };
}

zone! {
    /// The methods of authentication, in order, instead of `auth.chain`.
    chain: Vec<String>,
    /// Where user names come from.
    user_from: UserFrom,
    /// Where client ids come from.
    client_id_from: ClientIdFrom,
    /// Attributes that clients get, patterns for their values.
    attributes: BTreeMap<String, String>,
    /// Who may take over a session.
    takeover: Takeover,

    /// Messages waiting for a client.
    max_queued_messages: u32,
    /// Bytes of messages waiting for a client.
    max_queued_bytes: ByteSize,
    /// Bytes of at-most-once messages waiting to be sent.
    max_unsent_bytes: ByteSize,
    /// Whether at-most-once messages wait for a client that is away.
    keep_at_most_once: bool,
    /// What a full queue does while nobody is connected.
    offline_policy: OfflinePolicy,
    /// Subscriptions of one session.
    max_subscriptions: u32,
    /// Bytes of the filters of one session.
    max_subscription_bytes: ByteSize,
    /// How long a session is kept without a connection, at most.
    max_expiry: Lifetime,
    /// Exactly-once messages of a client that are not finished.
    max_once_keys: u16,

    /// Messages of one client.
    max_message_rate: Rate,
    /// Bytes of one client's messages.
    max_byte_rate: Rate,
    /// Subscriptions that one client makes.
    max_subscribe_rate: Rate,
    /// Messages of all clients of the zone.
    max_zone_message_rate: Rate,
    /// Bytes of the messages of all clients of the zone.
    max_zone_byte_rate: Rate,
    /// Connections from one address.
    max_connect_rate: Rate,
    /// Failed logins of one user name from one address, and how long that pair is then turned away.
    failed_logins: Strikes,
    /// Failed logins from one address, and how long it is then turned away.
    failed_logins_per_address: Strikes,
    /// Addresses that are never turned away for failed logins.
    #[serde(deserialize_with = "crate::network::list_if_set")]
    failed_logins_spared: Vec<IpNet>,
    /// Connections of one client id, and how long it is then banned.
    flapping: Strikes,

    /// Sessions of one user.
    max_sessions_per_user: u32,
    /// Subscriptions of all sessions of one user.
    max_subscriptions_per_user: u32,
    /// Retained messages that one user may have stored.
    max_retained_messages_per_user: u32,
    /// Bytes of them.
    max_retained_bytes_per_user: ByteSize,
}

impl Zone {
    pub(super) fn check(&self, name: &str, checks: &mut Checks<'_>) {
        let key = |field: &str| format!("{name}.{field}");
        let counts = [
            ("max_queued_messages", self.max_queued_messages),
            ("max_subscriptions", self.max_subscriptions),
            ("max_once_keys", self.max_once_keys.map(u32::from)),
        ];
        for (field, count) in counts {
            if let Some(count) = count {
                checks.at_least(&key(field), count, 1);
            }
        }
        for (field, size) in
            [("max_queued_bytes", self.max_queued_bytes), ("max_unsent_bytes", self.max_unsent_bytes)]
        {
            if let Some(size) = size {
                checks.at_least(&key(field), size, ByteSize::kib(1));
            }
        }
        if self.chain.as_ref().is_some_and(Vec::is_empty) {
            checks.refuse(&key("chain"), "nobody could connect: name a method, such as \"anonymous\"");
        }
        let strikes = [
            ("failed_logins", self.failed_logins),
            ("failed_logins_per_address", self.failed_logins_per_address),
            ("flapping", self.flapping),
        ];
        for (field, strikes) in strikes {
            if let Some(Strikes::Of { window, ban, .. }) = strikes {
                checks.at_least(&key(field), window, Duration::from_secs(1));
                checks.at_least(&key(field), ban, Duration::from_secs(1));
            }
        }
        for (attribute, pattern) in self.attributes.iter().flatten() {
            if let Err(why) = pattern_is_known(pattern) {
                checks.refuse(&key(&format!("attributes.{attribute}")), why);
            }
        }
    }
}

/// The words that may stand in `${…}` in an attribute's pattern.
const ATTRIBUTE_PLACEHOLDERS: [&str; 8] = [
    "username",
    "clientid",
    "address",
    "listener",
    "cert_cn",
    "cert_subject",
    "cert_san_dns",
    "cert_fingerprint",
];

/// Whether every `${…}` in `pattern` is one that is known.
fn pattern_is_known(pattern: &str) -> Result<(), String> {
    let mut rest = pattern;
    while let Some((_, behind)) = rest.split_once("${") {
        let Some((word, left)) = behind.split_once('}') else {
            return Err("a ${ without its }".to_owned());
        };
        if !ATTRIBUTE_PLACEHOLDERS.contains(&word) {
            return Err(format!("no placeholder ${{{word}}} (known: {})", ATTRIBUTE_PLACEHOLDERS.join(", ")));
        }
        rest = left;
    }
    Ok(())
}
