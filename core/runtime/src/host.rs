//! What the runtime asks of the broker it drives.

use std::time::Instant;

use tidegate_broker::{Tally, Turn, Verbs};

/// The broker behind the peers. Called from every worker; none of it may block.
pub trait Host: Send + Sync {
    /// The kernel's verbs, lent to peers.
    fn verbs(&self) -> &dyn Verbs;

    /// Adds what one turn counted.
    fn count(&self, tally: Tally);

    /// The kernel's own timers (session expiry, delayed wills). Answers when it wants to be called next; it is
    /// called a quarter of a second later at the latest, because a verb may have brought that moment forward.
    fn tick(&self, turn: &mut Turn) -> Option<Instant>;
}
