//! What a zone of the configuration is to the kernel.

use std::sync::Arc;
use std::time::Duration;

use tidegate_broker::{
    AttributePattern, CertificateField, ClientFrom, ClientRates, DecisionLimits, Member, Naming,
    SessionLimits, SharedRates, Takeover, UserFrom, UserQuotas, Zone, ZoneMeters,
};
use tidegate_config::Strikes;
use tidegate_config::sections::{self, Authorization, OfflinePolicy};
use tidegate_guard::{FailureRules, Rate, Threshold};
use tidegate_types::{Limits, Text};

use super::opening::Opening;

/// A zone that was made, and what of it may go on in the one that comes after it.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) zone: Arc<Zone>,
    /// What its meters were made from.
    shared: Shared,
}

/// Rates that all clients of a zone share.
type Shared = [Option<tidegate_config::Rate>; 3];

impl Made {
    /// Lets nobody in, until the zone of this name is in force.
    pub(super) fn opening(name: &str) -> Self {
        let chain = vec![Member::new("opening", Arc::new(Opening))];
        let zone = Arc::new(Zone { name: name.into(), chain, ..Zone::default() });
        Self { name: name.to_owned(), zone, shared: [None; 3] }
    }
}

/// What a zone is made of beside its chain; what it leaves unset holds as in the whole broker.
pub(super) struct Materials<'a> {
    pub(super) written: &'a sections::Zone,
    pub(super) authorization: &'a Authorization,
    pub(super) limits: &'a Limits,
}

impl Materials<'_> {
    /// The zone. Where its shared rates are those of a zone of its name in `before`, they go on: a reload gives nobody
    /// a fresh start.
    pub(super) fn zone(&self, name: &str, chain: Vec<Member>, before: &[&Made]) -> anyhow::Result<Made> {
        let written = self.written;
        let shared = [written.max_zone_message_rate, written.max_zone_byte_rate, written.max_connect_rate];
        let same = before.iter().find(|made| made.name == name && made.shared == shared);
        let meters = match same {
            Some(made) => made.zone.meters.clone(),
            None => {
                let [messages, bytes, connects] = shared;
                ZoneMeters::new(SharedRates::new(rate(messages)?, rate(bytes)?), rate(connects)?)
            }
        };
        let zone = Zone {
            name: name.into(),
            chain,
            naming: naming(written),
            session: session(written, self.limits),
            attributes: attributes(written),
            takeover: match written.takeover.unwrap_or_default() {
                sections::Takeover::SameUser => Takeover::SameUser,
                sections::Takeover::Anybody => Takeover::Anybody,
            },
            decisions: DecisionLimits {
                entries: usize::try_from(self.authorization.cache_entries).unwrap_or(usize::MAX),
                bytes: self.authorization.cache_bytes.as_usize(),
            },
            rates: ClientRates {
                messages: rate(written.max_message_rate)?,
                bytes: rate(written.max_byte_rate)?,
                subscribes: rate(written.max_subscribe_rate)?,
            },
            meters,
            failures: failures(written),
            flapping: written.flapping.and_then(threshold),
            quotas: quotas(written),
        };
        Ok(Made { name: name.to_owned(), zone: Arc::new(zone), shared })
    }
}

fn failures(written: &sections::Zone) -> FailureRules {
    FailureRules {
        by_pair: written.failed_logins.and_then(threshold),
        by_address: written.failed_logins_per_address.and_then(threshold),
        spared: written.failed_logins_spared.clone().unwrap_or_default(),
    }
}

fn quotas(written: &sections::Zone) -> UserQuotas {
    UserQuotas {
        sessions: written.max_sessions_per_user.map(u64::from),
        subscriptions: written.max_subscriptions_per_user.map(u64::from),
        retained_messages: written.max_retained_messages_per_user.map(u64::from),
        retained_bytes: written.max_retained_bytes_per_user.map(tidegate_config::ByteSize::get),
    }
}

fn attributes(written: &sections::Zone) -> Vec<(Text, AttributePattern)> {
    let patterns = written.attributes.iter().flatten();
    patterns.map(|(name, pattern)| (Text::from(name.as_str()), AttributePattern::new(pattern))).collect()
}

fn rate(written: Option<tidegate_config::Rate>) -> anyhow::Result<Option<Rate>> {
    let rate = written.map(|rate| Rate::new(rate.amount, rate.per.get(), rate.burst));
    Ok(rate.transpose()?)
}

fn threshold(strikes: Strikes) -> Option<Threshold> {
    match strikes {
        Strikes::Off => None,
        Strikes::Of { count, window, ban } => {
            Some(Threshold { count, window: window.get(), keep_out: ban.get() })
        }
    }
}

fn session(written: &sections::Zone, limits: &Limits) -> SessionLimits {
    let broker = SessionLimits::from(limits);
    let count = |set: Option<u32>, broker| set.map_or(broker, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let bytes = |set: Option<tidegate_config::ByteSize>, broker| set.map_or(broker, |size| size.as_usize());
    SessionLimits {
        queue_messages: count(written.max_queued_messages, broker.queue_messages),
        queue_bytes: bytes(written.max_queued_bytes, broker.queue_bytes),
        at_most_once_bytes: bytes(written.max_unsent_bytes, broker.at_most_once_bytes),
        keep_at_most_once: written.keep_at_most_once.unwrap_or(broker.keep_at_most_once),
        offline: written.offline_policy.map_or(broker.offline, |policy| match policy {
            OfflinePolicy::DropOldest => tidegate_types::OfflinePolicy::DropOldest,
            OfflinePolicy::Refuse => tidegate_types::OfflinePolicy::Refuse,
        }),
        grace: broker.grace,
        subscriptions: count(written.max_subscriptions, broker.subscriptions),
        subscription_bytes: bytes(written.max_subscription_bytes, broker.subscription_bytes),
        session_expiry: written
            .max_expiry
            .map_or(broker.session_expiry, |expiry| expiry.get().unwrap_or(Duration::MAX)),
        once_keys: written.max_once_keys.map_or(broker.once_keys, usize::from),
    }
}

fn naming(written: &sections::Zone) -> Naming {
    use CertificateField as Field;
    use sections::{ClientIdFrom as Client, UserFrom as User};
    Naming {
        user: match written.user_from.unwrap_or_default() {
            User::Client => UserFrom::Sent,
            User::CertificateCn => UserFrom::Certificate(Field::CommonName),
            User::CertificateSubject => UserFrom::Certificate(Field::Subject),
            User::CertificateSanDns => UserFrom::Certificate(Field::Dns),
            User::CertificateSanEmail => UserFrom::Certificate(Field::Email),
            User::CertificateSanUri => UserFrom::Certificate(Field::Uri),
        },
        client: match written.client_id_from.unwrap_or_default() {
            Client::Client => ClientFrom::Sent,
            Client::User => ClientFrom::User,
            Client::CertificateCn => ClientFrom::Certificate(Field::CommonName),
            Client::CertificateSubject => ClientFrom::Certificate(Field::Subject),
            Client::CertificateSanDns => ClientFrom::Certificate(Field::Dns),
            Client::CertificateSanEmail => ClientFrom::Certificate(Field::Email),
            Client::CertificateSanUri => ClientFrom::Certificate(Field::Uri),
        },
    }
}
