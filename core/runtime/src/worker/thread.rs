//! The threads.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::balance::Balance;
use crate::config::RuntimeConfig;
use crate::exchange::Exchange;
use crate::host::Host;
use crate::inbox::Letter;
use crate::worker::{Round, WORKER, Worker};

/// Every task of this crate starts here; a worker that ends drops them all.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(task: F) -> JoinHandle<()> {
    tokio::spawn(task)
}

/// The running workers.
pub(crate) struct Threads {
    exchange: Arc<Exchange>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Threads {
    /// Starts them all, or none.
    pub(crate) fn start(
        config: &Arc<RuntimeConfig>,
        exchange: &Arc<Exchange>,
        host: &Arc<dyn Host>,
    ) -> io::Result<Self> {
        let reactor = || Builder::new_current_thread().enable_io().enable_time().build();
        let reactors = (0..exchange.workers()).map(|_| reactor()).collect::<io::Result<Vec<Runtime>>>()?;
        let meters = reactors.iter().map(|reactor| reactor.metrics()).collect();
        let mut balance = Some(Balance::new(config.balance, meters, Instant::now()));
        let mut threads = Self { exchange: Arc::clone(exchange), threads: Vec::new() };
        for (number, reactor) in (0u16..).zip(reactors) {
            let worker = Worker::new(number, Arc::clone(config), Arc::clone(exchange), Arc::clone(host));
            let balance = balance.take();
            let thread = std::thread::Builder::new().name(format!("tidegate-{number}"));
            threads.threads.push(thread.spawn(move || run(reactor, worker, balance))?);
        }
        Ok(threads)
    }
}

/// A worker's life. The reactor goes first, with all its tasks: they still find their worker.
fn run(reactor: Runtime, worker: Worker, balance: Option<Balance>) {
    WORKER.set(Some(Box::new(worker)));
    reactor.block_on(async { Round::new(balance, Instant::now()).await });
    drop(reactor);
    WORKER.set(None);
}

impl Drop for Threads {
    fn drop(&mut self) {
        for worker in 0..self.exchange.workers() {
            self.exchange.post(worker, [Letter::Stop]);
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a worker thread panicked");
            }
        }
    }
}
