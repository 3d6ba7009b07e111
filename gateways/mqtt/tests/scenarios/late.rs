//! The kernel's verbs, with answers that come when the test says so.

use std::sync::Mutex;
use std::time::Duration;

use tidegate_broker::{Answer, Broker, Lease, Principal, Turn, Verbs};
use tidegate_gateway::{
    Authenticated, Budget, Credentials, Detach, Draft, Granted, OpenOptions, Opened, Outcome, PrincipalRef,
    Published, PullEnd, Refusal, Removed, Reply, RequestId, Seat, Settlement, SubscribeDraft,
};

pub(crate) struct Late {
    broker: Broker,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    late: bool,
    answers: Vec<(Seat, RequestId, Reply)>,
}

impl Late {
    pub(crate) fn new(broker: Broker) -> Self {
        Self { broker, held: Mutex::default() }
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.broker
    }

    /// From now on answers wait, or come at once.
    pub(crate) fn be_late(&self, late: bool) {
        self.held.lock().unwrap().late = late;
    }

    /// The answers that wait.
    pub(crate) fn release(&self) -> Vec<(Seat, RequestId, Reply)> {
        std::mem::take(&mut self.held.lock().unwrap().answers)
    }

    fn hold<T: Answer>(&self, seat: Option<Seat>, id: RequestId, outcome: Outcome<T>) -> Outcome<T> {
        let mut held = self.held.lock().unwrap();
        match (outcome, seat) {
            (Outcome::Done(result), Some(seat)) if held.late => {
                held.answers.push((seat, id, T::into_reply(result)));
                Outcome::Pending(id)
            }
            (outcome, _) => outcome,
        }
    }
}

impl Verbs for Late {
    fn authenticate(
        &self,
        turn: &mut Turn,
        credentials: &Credentials<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Authenticated> {
        let outcome = self.broker.authenticate(turn, credentials, ticket);
        self.hold(Some(ticket.0), ticket.1, outcome)
    }

    fn open(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        options: OpenOptions,
        ticket: (Seat, RequestId),
    ) -> Outcome<Opened> {
        let outcome = self.broker.open(turn, principal, options, ticket);
        self.hold(Some(ticket.0), ticket.1, outcome)
    }

    fn publish(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &Draft<'_>,
        once: Option<u32>,
        request: RequestId,
    ) -> Outcome<Published> {
        let outcome = self.broker.publish(turn, lease, draft, once, request);
        self.hold(turn.seat, request, outcome)
    }

    fn publish_as(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        draft: &Draft<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Published> {
        self.broker.publish_as(turn, principal, draft, ticket)
    }

    fn subscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        drafts: &[SubscribeDraft<'_>],
        request: RequestId,
    ) -> Outcome<Granted> {
        let outcome = self.broker.subscribe(turn, lease, drafts, request);
        self.hold(turn.seat, request, outcome)
    }

    fn unsubscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        filters: &[(Option<&str>, &str)],
        request: RequestId,
    ) -> Outcome<Removed> {
        let outcome = self.broker.unsubscribe(turn, lease, filters, request);
        self.hold(turn.seat, request, outcome)
    }

    fn pull(&self, turn: &mut Turn, lease: &Lease, budget: Budget) -> Result<PullEnd, Refusal> {
        self.broker.pull(turn, lease, budget)
    }

    fn settle(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        handle: u32,
        settlement: Settlement,
        request: RequestId,
    ) -> Outcome<()> {
        let outcome = self.broker.settle(turn, lease, handle, settlement, request);
        self.hold(turn.seat, request, outcome)
    }

    fn free(&self, turn: &mut Turn, lease: &Lease, handle: u32, request: RequestId) -> Outcome<()> {
        let outcome = self.broker.free(turn, lease, handle, request);
        self.hold(turn.seat, request, outcome)
    }

    fn forget(&self, turn: &mut Turn, lease: &Lease, once: u32, request: RequestId) -> Outcome<()> {
        let outcome = self.broker.forget(turn, lease, once, request);
        self.hold(turn.seat, request, outcome)
    }

    fn credit(&self, lease: &Lease, credit: u16) -> Result<(), Refusal> {
        self.broker.credit(lease, credit)
    }

    fn expire_after(&self, lease: &Lease, expiry: Duration) -> Result<Duration, Refusal> {
        self.broker.expire_after(lease, expiry)
    }

    fn detach(&self, turn: &mut Turn, lease: &Lease, how: Detach) -> Outcome<()> {
        self.broker.detach(turn, lease, how)
    }

    fn reseat(&self, lease: &Lease, seat: Seat) {
        self.broker.reseat(lease, seat);
    }
}
