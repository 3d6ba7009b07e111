//! What happens to sessions by themselves: wills after their delay, expiry, requests nobody answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::ports::{Fabric, Record};
use crate::session::Session;
use crate::sync::Mutex;
use crate::turn::Turn;

/// Retained values looked at for expiry in one tick.
const SWEEP: usize = 16_384;

/// Sessions, subscriptions and topics judged by changed rules in one tick: some milliseconds.
const JUDGED: usize = 8_192;

/// Something due for a session, unless it was opened again since.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    session: Weak<Session>,
    epoch: u32,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Will,
    Expiry,
    Request,
    Proof,
}

impl Due {
    pub(crate) fn will(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Will }
    }

    pub(crate) fn expiry(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Expiry }
    }

    /// The proof of the connection that has the session ends.
    pub(crate) fn proof(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Proof }
    }

    pub(crate) fn request(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Request }
    }
}

/// Names something due, so that it can be called off.
pub(crate) type TimerId = (Instant, u64);

/// What is due when. Called off when it is not wanted any more, so that a client that comes and goes leaves nothing
/// behind.
#[derive(Debug, Default)]
pub(crate) struct Timers(Mutex<Schedule>);

#[derive(Debug, Default)]
struct Schedule {
    due: BTreeMap<TimerId, Due>,
    count: u64,
}

impl Timers {
    pub(crate) fn set(&self, now: Instant, after: Duration, due: Due) -> Option<TimerId> {
        let deadline = now.checked_add(after)?;
        let mut schedule = self.0.lock();
        schedule.count += 1;
        let id = (deadline, schedule.count);
        schedule.due.insert(id, due);
        Some(id)
    }

    pub(crate) fn call_off(&self, ids: &[TimerId]) {
        if !ids.is_empty() {
            let mut schedule = self.0.lock();
            for id in ids {
                schedule.due.remove(id);
            }
        }
    }

    fn advance(&self, now: Instant) -> (Vec<Due>, Option<Instant>) {
        let mut schedule = self.0.lock();
        let later = schedule.due.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut schedule.due, later);
        let next = schedule.due.first_key_value().map(|((deadline, _), _)| *deadline);
        (due.into_values().collect(), next)
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().due.len()
    }
}

impl<F: Fabric> Broker<F> {
    /// Does what is due at `turn.now`; answers when to come again at the latest. One caller at a time.
    pub fn tick(&self, turn: &mut Turn) -> Option<Instant> {
        turn.seat = None;
        let (due, next) = self.timers.advance(turn.now.at);
        for Due { session, epoch, what } in due {
            let Some(session) = session.upgrade() else { continue };
            match what {
                What::Will => {
                    if let Some(will) = session.take_will(epoch) {
                        self.publish_will(turn, &session, &will);
                    }
                }
                What::Expiry => self.end_expired(turn, &session, epoch),
                What::Proof => self.expire_proof(turn, &session, epoch),
                What::Request => self.expire_requests(turn, session.id),
            }
        }
        self.retained.sweep(turn.now.at, SWEEP);
        if self.defences().sweep(turn.now, &self.zones()) {
            self.sweep_bans(turn.now.wall);
        }
        let sweep = (!self.retained.is_empty()).then(|| turn.now.at + Duration::from_secs(1));
        let judged = self.sweep(turn, JUDGED);
        let judging = (!judged).then(|| turn.now.at + Duration::from_millis(1));
        [next, sweep, judging].into_iter().flatten().min()
    }

    fn end_expired(&self, turn: &mut Turn, session: &Arc<Session>, epoch: u32) {
        let Some(ended) = session.expire(epoch) else { return };
        self.sessions.remove(session);
        if self.journaled {
            self.journal.write(&Record::Expire { session: session.id });
        }
        self.clean_up(turn, session, ended, false);
    }
}
