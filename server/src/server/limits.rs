//! From what the configuration says to what the kernel and the drivers take.

use std::time::Duration;

use tidegate_broker::SharedRates;
use tidegate_config::Loaded;
use tidegate_config::sections::{self, OfflinePolicy};
use tidegate_guard::Rate;
use tidegate_runtime::RuntimeConfig;
use tidegate_types::{Limits, TopicLimits};

/// The kernel's bounds.
pub(crate) fn kernel(config: &Loaded) -> anyhow::Result<Limits> {
    let limits: sections::Limits = config.section()?;
    let session: sections::Session = config.section()?;
    Ok(Limits {
        topic: TopicLimits {
            max_bytes: limits.max_topic_length.as_usize(),
            max_levels: usize::from(limits.max_topic_levels),
        },
        queue_messages: count(session.max_queued_messages.into()),
        queue_bytes: session.max_queued_bytes.as_usize(),
        at_most_once_bytes: session.max_unsent_bytes.as_usize(),
        keep_at_most_once: session.keep_at_most_once,
        offline: match limits.offline_policy {
            OfflinePolicy::DropOldest => tidegate_types::OfflinePolicy::DropOldest,
            OfflinePolicy::Refuse => tidegate_types::OfflinePolicy::Refuse,
        },
        grace: limits.slow_consumer_grace.get(),
        held_bytes: limits.max_held_bytes.as_usize(),
        subscriptions: count(limits.max_subscriptions_per_session.into()),
        subscription_bytes: limits.max_subscription_bytes_per_session.as_usize(),
        sessions: count(limits.max_sessions),
        session_expiry: session.max_expiry.get().unwrap_or(Duration::MAX),
        once_keys: usize::from(session.max_once_keys),
        retained_messages: count(limits.max_retained_messages),
        retained_bytes: limits.max_retained_bytes.as_usize(),
        bans: count(limits.max_bans.into()),
        pattern_bans: count(limits.max_pattern_bans.into()),
        user_name_bytes: limits.max_user_name_length.as_usize(),
        pending_answers: usize::from(session.max_pending_answers),
    })
}

/// What all clients together may publish in how long.
pub(crate) fn rates(config: &Loaded) -> anyhow::Result<SharedRates> {
    let limits: sections::Limits = config.section()?;
    let rate = |written: Option<tidegate_config::Rate>| {
        written.map(|rate| Rate::new(rate.amount, rate.per.get(), rate.burst)).transpose()
    };
    Ok(SharedRates::new(rate(limits.max_message_rate)?, rate(limits.max_byte_rate)?))
}

/// The drivers' settings.
pub(super) fn runtime(config: &Loaded) -> anyhow::Result<RuntimeConfig> {
    let limits: sections::Limits = config.section()?;
    let max_connections = u32::try_from(limits.max_connections).unwrap_or(u32::MAX);
    let max_kept_input = limits.max_kept_input.as_usize();
    Ok(RuntimeConfig { max_connections, max_kept_input, ..RuntimeConfig::default() })
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_config::{Loader, Sources};

    #[test]
    fn the_documented_defaults_are_the_kernels() {
        let config = Loader::new().load(&Sources::new()).unwrap();
        assert_eq!(kernel(&config).unwrap(), Limits::default());
        let runtime = runtime(&config).unwrap();
        assert_eq!(runtime.max_connections, RuntimeConfig::default().max_connections);
        assert_eq!(runtime.max_kept_input, RuntimeConfig::default().max_kept_input);
    }
}
