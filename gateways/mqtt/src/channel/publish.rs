//! PUBLISH from a client.

use mqtt_codec::{Publish, Qos, ReasonCode};
use tidegate_gateway::{Context, Refusal};

use super::MqttChannel;
use super::owed::Owing;
use crate::mapping::{self, Fault};

impl MqttChannel {
    pub(super) fn handle_publish(&mut self, cx: &mut Context<'_>, packet: &Publish<'_>) {
        if self.is_v5()
            && let Err((reason, why)) = self.screen_publish(packet)
        {
            return self.end(cx, reason, why);
        }
        let (qos, id) = (packet.qos, packet.packet_id);
        let once = id.filter(|_| qos == Qos::ExactlyOnce).map(|id| u32::from(id.get()));
        let block = mapping::kept(&packet.properties);
        let Some(topic) = self.topic_of(packet) else {
            return self.end(cx, ReasonCode::ProtocolError, "a topic alias that stands for nothing");
        };
        if let Err(refusal) = self.judge(packet, topic) {
            if self.debts.is_empty() {
                return self.handle_published(cx, (qos, id), Err(refusal));
            }
            return self.owe_refusal(qos, id, refusal);
        }
        let mut draft = mapping::draft(packet, topic, mapping::core_properties(&block));
        draft.expiry_seconds = self.settings.message_expiry(draft.expiry_seconds);
        if !self.is_v5() {
            // 3.x cannot be told what is not available.
            draft.guarantee = draft.guarantee.min(mapping::guarantee(self.settings.max_qos));
            draft.retain &= self.settings.retain_available;
        }
        let outcome = cx.door.publish(&draft, once);
        match self.take_answer(outcome, || Owing::Publish(qos, id)) {
            Some(result) => self.handle_published(cx, (qos, id), result),
            None => self.count_late(qos, id),
        }
    }

    /// What a v5 client was told in the CONNACK; beyond it, it is closed.
    fn screen_publish(&mut self, packet: &Publish<'_>) -> Result<(), Fault> {
        if packet.qos > self.settings.max_qos {
            // [MQTT-3.2.2-11]
            return Err((ReasonCode::QosNotSupported, "above the maximum QoS"));
        }
        if packet.retain && !self.settings.retain_available {
            // [MQTT-3.2.2-14]
            return Err((ReasonCode::RetainNotSupported, "retained messages are not available"));
        }
        if let Some(alias) = packet.properties.topic_alias() {
            if alias.get() > self.settings.topic_alias_maximum {
                // [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]
                return Err((ReasonCode::TopicAliasInvalid, "above the topic alias maximum"));
            }
            if let Some(extra) = self.extra.as_mut().filter(|_| !packet.topic.is_empty()) {
                // [MQTT-3.3.2-12]
                extra.inbound.set(alias, packet.topic);
            }
        }
        self.count_in(packet)
    }

    /// What is refused here of a message by itself.
    fn judge(&self, packet: &Publish<'_>, topic: &str) -> Result<(), Refusal> {
        if self.settings.validate_payload_format && !is_what_it_says(packet) {
            return Err(Refusal::BadPayload);
        }
        if !self.settings.is_shallow(topic) {
            return Err(Refusal::BadTopic);
        }
        Ok(())
    }

    /// The topic, or what its alias stands for.
    fn topic_of<'a>(&'a self, packet: &Publish<'a>) -> Option<&'a str> {
        if !packet.topic.is_empty() {
            return Some(packet.topic);
        }
        self.extra.as_ref()?.inbound.get(packet.properties.topic_alias()?)
    }
}

/// A payload that is said to be text is UTF-8.
fn is_what_it_says(packet: &Publish<'_>) -> bool {
    packet.properties.payload_format_indicator() != Some(true) || std::str::from_utf8(packet.payload).is_ok()
}
