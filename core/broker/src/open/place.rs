//! A newcomer takes the place of its key: with the session that is there, or with a new one.

use std::sync::Arc;

use tidegate_types::{DoorLimits, PublisherId, Refusal, SessionKey};

use crate::attachment::{Attachment, Delta};
use crate::broker::Broker;
use crate::door::OpenOptions;
use crate::ports::Fabric;
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Seat;
use crate::session::{Attached, Ended, Session, UserHold};
use crate::turn::Turn;
use crate::zone::Zone;

/// Who comes, and with what.
#[derive(Clone, Copy)]
pub(super) struct Newcomer<'a> {
    pub(super) principal: &'a PrincipalRef,
    pub(super) zone: &'a Arc<Zone>,
    pub(super) attach: (&'a [Delta<'a>], &'a DoorLimits),
    pub(super) seat: Seat,
}

/// A newcomer has a session.
pub(super) struct Placed {
    pub(super) session: Arc<Session>,
    pub(super) epoch: u32,
    pub(super) attachment: Attachment,
    pub(super) old: Old,
}

/// What the table's place held.
enum Found {
    /// Nothing, or a session that is over.
    Nothing,
    /// A session that goes on.
    Resumed(Arc<Session>, Attached),
    /// A session that gave way to a clean one.
    Discarded(Arc<Session>, Ended),
}

/// What a new connection replaced.
pub(super) enum Old {
    Nothing,
    Connection(Attached),
    Session(Arc<Session>, Ended),
}

impl<F: Fabric> Broker<F> {
    /// Finds or makes the session; what gave way to it is for the caller to clean up.
    pub(super) fn take_place(
        &self,
        turn: &mut Turn,
        newcomer: Newcomer<'_>,
        options: &mut OpenOptions,
    ) -> Result<Placed, Refusal> {
        let Newcomer { principal, zone, attach, seat } = newcomer;
        let key = SessionKey { realm: options.realm, client: options.client.clone() };
        let mut place = self.sessions.place(&key).ok_or(Refusal::Unavailable)?;
        // Judged before anything is ended: a key that has a place already takes no further one.
        if place.get(&key).is_none() && self.sessions.len() >= self.limits.sessions {
            return Err(Refusal::QuotaExceeded);
        }
        let found = match place.get(&key).cloned() {
            None => Found::Nothing,
            Some(session) if session.is_ended() => Found::Nothing,
            Some(session) if !session.gives_way_to(principal, zone) => return Err(Refusal::NotAuthorized),
            // A session that was to end with its connection ends with it, and is not resumed.
            Some(session) if options.clean || session.is_passing() => match session.end(turn) {
                Some(ended) => Found::Discarded(session, ended),
                None => Found::Nothing,
            },
            Some(session) => {
                let attached = session.attach((principal, zone), options, attach, seat, turn)?;
                Found::Resumed(session, attached)
            }
        };
        let old = match found {
            Found::Resumed(session, mut attached) => {
                let attachment = std::mem::take(&mut attached.attachment);
                let epoch = attached.epoch;
                return Ok(Placed { session, epoch, attachment, old: Old::Connection(attached) });
            }
            Found::Discarded(old, ended) => Old::Session(old, ended),
            Found::Nothing => Old::Nothing,
        };
        match self.begin_session(turn, &key, newcomer, options) {
            Ok((session, Attached { epoch, attachment, .. })) => {
                place.put(Arc::clone(&session));
                Ok(Placed { session, epoch, attachment, old })
            }
            Err(refusal) => {
                drop(place);
                if let Old::Session(old, ended) = old {
                    self.sessions.remove(&old);
                    self.clean_up(turn, &old, ended, true);
                }
                Err(refusal)
            }
        }
    }

    /// A new session, and its first connection.
    fn begin_session(
        &self,
        turn: &mut Turn,
        key: &SessionKey,
        Newcomer { principal, zone, attach, seat }: Newcomer<'_>,
        options: &mut OpenOptions,
    ) -> Result<(Arc<Session>, Attached), Refusal> {
        let hold = UserHold::take(&self.defences().quotas, zone, principal, zone.quotas.sessions)?;
        let (id, owner) = (PublisherId(self.next_session()), (Arc::clone(principal), Arc::clone(zone)));
        let session = Arc::new(Session::new(key.clone(), id, owner, options));
        session.hold(hold);
        let attached = session.attach((principal, zone), options, attach, seat, turn)?;
        Ok((session, attached))
    }

    /// Counts a session that was there for the user who has it now, whatever he has.
    pub(super) fn hold_resumed(&self, session: &Session, zone: &Zone, principal: &Principal) {
        if session.held_for().as_ref() != principal.user.as_ref() {
            let hold = UserHold::take(&self.defences().quotas, zone, principal, None);
            session.hold(hold.unwrap_or_default());
        }
    }

    /// The zone of a principal.
    pub(crate) fn zone_of(&self, principal: &Principal) -> Arc<Zone> {
        self.zone(principal.listener.as_deref().unwrap_or_default())
    }

    /// Sees to it that a session is opened under the client id its principal acts under, and that its will is his. One
    /// who did not come through [`crate::Verbs::authenticate`] acts under the id he asks for.
    pub(super) fn present(&self, principal: &PrincipalRef, options: &mut OpenOptions) -> PrincipalRef {
        let principal = match &principal.client {
            Some(client) => {
                options.client = client.clone();
                Arc::clone(principal)
            }
            None => {
                let (client, remote) = (Some(options.client.clone()), Some(options.remote));
                PrincipalRef::new(Principal { client, remote, ..Principal::clone(principal) })
            }
        };
        if let Some(will) = &mut options.will {
            will.principal = Arc::clone(&principal);
        }
        principal
    }
}
