//! Peers of any gateway on one kernel, one thread, virtual time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{Broker, Fabric, Notice, Seat, Switchboard, Turn, Verbs};
use tidegate_types::{Certificate, CloseReason, Moment};

use crate::testkit::Random;
use crate::{Accepted, Gateway, Lent, Outbox, Peer, Segment};

/// Names a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Line(usize);

/// Notices on their way.
#[derive(Debug, Default)]
struct Post(Mutex<VecDeque<(Seat, Notice)>>);

impl Switchboard for Post {
    fn notify(&self, seat: Seat, notice: Notice) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_back((seat, notice));
    }
}

/// How a client comes.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Its address.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// The listener it comes through.
    pub listener: Arc<str>,
    /// The certificate it shows.
    pub certificate: Option<Arc<Certificate>>,
}

impl Default for Origin {
    /// From this machine, through the listener `default`, without a certificate.
    fn default() -> Self {
        Self {
            remote: ([127, 0, 0, 1], 40_000).into(),
            local: ([127, 0, 0, 1], 1_883).into(),
            listener: "default".into(),
            certificate: None,
        }
    }
}

struct Wire {
    peer: Box<dyn Peer>,
    /// From the client, on its way.
    coming: VecDeque<u8>,
    /// Arrived and not used yet.
    kept: Vec<u8>,
    /// From the broker, arrived.
    going: Vec<u8>,
    notices: VecDeque<Notice>,
    closed: bool,
    /// The client's end is closed.
    cut: bool,
    /// The client does not read: the driver keeps no more than one outbox for it.
    stalled: bool,
    slowed_until: Option<Instant>,
    /// It stopped before the end of what had arrived, because it was slowed.
    stopped: bool,
}

/// A simulated driver. Each step is chosen by the seed among everything that could happen next.
pub struct Network<F: Fabric = tidegate_broker::Alone> {
    broker: Arc<Broker<F>>,
    post: Arc<Post>,
    turn: Turn,
    out: Outbox,
    wires: Vec<Wire>,
    random: Random,
}

impl<F: Fabric> std::fmt::Debug for Network<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("wires", &self.wires.len()).finish_non_exhaustive()
    }
}

impl<F: Fabric> Network<F> {
    /// A network under the broker that `build` makes for its switchboard.
    #[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to start from")]
    pub fn new(seed: u64, build: impl FnOnce(Arc<dyn Switchboard>) -> Broker<F>) -> Self {
        let post = Arc::new(Post::default());
        let broker = Arc::new(build(post.clone()));
        let now =
            Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000) };
        Self {
            broker,
            post,
            turn: Turn::new(now),
            out: Outbox::new(),
            wires: Vec::new(),
            random: Random::new(seed),
        }
    }

    /// The kernel.
    #[must_use]
    pub fn broker(&self) -> &Arc<Broker<F>> {
        &self.broker
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.turn.now
    }

    /// The chance everything here is chosen by.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Connects a client of this machine to a gateway's listener.
    pub fn connect(&mut self, gateway: &dyn Gateway) -> Line {
        self.connect_from(gateway, Origin::default())
    }

    /// Connects a client that comes from somewhere, in some way.
    pub fn connect_from(&mut self, gateway: &dyn Gateway, origin: Origin) -> Line {
        let slot = self.wires.len();
        let seat = Seat { worker: 0, generation: 0, slot: u32::try_from(slot).unwrap_or(u32::MAX) };
        let peer = gateway.accept(Accepted {
            seat,
            remote: origin.remote,
            local: origin.local,
            listener: origin.listener,
            certificate: origin.certificate,
            now: self.turn.now.at,
        });
        self.wires.push(Wire {
            peer,
            coming: VecDeque::new(),
            kept: Vec::new(),
            going: Vec::new(),
            notices: VecDeque::new(),
            closed: false,
            cut: false,
            stalled: false,
            slowed_until: None,
            stopped: false,
        });
        Line(slot)
    }

    /// The client sends bytes; they arrive in pieces when the network runs.
    pub fn send(&mut self, line: Line, bytes: &[u8]) {
        if let Some(wire) = self.wires.get_mut(line.0) {
            wire.coming.extend(bytes);
        }
    }

    /// What the client received since the last call.
    pub fn received(&mut self, line: Line) -> Vec<u8> {
        self.wires.get_mut(line.0).map(|wire| std::mem::take(&mut wire.going)).unwrap_or_default()
    }

    /// Whether the broker closed the connection.
    #[must_use]
    pub fn is_closed(&self, line: Line) -> bool {
        self.wires.get(line.0).is_none_or(|wire| wire.closed)
    }

    /// The connection breaks, once what the client sent has arrived.
    pub fn cut(&mut self, line: Line) {
        if let Some(wire) = self.wires.get_mut(line.0) {
            wire.cut = true;
        }
    }

    /// The client stops or goes on reading.
    pub fn stall(&mut self, line: Line, stalled: bool) {
        if let Some(wire) = self.wires.get_mut(line.0) {
            wire.stalled = stalled;
        }
    }

    /// Lets everything happen that can, in the seed's order, without time passing.
    pub fn run(&mut self) {
        loop {
            self.sort_post();
            let able: Vec<usize> = (0..self.wires.len()).filter(|index| self.has_work(*index)).collect();
            let Some(index) = able.get(self.random.below(able.len())).copied() else { break };
            self.step(index);
        }
    }

    /// At most one step; `false` when nothing can happen.
    pub fn step_once(&mut self) -> bool {
        self.sort_post();
        let able: Vec<usize> = (0..self.wires.len()).filter(|index| self.has_work(*index)).collect();
        let Some(index) = able.get(self.random.below(able.len())).copied() else { return false };
        self.step(index);
        true
    }

    /// Time passes, with everything that is due in it, in order.
    pub fn pass(&mut self, time: Duration) {
        let end = self.turn.now.at + time;
        loop {
            self.run();
            let kernel = self.broker.tick(&mut self.turn);
            self.deliver_turn();
            let now = self.turn.now.at;
            // Whoever is not read is not silent meanwhile.
            let timeouts = self.wires.iter().filter(|wire| !wire.closed).map(|wire| {
                wire.slowed_until.filter(|until| *until > now).or_else(|| wire.peer.poll_timeout())
            });
            let next = timeouts.flatten().chain(kernel).filter(|at| *at <= end).min();
            let Some(next) = next else { break };
            let step = next.saturating_duration_since(self.turn.now.at).max(Duration::from_millis(1));
            self.turn.now = self.turn.now.after(step);
            // Whoever may be read again is heard before he is found to be silent.
            self.run();
            self.fire_timeouts();
        }
        self.turn.now = self.turn.now.after(end.saturating_duration_since(self.turn.now.at));
        self.run();
    }

    /// Does something to the kernel in a turn of its own, as an operator or another node would.
    pub fn act(&mut self, act: impl FnOnce(&Broker<F>, &mut Turn)) {
        self.turn.seat = None;
        let broker = Arc::clone(&self.broker);
        act(&broker, &mut self.turn);
        self.deliver_turn();
    }

    fn has_work(&self, index: usize) -> bool {
        let Some(wire) = self.wires.get(index) else { return false };
        if wire.closed {
            return false;
        }
        let slowed = wire.slowed_until.is_some_and(|until| until > self.turn.now.at);
        let arrived = !wire.coming.is_empty() || wire.stopped;
        let readable = arrived && !wire.peer.is_blocked() && !slowed;
        !wire.notices.is_empty() || readable || (wire.cut && wire.coming.is_empty())
    }

    fn step(&mut self, index: usize) {
        let cut = self.wires.get(index).is_some_and(|wire| wire.cut && wire.coming.is_empty());
        let noticed = self.wires.get(index).is_some_and(|wire| !wire.notices.is_empty());
        if noticed && (cut || self.random.once_in(2)) {
            self.notice(index);
        } else if cut && !noticed {
            self.with(index, |wire, lent| {
                wire.peer.close(lent, CloseReason::Lost);
                wire.closed = true;
            });
        } else {
            self.feed(index);
        }
        self.finish_turn(index);
    }

    fn notice(&mut self, index: usize) {
        let now = self.turn.now.at;
        self.with(index, |wire, lent| {
            if let Some(notice) = wire.notices.pop_front() {
                if matches!(notice, Notice::Resume) {
                    wire.slowed_until = Some(now);
                }
                wire.peer.notice(lent, notice);
            }
        });
        self.give(index, 0);
    }

    /// The next piece of what the client sent arrives.
    fn feed(&mut self, index: usize) {
        let coming = self.wires.get(index).map_or(0, |wire| wire.coming.len());
        let piece = if self.random.once_in(4) { coming } else { 1 + self.random.below(coming.max(1)) };
        self.give(index, piece.min(coming));
    }

    fn give(&mut self, index: usize, piece: usize) {
        self.with(index, |wire, lent| {
            wire.kept.extend(wire.coming.drain(..piece));
            // A peer that stops because a turn has cost enough goes on in another.
            let mut used = 1;
            let goes_on = |wire: &Wire| !wire.peer.is_blocked() && !wire.peer.is_finished();
            while used > 0 && !wire.kept.is_empty() && goes_on(wire) && lent.turn.slowed_until.is_none() {
                lent.turn.work = 0;
                used = wire.peer.receive(lent, &wire.kept).used;
                wire.kept.drain(..used.min(wire.kept.len()));
            }
            wire.stopped = !wire.kept.is_empty() && lent.turn.slowed_until.is_some();
        });
    }

    fn finish_turn(&mut self, index: usize) {
        self.pull(index);
        let slowed = self.turn.slowed_until.take();
        self.with(index, |wire, _| {
            wire.slowed_until = slowed.or(wire.slowed_until);
            if wire.peer.is_finished() {
                wire.closed = true;
            }
        });
        self.deliver_turn();
    }

    fn pull(&mut self, index: usize) {
        loop {
            let mut again = false;
            self.with(index, |wire, lent| {
                if !wire.stalled && !wire.closed {
                    wire.peer.pull(lent);
                    again = lent.out.is_full();
                }
            });
            if !again {
                break;
            }
        }
    }

    fn fire_timeouts(&mut self) {
        let now = self.turn.now.at;
        for index in 0..self.wires.len() {
            let due = self.wires.get(index).is_some_and(|wire| {
                let read = !wire.closed && wire.slowed_until.is_none_or(|until| until <= now);
                read && wire.peer.poll_timeout().is_some_and(|at| at <= now)
            });
            if due {
                self.with(index, |wire, lent| wire.peer.timeout(lent));
                self.finish_turn(index);
            }
        }
    }

    /// Runs `act` in a turn of one wire and hands its output to the client.
    fn with(&mut self, index: usize, act: impl FnOnce(&mut Wire, &mut Lent<'_>)) {
        let Some(wire) = self.wires.get_mut(index) else { return };
        let verbs: &dyn Verbs = &*self.broker;
        let mut lent = Lent { verbs, turn: &mut self.turn, out: &mut self.out };
        act(wire, &mut lent);
        for segment in self.out.segments() {
            match segment {
                Segment::Buffer(bytes) => wire.going.extend_from_slice(bytes),
                Segment::Shared(payload) => wire.going.extend_from_slice(payload),
            }
        }
        self.out.clear();
    }

    fn deliver_turn(&mut self) {
        let wakes = std::mem::take(&mut self.turn.wakes);
        let mut post = self.post.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        post.extend(wakes.into_iter().map(|seat| (seat, Notice::Wake)));
        post.extend(self.turn.notices.drain(..));
        drop(post);
        self.sort_post();
    }

    fn sort_post(&mut self) {
        let mut post = self.post.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (seat, notice) in post.drain(..) {
            if let Some(wire) = usize::try_from(seat.slot).ok().and_then(|slot| self.wires.get_mut(slot)) {
                wire.notices.push_back(notice);
            }
        }
    }
}

#[cfg(test)]
mod tests;
