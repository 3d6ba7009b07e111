//! SUBSCRIBE.

use std::num::NonZeroU32;

use mqtt_codec::{
    PacketId, Properties, ReasonCode, ReasonCodes, SubAck, Subscribe, Subscription, Version,
    parse_shared_filter,
};
use tidegate_gateway::{Context, Granted, Guarantee, Outcome, Refusal, SubscribeDraft};

use super::MqttChannel;
use super::owed::Owing;
use crate::config::Settings;
use crate::mapping::{self, Fault};
use crate::reason;

/// A filter taken apart: the group that shares it, and what topics are matched with.
pub(super) type Parts<'a> = (Option<&'a str>, &'a str);

/// Takes `$share/group/filter` apart, in every version.
pub(super) fn parts(filter: &str) -> Result<Parts<'_>, ReasonCode> {
    match parse_shared_filter(filter) {
        Ok(Some(shared)) => Ok((Some(shared.group), shared.filter)),
        Ok(None) => Ok((None, filter)),
        Err(error) => Err(error.reason()),
    }
}

impl MqttChannel {
    /// Many filters are one question, answered by one SUBACK [MQTT-3.8.4-5] [MQTT3-3.8.4-4].
    pub(super) fn handle_subscribe(&mut self, cx: &mut Context<'_>, packet: &Subscribe<'_>) {
        let identifier = packet.properties.subscription_ids().next();
        if identifier.is_some() && !self.settings.subscription_identifiers_available {
            let why = "subscription identifiers are not available";
            return self.end(cx, ReasonCode::SubscriptionIdentifiersNotSupported, why);
        }
        let crowded = packet.subscriptions.len() > self.settings.max_filters_per_packet;
        let mut codes = Vec::with_capacity(packet.subscriptions.len());
        let mut drafts = Vec::with_capacity(if crowded { 0 } else { packet.subscriptions.len() });
        for entry in &packet.subscriptions {
            match screen(&entry, &self.settings) {
                Err((reason, why)) if self.version == Version::V5 => return self.end(cx, reason, why),
                Err((reason, _)) => codes.push(Some(reason)),
                Ok(_) if crowded => codes.push(Some(ReasonCode::QuotaExceeded)),
                Ok(parts) if !self.settings.is_shallow(parts.1) => {
                    codes.push(Some(ReasonCode::TopicFilterInvalid));
                }
                Ok(parts) => {
                    codes.push(None);
                    drafts.push(self.draft(&entry, parts, identifier));
                }
            }
        }
        if drafts.is_empty() {
            return self.handle_granted(cx, packet.packet_id, &codes, Ok(Granted::new()));
        }
        match cx.door.subscribe(&drafts) {
            Outcome::Done(result) => self.handle_granted(cx, packet.packet_id, &codes, result),
            Outcome::Pending(request) => self.owe(request, Owing::SubAck(packet.packet_id, codes)),
        }
    }

    /// What is asked of the kernel for one entry. A QoS below the one asked for may be granted [MQTT-3.8.4-7]
    /// [MQTT3-3.8.4-6].
    fn draft<'a>(
        &self,
        entry: &Subscription<'a>,
        parts: Parts<'a>,
        identifier: Option<NonZeroU32>,
    ) -> SubscribeDraft<'a> {
        let mut draft = mapping::subscription(entry, parts, identifier);
        draft.guarantee = draft.guarantee.min(mapping::guarantee(self.settings.subscription_qos(parts.1)));
        // v5 clients say it themselves, and may not of shared subscriptions [MQTT-3.8.3-4].
        draft.no_local |= self.settings.suppress_own_messages && !self.is_v5() && parts.0.is_none();
        draft
    }

    /// A code for each filter, in their order [MQTT-3.8.4-1] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT3-3.8.4-1]
    /// [MQTT3-3.8.4-2] [MQTT3-3.8.4-5]. Neither a reason string nor a user property is sent [MQTT-3.9.2-1]
    /// [MQTT-3.9.2-2]. It has what is decided here, the kernel's answers between.
    pub(super) fn handle_granted(
        &mut self,
        cx: &mut Context<'_>,
        id: PacketId,
        codes: &[Option<ReasonCode>],
        result: Result<Granted, Refusal>,
    ) {
        if matches!(result, Err(Refusal::TakenOver)) {
            return;
        }
        let refusal = result.as_ref().err().copied();
        let mut granted = result.unwrap_or_default().into_iter();
        let next = || match (refusal, granted.next()) {
            (Some(refusal), _) | (None, Some(Err(refusal))) => reason::of_filter(refusal),
            (None, Some(Ok(guarantee))) => granted_code(guarantee),
            (None, None) => ReasonCode::UnspecifiedError,
        };
        let codes = fill(codes, next);
        let codes = ReasonCodes::from_slice(&codes);
        let packet = SubAck { packet_id: id, properties: Properties::EMPTY, codes };
        let length = packet.encoded_len(self.version).unwrap_or(usize::MAX);
        if self.extra.as_ref().is_none_or(|extra| extra.takes(length)) {
            self.sent(packet.encode(self.version, cx.out.buffer()));
        } else {
            self.end(
                cx,
                ReasonCode::ImplementationSpecificError,
                "the SUBACK is longer than the client takes",
            );
        }
    }
}

/// The codes that stand, and the next answer in each place that has none.
pub(super) fn fill(codes: &[Option<ReasonCode>], mut next: impl FnMut() -> ReasonCode) -> Vec<ReasonCode> {
    codes.iter().map(|code| code.unwrap_or_else(&mut next)).collect()
}

const fn granted_code(guarantee: Guarantee) -> ReasonCode {
    match guarantee {
        Guarantee::AtMostOnce => ReasonCode::Success,
        Guarantee::AtLeastOnce => ReasonCode::GrantedQos1,
        Guarantee::ExactlyOnce => ReasonCode::GrantedQos2,
    }
}

/// What is available here. A v5 client was told and is closed if it asks nevertheless (MQTT 5.0 §3.2.2.3.11,
/// §3.2.2.3.13); of a 3.x client the one subscription fails [MQTT3-3.8.3-2].
fn screen<'a>(entry: &Subscription<'a>, settings: &Settings) -> Result<Parts<'a>, Fault> {
    let parts = parts(entry.filter).map_err(|reason| (reason, "not a shared subscription"))?;
    if parts.0.is_some() && !settings.shared_available {
        return Err((ReasonCode::SharedSubscriptionsNotSupported, "shared subscriptions are not available"));
    }
    if !settings.wildcard_available && parts.1.contains(['+', '#']) {
        return Err((
            ReasonCode::WildcardSubscriptionsNotSupported,
            "wildcard subscriptions are not available",
        ));
    }
    Ok(parts)
}
