//! Acknowledgements that say more than success.

use mqtt_codec::{Ack, AckKind, EncodeError, PacketId, PropertiesBuf, Property, PropertySet, ReasonCode};
use tidegate_gateway::Context;

use super::MqttChannel;

impl MqttChannel {
    /// Acknowledges with success, under the identifier of the PUBLISH [MQTT3-2.3.1-6]: four bytes in every version.
    pub(super) fn ack(cx: &mut Context<'_>, kind: AckKind, id: PacketId) {
        cx.out.buffer().extend_from_slice(&kind.success(id));
    }

    /// Acknowledges with a reason (3.x has none and hears success), and with words if the client wants them
    /// [MQTT-3.1.2-29] and they fit [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.6.2-2] [MQTT-3.7.2-2]. No user property is sent
    /// [MQTT-3.4.2-3] [MQTT-3.5.2-3] [MQTT-3.6.2-3] [MQTT-3.7.2-3].
    pub(super) fn ack_with(
        &mut self,
        cx: &mut Context<'_>,
        (kind, id): (AckKind, PacketId),
        reason: ReasonCode,
        why: Option<&str>,
    ) {
        let set = match kind {
            AckKind::PubAck => PropertySet::PubAck,
            AckKind::PubRec => PropertySet::PubRec,
            AckKind::PubRel => PropertySet::PubRel,
            AckKind::PubComp => PropertySet::PubComp,
        };
        let mut buffer = PropertiesBuf::new(set);
        let extra = self.extra.as_ref();
        if let Some(why) = why.filter(|_| extra.is_some_and(|extra| extra.problem_information)) {
            // Texts of ours are short; one that is too long is not said.
            buffer.push(Property::ReasonString(why)).ok();
        }
        let mut ack = Ack { packet_id: id, reason, properties: buffer.properties() };
        let length = ack.encoded_len(kind, self.version).unwrap_or(usize::MAX);
        if extra.is_some_and(|extra| !extra.takes(length)) {
            ack = Ack::new(id, reason);
        }
        self.sent(ack.encode(kind, self.version, cx.out.buffer()));
    }

    /// What was put together here always fits the wire; should it not, nothing was written, and a client that
    /// misses an answer is better closed than left waiting.
    pub(super) fn sent(&mut self, result: Result<(), EncodeError>) {
        if result.is_err() {
            self.stage = super::Stage::Finished;
        }
    }
}
