//! The door as one channel sees it.

use std::fmt;
use std::time::Duration;

use tidegate_broker::{
    Authenticated, Budget, Credentials, Delta, Detach, Granted, Lease, OpenOptions, Opened, Operation,
    Outcome, Principal, PrincipalRef, Published, PullEnd, Pulled, Removed, Settlement, SubscribeDraft,
    Transacted, Turn, Verbs,
};
use tidegate_types::{Draft, Message, Refusal};

use crate::Desk;

/// The verbs for one channel in one turn: the kernel's, with this channel's lease and order of answers.
pub struct Door<'a> {
    verbs: &'a dyn Verbs,
    turn: &'a mut Turn,
    desk: &'a mut Desk,
}

impl fmt::Debug for Door<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("desk", &self.desk).finish_non_exhaustive()
    }
}

impl<'a> Door<'a> {
    /// A channel's door for this turn; drivers and test kits make it.
    pub fn new(verbs: &'a dyn Verbs, turn: &'a mut Turn, desk: &'a mut Desk) -> Self {
        turn.seat = Some(desk.seat());
        Self { verbs, turn, desk }
    }

    /// Whether a session is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.desk.lease.is_some()
    }

    /// Whether no further packet is handed over until a pending answer is there.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.desk.is_blocked()
    }

    /// See [`Verbs::authenticate`]. While it is pending the peer is not read.
    pub fn authenticate(&mut self, credentials: &Credentials<'_>) -> Outcome<Authenticated> {
        let id = self.desk.ask();
        let outcome = self.verbs.authenticate(self.turn, credentials, (self.desk.seat(), id));
        self.desk.order_decision(id, outcome)
    }

    /// See [`Verbs::open`]. While it is pending the peer is not read.
    pub fn open(&mut self, principal: &PrincipalRef, options: OpenOptions) -> Outcome<Opened> {
        self.open_attached(principal, options, &[])
    }

    /// See [`Verbs::open_attached`]. While it is pending the peer is not read.
    pub fn open_attached(
        &mut self,
        principal: &PrincipalRef,
        options: OpenOptions,
        deltas: &[Delta<'_>],
    ) -> Outcome<Opened> {
        let id = self.desk.ask();
        let ticket = (self.desk.seat(), id);
        let outcome = self.verbs.open_attached(self.turn, principal, options, deltas, ticket);
        if let Outcome::Done(Ok(opened)) = &outcome {
            self.desk.lease = Some(opened.lease.clone());
        }
        self.desk.order_decision(id, outcome)
    }

    fn leased<T: tidegate_broker::Answer>(
        &mut self,
        verb: impl FnOnce(&dyn Verbs, &mut Turn, &Lease, tidegate_broker::RequestId) -> Outcome<T>,
    ) -> Outcome<T> {
        let id = self.desk.ask();
        let outcome = match self.desk.lease() {
            Ok(lease) => verb(self.verbs, self.turn, lease, id),
            Err(refusal) => Outcome::Done(Err(refusal)),
        };
        self.desk.order(id, outcome)
    }

    /// See [`Verbs::publish`].
    pub fn publish(&mut self, draft: &Draft<'_>, once: Option<u32>) -> Outcome<Published> {
        self.leased(|verbs, turn, lease, id| verbs.publish(turn, lease, draft, once, id))
    }

    /// See [`Verbs::publish_as`].
    pub fn publish_as(&mut self, principal: &Principal, draft: &Draft<'_>) -> Outcome<Published> {
        let id = self.desk.ask();
        let outcome = self.verbs.publish_as(self.turn, principal, draft, (self.desk.seat(), id));
        self.desk.order(id, outcome)
    }

    /// See [`Verbs::subscribe`].
    pub fn subscribe(&mut self, drafts: &[SubscribeDraft<'_>]) -> Outcome<Granted> {
        self.leased(|verbs, turn, lease, id| verbs.subscribe(turn, lease, drafts, id))
    }

    /// See [`Verbs::unsubscribe`].
    pub fn unsubscribe(&mut self, filters: &[(Option<&str>, &str)]) -> Outcome<Removed> {
        self.leased(|verbs, turn, lease, id| verbs.unsubscribe(turn, lease, filters, id))
    }

    /// See [`Verbs::settle`].
    pub fn settle(&mut self, handle: u32, settlement: Settlement) -> Outcome<()> {
        self.leased(|verbs, turn, lease, id| verbs.settle(turn, lease, handle, settlement, id))
    }

    /// See [`Verbs::free`].
    pub fn free(&mut self, handle: u32) -> Outcome<()> {
        self.leased(|verbs, turn, lease, id| verbs.free(turn, lease, handle, id))
    }

    /// See [`Verbs::forget`].
    pub fn forget(&mut self, once: u32) -> Outcome<()> {
        self.leased(|verbs, turn, lease, id| verbs.forget(turn, lease, once, id))
    }

    /// See [`Verbs::transact`].
    pub fn transact(&mut self, operations: &[Operation<'_>]) -> Outcome<Transacted> {
        self.leased(|verbs, turn, lease, id| verbs.transact(turn, lease, operations, id))
    }

    /// See [`Verbs::attach`].
    pub fn attach(&mut self, deltas: &[Delta<'_>]) -> Outcome<()> {
        self.leased(|verbs, turn, lease, id| verbs.attach(turn, lease, deltas, id))
    }

    /// See [`Verbs::inbox`].
    ///
    /// # Errors
    /// When there is no session, or another lease owns it.
    pub fn inbox(&self) -> Result<String, Refusal> {
        self.verbs.inbox(self.desk.lease()?)
    }

    /// See [`Verbs::request`]. It stands in no line: a refusal is answered at once whatever is owed, and the answer
    /// comes when somebody gives it, before or after those of other questions. It is not owed to the peer in the order
    /// of its questions, and nothing waits behind it.
    pub fn request(&mut self, draft: &Draft<'_>, timeout: Duration) -> Outcome<Message> {
        let id = self.desk.ask();
        match self.desk.lease() {
            Ok(lease) => self.verbs.request(self.turn, lease, draft, timeout, id),
            Err(refusal) => Outcome::Done(Err(refusal)),
        }
    }

    /// See [`Verbs::credit`].
    ///
    /// # Errors
    /// When there is no session, or another lease owns it.
    pub fn credit(&mut self, credit: u16) -> Result<(), Refusal> {
        self.verbs.credit(self.desk.lease()?, credit)
    }

    /// See [`Verbs::expire_after`].
    ///
    /// # Errors
    /// When there is no session, or another lease owns it.
    pub fn expire_after(&mut self, expiry: Duration) -> Result<Duration, Refusal> {
        self.verbs.expire_after(self.desk.lease()?, expiry)
    }

    /// Takes what the session holds, within credit and `budget`; [`Door::deliveries`] has it then.
    ///
    /// # Errors
    /// When there is no session, or another lease owns it.
    pub fn pull(&mut self, budget: Budget) -> Result<PullEnd, Refusal> {
        self.verbs.pull(self.turn, self.desk.lease()?, budget)
    }

    /// What the last pull took. Give the buffer back with [`Door::reuse`], so that it is not made anew each turn.
    pub fn deliveries(&mut self) -> Vec<Pulled> {
        std::mem::take(&mut self.turn.deliveries)
    }

    /// Takes a buffer of deliveries back.
    pub fn reuse(&mut self, mut deliveries: Vec<Pulled>) {
        deliveries.clear();
        self.turn.deliveries = deliveries;
    }

    /// Ends the lease. See [`Verbs::detach`]; doing it twice does nothing.
    pub fn detach(&mut self, how: Detach) -> Outcome<()> {
        match self.desk.lease.take() {
            Some(lease) => {
                let id = self.desk.ask();
                let outcome = self.verbs.detach(self.turn, &lease, how);
                self.desk.order(id, outcome)
            }
            None => Outcome::Done(Ok(())),
        }
    }

    /// Notes why this peer is refused or ended, for the log: one line a turn, written rarely by the driver. Never
    /// anything secret.
    pub fn complain(&mut self, why: &str) {
        self.turn.complaint = Some(why.into());
    }

    /// The peer has proved again who it is: what it does from now on is judged by `principal`.
    ///
    /// # Errors
    /// When there is no session, another lease owns it, or it belongs to somebody else.
    pub fn renew(&mut self, principal: &PrincipalRef) -> Result<(), Refusal> {
        self.desk.lease = Some(self.verbs.renew(self.turn, self.desk.lease()?, principal)?);
        Ok(())
    }

    /// Counts a delivery that was pulled and not sent, such as one too large for its receiver.
    pub fn dropped(&mut self) {
        self.turn.tally.dropped += 1;
    }
}
