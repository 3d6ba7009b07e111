//! Messages to the client that are not finished. The window, the packet identifiers and what is repeated are the
//! session's; here its handles are the packet identifiers, and packets become settlements.

use mqtt_codec::{Ack, AckKind, PacketId, ReasonCode};
use tidegate_gateway::{Context, Refusal, Settlement};

use super::MqttChannel;
use super::owed::Owing;

const fn handle(id: PacketId) -> u32 {
    id.get() as u32
}

impl MqttChannel {
    /// A QoS 1 delivery is done with, accepted or not [MQTT-4.3.2-3] [MQTT-4.4.0-2] [MQTT3-4.3.2-1]; its
    /// identifier is free.
    pub(super) fn handle_puback(&mut self, cx: &mut Context<'_>, packet: &Ack<'_>) {
        let settlement = if packet.reason.is_error() { Settlement::Reject } else { Settlement::Accept };
        let outcome = cx.door.settle(handle(packet.packet_id), settlement);
        // One that is not known was answered before, or by another connection: nothing is left to do.
        self.take_answer(outcome, || Owing::Nothing);
    }

    /// The content of a QoS 2 delivery has arrived. With a failing reason the exchange is over [MQTT-4.4.0-2],
    /// else its identifier stays taken until PUBCOMP [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6]
    /// [MQTT3-4.3.3-1].
    pub(super) fn handle_pubrec(&mut self, cx: &mut Context<'_>, packet: &Ack<'_>) {
        let id = packet.packet_id;
        if packet.reason.is_error() {
            let outcome = cx.door.settle(handle(id), Settlement::Reject);
            self.take_answer(outcome, || Owing::Nothing);
            return;
        }
        let outcome = cx.door.settle(handle(id), Settlement::Hold);
        if let Some(result) = self.take_answer(outcome, || Owing::PubRel(id)) {
            self.handle_held(cx, id, result);
        }
    }

    /// A PUBREC is answered with PUBREL, also where we know nothing of it.
    pub(super) fn handle_held(&mut self, cx: &mut Context<'_>, id: PacketId, result: Result<(), Refusal>) {
        match result {
            Ok(()) => Self::ack(cx, AckKind::PubRel, id),
            Err(Refusal::NotFound) => {
                self.ack_with(cx, (AckKind::PubRel, id), ReasonCode::PacketIdentifierNotFound, None);
            }
            Err(_) => {}
        }
    }

    /// A QoS 2 delivery is finished.
    pub(super) fn handle_pubcomp(&mut self, cx: &mut Context<'_>, packet: &Ack<'_>) {
        let outcome = cx.door.free(handle(packet.packet_id));
        self.take_answer(outcome, || Owing::Nothing);
    }
}
