//! The turns of a connection before its peer is ready.

use std::task::{Context, Poll};
use std::time::Instant;

use tidegate_broker::{Notice, Seat, Verbs};
use tidegate_gateway::{Lent, Peer, Progress};
use tidegate_types::CloseReason;

use super::{Live, Next, Phase, Traffic};
use crate::entrance::TurnedAway;
use crate::greeting::{Porter, Refused, Welcome};
use crate::worker::places::Pending;
use crate::worker::{READ_BYTES, Worker};

impl Live {
    /// Goes on with the greeting; when it is over, the peer's first turn follows.
    pub(super) fn greeting_turn(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        notices: Option<Pending>,
        seat: Seat,
        traffic: &mut Traffic,
    ) -> Next {
        // Nobody knows the seat yet but the listener, which closes.
        if notices.is_some_and(|notices| notices.iter().any(|notice| matches!(notice, Notice::Close(_)))) {
            self.guest.entrance().count_refused(TurnedAway::Closing);
            return Next::End;
        }
        match self.greet(worker, cx, seat) {
            Poll::Pending => Next::Stay(Phase::Greeting),
            Poll::Ready(Ok(welcome)) => self.welcome(worker, welcome, seat, traffic),
            Poll::Ready(Err(refused)) => self.refuse(worker, cx, refused),
        }
    }

    fn greet(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        seat: Seat,
    ) -> Poll<Result<Welcome, Refused>> {
        let (socket, layers) = self.stream.parts();
        let Some(layers) = layers else { return Poll::Pending };
        let Worker { bench, buffer, usher, .. } = worker;
        let (host, now) = (&*bench.host, bench.turn.now.at);
        let mut porter = Porter { guest: &mut self.guest, seat, usher, host, now };
        layers.greet(socket, cx, buffer, &mut porter)
    }

    fn welcome(&mut self, worker: &mut Worker, welcome: Welcome, seat: Seat, traffic: &mut Traffic) -> Next {
        let Welcome { remote, local, certificate, early } = welcome;
        let Some(peer) = worker.accept(&self.guest, seat, (remote, local), certificate) else {
            return Next::End;
        };
        self.peer = peer;
        self.stream.settle();
        // It counts and is kept as if it had come now.
        for piece in early.chunks(READ_BYTES) {
            traffic.read += piece.len();
            self.keep(&mut worker.bench, piece, 1);
        }
        traffic.again = true;
        Next::Stay(Phase::Open)
    }

    fn refuse(&mut self, worker: &mut Worker, cx: &mut Context<'_>, refused: Refused) -> Next {
        let Refused { why, said, is_told } = refused;
        self.guest.entrance().count_refused(why);
        // Whoever only looks whether somebody listens is counted and no more.
        if why != TurnedAway::Left {
            let said = said.map_or_else(|| why.to_string(), |said| format!("{why}: {said}"));
            worker.bench.turn.complaint.get_or_insert_with(|| said.into());
        }
        if is_told { self.begin_shut(worker, cx) } else { Next::End }
    }
}

/// Stands where the peer will.
pub(super) struct Unready;

impl Peer for Unready {
    fn receive(&mut self, _: &mut Lent<'_>, _: &[u8]) -> Progress {
        Progress { used: 0, need: 1 }
    }
    fn notice(&mut self, _: &mut Lent<'_>, _: Notice) {}
    fn pull(&mut self, _: &mut Lent<'_>) {}
    fn timeout(&mut self, _: &mut Lent<'_>) {}
    fn close(&mut self, _: &mut Lent<'_>, _: CloseReason) {}
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    fn is_blocked(&self) -> bool {
        true
    }
    fn is_finished(&self) -> bool {
        false
    }
    fn reseat(&mut self, _: &dyn Verbs, _: Seat) {}
}
