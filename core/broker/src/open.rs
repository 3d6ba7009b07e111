//! Sessions begin, are resumed, taken over, left, and end.

use std::sync::Arc;

use tidegate_types::{CloseReason, HeldBytes, Refusal, SessionKey};

use crate::attachment::{Delta, OwnedDeltas, lend, own};
use crate::broker::Broker;
use crate::door::{Detach, OpenOptions, Opened};
use crate::lease::Lease;
use crate::outcome::{Outcome, Reply, RequestId};
use crate::ports::{Claim, Event, EventKind, Fabric, Position, Record};
use crate::principal::PrincipalRef;
use crate::seat::{Notice, Seat};
use crate::session::{Ended, Session, fits, lease};
use crate::timers::Due;
use crate::turn::Turn;

mod place;

use place::{Newcomer, Old, Placed};

/// An open that waits for the fabric.
#[derive(Debug)]
pub(crate) struct Parked {
    seat: Seat,
    request: RequestId,
    principal: PrincipalRef,
    options: OpenOptions,
    deltas: OwnedDeltas,
}

impl<F: Fabric> Broker<F> {
    pub(crate) fn open_session(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        mut options: OpenOptions,
        deltas: &[Delta<'_>],
        (seat, request): (Seat, RequestId),
    ) -> Outcome<Opened> {
        if self.is_draining() {
            return Outcome::Done(Err(Refusal::Unavailable));
        }
        if principal.is_expired(turn.now.at) {
            return Outcome::Done(Err(Refusal::NotAuthorized));
        }
        // What does not fit an empty attachment fits none, and is found before anything ends.
        if let Err(refusal) = fits(None, deltas, &self.door) {
            return Outcome::Done(Err(refusal));
        }
        if options.will.is_some() && HeldBytes::now() > self.limits.held_bytes {
            return Outcome::Done(Err(Refusal::QuotaExceeded));
        }
        let principal = &self.present(principal, &mut options);
        if let Err(refusal) = self.defences().check(principal, turn.now) {
            return Outcome::Done(Err(refusal));
        }
        if F::CLUSTERED {
            let key = SessionKey { realm: options.realm, client: options.client.clone() };
            // Parked before it is asked, so that an answer cannot come too early.
            let mut parked = self.parked.lock();
            match self.fabric.claim(&key, options.clean, &self.ticket((seat, request))) {
                Claim::Granted => {}
                Claim::Refused(refusal) => return Outcome::Done(Err(refusal)),
                Claim::Pending => {
                    let (principal, deltas) = (Arc::clone(principal), own(deltas));
                    parked.push(Parked { seat, request, principal, options, deltas });
                    return Outcome::Pending(request);
                }
            }
        }
        self.open_here(turn, principal, options, deltas, (seat, request))
    }

    /// The fabric's late answer to a claim.
    pub fn claimed(&self, turn: &mut Turn, seat: Seat, request: RequestId, answer: Result<(), Refusal>) {
        let mut parked = self.parked.lock();
        let Some(index) = parked.iter().position(|open| (open.seat, open.request) == (seat, request)) else {
            return;
        };
        let Parked { principal, options, deltas, .. } = parked.swap_remove(index);
        drop(parked);
        let outcome = match answer {
            Ok(()) => self.open_here(turn, &principal, options, &lend(&deltas), (seat, request)),
            Err(refusal) => Outcome::Done(Err(refusal)),
        };
        if let Outcome::Done(result) = outcome {
            turn.notices.push((seat, Notice::Reply(request, Reply::Opened(result))));
        }
    }

    fn open_here(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        mut options: OpenOptions,
        deltas: &[Delta<'_>],
        (seat, request): (Seat, RequestId),
    ) -> Outcome<Opened> {
        let zone = self.zone_of(principal);
        options.expiry = options.expiry.min(zone.session.session_expiry);
        let newcomer = Newcomer { principal, zone: &zone, attach: (deltas, &self.door), seat };
        let Placed { session, epoch, attachment, old } = match self.take_place(turn, newcomer, &mut options) {
            Ok(placed) => placed,
            Err(refusal) => return Outcome::Done(Err(refusal)),
        };
        let resumed = matches!(old, Old::Connection(_));
        if resumed {
            self.hold_resumed(&session, &zone, principal);
        }
        // Set since it was looked for: whoever set it may have looked for this session before it was there.
        if self.defences().check(principal, turn.now).is_err() {
            self.close_banned(turn, &session);
        }
        self.watch_proof(turn, &session, epoch, principal);
        let position = self.opened(turn, &session, epoch, &options, old);
        let position = position.max(self.record_deltas(&session, &options, attachment.version, deltas));
        // After the wills of whoever gave way, which are taken from the same.
        self.slow_arrears(turn, &session, epoch);
        let lease = lease(&session, epoch, principal);
        let opened = Opened { lease, resumed, expiry: options.expiry, attachment };
        self.answer_opened(opened, position, (seat, request))
    }

    fn record_deltas(
        &self,
        session: &Session,
        options: &OpenOptions,
        version: u64,
        deltas: &[Delta<'_>],
    ) -> Option<Position> {
        let (session, gateway) = (session.id, options.protocol.gateway);
        let kept = self.journaled && !options.expiry.is_zero() && !deltas.is_empty();
        kept.then(|| self.journal.write(&Record::Attach { session, gateway, version, deltas }))
    }

    fn answer_opened(
        &self,
        opened: Opened,
        position: Option<Position>,
        question: (Seat, RequestId),
    ) -> Outcome<Opened> {
        let Some(position) = position else { return Outcome::Done(Ok(opened)) };
        let reply = Reply::Opened(Ok(opened));
        match self.journal.when_committed(position, self.ticket(question), reply) {
            Some(Reply::Opened(result)) => Outcome::Done(result),
            Some(_) | None => Outcome::Pending(question.1),
        }
    }

    /// Tells everybody what opening did; answers what its answer waits for.
    fn opened(
        &self,
        turn: &mut Turn,
        session: &Arc<Session>,
        epoch: u32,
        options: &OpenOptions,
        old: Old,
    ) -> Option<Position> {
        let (key, resumed) = (&session.key, matches!(old, Old::Connection(_)));
        let mut position = None;
        match old {
            Old::Nothing => {}
            Old::Connection(attached) => {
                let displaced = attached.displaced.is_some();
                self.timers.call_off(&attached.timers);
                self.end_requests(turn, session.id, Some(epoch));
                self.give_back(turn, attached.released, true);
                self.displace(turn, key, attached.displaced);
                if displaced {
                    self.note_flapping(turn, session);
                    self.emit(EventKind::Session, &Event::SessionTakenover { key });
                } else {
                    self.count_connected(true);
                }
                if let Some(will) = attached.will {
                    self.publish_will(turn, session, &will);
                }
            }
            Old::Session(old, ended) => {
                if ended.displaced.is_some() {
                    self.note_flapping(turn, session);
                }
                position = self.record_end(&old);
                self.emit(EventKind::Session, &Event::SessionDiscarded { key });
                self.clean_up(turn, &old, ended, true);
            }
        }
        let event = if resumed { Event::SessionResumed { key } } else { Event::SessionCreated { key } };
        if !resumed {
            self.count_connected(true);
        }
        self.emit(EventKind::Session, &event);
        self.emit(EventKind::Client, &Event::ClientConnected { key });
        if self.journaled && (!options.expiry.is_zero() || resumed) {
            let (expiry, gateway) = (options.expiry, options.protocol.gateway);
            let record = Record::Open { session: session.id, key, epoch, gateway, expiry, created: !resumed };
            position = position.max(Some(self.journal.write(&record)));
        }
        position
    }

    fn displace(&self, turn: &mut Turn, key: &SessionKey, seat: Option<Seat>) {
        if let Some(seat) = seat {
            turn.notices.push((seat, Notice::Close(CloseReason::TakenOver)));
            self.emit(EventKind::Client, &Event::ClientClosed { key, reason: CloseReason::TakenOver });
        }
    }

    fn record_end(&self, session: &Session) -> Option<Position> {
        self.journaled.then(|| self.journal.write(&Record::Expire { session: session.id }))
    }

    /// Undoes what an ended session had elsewhere. `displaced` tells its connection.
    pub(crate) fn clean_up(&self, turn: &mut Turn, session: &Arc<Session>, ended: Ended, displaced: bool) {
        self.end_requests(turn, session.id, None);
        self.timers.call_off(&ended.timers);
        for subscription in &ended.subscriptions {
            self.leave(turn, session, subscription);
            self.count_subscription(false);
        }
        // Whoever gets it next has not seen it.
        self.give_back(turn, ended.shared, false);
        if displaced && ended.displaced.is_some() {
            self.displace(turn, &session.key, ended.displaced);
            self.count_connected(false);
        }
        if let Some(will) = ended.will {
            self.publish_will(turn, session, &will);
        }
        if F::CLUSTERED {
            self.fabric.release(&session.key);
        }
        self.emit(EventKind::Session, &Event::SessionTerminated { key: &session.key });
    }

    pub(crate) fn detach_session(&self, turn: &mut Turn, lease: &Lease, how: Detach) -> Outcome<()> {
        let session = &lease.session;
        let Some(left) = session.detach(lease.epoch, how, turn) else {
            return Outcome::Done(Err(Refusal::TakenOver));
        };
        self.count_connected(false);
        let key = &session.key;
        let clean = how != Detach::Lost;
        self.emit(EventKind::Client, &Event::ClientDisconnected { key, clean });
        // Who takes his leave comes and goes as he likes.
        if !clean {
            self.note_flapping(turn, session);
        }
        self.timers.call_off(&left.timers);
        self.end_requests(turn, session.id, None);
        self.give_back(turn, left.shared, false);
        for group in left.groups {
            if let Some(member) = group.idle_member() {
                member.wake(turn);
            }
        }
        if let Some(will) = left.will {
            self.publish_will(turn, session, &will);
        }
        if let Some(ended) = left.ended {
            self.sessions.remove(session);
            self.clean_up(turn, session, ended, false);
        }
        let mut timers = Vec::new();
        if let Some(delay) = left.delay {
            timers.extend(self.timers.set(turn.now.at, delay, Due::will(session, lease.epoch)));
        }
        if let Some(expiry) = left.stays {
            timers.extend(self.timers.set(turn.now.at, expiry, Due::expiry(session, lease.epoch)));
            if self.journaled {
                self.journal.write(&Record::Close { session: session.id, epoch: lease.epoch });
            }
        }
        let unwanted = session.note_timers(lease.epoch, timers);
        self.timers.call_off(&unwanted);
        Outcome::Done(Ok(()))
    }
}
