//! Who may have a step of a handshake computed.
//!
//! A private key's operation costs a worker as much as hundreds of packets. So peers that greet are called a few at a
//! time, in the order in which they came, and between two calls the reactor looks for what came for everybody else.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use tidegate_broker::Seat;

use super::{come_after_events, spawn, with_worker};

/// Steps between two looks for what came for the others.
const STEPS: usize = 4;

/// A worker's queue of greetings that have something to compute.
#[derive(Debug, Default)]
pub(crate) struct Usher {
    /// Steps that may be taken at once, by whoever comes.
    free: usize,
    /// Who was called and has not come yet.
    called: Vec<Seat>,
    waiting: VecDeque<Seat>,
    /// Whether [`Calling`] is under way.
    calls: bool,
}

impl Usher {
    /// Whether the greeting at `seat` may go on; if not, it `waits` and is called.
    pub(crate) fn may_go(&mut self, seat: Seat, waits: &mut bool) -> bool {
        if *waits {
            let Some(at) = self.called.iter().position(|called| *called == seat) else { return false };
            self.called.swap_remove(at);
            *waits = false;
            return true;
        }
        if !self.calls {
            self.calls = true;
            self.free = STEPS;
            drop(spawn(Calling { looked: false }));
        }
        if self.free > 0 && self.waiting.is_empty() {
            self.free -= 1;
            return true;
        }
        *waits = true;
        self.waiting.push_back(seat);
        false
    }

    /// Everybody else had a turn: who is called now. Nobody, and the calling ends, when none has had a step since the
    /// last time and none waits.
    fn next(&mut self) -> Option<&[Seat]> {
        if self.waiting.is_empty() && self.free == STEPS {
            *self = Self::default();
            return None;
        }
        let count = self.waiting.len().min(STEPS);
        self.called.clear();
        self.called.extend(self.waiting.drain(..count));
        self.free = STEPS - count;
        Some(&self.called)
    }
}

/// Calls those who wait, a few each time the reactor has looked.
struct Calling {
    looked: bool,
}

impl Future for Calling {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.looked, true) {
            let goes_on = with_worker(|worker| {
                let Some(called) = worker.usher.next() else { return false };
                for seat in called {
                    worker.places.wake(*seat);
                }
                true
            });
            if goes_on != Some(true) {
                return Poll::Ready(());
            }
        }
        come_after_events(cx);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_each_time_and_in_their_order() {
        let seat = |slot| Seat { worker: 0, generation: 1, slot };
        let mut usher = Usher { calls: true, free: STEPS, ..Usher::default() };
        let mut waits = [false; 11];
        let went = |usher: &mut Usher, waits: &mut [bool; 11]| {
            (0..11).filter(|slot| usher.may_go(seat(*slot), &mut waits[*slot as usize])).collect::<Vec<_>>()
        };
        assert_eq!(went(&mut usher, &mut waits), [0, 1, 2, 3]);
        // Each that went comes again, behind those that wait.
        assert!(usher.next().is_some());
        assert_eq!(went(&mut usher, &mut waits), [4, 5, 6, 7]);
        assert!(usher.next().is_some());
        assert_eq!(went(&mut usher, &mut waits), [0, 8, 9, 10]);
        waits = [true; 11];
        while usher.next().is_some() {
            assert!(usher.called.len() <= STEPS);
        }
        assert!(went(&mut usher, &mut waits).is_empty() && !usher.calls);
    }
}
