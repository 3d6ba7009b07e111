//! One connection, as a future written by hand: what an idle one holds is what stands in [`Connection`].
//!
//! ```text
//!        notices ─▶ unsent bytes ─▶ read, receive ─▶ timeouts ─▶ pull, write ─┐
//! Open ◀──────────────────────── one turn ───────────────────────────────────┘
//!   │  ▲ Greeting: what has to be said first is said, and the gateway accepts the peer
//!   │ the peer is finished and its last word is not written yet
//!   ├──────────────▶ Last ── written ──▶ Shut ── the other side closes, or `linger` ──▶ gone
//!   │ … is written ──────────────────────▲
//!   └ nothing to say, or the connection is lost ───────────────────────────────────────▶ gone
//! ```

mod backlog;
mod close;
mod greet;
mod kept;
mod read;
mod stream;
mod write;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tidegate_broker::{Notice, Seat};
use tidegate_gateway::Peer;
use tidegate_types::CloseReason;
use tokio::net::TcpStream;

use crate::entrance::Guest;
use crate::inbox::{Letter, Transfer};
use crate::worker::places::Pending;
use crate::worker::{Bench, Worker, guarded, with_worker};

pub(crate) use backlog::Backlog;
pub(crate) use kept::{Charge, InputBudget};
pub(crate) use stream::{Fault, Frames, Layers, Scratch, Stream, poll_read};

/// A connection moves at most this often: each move leaves a forwarding place behind until it ends.
const MAX_HOPS: u8 = 8;

/// See the module. tokio's task cell grows in steps of 128 bytes, so this must not.
pub(crate) struct Connection {
    live: Option<Live>,
    seat: Seat,
    phase: Phase,
    hops: u8,
    /// Set during a turn, so that one that panicked is known by it.
    in_turn: bool,
}

const _: () = assert!(size_of::<Connection>() <= 88);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Greeting,
    Open,
    Last,
    Shut,
}

/// A connection that is here, not on its way to another worker.
struct Live {
    stream: Stream,
    peer: Box<dyn Peer>,
    backlog: Option<Box<Backlog>>,
    guest: Guest,
}

/// The connection ends now, and its peer is told why, unless it said so itself.
struct Gone {
    why: CloseReason,
    /// Whether the other side is to hear something before the socket closes.
    has_last_word: bool,
}

impl Gone {
    const LOST: Self = Self { why: CloseReason::Lost, has_last_word: false };
}

/// What one turn moved.
#[derive(Default)]
struct Traffic {
    read: usize,
    written: usize,
    /// Wakes noted before the last pull.
    before_pull: usize,
    /// There is more to do at once; the others come first.
    again: bool,
}

/// What follows a turn.
enum Next {
    Stay(Phase),
    End,
}

impl Connection {
    /// A connection whose peer is ready.
    pub(crate) fn new(
        stream: Stream,
        peer: Box<dyn Peer>,
        backlog: Option<Box<Backlog>>,
        guest: Guest,
        seat: Seat,
        hops: u8,
    ) -> Self {
        let live = Some(Live { stream, peer, backlog, guest });
        Self { live, seat, phase: Phase::Open, hops, in_turn: false }
    }

    /// A connection that begins with a greeting.
    pub(crate) fn greeting(socket: TcpStream, layers: Box<Layers>, guest: Guest, seat: Seat) -> Self {
        let stream = Stream::new(socket, Some(layers));
        let mut greeting = Self::new(stream, Box::new(greet::Unready), None, guest, seat, 0);
        greeting.phase = Phase::Greeting;
        greeting
    }

    pub(crate) fn guest(&self) -> Option<&Guest> {
        self.live.as_ref().map(|live| &live.guest)
    }

    fn turn(&mut self, worker: &mut Worker, cx: &mut Context<'_>) -> Poll<()> {
        let called = worker.places.begin(self.seat, cx.waker());
        let Some(live) = &mut self.live else { return Poll::Ready(()) };
        self.in_turn = true;
        worker.begin_turn(Some(self.seat));
        let mut traffic = Traffic::default();
        let next = match self.phase {
            Phase::Greeting => live.greeting_turn(worker, cx, called.notices, self.seat, &mut traffic),
            Phase::Open => live.open_turn(worker, cx, called.notices, &mut traffic),
            closing => live.closing_turn(closing, worker, cx, called.notices, &mut traffic),
        };
        live.count(worker, &traffic);
        live.complain(worker);
        worker.end_turn(Some(self.seat), traffic.before_pull);
        self.in_turn = false;
        match next {
            Next::End => return Poll::Ready(()),
            Next::Stay(phase) => self.phase = phase,
        }
        if let Some(to) = called.move_to
            && self.may_move(worker, to)
        {
            return self.leave(worker, to);
        }
        if traffic.again {
            cx.waker().wake_by_ref();
        }
        if let Some(deadline) = self.live.as_ref().and_then(|live| live.deadline(worker, self.phase)) {
            worker.arm(self.seat, deadline);
        }
        Poll::Pending
    }

    fn may_move(&self, worker: &Worker, to: u16) -> bool {
        self.phase == Phase::Open
            && self.hops < MAX_HOPS
            && to != worker.number
            && to < worker.exchange.workers()
    }

    /// Hands the connection to another worker, with everything it has.
    fn leave(&mut self, worker: &mut Worker, to: u16) -> Poll<()> {
        let Some(Live { stream, mut peer, backlog, guest }) = self.live.take() else {
            return Poll::Ready(());
        };
        match stream.into_std() {
            Ok((socket, layers)) => {
                worker.places.leave(self.seat);
                let hops = self.hops.saturating_add(1);
                let transfer = Transfer { socket, layers, peer, backlog, guest, left: self.seat, hops };
                worker.write(to, Letter::Arrival(Box::new(transfer)));
            }
            Err(error) => {
                tracing::warn!(%error, "connection lost while it moved");
                peer.close(&mut worker.bench.lend(), CloseReason::Lost);
                worker.free(self.seat);
            }
        }
        worker.end_turn(None, 0);
        Poll::Ready(())
    }
}

impl Live {
    fn open_turn(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        notices: Option<Pending>,
        traffic: &mut Traffic,
    ) -> Next {
        match self.try_turn(worker, cx, notices, traffic) {
            Ok(()) if self.peer.is_finished() => self.finish(worker, cx, traffic),
            Ok(()) => {
                self.trim();
                Next::Stay(Phase::Open)
            }
            Err(Gone { why, has_last_word }) => {
                worker.bench.out.clear();
                if !self.peer.is_finished() {
                    self.peer.close(&mut worker.bench.lend(), why);
                }
                if has_last_word { self.begin_shut(worker, cx) } else { Next::End }
            }
        }
    }

    fn try_turn(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        notices: Option<Pending>,
        traffic: &mut Traffic,
    ) -> Result<(), Gone> {
        if let Some(notices) = notices {
            self.take_notices(worker, *notices);
        }
        if self.backlog.is_some() {
            self.resume_if_due(worker.bench.turn.now.at);
            self.flush(worker, cx, traffic)?;
        }
        self.read(worker, cx, traffic)?;
        self.check_time(worker, cx)?;
        self.output(worker, cx, traffic)?;
        self.hold_back(&mut worker.bench);
        self.watch_unwritten(worker);
        Ok(())
    }

    fn take_notices(&mut self, worker: &mut Worker, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Resume => self.backlog_mut().slowed_until = None,
                Notice::Close(why) => self.stream.will_end(why),
                _ => {}
            }
            if self.peer.is_finished() {
                worker.bench.give_up(notice);
            } else {
                self.peer.notice(&mut worker.bench.lend(), notice);
            }
        }
    }

    /// Deadlines come after reading: what the peer sent in time counts, even if nobody had time to read it.
    fn check_time(&mut self, worker: &mut Worker, cx: &mut Context<'_>) -> Result<(), Gone> {
        let now = worker.bench.turn.now.at;
        if self.backlog.as_ref().and_then(|backlog| backlog.give_up).is_some_and(|at| at <= now) {
            return Err(Gone { why: CloseReason::NotReading, has_last_word: false });
        }
        if self.stream.is_layered() {
            // Whoever is not read cannot be heard either.
            let heard = !self.may_read(worker) || self.stream.holds_back();
            let ticked = self.stream.tick(cx, &mut worker.scratch, now, heard);
            ticked.map_err(|fault| self.gone(&mut worker.bench, &fault))?;
        }
        if !self.peer.is_finished() && self.peer_timeout(worker).is_some_and(|at| at <= now) {
            self.peer.timeout(&mut worker.bench.lend());
        }
        Ok(())
    }

    /// When the next turn is due though nothing comes.
    fn deadline(&self, worker: &Worker, phase: Phase) -> Option<Instant> {
        let (peer, layers) = match phase {
            Phase::Open => (self.peer_timeout(worker), self.stream.deadline()),
            Phase::Greeting => (None, self.stream.deadline()),
            Phase::Last | Phase::Shut => (None, None),
        };
        let backlog = self.backlog.as_ref();
        let slowed = backlog.and_then(|backlog| backlog.slowed_until);
        let give_up = backlog.and_then(|backlog| backlog.give_up);
        [peer, layers, slowed, give_up].into_iter().flatten().min()
    }

    /// When the peer wants a turn. One that is not read for a while is not silent. That a layer holds its own replies
    /// back is no such reason: a stranger could hold a place for ever by asking for them.
    fn peer_timeout(&self, worker: &Worker) -> Option<Instant> {
        if self.is_held_back(worker) { None } else { self.peer.poll_timeout() }
    }

    fn resume_if_due(&mut self, now: Instant) {
        if let Some(backlog) = &mut self.backlog
            && backlog.slowed_until.is_some_and(|until| until <= now)
        {
            backlog.slowed_until = None;
        }
    }

    fn backlog_mut(&mut self) -> &mut Backlog {
        self.backlog.get_or_insert_default()
    }

    /// Lets the backlog go when there is nothing in it.
    fn trim(&mut self) {
        if self.backlog.as_ref().is_some_and(|backlog| backlog.is_idle()) {
            self.backlog = None;
        }
    }

    /// What `fault` means for the connection.
    fn gone(&self, bench: &mut Bench, fault: &Fault) -> Gone {
        if matches!(fault, Fault::Broken(_) | Fault::NoRoom) {
            bench.turn.complaint.get_or_insert_with(|| fault.to_string().into());
        }
        Gone { why: CloseReason::Lost, has_last_word: self.stream.has_last_word(fault) }
    }

    /// Logs why the peer was refused or ended, now and then.
    fn complain(&self, worker: &mut Worker) {
        let Some(why) = worker.bench.turn.complaint.take() else { return };
        let named = self.guest.named().map(|address| address.to_string());
        let remote = named.or_else(|| self.stream.peer_address().map(|remote| remote.to_string()));
        worker.complaint.say(|others| {
            let remote = remote.unwrap_or_else(|| "gone, or local".to_owned());
            tracing::info!(%remote, %why, others, "a peer was refused or ended");
        });
    }

    fn count(&self, worker: &Worker, traffic: &Traffic) {
        if traffic.read > 0 || traffic.written > 0 {
            let count = |bytes| u64::try_from(bytes).unwrap_or(u64::MAX);
            let entrance = self.guest.entrance();
            entrance.count_bytes(worker.number, count(traffic.read), count(traffic.written));
        }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        with_worker(|worker| this.turn(worker, cx)).unwrap_or(Poll::Ready(()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else { return };
        let Self { seat, in_turn, .. } = *self;
        with_worker(|worker| {
            if in_turn {
                // Its turn panicked. Whatever state it is in, its session must learn that it is gone.
                worker.begin_turn(Some(seat));
                let close = || live.peer.close(&mut worker.bench.lend(), CloseReason::Lost);
                guarded("a peer, when it was closed because it had panicked,", close);
            }
            worker.free(seat);
            worker.end_turn(None, 0);
        });
    }
}
