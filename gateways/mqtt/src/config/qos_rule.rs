//! The highest quality of service of some subscriptions.

use serde::{Deserialize, Serialize};

/// `[[mqtt.subscription_max_qos]]`: subscriptions within a filter are granted at most this QoS.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QosRule {
    /// The filter; a subscription is within it if it matches no topic that the filter does not match.
    pub filter: String,
    /// 0, 1 or 2.
    pub qos: u8,
}

/// Whether every topic that `inner` matches is matched by `outer`; both are filters without a group.
pub(super) fn within(inner: &str, outer: &str) -> bool {
    // A wildcard at the first level matches no topic that begins with $ [MQTT-4.7.2-1] [MQTT3-4.7.2-1].
    if inner.starts_with('$') && outer.starts_with(['+', '#']) {
        return false;
    }
    let (mut inner, mut outer) = (inner.split('/'), outer.split('/'));
    loop {
        match (inner.next(), outer.next()) {
            // It matches the level above it too (MQTT 5.0 §4.7.1.2).
            (_, Some("#")) | (None, None) => return true,
            (Some(level), Some("+")) if level != "#" => {}
            (Some(level), Some(wanted)) if level == wanted => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_lies_within_another_or_not() {
        for (inner, outer) in [
            ("a", "#"),
            ("#", "#"),
            ("+/b", "+/+"),
            ("a/b", "a/+"),
            ("a", "a/#"),
            ("a/#", "a/#"),
            ("a/+/#", "a/#"),
            ("$x/a", "$x/#"),
            ("/", "+/+"),
        ] {
            assert!(within(inner, outer), "{inner} in {outer}");
        }
        for (inner, outer) in [
            ("#", "a/#"),
            ("+", "a"),
            ("a/#", "a/+"),
            ("a/#", "a/+/#"),
            ("a", "a/+"),
            ("a/b", "a"),
            ("$x/a", "#"),
            ("$x/a", "+/a"),
            ("a", "a/"),
        ] {
            assert!(!within(inner, outer), "{inner} in {outer}");
        }
    }
}
