//! A few threads behind a bounded queue.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use parking_lot::Mutex;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The threads end when this is dropped and the queue is empty: nobody who waits is forgotten.
#[derive(Debug)]
pub(crate) struct Pool {
    jobs: SyncSender<Job>,
}

impl Pool {
    pub(crate) fn start(threads: usize, queue: usize) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..threads.max(1) {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name(format!("auth-file-{number}")).spawn(move || work(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Puts a job in the queue; false when it is full.
    pub(crate) fn give(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        // One thread waits at the queue, the others at the lock.
        let next = waiting.lock().recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn a_full_queue_takes_nothing_more() {
        let pool = Pool::start(1, 2).unwrap();
        let (begun, wait) = sync_channel(1);
        let gate = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&gate);
        let busy = move || {
            begun.send(()).unwrap();
            inside.wait();
        };
        assert!(pool.give(Box::new(busy)));
        wait.recv().unwrap();
        let (done, ended) = sync_channel(2);
        for _ in 0..2 {
            let done = done.clone();
            assert!(pool.give(Box::new(move || done.send(()).unwrap())));
        }
        assert!(!pool.give(Box::new(|| panic!("there was no room for it"))));
        drop(pool);
        gate.wait();
        ended.recv().unwrap();
        ended.recv().unwrap();
    }
}
