//! UNSUBSCRIBE.

use mqtt_codec::{PacketId, Properties, ReasonCode, ReasonCodes, UnsubAck, Unsubscribe};
use tidegate_gateway::{Context, Outcome, Refusal, Removed};

use super::MqttChannel;
use super::owed::Owing;
use super::subscribe::{fill, parts};
use crate::reason;

impl MqttChannel {
    /// Filters are compared as they were given [MQTT-3.10.4-1] [MQTT3-3.10.4-1]; many are one question, answered
    /// by one UNSUBACK [MQTT-3.10.4-6] [MQTT3-3.10.4-6].
    pub(super) fn handle_unsubscribe(&mut self, cx: &mut Context<'_>, packet: &Unsubscribe<'_>) {
        let crowded = packet.filters.len() > self.settings.max_filters_per_packet;
        let mut codes = Vec::with_capacity(packet.filters.len());
        let mut filters = Vec::with_capacity(if crowded { 0 } else { packet.filters.len() });
        for filter in &packet.filters {
            match parts(filter) {
                Err(reason) => codes.push(Some(reason)),
                // UNSUBACK has no code for a quota.
                Ok(_) if crowded => codes.push(Some(ReasonCode::ImplementationSpecificError)),
                Ok(parts) => {
                    codes.push(None);
                    filters.push(parts);
                }
            }
        }
        if filters.is_empty() {
            return self.handle_removed(cx, packet.packet_id, &codes, Ok(Removed::new()));
        }
        match cx.door.unsubscribe(&filters) {
            Outcome::Done(result) => self.handle_removed(cx, packet.packet_id, &codes, result),
            Outcome::Pending(request) => self.owe(request, Owing::UnsubAck(packet.packet_id, codes)),
        }
    }

    /// An UNSUBACK is due even if nothing matched [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT3-3.10.4-4]
    /// [MQTT3-3.10.4-5]; v5 has a code for each filter, in their order [MQTT-3.11.3-1].
    /// Neither a reason string nor a user property is sent [MQTT-3.11.2-1] [MQTT-3.11.2-2].
    pub(super) fn handle_removed(
        &mut self,
        cx: &mut Context<'_>,
        id: PacketId,
        codes: &[Option<ReasonCode>],
        result: Result<Removed, Refusal>,
    ) {
        if matches!(result, Err(Refusal::TakenOver)) {
            return;
        }
        let refusal = result.as_ref().err().copied();
        let mut removed = result.unwrap_or_default().into_iter();
        let next = || match (refusal, removed.next()) {
            (Some(refusal), _) | (None, Some(Err(refusal))) => of_removal(refusal),
            (None, Some(Ok(true))) => ReasonCode::Success,
            (None, Some(Ok(false))) => ReasonCode::NoSubscriptionExisted,
            (None, None) => ReasonCode::UnspecifiedError,
        };
        let codes = fill(codes, next);
        let codes = ReasonCodes::from_slice(&codes);
        let packet = UnsubAck { packet_id: id, properties: Properties::EMPTY, codes };
        let length = packet.encoded_len(self.version).unwrap_or(usize::MAX);
        if self.extra.as_ref().is_none_or(|extra| extra.takes(length)) {
            self.sent(packet.encode(self.version, cx.out.buffer()));
        } else {
            self.end(
                cx,
                ReasonCode::ImplementationSpecificError,
                "the UNSUBACK is longer than the client takes",
            );
        }
    }
}

/// An UNSUBACK has no code for a quota.
fn of_removal(refusal: Refusal) -> ReasonCode {
    match reason::of_filter(refusal) {
        ReasonCode::QuotaExceeded => ReasonCode::ImplementationSpecificError,
        code => code,
    }
}
