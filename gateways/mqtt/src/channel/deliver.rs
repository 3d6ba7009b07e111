//! What the session holds, as packets.

use mqtt_codec::{AckKind, PublishHead, Qos, SubscriptionId, Version};
use tidegate_gateway::{Budget, Context, Delivery, Identifiers, PullEnd, Pulled, Settlement};

use super::MqttChannel;
use super::alias::Naming;
use super::owed::Owing;
use crate::mapping;

/// Deliveries taken at once; the bytes that fit decide mostly.
const AT_ONCE: usize = 256;

/// A delivery is not for this client: too old, or longer than it takes.
struct Unsent;

impl MqttChannel {
    /// Sends while there is credit and room.
    pub(super) fn deliver(&mut self, cx: &mut Context<'_>) {
        while !cx.out.is_full() && self.stage == super::Stage::Open {
            let bytes = tidegate_gateway::OUTBOX_BYTES.saturating_sub(cx.out.len());
            let Ok(end) = cx.door.pull(Budget { count: AT_ONCE, bytes }) else { return };
            let pulled = cx.door.deliveries();
            let mut freed = false;
            for one in &pulled {
                match one {
                    Pulled::Delivery(delivery) => freed |= self.send_or_drop(cx, delivery),
                    // Told again after a lost connection [MQTT-4.4.0-1] [MQTT3-4.4.0-1].
                    Pulled::Held(handle) => {
                        if let Some(id) = mapping::packet_id(*handle) {
                            Self::ack(cx, AckKind::PubRel, id);
                        }
                    }
                }
            }
            let more = match end {
                PullEnd::Budget => !pulled.is_empty(),
                PullEnd::NoCredit => freed,
                PullEnd::Drained | PullEnd::Later => false,
            };
            cx.door.reuse(pulled);
            if !more {
                return;
            }
        }
    }

    /// Whether a delivery was not sent, so that its place in the window is free again.
    fn send_or_drop(&mut self, cx: &mut Context<'_>, delivery: &Delivery) -> bool {
        let sent = match &self.extra {
            None => send(cx, delivery, self.version),
            Some(_) => self.send_v5(cx, delivery),
        };
        if sent.is_ok() {
            return false;
        }
        cx.door.dropped();
        if delivery.handle == 0 {
            return false;
        }
        // As if it were sent and answered [MQTT-3.1.2-25].
        let outcome = cx.door.settle(delivery.handle, Settlement::Reject);
        self.take_answer(outcome, || Owing::Nothing);
        true
    }

    fn send_v5(&mut self, cx: &mut Context<'_>, delivery: &Delivery) -> Result<(), Unsent> {
        let Some(extra) = &mut self.extra else { return Err(Unsent) };
        let mut head = head(delivery)?;
        head.message_expiry_interval = expiry(delivery, cx)?;
        head.properties = delivery.message.properties().block();
        let (one, many);
        head.subscription_ids = match &delivery.identifiers {
            Identifiers::None => &[],
            Identifiers::One(id) => {
                one = SubscriptionId::new(*id);
                one.as_slice()
            }
            Identifiers::Many(ids) => {
                many = ids.iter().copied().filter_map(SubscriptionId::new).collect::<Vec<_>>();
                &many
            }
        };
        let topic = head.topic;
        let naming = extra.outbound.naming(topic);
        match naming {
            Naming::Plain => {}
            Naming::Introduced(alias) => head.topic_alias = Some(alias),
            Naming::Known(alias) => (head.topic, head.topic_alias) = ("", Some(alias)),
        }
        // Never longer than it takes [MQTT-3.1.2-24] [MQTT-3.1.2-25].
        if extra.max_packet_size != u32::MAX
            && !head.encoded_len(Version::V5).is_ok_and(|len| extra.takes(len))
        {
            return Err(Unsent);
        }
        write(cx, &head, delivery, Version::V5)?;
        if let Naming::Introduced(alias) = naming {
            extra.outbound.introduced(topic, alias);
        }
        Ok(())
    }
}

/// The same for 3.x: topic and payload, nothing else.
fn send(cx: &mut Context<'_>, delivery: &Delivery, version: Version) -> Result<(), Unsent> {
    expiry(delivery, cx)?;
    write(cx, &head(delivery)?, delivery, version)
}

/// What is left of the message's time. One that is over is not sent [MQTT-3.3.2-5], unless the client may have
/// it already: then the exchange is finished [MQTT-4.3.3-7] [MQTT-4.3.3-13].
fn expiry(delivery: &Delivery, cx: &Context<'_>) -> Result<Option<u32>, Unsent> {
    match mapping::remaining_expiry(&delivery.message, cx.now.at) {
        Ok(left) => Ok(left),
        Err(mapping::Expired) if delivery.repeat => Ok(Some(0)),
        Err(mapping::Expired) => Err(Unsent),
    }
}

/// The fixed part of a PUBLISH; DUP only on what is repeated [MQTT-3.3.1-1] [MQTT-3.3.1-3] [MQTT3-3.3.1-1]
/// [MQTT3-3.3.1-3], and never at QoS 0 [MQTT-3.3.1-2] [MQTT3-3.3.1-2] [MQTT-4.3.1-1] [MQTT3-4.3.1-1].
/// The session's handle is the identifier: unused when it is given [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]
/// [MQTT3-2.3.1-4], the same when it is repeated.
fn head(delivery: &Delivery) -> Result<PublishHead<'_>, Unsent> {
    let qos = mapping::qos(delivery.guarantee);
    let packet_id = mapping::packet_id(delivery.handle);
    if (qos == Qos::AtMostOnce) != packet_id.is_none() {
        return Err(Unsent);
    }
    Ok(PublishHead {
        dup: delivery.repeat && qos != Qos::AtMostOnce,
        qos,
        retain: delivery.retained,
        topic: delivery.message.topic(),
        packet_id,
        topic_alias: None,
        message_expiry_interval: None,
        subscription_ids: &[],
        properties: &[],
        payload_len: delivery.message.payload().len(),
    })
}

fn write(
    cx: &mut Context<'_>,
    head: &PublishHead<'_>,
    delivery: &Delivery,
    version: Version,
) -> Result<(), Unsent> {
    head.encode(version, cx.out.buffer()).map_err(|_| Unsent)?;
    match delivery.message.large_payload() {
        Some(payload) => cx.out.push_shared(payload),
        None => cx.out.buffer().extend_from_slice(delivery.message.payload()),
    }
    Ok(())
}
