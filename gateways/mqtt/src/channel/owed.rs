//! Answers of the kernel that are not there yet, and the packets we owe for them.
//!
//! Almost always empty: most verbs answer at once. Answers come in the order of the questions, and so do our
//! acknowledgements [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT3-4.6.0-2] [MQTT3-4.6.0-3].

use std::collections::VecDeque;

use mqtt_codec::{PacketId, Qos, ReasonCode};
use tidegate_gateway::{Context, Detach, Outcome, Refusal, Reply, RequestId};

use super::{MqttChannel, Stage};

/// What an answer is for.
#[derive(Debug)]
pub(super) enum Owing {
    /// Who the client is.
    Entrance,
    /// Its session.
    Session,
    /// Whether it proved itself again.
    Proof,
    /// PUBACK or PUBREC; nothing at QoS 0.
    Publish(Qos, Option<PacketId>),
    /// The same for a message that we refused ourselves, after others whose answer is awaited.
    Refused(Qos, Option<PacketId>, Refusal),
    /// SUBACK; what is decided already stands in the list.
    SubAck(PacketId, Vec<Option<ReasonCode>>),
    /// UNSUBACK; likewise.
    UnsubAck(PacketId, Vec<Option<ReasonCode>>),
    /// PUBREL.
    PubRel(PacketId),
    /// PUBCOMP.
    PubComp(PacketId),
    /// Nothing.
    Nothing,
}

/// What is owed, oldest first.
#[derive(Debug, Default)]
#[expect(
    clippy::box_collection,
    reason = "a pointer in every channel instead of a queue that is almost never used"
)]
pub(super) struct Debts(Option<Box<VecDeque<Debt>>>);

/// The question whose answer is awaited (`None`: only those before it), and what for.
type Debt = (Option<RequestId>, Owing);

impl Debts {
    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn push(&mut self, id: Option<RequestId>, owing: Owing) {
        self.0.get_or_insert_default().push_back((id, owing));
    }

    /// The oldest, if it is `id` (`None`: if it waits for no answer).
    fn take(&mut self, id: Option<RequestId>) -> Option<Owing> {
        let queue = self.0.as_mut()?;
        let (asked, _) = queue.front()?;
        if *asked != id {
            return None;
        }
        let (_, owing) = queue.pop_front()?;
        if queue.is_empty() {
            self.0 = None;
        }
        Some(owing)
    }
}

impl MqttChannel {
    /// Takes a verb's answer: at once, or a note of what is owed for it.
    pub(super) fn take_answer<T>(
        &mut self,
        outcome: Outcome<T>,
        owing: impl FnOnce() -> Owing,
    ) -> Option<Result<T, Refusal>> {
        match outcome {
            Outcome::Done(result) => Some(result),
            Outcome::Pending(id) => {
                self.debts.push(Some(id), owing());
                None
            }
        }
    }

    /// Notes what is owed for a late answer.
    pub(super) fn owe(&mut self, id: RequestId, owing: Owing) {
        self.debts.push(Some(id), owing);
    }

    /// Notes a refusal of ours that has to wait for its turn.
    pub(super) fn owe_refusal(&mut self, qos: Qos, id: Option<PacketId>, refusal: Refusal) {
        self.debts.push(None, Owing::Refused(qos, id, refusal));
    }

    /// An answer is there: pays what is owed for it, and what waited behind it.
    pub(super) fn pay(&mut self, cx: &mut Context<'_>, id: RequestId, reply: Reply) {
        let Some(owing) = self.debts.take(Some(id)) else { return };
        if self.stage == Stage::Finished {
            // A session that opened for a peer that is gone by now.
            if matches!(reply, Reply::Opened(Ok(_))) {
                cx.door.detach(Detach::Lost).done();
            }
            return;
        }
        self.settle_debt(cx, owing, reply);
        while let Some(Owing::Refused(qos, id, refusal)) = self.debts.take(None) {
            self.handle_published(cx, (qos, id), Err(refusal));
        }
    }

    fn settle_debt(&mut self, cx: &mut Context<'_>, owing: Owing, reply: Reply) {
        match (owing, reply) {
            (Owing::Entrance, Reply::Authenticated(result)) => self.handle_authenticated(cx, result),
            (Owing::Session, Reply::Opened(result)) => self.handle_opened(cx, result),
            (Owing::Proof, Reply::Authenticated(result)) => self.handle_proved(cx, result),
            (Owing::Publish(qos, id), Reply::Published(result)) => {
                self.handle_published(cx, (qos, id), result)
            }
            (Owing::SubAck(id, codes), Reply::Subscribed(result)) => {
                self.handle_granted(cx, id, &codes, result)
            }
            (Owing::UnsubAck(id, codes), Reply::Unsubscribed(result)) => {
                self.handle_removed(cx, id, &codes, result);
            }
            (Owing::PubRel(id), Reply::Settled(result)) => self.handle_held(cx, id, result),
            (Owing::PubComp(id), Reply::Settled(result)) => self.handle_forgotten(cx, id, result),
            // What is owed and what came are asked by one line of code each, so nothing else can come.
            _ => {}
        }
    }
}
