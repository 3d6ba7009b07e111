//! Wills: messages that are published when their client is gone.
//!
//! A will is judged when it is published, by the rules of that moment and as who its client is then; nothing is refused
//! when it is left, so that a client whose rules change still has its session. A will that may not be published, or
//! whose owner is banned, is not. The wills of clients whose proof expired, whom an operator ended or whom a rule put
//! out are published, if the rules allow them: to whoever watches a device it is gone all the same.

use tidegate_types::{Draft, Properties};

use crate::broker::Broker;
use crate::door::WillDraft;
use crate::outcome::Outcome;
use crate::ports::Fabric;
use crate::publish::From;
use crate::session::Session;
use crate::turn::Turn;

impl<F: Fabric> Broker<F> {
    /// Publishes a will in the name of the session it belongs to.
    pub(crate) fn publish_will(&self, turn: &mut Turn, session: &Session, will: &WillDraft) {
        let (publisher, zone) = (session.id, session.zone());
        if self.defences().check(&will.principal, turn.now).is_err() {
            tracing::debug!(topic = &*will.topic, "the will of a banned client is not published");
            return;
        }
        let properties = Properties::from_block(&will.properties).unwrap_or_default();
        let draft = Draft {
            topic: &will.topic,
            properties,
            payload: &will.payload,
            guarantee: will.guarantee,
            retain: will.retain,
            expiry_seconds: will.expiry_seconds,
        };
        let from = From {
            principal: &will.principal,
            publisher,
            lease: None,
            once: None,
            question: None,
            zone: Some(&zone),
        };
        let published = match self.charge_will(turn, session, &draft) {
            Ok(()) => self.take(turn, from, &draft),
            Err(refusal) => Outcome::Done(Err(refusal)),
        };
        if let Outcome::Done(Err(refusal)) = published {
            tracing::debug!(topic = &*will.topic, %refusal, "a will was refused");
        }
    }
}
