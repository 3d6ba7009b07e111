//! A journal that takes its time.

use std::collections::VecDeque;
use std::sync::Mutex;

use tidegate_broker::{Journal, Position, Record, Reply, Ticket};
use tidegate_types::Refusal;

/// Records get positions at once and are committed when the test says so; or never, with [`LateJournal::fail`].
#[derive(Debug, Default)]
pub struct LateJournal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    written: u64,
    committed: u64,
    failing: bool,
    waiting: VecDeque<(Position, Ticket, Reply)>,
}

impl LateJournal {
    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// How many records were written, and how many of them are committed.
    pub fn progress(&self) -> (u64, u64) {
        self.with(|state| (state.written, state.committed))
    }

    /// Commits up to `count` more records and answers what waited for them.
    pub fn commit(&self, count: u64) {
        let due: Vec<_> = self.with(|state| {
            state.committed = (state.committed + count).min(state.written);
            let committed = state.committed;
            let due = state.waiting.iter().take_while(|(position, ..)| position.0 <= committed).count();
            state.waiting.drain(..due).collect()
        });
        for (_, ticket, reply) in due {
            ticket.answer(reply);
        }
    }

    /// Commits everything written.
    pub fn commit_all(&self) {
        self.commit(u64::MAX / 2);
    }

    /// The store is gone: what waits is refused, and so is what comes.
    pub fn fail(&self) {
        let due = self.with(|state| {
            state.failing = true;
            std::mem::take(&mut state.waiting)
        });
        for (_, ticket, reply) in due {
            ticket.answer(refused(&reply));
        }
    }
}

fn refused(reply: &Reply) -> Reply {
    let why = Refusal::Unavailable;
    match reply {
        Reply::Authenticated(_) => Reply::Authenticated(Err(why)),
        Reply::Opened(_) => Reply::Opened(Err(why)),
        Reply::Published(_) => Reply::Published(Err(why)),
        Reply::Subscribed(_) => Reply::Subscribed(Err(why)),
        Reply::Unsubscribed(_) => Reply::Unsubscribed(Err(why)),
        Reply::Settled(_) => Reply::Settled(Err(why)),
        Reply::Transacted(_) => Reply::Transacted(Err(why)),
        Reply::Responded(_) => Reply::Responded(Err(why)),
    }
}

impl Journal for LateJournal {
    fn keeps(&self) -> bool {
        true
    }

    fn write(&self, _record: &Record<'_>) -> Position {
        self.with(|state| {
            state.written += 1;
            Position(state.written)
        })
    }

    fn when_committed(&self, position: Position, ticket: Ticket, reply: Reply) -> Option<Reply> {
        self.with(|state| {
            if state.failing {
                return Some(refused(&reply));
            }
            if position.0 <= state.committed {
                return Some(reply);
            }
            state.waiting.push_back((position, ticket, reply));
            None
        })
    }
}
