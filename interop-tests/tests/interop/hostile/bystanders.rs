//! A well-behaved publisher and its subscriber, who must not notice what goes on beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::wire::{Version, kind};

use crate::interop::stage::client;

/// Messages go from one to the other, one after another, until [`Bystanders::finish`].
pub(super) struct Bystanders {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Bystanders {
    pub(super) fn start(broker: &Running) -> Self {
        let mut subscriber = client(broker, Version::V5, "bystander-subscriber");
        subscriber.subscribe("bystanders/+", 1, &[]).unwrap();
        let mut publisher = client(broker, Version::V5, "bystander-publisher");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut count = 0_u64;
            while count < 10 || !stopped.load(Ordering::Relaxed) {
                assert_eq!(publisher.publish("bystanders/talk", &count.to_be_bytes(), &[]).unwrap(), 0);
                let message = subscriber.message().unwrap();
                assert_eq!(message.payload, count.to_be_bytes(), "complete and in order");
                subscriber.acknowledge(kind::PUBACK, message.id).unwrap();
                count += 1;
            }
            subscriber.expect_quiet().unwrap();
            count
        });
        Self { stop, thread }
    }

    /// Nothing was lost, doubled or disturbed.
    pub(super) fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        let count = self.thread.join().expect("the bystanders were disturbed");
        assert!(count >= 10);
    }
}
