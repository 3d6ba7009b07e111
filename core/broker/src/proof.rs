//! A proof of identity ends, and is renewed.
//!
//! From [`crate::Principal::expires`] on its connection is told to go ([`CloseReason::Expired`]), to the precision of
//! [`Broker::tick`]. That is a lost connection: its will follows. A renewal on the live channel moves that moment.

use std::sync::Arc;

use tidegate_types::{CloseReason, Refusal};

use crate::broker::Broker;
use crate::lease::Lease;
use crate::ports::{Event, EventKind, Fabric};
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Notice;
use crate::session::Session;
use crate::timers::Due;
use crate::turn::Turn;

impl<F: Fabric> Broker<F> {
    pub(crate) fn renew_lease(
        &self,
        turn: &Turn,
        lease: &Lease,
        principal: &PrincipalRef,
    ) -> Result<Lease, Refusal> {
        if principal.is_expired(turn.now.at) {
            return Err(Refusal::NotAuthorized);
        }
        let renewed = lease.renewed(principal)?;
        self.watch_proof(turn, &lease.session, lease.epoch, principal);
        Ok(renewed)
    }

    /// Sees to it that the connection of `epoch` ends with its proof.
    pub(crate) fn watch_proof(&self, turn: &Turn, session: &Arc<Session>, epoch: u32, principal: &Principal) {
        let now = turn.now.at;
        let left = principal.expires.map(|expires| expires.saturating_duration_since(now));
        let due = left.and_then(|left| self.timers.set(now, left, Due::proof(session, epoch)));
        self.timers.call_off(&session.note_proof(epoch, due));
    }

    pub(crate) fn expire_proof(&self, turn: &mut Turn, session: &Session, epoch: u32) {
        let Some(seat) = session.unproven(epoch, turn.now.at) else { return };
        let (key, reason) = (&session.key, CloseReason::Expired);
        turn.notices.push((seat, Notice::Close(reason)));
        self.emit(EventKind::Client, &Event::ClientClosed { key, reason });
    }
}
