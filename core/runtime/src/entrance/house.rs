//! Every connection of the runtime, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::config::RuntimeConfig;
use crate::connection::InputBudget;

/// The part of `max_kept_input` that greetings have, and only they.
const STRANGERS: usize = 8;

/// What all listeners share.
#[derive(Debug)]
pub(crate) struct House {
    limit: usize,
    /// What its guests may keep of what they were sent.
    input: Arc<InputBudget>,
    /// The same for those who are not guests yet: whoever greets takes no room of those who were let in.
    strangers: Arc<InputBudget>,
    guests: AtomicUsize,
    left: Mutex<()>,
    someone_left: Condvar,
}

impl House {
    pub(crate) fn new(config: &RuntimeConfig) -> Self {
        let strangers = config.max_kept_input / STRANGERS;
        Self {
            limit: usize::try_from(config.max_connections).unwrap_or(usize::MAX),
            input: Arc::new(InputBudget::new(config.max_kept_input - strangers)),
            strangers: Arc::new(InputBudget::new(strangers)),
            guests: AtomicUsize::new(0),
            left: Mutex::new(()),
            someone_left: Condvar::new(),
        }
    }

    pub(crate) fn input(&self) -> &Arc<InputBudget> {
        &self.input
    }

    pub(crate) fn strangers(&self) -> &Arc<InputBudget> {
        &self.strangers
    }

    /// Bytes that guests and strangers keep.
    pub(crate) fn kept_input(&self) -> usize {
        self.input.taken().saturating_add(self.strangers.taken())
    }

    pub(crate) fn guests(&self) -> usize {
        self.guests.load(Ordering::Acquire)
    }

    pub(super) fn is_full(&self) -> bool {
        self.guests() >= self.limit
    }

    pub(super) fn enter(&self) {
        self.guests.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn leave(&self) {
        if self.guests.fetch_sub(1, Ordering::AcqRel) == 1 {
            drop(self.left.lock());
            self.someone_left.notify_all();
        }
    }

    /// Waits until nobody is left or `until` comes; whether nobody is left.
    pub(crate) fn wait_empty(&self, until: Instant) -> bool {
        let mut left = self.left.lock();
        while self.guests() > 0 {
            if self.someone_left.wait_until(&mut left, until).timed_out() {
                return self.guests() == 0;
            }
        }
        true
    }
}
