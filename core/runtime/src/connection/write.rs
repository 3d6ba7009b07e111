//! Bytes from the peer to the socket.
//!
//! A turn's output is one contiguous buffer and one write. What the socket does not take is kept; until that is
//! gone nothing is pulled, so a peer that does not read holds one outbox, and its messages stay in its session.

use std::io::IoSlice;
use std::task::{Context, Poll};

use super::backlog::WRITE_PIECES;
use super::{Gone, Live, Traffic};
use crate::worker::Worker;

/// After this many full outboxes the other connections come first.
const PULLS: usize = 4;

impl Live {
    pub(super) fn has_unsent(&self) -> bool {
        self.stream.unwritten() > 0 || self.backlog.as_ref().is_some_and(|backlog| !backlog.unsent.is_empty())
    }

    /// Pulls and writes while both go on.
    pub(super) fn output(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        traffic: &mut Traffic,
    ) -> Result<(), Gone> {
        for _ in 0..PULLS {
            traffic.before_pull = worker.bench.turn.wakes.len();
            let pulls = !self.has_unsent() && !self.peer.is_finished();
            if pulls {
                self.peer.pull(&mut worker.bench.lend());
            } else if self.has_unsent() {
                self.peer.stalled(&mut worker.bench.lend());
            }
            let was_full = worker.bench.out.is_full();
            self.send(worker, cx, traffic)?;
            if pulls && self.has_unsent() {
                self.peer.stalled(&mut worker.bench.lend());
            }
            if !was_full || !pulls || self.has_unsent() {
                return Ok(());
            }
        }
        traffic.again = true;
        Ok(())
    }

    /// Writes the outbox, or what the socket takes of it, and keeps the rest.
    fn send(&mut self, worker: &mut Worker, cx: &mut Context<'_>, traffic: &mut Traffic) -> Result<(), Gone> {
        let Worker { bench, scratch, config, .. } = worker;
        let out = &bench.out;
        if out.is_empty() {
            return Ok(());
        }
        if self.has_unsent() {
            let length = out.len();
            let backlog = self.backlog_mut();
            backlog.answers += length;
            backlog.unsent.append(out);
        } else if let Some(mut rest) = out.contiguous() {
            while !rest.is_empty() {
                match self.stream.write(cx, scratch, rest) {
                    Poll::Ready(Ok(written)) => {
                        traffic.written += written;
                        rest = rest.get(written..).unwrap_or_default();
                    }
                    Poll::Ready(Err(_)) => return Err(Gone::LOST),
                    Poll::Pending => {
                        let give_up = bench.turn.now.at + config.stall;
                        let backlog = self.backlog_mut();
                        backlog.unsent.append_bytes(rest);
                        backlog.give_up = Some(give_up);
                        break;
                    }
                }
            }
        } else {
            self.backlog_mut().unsent.append(out);
            worker.bench.out.clear();
            return self.flush(worker, cx, traffic);
        }
        worker.bench.out.clear();
        Ok(())
    }

    /// Writes what is unsent, as far as the socket takes it.
    pub(super) fn flush(
        &mut self,
        worker: &mut Worker,
        cx: &mut Context<'_>,
        traffic: &mut Traffic,
    ) -> Result<(), Gone> {
        let Some(backlog) = &mut self.backlog else { return Ok(()) };
        let unwritten = self.stream.unwritten();
        if backlog.unsent.is_empty() && unwritten == 0 {
            return Ok(());
        }
        let give_up = worker.bench.turn.now.at + worker.config.stall;
        while !backlog.unsent.is_empty() {
            let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
            let count = backlog.unsent.slices(&mut slices);
            let slices = slices.get(..count).unwrap_or_default();
            match self.stream.write_vectored(cx, &mut worker.scratch, slices) {
                Poll::Ready(Ok(written)) => {
                    traffic.written += written;
                    backlog.unsent.advance(written);
                    backlog.give_up = Some(give_up);
                }
                Poll::Ready(Err(_)) => return Err(Gone::LOST),
                Poll::Pending => break,
            }
        }
        self.stream.flush(cx).map_err(|_| Gone::LOST)?;
        let left = self.stream.unwritten();
        if left > 0 || !backlog.unsent.is_empty() {
            if left < unwritten {
                backlog.give_up = Some(give_up);
            }
            backlog.give_up.get_or_insert(give_up);
            return Ok(());
        }
        backlog.answers = 0;
        backlog.give_up = None;
        Ok(())
    }

    /// What a layer holds for the socket must go as what the peer sent must.
    pub(super) fn watch_unwritten(&mut self, worker: &Worker) {
        if self.stream.unwritten() > 0 {
            let give_up = worker.bench.turn.now.at + worker.config.stall;
            self.backlog_mut().give_up.get_or_insert(give_up);
        }
    }
}
