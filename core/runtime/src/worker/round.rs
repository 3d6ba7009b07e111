//! What a worker does for itself: letters, timers, the kernel's timers, the balance.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tidegate_broker::Notice;
use tokio::time::Sleep;

use crate::accept::Sockets;
use crate::balance::Balance;
use crate::inbox::Letter;
use crate::worker::{Bench, Worker, guarded, with_worker};

/// The kernel is asked for its timers at least this often.
const KERNEL_TICK: Duration = Duration::from_millis(250);

/// The worker's own future, polled when a letter comes or a deadline passes. Ends with [`Letter::Stop`].
pub(crate) struct Round {
    sleep: Pin<Box<Sleep>>,
    letters: Vec<Letter>,
    due: Vec<u32>,
    sockets: Sockets,
    /// Only the first worker has these two.
    balance: Option<Balance>,
    kernel_at: Option<Instant>,
}

impl Round {
    pub(crate) fn new(balance: Option<Balance>, now: Instant) -> Self {
        Self {
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
            letters: Vec::new(),
            due: Vec::new(),
            sockets: Sockets::default(),
            kernel_at: balance.is_some().then_some(now),
            balance,
        }
    }

    /// Does everything there is to do; answers when to come again, or that this is the end.
    fn go(&mut self, worker: &mut Worker, cx: &Context<'_>) -> Option<Option<Instant>> {
        worker.begin_turn(None);
        let now = worker.bench.turn.now.at;
        if let Some(inbox) = worker.exchange.inbox(worker.number) {
            inbox.read_by(cx.waker());
            inbox.take(&mut self.letters);
        }
        let mut letters = std::mem::take(&mut self.letters);
        for letter in letters.drain(..) {
            if matches!(letter, Letter::Stop) {
                return None;
            }
            self.open(worker, letter);
        }
        self.letters = letters;
        worker.turn_wheel(&mut self.due);
        let kernel = self.kernel(worker, now);
        worker.end_turn(None, 0);
        let balance = self.balance.as_mut().map(|balance| balance.measure(now, &worker.exchange));
        worker.alarm = [worker.wheel.next(), kernel, balance].into_iter().flatten().min();
        Some(worker.alarm)
    }

    fn kernel(&mut self, worker: &mut Worker, now: Instant) -> Option<Instant> {
        let at = self.kernel_at?;
        if at <= now {
            let Bench { host, turn, .. } = &mut worker.bench;
            let wanted = guarded("the kernel's timers", || host.tick(turn)).flatten();
            let latest = now + KERNEL_TICK;
            self.kernel_at = Some(wanted.map_or(latest, |wanted| wanted.min(latest)));
        }
        self.kernel_at
    }

    fn open(&mut self, worker: &mut Worker, letter: Letter) {
        match letter {
            Letter::Notice(seat, notice) => worker.tell(seat, notice),
            Letter::Accepted(stream, remote, guest) => worker.seat_accepted(stream, remote, guest),
            Letter::Arrival(transfer) => worker.seat_arrival(*transfer),
            Letter::Arrived(from, to) => {
                for notice in worker.places.forward(from, to) {
                    worker.tell(to, notice);
                }
                worker.tell(to, Notice::Wake);
            }
            Letter::Forget(seat) => worker.free(seat),
            Letter::Watch => worker.places.watch(),
            Letter::Shed { to, share, most } => {
                worker.exchange.sheds(worker.number);
                worker.places.shed(to, share, most);
            }
            Letter::Close { entrance, most, why } => worker.close_some(entrance, most, why),
            Letter::Listen(socket, entrance, number) => self.sockets.listen(socket, entrance, number),
            Letter::Retune(number) => self.sockets.retune(number),
            Letter::Unlisten(number, done) => self.sockets.unlisten(number, &done),
            Letter::Stop => {}
        }
    }
}

impl Worker {
    fn turn_wheel(&mut self, due: &mut Vec<u32>) {
        let now = self.bench.turn.now.at;
        self.wheel.advance(now, due);
        let tick = self.tick_of(now);
        for slot in due.drain(..) {
            self.places.due(slot, tick);
        }
    }

    fn close_some(&mut self, entrance: Option<u32>, most: usize, why: tidegate_types::CloseReason) {
        let (seats, next) = self.places.some(self.closed_to, entrance, most);
        self.closed_to = next;
        for seat in seats {
            self.tell(seat, Notice::Close(why));
        }
    }
}

impl Future for Round {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            let Some(Some(next)) = with_worker(|worker| this.go(worker, cx)) else { return Poll::Ready(()) };
            let Some(next) = next else { return Poll::Pending };
            this.sleep.as_mut().reset(next.into());
            if this.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
