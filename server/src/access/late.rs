//! Counting the refusals of back-ends that answer later: the kernel counts those it hears at once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidegate_broker::{Authenticator, Credentials, Notice, Reply, Seat, Switchboard, Ticket, Verdict};

/// The way of late answers to their peers.
pub(crate) struct Answers {
    next: Arc<dyn Switchboard>,
    refused: AtomicU64,
}

impl Answers {
    pub(crate) fn new(next: Arc<dyn Switchboard>) -> Self {
        Self { next, refused: AtomicU64::new(0) }
    }

    /// How many logins were refused so, since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("refused", &self.refused).finish_non_exhaustive()
    }
}

impl Switchboard for Answers {
    fn notify(&self, seat: Seat, notice: Notice) {
        if matches!(notice, Notice::Reply(_, Reply::Authenticated(Err(_)))) {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        self.next.notify(seat, notice);
    }
}

/// An authenticator whose late answers are counted.
pub(crate) struct Counted {
    pub(crate) inner: Arc<dyn Authenticator>,
    pub(crate) answers: Arc<Answers>,
}

impl Authenticator for Counted {
    fn authenticate(&self, credentials: &Credentials<'_>, ticket: &Ticket) -> Verdict {
        let switchboard = Arc::clone(&self.answers) as Arc<dyn Switchboard>;
        self.inner.authenticate(credentials, &Ticket { switchboard, ..ticket.clone() })
    }
}
