//! The kernel's built-in limits are those that the configuration documents.

use tidegate_config::sections::{Limits, OfflinePolicy, Session};
use tidegate_types as core;

#[test]
fn the_documented_defaults_are_the_kernels() {
    let (limits, session) = (Limits::default(), Session::default());
    let documented = core::Limits {
        topic: core::TopicLimits {
            max_bytes: limits.max_topic_length.as_usize(),
            max_levels: limits.max_topic_levels.into(),
        },
        queue_messages: whole(session.max_queued_messages),
        queue_bytes: session.max_queued_bytes.as_usize(),
        at_most_once_bytes: session.max_unsent_bytes.as_usize(),
        keep_at_most_once: session.keep_at_most_once,
        offline: match limits.offline_policy {
            OfflinePolicy::DropOldest => core::OfflinePolicy::DropOldest,
            OfflinePolicy::Refuse => core::OfflinePolicy::Refuse,
        },
        grace: limits.slow_consumer_grace.get(),
        held_bytes: limits.max_held_bytes.as_usize(),
        subscriptions: whole(limits.max_subscriptions_per_session),
        subscription_bytes: limits.max_subscription_bytes_per_session.as_usize(),
        sessions: whole(limits.max_sessions),
        session_expiry: session.max_expiry.get().expect("sessions end by default"),
        once_keys: session.max_once_keys.into(),
        retained_messages: whole(limits.max_retained_messages),
        retained_bytes: limits.max_retained_bytes.as_usize(),
        bans: whole(limits.max_bans),
        pattern_bans: whole(limits.max_pattern_bans),
        user_name_bytes: limits.max_user_name_length.as_usize(),
        pending_answers: session.max_pending_answers.into(),
    };
    assert_eq!(documented, core::Limits::default());
}

fn whole(count: impl TryInto<usize>) -> usize {
    count.try_into().ok().expect("a default fits")
}
