//! Messages from the client that are not finished: PUBACK, PUBREC, PUBREL, PUBCOMP.
//!
//! The exactly-once keys are the session's (the kernel journals them), so a client that comes back finds them.
//! Only a v5 client's are counted here too, against our Receive Maximum on this connection.

use mqtt_codec::{Ack, AckKind, PacketId, Publish, Qos, ReasonCode};
use tidegate_gateway::{Context, Detach, Published, Refusal};

use super::MqttChannel;
use super::owed::Owing;
use crate::mapping::Fault;
use crate::reason;

/// The packet that answers a PUBLISH [MQTT-3.3.4-1] [MQTT3-3.3.4-1]: [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT3-4.3.2-2] [MQTT3-4.3.3-2].
const fn answer_to(qos: Qos) -> AckKind {
    match qos {
        Qos::ExactlyOnce => AckKind::PubRec,
        Qos::AtMostOnce | Qos::AtLeastOnce => AckKind::PubAck,
    }
}

impl MqttChannel {
    /// Counts a v5 client's message against our Receive Maximum [MQTT-3.3.4-7]. A repeat of one
    /// that is open is no further one.
    pub(super) fn count_in(&mut self, packet: &Publish<'_>) -> Result<(), Fault> {
        let (Some(extra), Some(id)) = (&mut self.extra, packet.packet_id) else { return Ok(()) };
        if packet.qos == Qos::ExactlyOnce && extra.unfinished.contains(&id) {
            return Ok(());
        }
        if extra.unfinished.len() >= usize::from(self.settings.receive_maximum) {
            return Err((
                ReasonCode::ReceiveMaximumExceeded,
                "more unfinished messages than the receive maximum",
            ));
        }
        if packet.qos == Qos::ExactlyOnce {
            extra.unfinished.push(id);
        }
        Ok(())
    }

    /// An answer to a QoS 1 message is late: until then it is unfinished.
    pub(super) fn count_late(&mut self, qos: Qos, id: Option<PacketId>) {
        if let (Some(extra), Some(id), Qos::AtLeastOnce) = (&mut self.extra, id, qos) {
            extra.unfinished.push(id);
        }
    }

    /// The kernel took a message, or not.
    pub(super) fn handle_published(
        &mut self,
        cx: &mut Context<'_>,
        (qos, id): (Qos, Option<PacketId>),
        result: Result<Published, Refusal>,
    ) {
        // QoS 0 has no answer, and a refusal no consequence but that nobody gets it.
        let Some(id) = id else { return };
        let kind = answer_to(qos);
        if let Some(extra) = &mut self.extra
            && (qos == Qos::AtLeastOnce || result.is_err())
        {
            // A failing PUBREC ends the exchange too; the next message under it is a new one [MQTT-4.3.3-9].
            extra.finish(id);
        }
        match result {
            Ok(Published { receivers: 0 }) if self.is_v5() => {
                self.ack_with(cx, (kind, id), ReasonCode::NoMatchingSubscribers, None);
            }
            Ok(_) => Self::ack(cx, kind, id),
            // The close notice is on its way; whoever has the session now answers for it.
            Err(Refusal::TakenOver) => {}
            Err(refusal) if self.is_v5() => {
                self.ack_with(cx, (kind, id), reason::of_publish(refusal), Some(&refusal.to_string()));
            }
            // 3.x can only be answered positively or closed [MQTT3-3.3.5-2]: what may be taken later is
            // repeated by the client when it is back [MQTT3-4.8.0-2], what never will be is acknowledged and
            // gone.
            Err(refusal) if reason::is_passing(refusal) => self.leave(cx, Detach::Lost),
            Err(_) => Self::ack(cx, kind, id),
        }
    }

    /// The client releases an exactly-once message: its key is free [MQTT-4.3.3-11] [MQTT-4.3.3-12]
    /// [MQTT3-4.3.3-2].
    pub(super) fn handle_pubrel(&mut self, cx: &mut Context<'_>, packet: &Ack<'_>) {
        let id = packet.packet_id;
        if let Some(extra) = &mut self.extra {
            extra.finish(id);
        }
        let outcome = cx.door.forget(u32::from(id.get()));
        if let Some(result) = self.take_answer(outcome, || Owing::PubComp(id)) {
            self.handle_forgotten(cx, id, result);
        }
    }

    /// A key is free, or there was none: PUBCOMP either way.
    pub(super) fn handle_forgotten(
        &mut self,
        cx: &mut Context<'_>,
        id: PacketId,
        result: Result<(), Refusal>,
    ) {
        match result {
            Ok(()) => Self::ack(cx, AckKind::PubComp, id),
            Err(Refusal::NotFound) => {
                self.ack_with(cx, (AckKind::PubComp, id), ReasonCode::PacketIdentifierNotFound, None);
            }
            // Without a PUBCOMP the client repeats it; the close notice is on its way.
            Err(_) => {}
        }
    }
}
