//! The broker behind the door.

use std::time::Duration;

use tidegate_types::{Draft, Message, PublisherId, Refusal};

use crate::attachment::Delta;
use crate::broker::Broker;
use crate::door::{
    Authenticated, Budget, Credentials, Detach, Granted, OpenOptions, Opened, Published, PullEnd, Removed,
    Settlement, SubscribeDraft, Verbs,
};
use crate::lease::Lease;
use crate::outcome::{Outcome, RequestId};
use crate::ports::Fabric;
use crate::principal::{Principal, PrincipalRef};
use crate::publish::From;
use crate::seat::Seat;
use crate::transact::{Operation, Transacted};
use crate::turn::Turn;
use crate::zone::Load;

impl<F: Fabric> Verbs for Broker<F> {
    fn authenticate(
        &self,
        turn: &mut Turn,
        credentials: &Credentials<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Authenticated> {
        match self.login(turn, credentials, ticket).judge(credentials) {
            Some(answer) => Outcome::Done(answer),
            None => Outcome::Pending(ticket.1),
        }
    }

    fn renew(&self, turn: &mut Turn, lease: &Lease, principal: &PrincipalRef) -> Result<Lease, Refusal> {
        self.renew_lease(turn, lease, principal)
    }

    fn open(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        options: OpenOptions,
        ticket: (Seat, RequestId),
    ) -> Outcome<Opened> {
        self.open_session(turn, principal, options, &[], ticket)
    }

    fn open_attached(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        options: OpenOptions,
        deltas: &[Delta<'_>],
        ticket: (Seat, RequestId),
    ) -> Outcome<Opened> {
        self.open_session(turn, principal, options, deltas, ticket)
    }

    fn publish(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &Draft<'_>,
        once: Option<u32>,
        request: RequestId,
    ) -> Outcome<Published> {
        if !lease.is_current() {
            return Outcome::Done(Err(Refusal::TakenOver));
        }
        self.charge(turn, lease, || Load::publish(draft));
        let from = From {
            principal: &lease.principal,
            publisher: lease.session.id,
            lease: Some(lease),
            once,
            question: turn.seat.map(|seat| (seat, request)),
            zone: None,
        };
        self.take(turn, from, draft)
    }

    fn publish_as(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        draft: &Draft<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Published> {
        if principal.is_expired(turn.now.at) {
            return Outcome::Done(Err(Refusal::NotAuthorized));
        }
        let zone = self.zone_of(principal);
        let barred = self.defences().check(principal, turn.now);
        if let Err(refusal) = barred.and_then(|()| self.charge_single(turn, &zone, draft)) {
            return Outcome::Done(Err(refusal));
        }
        let publisher = PublisherId::default();
        let from =
            From { principal, publisher, lease: None, once: None, question: Some(ticket), zone: Some(&zone) };
        self.take(turn, from, draft)
    }

    fn subscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        drafts: &[SubscribeDraft<'_>],
        request: RequestId,
    ) -> Outcome<Granted> {
        self.subscribe_all(turn, lease, drafts, request)
    }

    fn unsubscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        filters: &[(Option<&str>, &str)],
        request: RequestId,
    ) -> Outcome<Removed> {
        self.unsubscribe_all(turn, lease, filters, request)
    }

    fn pull(&self, turn: &mut Turn, lease: &Lease, budget: Budget) -> Result<PullEnd, Refusal> {
        self.pull_session(turn, lease, budget)
    }

    fn settle(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        handle: u32,
        settlement: Settlement,
        request: RequestId,
    ) -> Outcome<()> {
        self.settle_one(turn, lease, handle, settlement, request)
    }

    fn free(&self, turn: &mut Turn, lease: &Lease, handle: u32, request: RequestId) -> Outcome<()> {
        self.free_one(turn, lease, handle, request)
    }

    fn forget(&self, turn: &mut Turn, lease: &Lease, once: u32, request: RequestId) -> Outcome<()> {
        self.forget_one(turn, lease, once, request)
    }

    fn transact(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        operations: &[Operation<'_>],
        request: RequestId,
    ) -> Outcome<Transacted> {
        self.transact_all(turn, lease, operations, request)
    }

    fn attach(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        deltas: &[Delta<'_>],
        request: RequestId,
    ) -> Outcome<()> {
        self.attach_deltas(turn, lease, deltas, request)
    }

    fn inbox(&self, lease: &Lease) -> Result<String, Refusal> {
        let prefix = || self.inboxes.prefix(lease.session.id);
        lease.is_current().then(prefix).ok_or(Refusal::TakenOver)
    }

    fn request(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &Draft<'_>,
        timeout: Duration,
        request: RequestId,
    ) -> Outcome<Message> {
        self.request_one(turn, lease, draft, timeout, request)
    }

    fn credit(&self, lease: &Lease, credit: u16) -> Result<(), Refusal> {
        lease.session.set_credit(lease.epoch, credit)
    }

    fn expire_after(&self, lease: &Lease, expiry: Duration) -> Result<Duration, Refusal> {
        lease.session.set_expiry(lease.epoch, expiry)
    }

    fn detach(&self, turn: &mut Turn, lease: &Lease, how: Detach) -> Outcome<()> {
        self.detach_session(turn, lease, how)
    }

    fn busy(&self, turn: &mut Turn, lease: &Lease) {
        for group in lease.session.note_busy(lease.epoch) {
            if let Some(member) = group.idle_member() {
                member.wake(turn);
            }
        }
    }

    fn reseat(&self, lease: &Lease, seat: Seat) {
        lease.session.reseat(lease.epoch, seat);
        self.requests.reseat(lease, seat);
    }
}
