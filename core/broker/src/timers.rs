//! What happens to sessions by themselves: wills after their delay, expiry.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::ports::{Fabric, Record};
use crate::session::Session;
use crate::sync::Mutex;
use crate::turn::Turn;
use crate::wheel::Wheel;

/// How exact wills and expiries are.
const TICK: Duration = Duration::from_millis(100);

/// Retained values looked at for expiry in one tick.
const SWEEP: usize = 16_384;

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
}

impl Due {
    pub(crate) fn will(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Will }
    }

    pub(crate) fn expiry(session: &Arc<Session>, epoch: u32) -> Self {
        Self { session: Arc::downgrade(session), epoch, what: What::Expiry }
    }
}

/// The wheel, made when the first timer is set: only then is there a time to start from.
#[derive(Debug, Default)]
pub(crate) struct Timers(Mutex<Option<Wheel<Due>>>);

impl Timers {
    pub(crate) fn set(&self, now: Instant, after: Duration, due: Due) {
        let Some(deadline) = now.checked_add(after) else { return };
        self.0.lock().get_or_insert_with(|| Wheel::new(now, TICK)).insert(deadline, due);
    }

    fn advance(&self, now: Instant) -> (Vec<Due>, Option<Instant>) {
        let mut due = Vec::new();
        let mut wheel = self.0.lock();
        let next = wheel.as_mut().and_then(|wheel| {
            wheel.advance(now, &mut due);
            wheel.next()
        });
        (due, next)
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
                        self.publish_will(turn, session.id, &will);
                    }
                }
                What::Expiry => self.expire(turn, &session, epoch),
            }
        }
        self.retained.sweep(turn.now.at, SWEEP);
        let sweep = (!self.retained.is_empty()).then(|| turn.now.at + Duration::from_secs(1));
        [next, sweep].into_iter().flatten().min()
    }

    fn expire(&self, turn: &mut Turn, session: &Arc<Session>, epoch: u32) {
        let Some(ended) = session.expire(epoch) else { return };
        self.sessions.remove(session);
        if self.journaled {
            self.journal.write(&Record::Expire { session: session.id });
        }
        self.clean_up(turn, session, ended, false);
    }
}
