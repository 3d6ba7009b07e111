//! The door: everything a client does, as verbs.
//!
//! A gateway calls them through `tidegate_gateway::Door`, which adds what belongs to one channel (the order of
//! answers). Authentication, authorization, interceptors, quotas and retained messages are applied behind them;
//! there is no other way to the router.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tidegate_types::{Certificate, ClientId, Draft, Guarantee, Message, Realm, Refusal};

use crate::attachment::{Attachment, Delta};
use crate::lease::Lease;
use crate::outcome::{Outcome, RequestId};
use crate::principal::{Principal, PrincipalRef};
use crate::seat::Seat;
use crate::transact::{Operation, Transacted};
use crate::turn::Turn;

mod delivery;

pub use delivery::{Budget, Delivery, Identifiers, PullEnd, Pulled};

/// What a client says of itself before it has a session.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The realm it asks to enter.
    pub realm: Realm,
    /// The client id it claims; empty when it has none yet.
    pub client: &'a str,
    /// The user name it claims.
    pub user: Option<&'a str>,
    /// The secret it shows.
    pub password: Option<&'a [u8]>,
    /// A challenge-response method and its data, where the protocol has that.
    pub method: Option<(&'a str, &'a [u8])>,
    /// What the step before left, from the second step of a method on.
    pub exchange: Option<&'a Exchange>,
    /// Where it comes from; no identity (law 3), but rules may ask.
    pub remote: SocketAddr,
    /// The listener it came through, by its whole name: `gateway.name`.
    pub listener: &'a str,
    /// Whether it came over a loopback address on both ends.
    pub loopback: bool,
    /// The certificate it showed and that was verified.
    pub certificate: Option<&'a Arc<Certificate>>,
}

/// What an authenticator keeps between the steps of one proof. The gateway holds it and gives it back with the next
/// step; it ends with the connection.
#[derive(Clone)]
pub struct Exchange(pub Arc<dyn std::any::Any + Send + Sync>);

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

/// A step of authentication that succeeded.
#[derive(Clone, Debug)]
pub enum Authenticated {
    /// Who it is, and data for its last word (server-final in challenge-response methods).
    Principal(PrincipalRef, Box<[u8]>),
    /// It has to answer this first; what is needed to judge the answer comes back with it.
    Challenge(Box<[u8]>, Exchange),
}

/// What a client speaks. One static value a version, so that a connection holds a pointer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Protocol {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The protocol and its version, as people call it.
    pub name: &'static str,
}

/// What a client wants of its session.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The session's key.
    pub realm: Realm,
    /// The session's key.
    pub client: ClientId,
    /// What an earlier session of this key left is discarded.
    pub clean: bool,
    /// How long the session stays after its connection ends; zero ends it then. The broker's limit caps it.
    pub expiry: Duration,
    /// Unsettled tracked deliveries the client takes at once.
    pub credit: u16,
    /// How many handles the protocol has: handles run from 1 to this.
    pub handles: u32,
    /// A message to be published when the client is gone.
    pub will: Option<WillDraft>,
    /// What it speaks, for operators.
    pub protocol: &'static Protocol,
    /// Where it comes from.
    pub remote: SocketAddr,
}

/// A message to be published when its client is gone.
#[derive(Clone, Debug)]
pub struct WillDraft {
    /// Where to.
    pub topic: Box<str>,
    /// The properties block.
    pub properties: Box<[u8]>,
    /// The content.
    pub payload: Box<[u8]>,
    /// Its guarantee.
    pub guarantee: Guarantee,
    /// Whether it is retained.
    pub retain: bool,
    /// Its expiry once published, in seconds.
    pub expiry_seconds: Option<u32>,
    /// How long after the connection ended it is published, unless the client is back by then.
    pub delay: Duration,
    /// In whose name it is published, and authorized then: the session's principal, whatever stands here when it is
    /// opened.
    pub principal: PrincipalRef,
}

impl WillDraft {
    /// Bytes of its parts.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.topic.len() + self.properties.len() + self.payload.len()
    }
}

/// A session is open.
#[derive(Debug)]
pub struct Opened {
    /// The right to act for it.
    pub lease: Lease,
    /// Whether an earlier session of this key was resumed.
    pub resumed: bool,
    /// The expiry granted.
    pub expiry: Duration,
    /// What this gateway keeps with the session.
    pub attachment: Attachment,
}

/// A message was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Published {
    /// How many sessions and groups it was queued for; zero means nobody subscribes.
    pub receivers: u32,
}

/// When a subscription gets the retained values.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RetainedOn {
    /// Each time it is made.
    #[default]
    Subscribe,
    /// Only when it was not there before.
    NewSubscription,
    /// Never.
    Never,
}

/// One subscription asked for.
#[derive(Clone, Copy, Debug)]
pub struct SubscribeDraft<'a> {
    /// The filter, not yet checked.
    pub filter: &'a str,
    /// The group whose members share its messages.
    pub group: Option<&'a str>,
    /// The highest guarantee wanted.
    pub guarantee: Guarantee,
    /// The session's own messages are not delivered to it.
    pub no_local: bool,
    /// The retain mark is passed on as its publisher set it.
    pub retain_as_published: bool,
    /// Whether retained values are wanted.
    pub retained: RetainedOn,
    /// A number of the client's own that comes with each delivery.
    pub identifier: Option<std::num::NonZeroU32>,
}

/// One entry a filter, in order: the guarantee granted, or why not.
pub type Granted = Vec<Result<Guarantee, Refusal>>;

/// One entry a filter, in order: whether there was such a subscription, or why it was refused.
pub type Removed = Vec<Result<bool, Refusal>>;

/// What a receiver says of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Settlement {
    /// Done with it: the handle is free.
    Accept,
    /// The content is accepted, the handle stays reserved until it is freed.
    Hold,
    /// Give it to somebody (this receiver or another of its group) again.
    Release,
    /// It will never take it.
    Reject,
}

/// How a connection leaves its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detach {
    /// With a goodbye: the will is not published.
    Clean,
    /// Without one: the will is published after its delay.
    Lost,
    /// With a goodbye that asks for the will nevertheless.
    CleanWithWill,
}

/// The kernel's verbs, object-safe so that a gateway does not know which fabric is below.
///
/// `ticket` names the question: a verb that answers late does so to that seat and request. Every verb given the
/// lease of an older epoch answers [`Refusal::TakenOver`]. Verbs that not every gateway uses may be left out, by a
/// test's kernel for one: they are unavailable then.
pub trait Verbs: Send + Sync {
    /// Who is this? Repeatable on a live channel.
    fn authenticate(
        &self,
        turn: &mut Turn,
        credentials: &Credentials<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Authenticated>;

    /// The client has proved again who it is: the same lease for what it proved now. What it subscribes to and what
    /// its proof's end means is judged by that from then on.
    ///
    /// # Errors
    /// When it is no longer the session's lease, or the session belongs to somebody else.
    fn renew(&self, turn: &mut Turn, lease: &Lease, principal: &PrincipalRef) -> Result<Lease, Refusal> {
        let _ = turn;
        lease.renewed(principal)
    }

    /// Opens, resumes or takes over a session. Its key has the client id the principal acts under, where
    /// `authenticate` gave it one; its will is the principal's.
    fn open(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        options: OpenOptions,
        ticket: (Seat, RequestId),
    ) -> Outcome<Opened>;

    /// The same, and changes the session's attachment in the same step; [`Opened::attachment`] shows it after that.
    /// `QuotaExceeded` when it does not fit: nothing is opened then.
    fn open_attached(
        &self,
        turn: &mut Turn,
        principal: &PrincipalRef,
        options: OpenOptions,
        deltas: &[Delta<'_>],
        ticket: (Seat, RequestId),
    ) -> Outcome<Opened> {
        if deltas.is_empty() {
            return self.open(turn, principal, options, ticket);
        }
        Outcome::Done(Err(Refusal::Unavailable))
    }

    /// Publishes for a session. `once` is the session's own key for an exactly-once message: the second publish
    /// under a key that is not forgotten yet is answered like the first and goes nowhere.
    fn publish(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &Draft<'_>,
        once: Option<u32>,
        request: RequestId,
    ) -> Outcome<Published>;

    /// Publishes a single request of a principal without a session.
    fn publish_as(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        draft: &Draft<'_>,
        ticket: (Seat, RequestId),
    ) -> Outcome<Published>;

    /// Subscribes; one entry a draft in the answer.
    fn subscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        drafts: &[SubscribeDraft<'_>],
        request: RequestId,
    ) -> Outcome<Granted>;

    /// Unsubscribes filters (with their groups); one entry a filter in the answer.
    fn unsubscribe(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        filters: &[(Option<&str>, &str)],
        request: RequestId,
    ) -> Outcome<Removed>;

    /// Takes deliveries into `turn.deliveries`, within credit and budget.
    fn pull(&self, turn: &mut Turn, lease: &Lease, budget: Budget) -> Result<PullEnd, Refusal>;

    /// Says what became of a delivery.
    fn settle(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        handle: u32,
        settlement: Settlement,
        request: RequestId,
    ) -> Outcome<()>;

    /// Frees a held handle.
    fn free(&self, turn: &mut Turn, lease: &Lease, handle: u32, request: RequestId) -> Outcome<()>;

    /// Forgets an inbound exactly-once key; `NotFound` when there is none.
    fn forget(&self, turn: &mut Turn, lease: &Lease, once: u32, request: RequestId) -> Outcome<()>;

    /// Does several operations as one: all of them, or none. What is refused for itself is named in the answer
    /// ([`Transacted::Refused`]); `QuotaExceeded` says that the transaction as a whole is too large.
    fn transact(
        &self,
        _turn: &mut Turn,
        _lease: &Lease,
        _operations: &[Operation<'_>],
        _request: RequestId,
    ) -> Outcome<Transacted> {
        Outcome::Done(Err(Refusal::Unavailable))
    }

    /// Changes what the gateway keeps with the session; `QuotaExceeded`, and no change, when it does not fit.
    fn attach(
        &self,
        _turn: &mut Turn,
        _lease: &Lease,
        _deltas: &[Delta<'_>],
        _request: RequestId,
    ) -> Outcome<()> {
        Outcome::Done(Err(Refusal::Unavailable))
    }

    /// The prefix of the session's own topics, `$inbox/<token>/`: everybody may publish below it, the session alone
    /// may subscribe to it. It lasts as long as the session.
    fn inbox(&self, _lease: &Lease) -> Result<String, Refusal> {
        Err(Refusal::Unavailable)
    }

    /// Publishes `draft` with a response topic in the session's inbox and waits for the first answer. A response
    /// topic of the draft's own is replaced; its correlation data is kept, or some is made.
    ///
    /// Refused at once, or pending: the answer is the first message published to the response topic whose
    /// correlation data, if it has any, is the request's; [`Refusal::NoAnswer`] when `timeout` (capped by the
    /// broker's limit) passes or the lease ends. Needs no subscription, takes no credit, is never queued.
    fn request(
        &self,
        _turn: &mut Turn,
        _lease: &Lease,
        _draft: &Draft<'_>,
        _timeout: Duration,
        _request: RequestId,
    ) -> Outcome<Message> {
        Outcome::Done(Err(Refusal::Unavailable))
    }

    /// Changes how many unsettled deliveries the client takes.
    fn credit(&self, lease: &Lease, credit: u16) -> Result<(), Refusal>;

    /// Changes the session's expiry; answers what was granted.
    fn expire_after(&self, lease: &Lease, expiry: Duration) -> Result<Duration, Refusal>;

    /// The client's connection ends.
    fn detach(&self, turn: &mut Turn, lease: &Lease, how: Detach) -> Outcome<()>;

    /// The channel cannot take anything now, as its output waits for the socket: what it was woken for in its groups
    /// goes to other members.
    fn busy(&self, turn: &mut Turn, lease: &Lease) {
        let _ = (turn, lease);
    }

    /// The channel sits elsewhere now.
    fn reseat(&self, lease: &Lease, seat: Seat);
}
