//! Bytes from the socket to the peer.
//!
//! Bytes land in the worker's buffer. The rest of a packet that is not whole is kept by the connection and put in
//! front of the next read, so that what is copied is the rest, never the read. A packet larger than the buffer
//! grows in the connection instead, and the peer is asked again only when it can be whole; until then it is told how
//! many bytes came. What is kept counts against one budget for all connections.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::kept::Kept;
use super::{Gone, Live, Traffic};
use crate::worker::{Bench, READ_BYTES, Worker, come_after_events};
use tidegate_types::{CloseReason, Refusal};

/// Why a connection ends whose bytes cannot be kept.
const NO_ROOM: &str = "the broker keeps too many bytes of unfinished packets";

/// A rest up to this long is put in front of the next read.
const FRONT_BYTES: usize = READ_BYTES / 2;

impl Live {
    /// Reads until the socket has nothing more. A read that filled the buffer or made much work is the last of its
    /// turn, because the others come first, and is followed by another turn, because no event will come for the rest.
    pub(super) fn read(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        traffic: &mut Traffic,
    ) -> Result<(), Gone> {
        if self.may_read(worker) && self.give_kept(&mut worker.bench) && self.stream.has_fault() {
            // What was said before the end is answered before the end.
            traffic.again = true;
            return Ok(());
        }
        while self.may_read(worker) {
            if worker.bench.turn.has_done_much() {
                come_after_events(cx);
                return Ok(());
            }
            let front = self.front();
            let Worker { buffer, scratch, bench, .. } = worker;
            let into = buffer.get_mut(front..).unwrap_or_default();
            let got = match self.stream.read(cx, scratch, into, bench.turn.now.at) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(fault)) => return Err(self.gone(bench, &fault)),
                Poll::Ready(Ok(got)) => got,
            };
            if got.count > 0 {
                traffic.read += got.count;
                self.give(worker, front, got.count);
            }
            if got.more && !worker.bench.turn.has_done_much() {
                traffic.again = true;
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn may_read(&self, worker: &Worker) -> bool {
        !self.is_held_back(worker) && !self.peer.is_blocked() && !self.peer.is_finished()
    }

    /// Whether it is not read for a while, for a reason that is not the peer's state: it is over its rate, fills
    /// somebody's queue, or does not take its answers.
    pub(super) fn is_held_back(&self, worker: &Worker) -> bool {
        self.backlog.as_ref().is_some_and(|backlog| {
            backlog.slowed_until.is_some() || backlog.answers >= worker.config.unread_answers
        })
    }

    /// Bytes to leave free in front of the next read.
    fn front(&self) -> usize {
        match &self.backlog {
            Some(backlog) if backlog.need <= READ_BYTES && backlog.kept.len() <= FRONT_BYTES => {
                backlog.kept.len()
            }
            _ => 0,
        }
    }

    /// Gives the peer bytes that were read while it could not take them; whether there were any.
    fn give_kept(&mut self, bench: &mut Bench) -> bool {
        let Some(backlog) = &mut self.backlog else { return false };
        let gives = !backlog.kept.is_empty() && backlog.kept.len() >= backlog.need;
        if gives {
            let kept = backlog.kept.take();
            self.receive(bench, &kept, 0);
        }
        gives
    }

    /// Gives the peer what was read to `front` of the worker's buffer, after what is kept.
    fn give(&mut self, worker: &mut Worker, front: usize, read: usize) {
        let Worker { bench, buffer, .. } = worker;
        let Some(new) = buffer.get(front..front + read) else { return };
        let Some(backlog) = self.backlog.as_mut().filter(|backlog| !backlog.kept.is_empty()) else {
            return self.receive(bench, new, read);
        };
        if backlog.kept.len() + read < backlog.need {
            let need = backlog.need;
            self.keep(bench, new, need);
            return self.progress(bench, read);
        }
        let mut kept = backlog.kept.take();
        if front == kept.len() {
            if let Some(space) = buffer.get_mut(..front) {
                space.copy_from_slice(&kept);
            }
            self.receive(bench, buffer.get(..front + read).unwrap_or_default(), read);
        } else {
            kept.extend_from_slice(new);
            self.receive(bench, &kept, read);
        }
    }

    /// Stops reading for a while if the kernel asked for it: the peer fills somebody's queue.
    pub(super) fn hold_back(&mut self, bench: &mut Bench) {
        if let Some(until) = bench.turn.slowed_until.take() {
            self.backlog_mut().slowed_until = Some(until);
        }
    }

    /// Gives the peer bytes, the last `new` of which have just come, and keeps those it does not use. Nothing is kept
    /// at this moment.
    fn receive(&mut self, bench: &mut Bench, bytes: &[u8], new: usize) {
        let progress = self.peer.receive(&mut bench.lend(), bytes);
        self.hold_back(bench);
        let rest = bytes.get(progress.used..).unwrap_or_default();
        if rest.is_empty() || self.peer.is_finished() {
            return;
        }
        // A peer that stopped takes them as they are; any other needs at least one byte more.
        let slowed = self.backlog.as_ref().is_some_and(|backlog| backlog.slowed_until.is_some());
        let stopped = slowed || self.peer.is_blocked() || bench.turn.has_done_much();
        let need = if stopped { 1 } else { progress.need.max(rest.len() + 1) };
        self.keep(bench, rest, need);
        if !stopped {
            self.progress(bench, new.min(rest.len()));
        }
    }

    /// Keeps bytes, behind those kept already, until there are `need`; ends the connection when all connections
    /// together keep too many.
    pub(super) fn keep(&mut self, bench: &mut Bench, bytes: &[u8], need: usize) {
        let budget = Arc::clone(self.guest.entrance().input());
        let backlog = self.backlog_mut();
        backlog.need = need;
        if backlog.kept.append(&budget, bytes, need).is_err() {
            self.forget_kept();
            bench.turn.complaint.get_or_insert_with(|| NO_ROOM.into());
            let why = CloseReason::Refused(Refusal::Busy);
            self.stream.will_end(why);
            self.peer.close(&mut bench.lend(), why);
        }
    }

    /// Tells the peer that a packet is on its way.
    fn progress(&mut self, bench: &mut Bench, new: usize) {
        if new > 0 && !self.peer.is_finished() {
            self.peer.progress(&mut bench.lend(), new);
        }
    }

    /// Lets go what was read and will never be used.
    pub(super) fn forget_kept(&mut self) {
        if let Some(backlog) = &mut self.backlog {
            backlog.kept = Kept::default();
        }
    }
}
