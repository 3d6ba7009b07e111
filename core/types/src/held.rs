//! How many bytes of messages this process holds.
//!
//! Memory belongs to the process, so the count does too. Each thread keeps its own balance and settles it with
//! the shared one when it has grown or when a turn ends: two plain additions a message instead of two shared
//! atomic ones.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};

static HELD: AtomicI64 = AtomicI64::new(0);

/// A thread settles by itself once its own balance is this far off.
const SETTLE_AT: i64 = 256 * 1024;

thread_local! {
    static BALANCE: Cell<i64> = const { Cell::new(0) };
}

/// The process-wide count of message bytes.
#[derive(Clone, Copy, Debug)]
pub struct HeldBytes;

impl HeldBytes {
    /// Bytes held now, exact to 256 KiB a thread between turns.
    #[must_use]
    pub fn now() -> usize {
        usize::try_from(HELD.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Settles this thread's balance; a driver calls it at the end of a turn.
    pub fn settle() {
        BALANCE.with(|balance| {
            let off = balance.replace(0);
            if off != 0 {
                HELD.fetch_add(off, Ordering::Relaxed);
            }
        });
    }

    pub(crate) fn add(bytes: usize) {
        Self::shift(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    pub(crate) fn sub(bytes: usize) {
        Self::shift(-i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    fn shift(by: i64) {
        // A thread that is ending has no balance any more; it pays the shared one directly.
        let settled = BALANCE.try_with(|balance| {
            let off = balance.get().saturating_add(by);
            if off.abs() < SETTLE_AT {
                balance.set(off);
            } else {
                balance.set(0);
                HELD.fetch_add(off, Ordering::Relaxed);
            }
        });
        if settled.is_err() {
            HELD.fetch_add(by, Ordering::Relaxed);
        }
    }
}

/// Bytes that count among the held ones for as long as this lives.
#[derive(Debug)]
pub struct Held(usize);

impl Held {
    /// Holds `bytes`.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        HeldBytes::add(bytes);
        Self(bytes)
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HeldBytes::sub(self.0);
    }
}
