//! Bans: set, lifted, kept, and carried out on those who are in already.
//!
//! A banned client is refused when it proves who it is, when it opens a session and when it publishes without one. When
//! a ban is set, the connections it covers are told to go. What a banned client left to be said, its will, is not
//! published: a ban silences. The wills of clients whose proof expired or whom an operator ended are published.

use std::sync::Arc;
use std::time::SystemTime;

use tidegate_guard::{Ban, BanError, BanKey, Bans};
use tidegate_types::{CloseReason, Moment, Refusal, SessionKey};

use crate::broker::Broker;
use crate::defences::{Defences, suspect};
use crate::ports::{Event, EventKind, Fabric, Record};
use crate::session::Session;
use crate::turn::Turn;

const BANNED: CloseReason = CloseReason::Refused(Refusal::Banned);

impl<F: Fabric> Broker<F> {
    /// The bans, to be looked at. [`Broker::ban`] and [`Broker::lift_ban`] change them.
    #[must_use]
    pub fn bans(&self) -> &Bans {
        &self.defences().bans
    }

    /// Sets a ban, in place of one with the same key, which is answered. Connections it covers are told to go; with
    /// `sessions`, what they left with the broker ends too, also of clients that are away.
    ///
    /// # Errors
    /// When there is no room, or an operator's ban stands where an automatic one was to go.
    pub fn ban(&self, turn: &mut Turn, ban: &Ban, sessions: bool) -> Result<Option<Arc<Ban>>, BanError> {
        let order = self.ban_order.lock();
        let replaced = self.bans().set(ban.clone(), turn.now.wall)?;
        if self.journal.keeps_bans() {
            self.journal.write(&Record::Ban { ban });
        }
        drop(order);
        self.emit(EventKind::Access, &Event::BanSet { ban });
        if !ban.is_over(turn.now.wall) {
            self.carry_out_ban(turn, ban, sessions);
        }
        Ok(replaced)
    }

    /// Lifts a ban and answers it.
    pub fn lift_ban(&self, key: &BanKey) -> Option<Arc<Ban>> {
        let order = self.ban_order.lock();
        let lifted = self.bans().lift(key)?;
        self.record_lift(&lifted);
        drop(order);
        self.emit(EventKind::Access, &Event::BanLifted { ban: &lifted });
        Some(lifted)
    }

    /// Sets a ban that was recorded before a restart. Nobody is told.
    ///
    /// # Errors
    /// As [`Broker::ban`].
    pub fn restore_ban(&self, ban: Ban, now: SystemTime) -> Result<(), BanError> {
        if ban.is_over(now) {
            return Ok(());
        }
        self.bans().set(ban, now).map(|_| ())
    }

    pub(crate) fn defences(&self) -> &Defences {
        &self.logins.defences
    }

    /// Does away with the bans that are over.
    pub(crate) fn sweep_bans(&self, now: SystemTime) {
        let order = self.ban_order.lock();
        let over = self.bans().sweep(now);
        over.iter().for_each(|ban| self.record_lift(ban));
        drop(order);
        for ban in over {
            self.emit(EventKind::Access, &Event::BanLifted { ban: &ban });
        }
    }

    fn record_lift(&self, ban: &Ban) {
        if self.journal.keeps_bans() {
            self.journal.write(&Record::Lift { key: &ban.what, made: ban.made });
        }
    }

    fn carry_out_ban(&self, turn: &mut Turn, ban: &Ban, sessions: bool) {
        let covered = if let BanKey::ClientId(client) = &ban.what {
            let client = tidegate_types::ClientId::new(client.as_str());
            self.realms().filter_map(|realm| self.sessions.get(realm, &client)).collect()
        } else {
            self.sessions_of(&|principal| ban.what.covers(&suspect(principal)))
        };
        self.put_out(turn, &covered, BANNED, sessions);
    }

    /// Tells a session's connection to go because of a ban.
    pub(crate) fn close_banned(&self, turn: &mut Turn, session: &Session) {
        self.close_connection(turn, session, BANNED);
    }

    /// A client's connection ended: one whose connections end too often is banned for a while, where its zone says so.
    pub(crate) fn note_flapping(&self, turn: &mut Turn, session: &Session) {
        let zone = session.zone();
        let Some(rule) = &zone.flapping else { return };
        let (SessionKey { client, .. }, Moment { at, wall }) = (&session.key, turn.now);
        let defences = self.defences();
        let ban = defences.flapping.note_client(rule, client.as_str(), defences.tick(at), wall);
        if let Some(ban) = ban
            && let Err(error) = self.ban(turn, &ban, false)
        {
            tracing::warn!(client = client.as_str(), %error, "a client comes and goes and could not be banned");
        }
    }
}
