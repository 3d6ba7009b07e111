//! Any channel as a peer.

use std::time::Instant;

use tidegate_broker::{Notice, Reply, Seat, Turn, Verbs};
use tidegate_types::CloseReason;

use crate::channel::{Channel, Context, Decoded};
use crate::peer::{Lent, Peer, Progress};
use crate::{Desk, Door};

/// A channel with its desk, driven by bytes.
#[derive(Debug)]
pub struct Framed<C> {
    channel: C,
    desk: Desk,
    broken: bool,
    limit: u16,
}

impl<C: Channel> Framed<C> {
    /// Seats a channel. At most `pending_answers` are owed to it before it is no longer read.
    pub fn new(channel: C, seat: Seat, pending_answers: u16) -> Self {
        Self { channel, desk: Desk::new(seat), broken: false, limit: pending_answers }
    }

    /// The channel, for tests.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    fn with<R>(&mut self, lent: &mut Lent<'_>, act: impl FnOnce(&mut C, &mut Context<'_>) -> R) -> R {
        let now = lent.turn.now;
        let door = Door::new(lent.verbs, lent.turn, &mut self.desk);
        act(&mut self.channel, &mut Context { now, door, out: lent.out })
    }

    fn owes_too_much(&self) -> bool {
        self.desk.owed() >= usize::from(self.limit)
    }

    /// Whether what is left of a read has to wait: for an answer, for a slow receiver, or for ever.
    fn stops(&self, lent: &Lent<'_>) -> bool {
        let told_to_go = || lent.turn.tells_to_go(self.desk.seat());
        self.is_blocked() || self.is_finished() || lent.turn.slowed_until.is_some() || told_to_go()
    }
}

impl<C: Channel> Peer for Framed<C> {
    fn receive(&mut self, lent: &mut Lent<'_>, bytes: &[u8]) -> Progress {
        let mut used = 0;
        // One packet at least, whatever the turn has cost before: some driver may never clear it.
        let much = lent.turn.work.saturating_add(Turn::MUCH_WORK);
        while !self.stops(lent) && lent.turn.work < much {
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            match self.channel.decode(rest) {
                Ok(Decoded::Packet(packet, length)) => {
                    used += length;
                    let now = lent.turn.now;
                    let door = Door::new(lent.verbs, lent.turn, &mut self.desk);
                    self.channel.handle_packet(&mut Context { now, door, out: lent.out }, packet);
                }
                Ok(Decoded::NeedMore(need)) => return Progress { used, need },
                Err(error) => {
                    self.broken = true;
                    self.with(lent, |channel, cx| channel.handle_malformed(cx, &error));
                }
            }
        }
        Progress { used, need: 1 }
    }

    fn progress(&mut self, lent: &mut Lent<'_>, bytes: usize) {
        if !self.is_finished() {
            self.channel.handle_progress(lent.turn.now, bytes);
        }
    }

    fn notice(&mut self, lent: &mut Lent<'_>, notice: Notice) {
        match notice {
            Notice::Wake | Notice::Resume => {}
            Notice::Close(why) => self.close(lent, why),
            // Stands in no line.
            Notice::Reply(id, reply @ Reply::Responded(_)) => {
                self.with(lent, |channel, cx| channel.handle_reply(cx, id, reply));
            }
            Notice::Reply(id, reply) => {
                self.desk.record(id, reply);
                while let Some((id, reply)) = self.desk.next_answer() {
                    self.with(lent, |channel, cx| channel.handle_reply(cx, id, reply));
                }
            }
        }
    }

    fn pull(&mut self, lent: &mut Lent<'_>) {
        if self.desk.lease.is_some() && !self.is_finished() {
            self.with(lent, |channel, cx| channel.pull(cx));
        }
    }

    fn stalled(&mut self, lent: &mut Lent<'_>) {
        if let Some(lease) = &self.desk.lease {
            lent.verbs.busy(lent.turn, lease);
        }
    }

    fn timeout(&mut self, lent: &mut Lent<'_>) {
        self.with(lent, |channel, cx| channel.handle_timeout(cx));
    }

    fn close(&mut self, lent: &mut Lent<'_>, why: CloseReason) {
        self.broken = true;
        self.with(lent, |channel, cx| channel.handle_close(cx, why));
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // A peer that is not read because we owe it answers is not silent.
        if self.owes_too_much() { None } else { self.channel.poll_timeout() }
    }

    fn is_blocked(&self) -> bool {
        self.desk.is_blocked() || self.owes_too_much()
    }

    fn is_finished(&self) -> bool {
        self.broken || self.channel.is_finished()
    }

    fn reseat(&mut self, verbs: &dyn Verbs, seat: Seat) {
        self.desk.set_seat(seat);
        if let Some(lease) = &self.desk.lease {
            verbs.reseat(lease, seat);
        }
    }
}

#[cfg(test)]
mod tests;
