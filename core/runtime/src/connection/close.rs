//! How a connection ends that has something to say last.
//!
//! A socket closed with unread bytes resets the connection, and the reset may overtake the last word. So our side
//! is closed first, and what still comes is thrown away until the other side closes too.

use std::task::{Context, Poll};
use std::time::Duration;

use super::{Live, Next, Phase, Traffic};
use crate::worker::Worker;
use crate::worker::places::Pending;

impl Live {
    /// The peer is finished: ends at once when it had nothing to say in this turn.
    pub(super) fn finish(&mut self, worker: &mut Worker, cx: &mut Context<'_>, traffic: &Traffic) -> Next {
        let linger = worker.config.linger;
        self.forget_kept();
        if self.has_unsent() {
            self.give_up_after(worker, linger);
            return Next::Stay(Phase::Last);
        }
        if traffic.written == 0 && !self.stream.is_layered() {
            Next::End
        } else {
            self.begin_shut(worker, cx)
        }
    }

    /// A turn after the peer's last one.
    pub(super) fn closing_turn(
        &mut self,
        phase: Phase,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        notices: Option<Pending>,
        traffic: &mut Traffic,
    ) -> Next {
        for notice in notices.into_iter().flat_map(|notices| *notices) {
            worker.bench.give_up(notice);
        }
        if phase == Phase::Last { self.last_turn(worker, cx, traffic) } else { self.shut_turn(worker, cx) }
    }

    /// The last word goes out.
    fn last_turn(&mut self, worker: &mut Worker, cx: &mut Context<'_>, traffic: &mut Traffic) -> Next {
        let give_up = self.backlog.as_ref().and_then(|backlog| backlog.give_up);
        if self.flush(worker, cx, traffic).is_err() {
            return Next::End;
        }
        if !self.has_unsent() {
            return self.begin_shut(worker, cx);
        }
        if give_up.is_some_and(|at| at <= worker.bench.turn.now.at) {
            return Next::End;
        }
        // Writing a little puts the end off by the long time that serves open connections; here the first stands.
        self.backlog_mut().give_up = give_up;
        Next::Stay(Phase::Last)
    }

    /// Everything the peer had to say is written: the layers say goodbye, and our side is closed.
    pub(super) fn begin_shut(&mut self, worker: &mut Worker, cx: &mut Context<'_>) -> Next {
        let linger = worker.config.linger;
        self.backlog = None;
        self.give_up_after(worker, linger);
        if self.stream.is_layered() {
            if self.stream.say_goodbye(cx, &mut worker.scratch).is_err() {
                return Next::End;
            }
            if self.stream.unwritten() > 0 {
                return Next::Stay(Phase::Last);
            }
        }
        if self.stream.shut(cx).is_err() { Next::End } else { self.shut_turn(worker, cx) }
    }

    /// Waits for the other side to close.
    fn shut_turn(&mut self, worker: &mut Worker, cx: &mut Context<'_>) -> Next {
        let now = worker.bench.turn.now.at;
        if self.backlog.as_ref().and_then(|backlog| backlog.give_up).is_none_or(|at| at <= now) {
            return Next::End;
        }
        match self.stream.discard(cx, &mut worker.buffer) {
            Poll::Pending => Next::Stay(Phase::Shut),
            Poll::Ready(true) => {
                cx.waker().wake_by_ref();
                Next::Stay(Phase::Shut)
            }
            Poll::Ready(false) => Next::End,
        }
    }

    fn give_up_after(&mut self, worker: &Worker, time: Duration) {
        let at = worker.bench.turn.now.at + time;
        self.backlog_mut().give_up = Some(at);
    }
}
