//! Packet ⇄ core message, both ways.
//!
//! | core | PUBLISH | v5 property |
//! |---|---|---|
//! | topic | Topic Name, or what a Topic Alias stands for | – |
//! | payload, retain | as they are | – |
//! | guarantee | QoS | – |
//! | expiry | – (3.x: none) | Message Expiry Interval, counted down |
//! | payload is text, content type, response topic, correlation data, user properties | – | the same, bytes as they came, in their order |
//! | identifiers of a delivery | – | Subscription Identifier, one each |
//! | repeat of a delivery | DUP | – |
//! | handle of a delivery | Packet Identifier | – |

use std::borrow::Cow;
use std::time::{Duration, Instant};

use mqtt_codec::{
    Connect, PacketId, Properties as WireProperties, Publish, Qos, RetainHandling, Subscription,
};
use tidegate_gateway::{
    Draft, Guarantee, Message, PrincipalRef, Properties, RetainedOn, SubscribeDraft, WillDraft,
};

/// What a client did that the protocol allows to refuse: the words go into a reason string.
pub(crate) type Fault = (mqtt_codec::ReasonCode, &'static str);

/// QoS as a guarantee.
pub(crate) const fn guarantee(qos: Qos) -> Guarantee {
    match qos {
        Qos::AtMostOnce => Guarantee::AtMostOnce,
        Qos::AtLeastOnce => Guarantee::AtLeastOnce,
        Qos::ExactlyOnce => Guarantee::ExactlyOnce,
    }
}

/// A guarantee as QoS.
pub(crate) const fn qos(guarantee: Guarantee) -> Qos {
    match guarantee {
        Guarantee::AtMostOnce => Qos::AtMostOnce,
        Guarantee::AtLeastOnce => Qos::AtLeastOnce,
        Guarantee::ExactlyOnce => Qos::ExactlyOnce,
    }
}

/// The part of a property block that goes with the message, unaltered and in order [MQTT-3.3.2-4]
/// [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]. Borrowed, unless
/// properties of one hop stand between those that stay.
pub(crate) fn kept<'a>(properties: &WireProperties<'a>) -> Cow<'a, [u8]> {
    let mut runs = properties.forwardable();
    let first = runs.next().unwrap_or_default();
    match runs.next() {
        None => Cow::Borrowed(first),
        Some(second) => {
            let mut all = [first, second].concat();
            runs.for_each(|run| all.extend_from_slice(run));
            Cow::Owned(all)
        }
    }
}

/// A block from [`kept`] as the core sees it: the layout is the same.
pub(crate) fn core_properties(block: &[u8]) -> Properties<'_> {
    // The codec has checked it, so the core's own check finds nothing.
    Properties::from_block(block).unwrap_or_default()
}

/// A PUBLISH as a draft. `topic` is what its alias stands for, where it has none of its own.
pub(crate) fn draft<'a>(packet: &Publish<'a>, topic: &'a str, properties: Properties<'a>) -> Draft<'a> {
    Draft {
        topic,
        properties,
        payload: packet.payload,
        guarantee: guarantee(packet.qos),
        retain: packet.retain,
        expiry_seconds: packet.properties.message_expiry_interval(),
    }
}

/// The will of a CONNECT, in nobody's name until somebody is let in. Its user properties keep their order
/// [MQTT-3.1.3-10].
pub(crate) fn will(connect: &Connect<'_>) -> Option<WillDraft> {
    let will = connect.will.as_ref()?;
    Some(WillDraft {
        topic: will.topic.into(),
        properties: kept(&will.properties).into(),
        payload: will.payload.into(),
        guarantee: guarantee(will.qos),
        retain: will.retain,
        expiry_seconds: will.properties.message_expiry_interval(),
        delay: Duration::from_secs(u64::from(will.properties.will_delay_interval().unwrap_or(0))),
        principal: PrincipalRef::default(),
    })
}

/// One entry of a SUBSCRIBE; `group` and `filter` are its filter taken apart.
pub(crate) fn subscription<'a>(
    entry: &Subscription<'a>,
    (group, filter): (Option<&'a str>, &'a str),
    identifier: Option<std::num::NonZeroU32>,
) -> SubscribeDraft<'a> {
    SubscribeDraft {
        filter,
        group,
        guarantee: guarantee(entry.options.qos),
        no_local: entry.options.no_local,
        retain_as_published: entry.options.retain_as_published,
        retained: match entry.options.retain_handling {
            RetainHandling::Send => RetainedOn::Subscribe,
            RetainHandling::SendIfNew => RetainedOn::NewSubscription,
            RetainHandling::DoNotSend => RetainedOn::Never,
        },
        identifier,
    }
}

/// What is left of a message's expiry, in whole seconds rounded up [MQTT-3.3.2-6]; `Err` when nothing is.
pub(crate) fn remaining_expiry(message: &Message, now: Instant) -> Result<Option<u32>, Expired> {
    let Some(expires) = message.expires() else { return Ok(None) };
    let left = expires.checked_duration_since(now).filter(|left| !left.is_zero()).ok_or(Expired)?;
    let seconds = left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0));
    Ok(Some(u32::try_from(seconds).unwrap_or(u32::MAX)))
}

/// A message's time is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expired;

/// A delivery's handle as a packet identifier; zero stands for none in both.
pub(crate) fn packet_id(handle: u32) -> Option<PacketId> {
    u16::try_from(handle).ok().and_then(PacketId::new)
}

/// A session expiry as the wire's seconds; all ones for ever.
pub(crate) fn expiry_seconds(expiry: Duration) -> u32 {
    u32::try_from(expiry.as_secs()).unwrap_or(u32::MAX)
}

/// The wire's session expiry as a span.
pub(crate) fn expiry(seconds: u32) -> Duration {
    if seconds == u32::MAX { Duration::MAX } else { Duration::from_secs(u64::from(seconds)) }
}

#[cfg(test)]
mod tests;
