//! Sessions: what the broker remembers of a client between and during its connections.
//!
//! ```text
//!            open                      detach, expiry > 0
//!   (none) ─────────▶ connected ───────────────────────▶ away ──expiry──▶ ended
//!                      ▲  │  ▲ open by another: epoch + 1  │
//!                      │  └──┘ (takeover)                  │
//!                      └──────────── open ─────────────────┘
//!   connected ──detach, expiry = 0──▶ ended        any ──clean open──▶ ended, a new one begins
//! ```
//!
//! One lock a session. Nobody holds two of them, and nobody calls out while holding one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_types::{Held, PublisherId, Refusal, SessionKey};

use crate::door::{Detach, OpenOptions, Protocol, WillDraft};
use crate::lease::Lease;
use crate::principal::PrincipalRef;
use crate::router::Options;
use crate::seat::Seat;
use crate::sync::{AtomicBool, AtomicU32, Mutex, Ordering};
use crate::timers::TimerId;
use crate::zone::{SessionLimits, Zone};

mod attach;
mod attachment;
mod decisions;
mod inflight;
mod once;
mod pull;
mod push;
mod queue;
mod retained_cursor;
mod settle;
mod standing;
mod subscriptions;
mod transact;
mod zoned;

pub(crate) use attach::{Attached, Ended};
pub(crate) use attachment::fits;
pub(crate) use pull::Aftermath;
pub(crate) use push::{Push, Seen};
pub(crate) use queue::{Origin, Pushed, Queue, Queued};
pub(crate) use retained_cursor::{Cursors, RetainedCursor};
pub(crate) use settle::Settled;
pub(crate) use standing::{Case, Entering};
pub(crate) use subscriptions::Subscription;
use subscriptions::Subscriptions;
pub(crate) use transact::Effect;
pub(crate) use zoned::UserHold;

use inflight::Inflight;
use once::OnceKeys;
use standing::Standing;
use zoned::Memory;

/// The address of who came without one; no connection has it.
const NOWHERE: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// One client's session.
pub(crate) struct Session {
    pub(crate) key: SessionKey,
    pub(crate) id: PublisherId,
    /// Counts leases; the one whose number this is owns the session.
    pub(crate) epoch: AtomicU32,
    /// Whether a channel is attached; a hint for choosing group members.
    connected: AtomicBool,
    /// Whether its channel drained it and has credit; a hint for whom a group wakes.
    idle: AtomicBool,
    /// Whether the session has ended; a hint for choosing group members.
    over: AtomicBool,
    /// Whether what its client does is measured.
    metered: AtomicBool,
    state: Mutex<State>,
}

/// What the lock guards.
struct State {
    seat: Option<Seat>,
    /// The seat has been woken and has not drained the session since.
    woken: bool,
    standing: Standing,
    /// The session is over: nothing is pushed any more.
    ended: bool,
    credit: u16,
    handles: u32,
    /// Where handles go on when the ring is made again.
    next_handle: u32,
    /// Seconds; sessions are not timed finer.
    expiry: u32,
    principal: PrincipalRef,
    zone: Arc<Zone>,
    connection: Option<Connection>,
    /// Of the client, while it is connected.
    memory: Option<Box<Memory>>,
    queue: Queue,
    inflight: Option<Box<Inflight>>,
    subscriptions: Subscriptions,
    extra: Option<Box<Extra>>,
}

/// What only some sessions have.
#[derive(Default)]
struct Extra {
    once: OnceKeys,
    attachment: attachment::Kept,
    /// The gateway that had the session last, while none has it.
    gateway: Option<&'static str>,
    will: Option<KeptWill>,
    /// What is counted for its user, where anybody counts.
    held: Option<Box<UserHold>>,
    /// What is due for the session while it is away, or for its connection.
    timers: Vec<TimerId>,
    cursors: Cursors,
    groups: Vec<Arc<crate::group::Group>>,
    /// Publishers slowed because of this session's queue.
    slowed: Vec<Seat>,
    /// While the queue is crowded: since when, or since the receiver last kept up.
    crowded_since: Option<Instant>,
    /// Deliveries it took since then.
    taken: usize,
}

/// A will and the bytes it holds, which count like a message's.
#[derive(Clone, Debug)]
struct KeptWill {
    draft: WillDraft,
    _held: Held,
}

impl KeptWill {
    fn new(draft: WillDraft) -> Self {
        Self { _held: Held::new(draft.bytes()), draft }
    }
}

/// A session's present connection, for operators. Where it comes from, its principal knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    pub(crate) since: Instant,
    pub(crate) protocol: &'static Protocol,
}

impl Session {
    pub(crate) fn new(
        key: SessionKey,
        id: PublisherId,
        (principal, zone): (PrincipalRef, Arc<Zone>),
        options: &OpenOptions,
    ) -> Self {
        Self {
            key,
            id,
            epoch: AtomicU32::new(0),
            connected: AtomicBool::new(false),
            idle: AtomicBool::new(false),
            over: AtomicBool::new(false),
            metered: AtomicBool::new(false),
            state: Mutex::new(State {
                seat: None,
                woken: false,
                standing: Standing::default(),
                ended: false,
                credit: 0,
                handles: options.handles,
                next_handle: 0,
                expiry: 0,
                principal,
                zone,
                connection: None,
                memory: None,
                queue: Queue::default(),
                inflight: None,
                subscriptions: Subscriptions::default(),
                extra: None,
            }),
        }
    }

    /// Whether a channel is attached now; may be old news by the time it is used.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Whether a wake makes it pull at once; may be old news by the time it is used.
    pub(crate) fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Relaxed)
    }

    /// Whether the session has ended; never becomes untrue again.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Its channel cannot take anything now, its output waits for the socket. Answers the groups others have to pull
    /// from meanwhile.
    pub(crate) fn note_busy(&self, epoch: u32) -> Vec<Arc<crate::group::Group>> {
        let groups = self.leased(epoch, |state| {
            self.idle.store(false, Ordering::Relaxed);
            let groups = state.extra.iter().flat_map(|extra| &extra.groups);
            Ok(groups.filter(|group| group.has_waiting()).cloned().collect())
        });
        groups.unwrap_or_default()
    }

    /// Whether the session ends with its present connection.
    pub(crate) fn is_passing(&self) -> bool {
        self.state.lock().expiry == 0
    }

    /// Runs `act` on the state if `lease` still is the session's.
    fn leased<R>(
        &self,
        epoch: u32,
        act: impl FnOnce(&mut State) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let mut state = self.state.lock();
        if self.epoch.load(Ordering::Relaxed) != epoch || state.ended {
            return Err(Refusal::TakenOver);
        }
        act(&mut state)
    }

    pub(crate) fn reseat(&self, epoch: u32, seat: Seat) {
        let mut state = self.state.lock();
        if self.epoch.load(Ordering::Relaxed) == epoch && !state.ended {
            state.seat = Some(seat);
            // Wakes sent to the old seat may be lost; the driver pulls once after a move.
            state.woken = false;
        }
    }

    /// Takes a principal that was proved anew, if it is the same somebody.
    pub(crate) fn renew(&self, epoch: u32, principal: &PrincipalRef) -> Result<(), Refusal> {
        self.leased(epoch, |state| {
            if !state.principal.same(principal) {
                return Err(Refusal::NotAuthorized);
            }
            state.act_as(principal);
            Ok(())
        })
    }

    pub(crate) fn set_credit(&self, epoch: u32, credit: u16) -> Result<(), Refusal> {
        self.leased(epoch, |state| {
            state.credit = credit;
            Ok(())
        })
    }

    /// Changes the expiry within its zone's limit; answers what was granted.
    pub(crate) fn set_expiry(&self, epoch: u32, expiry: Duration) -> Result<Duration, Refusal> {
        self.leased(epoch, |state| {
            let granted = expiry.min(state.limits().session_expiry);
            state.expiry = seconds(granted);
            Ok(granted)
        })
    }

    /// Whether the session outlives its connection, and so whether what is kept for it must survive.
    pub(crate) fn is_durable(&self) -> bool {
        self.state.lock().expiry > 0
    }

    /// What an operator sees.
    pub(crate) fn describe(&self) -> crate::clients::ClientInfo {
        let state = self.state.lock();
        crate::clients::ClientInfo {
            key: self.key.clone(),
            user: state.principal.user.clone(),
            connected: state.connection.map(|connection| crate::clients::ConnectionInfo {
                remote: state.principal.remote.unwrap_or(NOWHERE),
                since: connection.since,
                protocol: connection.protocol,
            }),
            expiry: Duration::from_secs(u64::from(state.expiry)),
            subscriptions: state.subscriptions.len(),
            queued: state.queue.len(),
            queued_bytes: state.queue.bytes(),
            unsettled: state.inflight.as_ref().map_or(0, |inflight| inflight.len()),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("key", &self.key).finish_non_exhaustive()
    }
}

impl State {
    /// The bounds of its zone.
    fn limits(&self) -> &SessionLimits {
        &self.zone.session
    }

    /// Its client acts as `principal` from now on, and what it subscribes to is judged anew.
    fn act_as(&mut self, principal: &PrincipalRef) {
        self.principal = Arc::clone(principal);
        self.forget_decisions();
        self.standing.doubt();
        if let Some(will) = self.extra.as_mut().and_then(|extra| extra.will.as_mut()) {
            will.draft.principal = Arc::clone(principal);
        }
    }

    fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    fn inflight(&mut self) -> &mut Inflight {
        let (handles, base) = (self.handles, self.next_handle);
        self.inflight.get_or_insert_with(|| Box::new(Inflight::new(handles).starting_at(base)))
    }

    fn forget_empty_inflight(&mut self) {
        if let Some(inflight) = &self.inflight
            && inflight.is_empty()
        {
            self.next_handle = inflight.next_base();
            self.inflight = None;
        }
    }
}

/// What a subscription asks of a delivery, as the router keeps it.
pub(crate) fn options_of(draft: &crate::door::SubscribeDraft<'_>) -> Options {
    Options {
        guarantee: draft.guarantee,
        no_local: draft.no_local,
        retain_as_published: draft.retain_as_published,
        identifier: draft.identifier,
    }
}

/// A duration in whole seconds, rounded up so that what is not nothing stays so.
fn seconds(duration: Duration) -> u32 {
    let up = u64::from(duration.subsec_nanos() > 0);
    u32::try_from(duration.as_secs().saturating_add(up)).unwrap_or(u32::MAX)
}

/// Leases are made here and nowhere else.
pub(crate) fn lease(session: &Arc<Session>, epoch: u32, principal: &PrincipalRef) -> Lease {
    Lease { session: Arc::clone(session), epoch, principal: Arc::clone(principal) }
}

/// Whether a detach publishes the will.
pub(crate) fn wants_will(how: Detach) -> bool {
    !matches!(how, Detach::Clean)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_idle_session_stays_within_its_share_of_a_connection() {
        // With its two counts it fills an allocator's class of 224 bytes.
        assert!(size_of::<Session>() <= 208, "{}", size_of::<Session>());
    }
}
