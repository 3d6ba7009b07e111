//! A worker: one thread, one reactor, and what its connections share.
//!
//! The state lives in a thread-local, so that a connection needs no pointer to it. It is borrowed for one turn of
//! one connection, or one round of the worker itself, never across an await.

mod arrive;
pub(crate) mod places;
mod round;
mod thread;
pub(crate) mod usher;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{Detach, Notice, Reply, Seat, Tally, Turn, Wheel};
use tidegate_gateway::{Lent, Outbox};
use tidegate_types::{HeldBytes, Moment};

use crate::complaint::Complaint;
use crate::config::RuntimeConfig;
use crate::connection::Scratch;
use crate::exchange::Exchange;
use crate::host::Host;
use crate::inbox::Letter;
use crate::worker::places::{Handed, Places};
use crate::worker::usher::Usher;

pub(crate) use round::Round;
pub(crate) use thread::{Threads, spawn};

/// One read takes this much at most.
pub(crate) const READ_BYTES: usize = 64 * 1024;

/// Deadlines of connections are kept to this.
const TICK: Duration = Duration::from_millis(64);

thread_local! {
    static WORKER: RefCell<Option<Box<Worker>>> = const { RefCell::new(None) };
}

/// Runs `act` with this thread's worker; `None` on other threads, and within another turn.
pub(crate) fn with_worker<R>(act: impl FnOnce(&mut Worker) -> R) -> Option<R> {
    WORKER.with(|worker| worker.try_borrow_mut().ok()?.as_mut().map(|worker| act(worker)))
}

/// What a peer is lent, and what is made of it afterwards.
pub(crate) struct Bench {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) turn: Turn,
    pub(crate) out: Outbox,
}

impl Bench {
    pub(crate) fn lend(&mut self) -> Lent<'_> {
        Lent { verbs: self.host.verbs(), turn: &mut self.turn, out: &mut self.out }
    }

    /// A notice has no receiver any more. A session that was opened for nobody is left again; it was never
    /// confirmed to its client, so this is no loss of a connection and publishes no will.
    pub(crate) fn give_up(&mut self, notice: Notice) {
        if let Notice::Reply(_, Reply::Opened(Ok(opened))) = notice {
            // Nobody waits for the answer.
            let _late = self.host.verbs().detach(&mut self.turn, &opened.lease, Detach::Clean);
        }
    }
}

/// One worker's state.
pub(crate) struct Worker {
    /// About peers that were refused or ended.
    pub(crate) complaint: Complaint,
    pub(crate) number: u16,
    pub(crate) config: Arc<RuntimeConfig>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) bench: Bench,
    pub(crate) buffer: Box<[u8]>,
    /// Empty until a connection has layers.
    pub(crate) scratch: Scratch,
    pub(crate) places: Places,
    pub(crate) usher: Usher,
    wheel: Wheel<u32>,
    born: Instant,
    clock: Clock,
    /// When the worker's own round comes next.
    alarm: Option<Instant>,
    /// Letters for the other workers, by worker, sent at the end of the turn.
    outgoing: Vec<Vec<Letter>>,
    /// Where the last [`Letter::Close`] ended.
    closed_to: usize,
}

impl Worker {
    fn new(number: u16, config: Arc<RuntimeConfig>, exchange: Arc<Exchange>, host: Arc<dyn Host>) -> Self {
        let clock = Clock::new();
        let born = clock.set;
        Self {
            complaint: Complaint::default(),
            number,
            config,
            bench: Bench { host, turn: Turn::new(born), out: Outbox::new() },
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            scratch: Scratch::default(),
            places: Places::new(number),
            usher: Usher::default(),
            wheel: Wheel::new(born.at, TICK),
            born: born.at,
            clock,
            alarm: None,
            outgoing: (0..exchange.workers()).map(|_| Vec::new()).collect(),
            exchange,
            closed_to: 0,
        }
    }

    /// Begins a turn of the connection at `whose`, or of nobody: the clock is read here and nowhere else.
    pub(crate) fn begin_turn(&mut self, whose: Option<Seat>) {
        let turn = &mut self.bench.turn;
        turn.now = self.clock.now();
        turn.seat = whose;
        turn.slowed_until = None;
        turn.work = 0;
        turn.deliveries.clear();
        self.bench.out.clear();
    }

    /// Ends a turn: everybody who has to be told is told. The connection at `own` pulled after the first
    /// `before_pull` wakes were noted; it need not be woken for those.
    pub(crate) fn end_turn(&mut self, own: Option<Seat>, before_pull: usize) {
        let mut wakes = std::mem::take(&mut self.bench.turn.wakes);
        for (index, seat) in wakes.drain(..).enumerate() {
            if own == Some(seat) && index < before_pull {
                continue;
            }
            if seat.worker != self.number || !self.places.wake(seat) {
                self.tell(seat, Notice::Wake);
            }
        }
        self.bench.turn.wakes = wakes;
        let mut notices = std::mem::take(&mut self.bench.turn.notices);
        for (seat, notice) in notices.drain(..) {
            self.tell(seat, notice);
        }
        self.bench.turn.notices = notices;
        self.send();
        HeldBytes::settle();
        let tally = std::mem::take(&mut self.bench.turn.tally);
        if tally != Tally::default() {
            self.bench.host.count(tally);
        }
    }

    /// Hands a notice to a seat here, or notes it for another worker.
    fn tell(&mut self, seat: Seat, notice: Notice) {
        if seat.worker != self.number {
            return self.write(seat.worker, Letter::Notice(seat, notice));
        }
        match self.places.notice(seat, notice) {
            Handed::Here => {}
            Handed::Elsewhere(seat, notice) => self.write(seat.worker, Letter::Notice(seat, notice)),
            Handed::Nobody(notice) => self.bench.give_up(notice),
        }
    }

    pub(crate) fn write(&mut self, worker: u16, letter: Letter) {
        if let Some(letters) = self.outgoing.get_mut(usize::from(worker)) {
            letters.push(letter);
        }
    }

    /// Sends what was noted: one lock and one unpark a worker.
    pub(crate) fn send(&mut self) {
        for (worker, letters) in (0u16..).zip(&mut self.outgoing) {
            if !letters.is_empty() {
                self.exchange.post(worker, letters.drain(..));
            }
        }
    }

    /// Sees to it that the connection at `seat` takes a turn at `deadline`.
    pub(crate) fn arm(&mut self, seat: Seat, deadline: Instant) {
        let tick = self.tick_of(deadline);
        if !self.places.arm(seat, tick) {
            return;
        }
        self.wheel.insert(deadline, seat.slot);
        if self.alarm.is_none_or(|alarm| deadline < alarm) {
            self.alarm = Some(deadline);
            if let Some(inbox) = self.exchange.inbox(self.number) {
                inbox.wake();
            }
        }
    }

    /// The number of a wheel's tick, from 1.
    fn tick_of(&self, at: Instant) -> u32 {
        let ticks = at.saturating_duration_since(self.born).as_millis() / TICK.as_millis();
        u32::try_from(ticks).unwrap_or(u32::MAX - 1).saturating_add(1)
    }
}

/// Sees to another turn after the reactor has looked for what came for the others. A waker called at once would come
/// before that: the reactor looks only after some sixty turns while there are any.
pub(crate) fn come_after_events(cx: &mut Context<'_>) {
    let _pending: Poll<()> = pin!(tokio::task::yield_now()).poll(cx);
}

/// Runs code that is not this crate's where no task would catch its panic.
pub(crate) fn guarded<R>(whose: &str, act: impl FnOnce() -> R) -> Option<R> {
    let result = catch_unwind(AssertUnwindSafe(act));
    if result.is_err() {
        tracing::error!("{whose} panicked");
    }
    result.ok()
}

/// The only clock: whatever the driver calls is told the time.
///
/// The time for people is reckoned from the other one and corrected once a second: a turn costs one reading.
struct Clock {
    set: Moment,
}

impl Clock {
    fn new() -> Self {
        Self { set: Moment { at: Instant::now(), wall: SystemTime::now() } }
    }

    fn now(&mut self) -> Moment {
        let passed = self.set.at.elapsed();
        if passed > Duration::from_secs(1) {
            *self = Self::new();
            return self.set;
        }
        self.set.after(passed)
    }
}
