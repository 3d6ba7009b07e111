//! The broker: its tables, its ports, its counters.

use std::sync::Arc;

use tidegate_types::{DoorLimits, Limits, Realm};

use crate::door::Credentials;
use crate::groups::Groups;
use crate::inbox::Inboxes;
use crate::login::{Login, Logins};
use crate::matches::Receiver;
use crate::open::Parked;
use crate::outcome::RequestId;
use crate::ports::{
    Alone, Authenticator, Authorizer, Event, EventKind, Fabric, Interceptor, Journal, Memory, Observer,
};
use crate::publish::Stripes;
use crate::rejudge::Sweep;
use crate::requests::Requests;
use crate::retained::Retained;
use crate::router::Router;
use crate::rules::Rules;
use crate::seat::{Seat, Switchboard, Ticket};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering, RwLock};
use crate::table::Table;
use crate::timers::Timers;
use crate::turn::{Tally, Turn};
use crate::zone::{ListenerZone, Member, SessionLimits, SharedRates, Zone, Zones};

/// One node of the broker.
pub struct Broker<F: Fabric = Alone> {
    pub(crate) limits: Limits,
    pub(crate) door: DoorLimits,
    pub(crate) inboxes: Inboxes,
    pub(crate) requests: Requests,
    pub(crate) router: Router<Receiver>,
    pub(crate) groups: Groups,
    pub(crate) retained: Retained,
    pub(crate) stripes: Stripes,
    pub(crate) sessions: Table,
    pub(crate) timers: Timers,
    pub(crate) fabric: F,
    pub(crate) journal: Arc<dyn Journal>,
    /// What the journal said of itself, so that the ordinary path does not ask.
    pub(crate) journaled: bool,
    pub(crate) parked: Mutex<Vec<Parked>>,
    zones: RwLock<Arc<Zones>>,
    /// What all clients together may do.
    pub(crate) rates: RwLock<Arc<SharedRates>>,
    pub(crate) metered: AtomicBool,
    pub(crate) group_limits: SessionLimits,
    pub(crate) rules: Rules,
    pub(crate) sweep: Sweep,
    /// Held while the list of bans changes and that is recorded, so that the records come in the order of the changes.
    pub(crate) ban_order: Mutex<()>,
    interceptors: RwLock<Arc<Vec<Arc<dyn Interceptor>>>>,
    pub(crate) intercepted: AtomicBool,
    pub(crate) logins: Arc<Logins>,
    pub(crate) switchboard: Arc<dyn Switchboard>,
    realms: Mutex<Vec<Box<str>>>,
    next_session: AtomicU64,
    pub(crate) revision: AtomicU64,
    draining: AtomicBool,
    counters: Totals,
}

#[derive(Default)]
struct Totals {
    published: AtomicU64,
    published_bytes: AtomicU64,
    delivered: AtomicU64,
    delivered_bytes: AtomicU64,
    settled: AtomicU64,
    dropped: AtomicU64,
    connected: AtomicU64,
    subscriptions: AtomicU64,
}

/// The broker in numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Since the start: messages published, delivered, settled, dropped.
    pub messages: Tally,
    /// Sessions, connected and away.
    pub sessions: usize,
    /// Connected sessions.
    pub connected: u64,
    /// Subscriptions.
    pub subscriptions: u64,
    /// Retained values.
    pub retained: usize,
    /// Their bytes.
    pub retained_bytes: usize,
    /// Message bytes the process holds.
    pub held_bytes: usize,
    /// Logins refused since the start.
    pub refused_logins: u64,
}

impl Broker<Alone> {
    /// A single node that keeps nothing over a restart.
    #[must_use]
    pub fn new(limits: Limits, switchboard: Arc<dyn Switchboard>) -> Self {
        Self::with(limits, switchboard, Alone, Arc::new(Memory))
    }
}

impl<F: Fabric> Broker<F> {
    /// A node with a fabric and a journal.
    #[must_use]
    pub fn with(
        limits: Limits,
        switchboard: Arc<dyn Switchboard>,
        fabric: F,
        journal: Arc<dyn Journal>,
    ) -> Self {
        let zone = Zone { name: "default".into(), session: SessionLimits::from(&limits), ..Zone::default() };
        let logins = Arc::new(Logins::new(&limits));
        let quotas = Arc::clone(&logins.defences.quotas);
        Self {
            router: Router::new(),
            groups: Groups::default(),
            retained: Retained::new(&limits).counted_by(quotas),
            limits,
            door: DoorLimits::default(),
            inboxes: Inboxes::default(),
            requests: Requests::default(),
            stripes: Stripes::new(),
            sessions: Table::new(),
            timers: Timers::default(),
            fabric,
            journaled: journal.keeps(),
            journal,
            parked: Mutex::new(Vec::new()),
            zones: RwLock::new(Arc::new(Zones::new(Arc::new(zone), Vec::new()))),
            rates: RwLock::default(),
            metered: AtomicBool::new(false),
            group_limits: SessionLimits::from(&limits),
            rules: Rules::default(),
            sweep: Sweep::default(),
            ban_order: Mutex::default(),
            interceptors: RwLock::default(),
            intercepted: AtomicBool::new(false),
            logins,
            switchboard,
            realms: Mutex::new(Vec::new()),
            next_session: AtomicU64::new(1),
            revision: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            counters: Totals::default(),
        }
    }

    /// The same broker with other bounds on transactions, attachments and requests.
    #[must_use]
    pub fn bounded(mut self, door: DoorLimits) -> Self {
        self.door = door;
        self
    }

    /// The broker's bounds.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The number of a realm's name; a new name gets the next number.
    pub fn realm(&self, name: &str) -> Realm {
        let mut realms = self.realms.lock();
        let index = realms.iter().position(|known| **known == *name).unwrap_or_else(|| {
            realms.push(name.into());
            realms.len() - 1
        });
        Realm(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// The name of a realm.
    #[must_use]
    pub fn realm_name(&self, realm: Realm) -> String {
        self.realms.lock().get(usize::from(realm.0)).map(ToString::to_string).unwrap_or_default()
    }

    /// Replaces the default zone's chain, each member of which has to be asked, and the rules ([`Broker::set_rules`]).
    pub fn set_access(
        &self,
        authenticators: Vec<Arc<dyn Authenticator>>,
        authorizers: Vec<Arc<dyn Authorizer>>,
    ) {
        let member = |(number, authenticator)| Member::new(&format!("{number}"), authenticator);
        let chain = authenticators.into_iter().enumerate().map(member).collect();
        let mut zones = self.zones.write();
        *zones = Arc::new(zones.with_default_chain(chain));
        drop(zones);
        self.set_rules(authorizers);
    }

    /// Replaces the rules. With any authorizer, what no rule allows is denied. They hold for live sessions too: from
    /// the moment this returns nothing is handed to anybody whom they do not let read it, and subscriptions they do
    /// not allow end, at the latest when [`Broker::sweep`] comes to them.
    pub fn set_rules(&self, authorizers: Vec<Arc<dyn Authorizer>>) {
        self.rules.replace(authorizers);
    }

    /// Replaces the zones: that of the listeners listed, by their whole names, and that of all others. Sessions keep the
    /// zone they were opened in until they are opened again.
    pub fn set_zones(&self, default: Arc<Zone>, by_listener: Vec<ListenerZone>) {
        *self.zones.write() = Arc::new(Zones::new(default, by_listener));
    }

    pub(crate) fn zones(&self) -> Arc<Zones> {
        Arc::clone(&self.zones.read())
    }

    /// The realms there are.
    pub(crate) fn realms(&self) -> impl Iterator<Item = Realm> {
        let count = u16::try_from(self.realms.lock().len()).unwrap_or(u16::MAX);
        // Realm 0 exists also where nobody asked for a name.
        (0..count.max(1)).map(Realm)
    }

    /// The zone of whoever comes through a listener.
    pub(crate) fn zone(&self, listener: &str) -> Arc<Zone> {
        Arc::clone(self.zones.read().of(listener))
    }

    /// Replaces the interceptors.
    pub fn set_interceptors(&self, interceptors: Vec<Arc<dyn Interceptor>>) {
        self.intercepted.store(!interceptors.is_empty(), Ordering::Release);
        *self.interceptors.write() = Arc::new(interceptors);
    }

    /// Adds an observer.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        self.logins.observers.add(observer);
    }

    pub(crate) fn interceptors(&self) -> Arc<Vec<Arc<dyn Interceptor>>> {
        Arc::clone(&self.interceptors.read())
    }

    /// Whether anybody wants events of this kind: a mask test when nobody does.
    #[inline]
    pub(crate) fn is_observed(&self, kind: EventKind) -> bool {
        self.logins.observers.want(kind)
    }

    /// Tells the observers, if any wants this kind.
    #[inline]
    pub(crate) fn emit(&self, kind: EventKind, event: &Event<'_>) {
        self.logins.observers.emit(kind, event);
    }

    /// A login that begins.
    pub(crate) fn login(
        &self,
        turn: &Turn,
        credentials: &Credentials<'_>,
        asked: (Seat, RequestId),
    ) -> Login {
        let zone = self.zone(credentials.listener);
        let logins = Arc::clone(&self.logins);
        Login { logins, zone, ticket: self.ticket(asked), asked: turn.now }
    }

    pub(crate) fn ticket(&self, (seat, request): (Seat, RequestId)) -> Ticket {
        Ticket { seat, request, switchboard: Arc::clone(&self.switchboard) }
    }

    pub(crate) fn next_session(&self) -> u64 {
        self.next_session.fetch_add(1, Ordering::Relaxed)
    }

    /// No session is opened any more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Adds what a worker counted.
    pub fn count(&self, tally: Tally) {
        let totals = &self.counters;
        for (total, more) in [
            (&totals.published, tally.published),
            (&totals.published_bytes, tally.published_bytes),
            (&totals.delivered, tally.delivered),
            (&totals.delivered_bytes, tally.delivered_bytes),
            (&totals.settled, tally.settled),
            (&totals.dropped, tally.dropped),
        ] {
            if more > 0 {
                total.fetch_add(more, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn count_connected(&self, up: bool) {
        if up {
            self.counters.connected.fetch_add(1, Ordering::Relaxed);
        } else {
            self.counters.connected.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_subscription(&self, up: bool) {
        if up {
            self.counters.subscriptions.fetch_add(1, Ordering::Relaxed);
        } else {
            self.counters.subscriptions.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The broker in numbers, each read by itself.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let totals = &self.counters;
        let get = |total: &AtomicU64| total.load(Ordering::Relaxed);
        Counters {
            messages: Tally {
                published: get(&totals.published),
                published_bytes: get(&totals.published_bytes),
                delivered: get(&totals.delivered),
                delivered_bytes: get(&totals.delivered_bytes),
                settled: get(&totals.settled),
                dropped: get(&totals.dropped),
            },
            sessions: self.sessions.len(),
            connected: get(&totals.connected),
            subscriptions: get(&totals.subscriptions),
            retained: self.retained.len(),
            retained_bytes: self.retained.bytes(),
            held_bytes: tidegate_types::HeldBytes::now(),
            refused_logins: self.logins.refused(),
        }
    }
}

impl<F: Fabric> std::fmt::Debug for Broker<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
