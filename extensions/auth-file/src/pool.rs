//! A few threads behind a bounded, fair queue.

use std::io;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

mod queue;

use queue::FairQueue;

/// What becomes of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Chance {
    /// Its turn has come.
    Now,
    /// There was no room, or it has waited too long: it is only to say so.
    Never,
}

pub(crate) type Job = Box<dyn FnOnce(Chance) + Send>;

/// Threads that compute hashes. Several password files may share one pool, so that a broker has one bound for all.
///
/// The queue is shared fairly between addresses: an address holds at most as many places as are free (half of an
/// otherwise empty queue), and addresses take turns. IPv6 peers are counted by their /64.
///
/// The threads end when the pool is dropped and the queue is empty: nobody who waits is forgotten.
#[derive(Debug)]
pub struct HashPool {
    inside: Arc<Inside>,
}

/// A job, and until when it is worth its work; for ever, if nothing is said.
struct Waiting(Option<Instant>, Job);

struct Inside {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: FairQueue<Waiting>,
    closed: bool,
}

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

impl HashPool {
    /// Starts `threads` threads (at least one) behind a queue of `queue` places.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: usize, queue: usize) -> io::Result<Self> {
        let state = Mutex::new(State { queue: FairQueue::new(queue), closed: false });
        let pool = Self { inside: Arc::new(Inside { state, changed: Condvar::new() }) };
        for number in 0..threads.max(1) {
            let inside = Arc::clone(&pool.inside);
            thread::Builder::new().name(format!("auth-file-{number}")).spawn(move || inside.work())?;
        }
        Ok(pool)
    }

    /// Whether `from` would find a place now. Cheaper than being refused one.
    pub(crate) fn has_room(&self, from: IpAddr) -> bool {
        self.inside.state.lock().queue.has_room(from.into())
    }

    /// Puts a job in the queue, or tells it at once that there is no room. One that still waits at `until` is told so
    /// before any other gets its turn: it waits for one hash longer at most.
    pub(crate) fn give(&self, from: IpAddr, until: Option<Instant>, job: Job) {
        let refused = self.inside.state.lock().queue.push(from.into(), Waiting(until, job));
        match refused {
            Ok(()) => drop(self.inside.changed.notify_one()),
            Err(Waiting(_, job)) => job(Chance::Never),
        }
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.inside.state.lock().closed = true;
        self.inside.changed.notify_all();
    }
}

impl Inside {
    fn work(&self) {
        while let Some((chance, job)) = self.next() {
            // A job that fails answers by being dropped; the thread goes on.
            if catch_unwind(AssertUnwindSafe(|| job(chance))).is_err() {
                tracing::error!("a password check failed");
            }
        }
    }

    fn next(&self) -> Option<(Chance, Job)> {
        let mut state = self.state.lock();
        loop {
            let now = Instant::now();
            let late = |Waiting(until, _): &Waiting| until.is_some_and(|until| until <= now);
            if let Some(Waiting(_, job)) = state.queue.pop_if(late) {
                return Some((Chance::Never, job));
            }
            if let Some(Waiting(_, job)) = state.queue.pop() {
                return Some((Chance::Now, job));
            }
            if state.closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
