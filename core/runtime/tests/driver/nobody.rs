//! A kernel that has nobody: the echo peers need none.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tidegate_broker::{
    Authenticated, Budget, Credentials, Detach, Granted, Lease, OpenOptions, Opened, Outcome, Principal,
    PrincipalRef, Published, PullEnd, Removed, RequestId, Seat, Settlement, SubscribeDraft, Tally, Turn,
    Verbs,
};
use tidegate_gateway::Listener;
use tidegate_runtime::Host;
use tidegate_tls::Acceptor;
use tidegate_types::{Draft, Refusal};

/// Refuses every verb; counts what drivers do with a host.
#[derive(Default)]
pub(crate) struct Nobody {
    pub(crate) ticks: AtomicU64,
    pub(crate) published: AtomicU64,
    /// What TLS listeners get.
    pub(crate) tls: Mutex<Option<Arc<Acceptor>>>,
    /// Who is not let in.
    pub(crate) banned: Mutex<Vec<IpAddr>>,
    /// Who was asked for.
    pub(crate) asked: Mutex<Vec<IpAddr>>,
    /// Whether it panics when it is asked again, once.
    pub(crate) panics: AtomicBool,
}

impl Host for Nobody {
    fn verbs(&self) -> &dyn Verbs {
        self
    }

    fn count(&self, tally: Tally) {
        self.published.fetch_add(tally.published, Ordering::Relaxed);
    }

    fn tick(&self, _turn: &mut Turn) -> Option<Instant> {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn admit(&self, _listener: &str, remote: IpAddr) -> Result<(), Refusal> {
        assert!(!self.panics.swap(false, Ordering::Relaxed), "as it was told");
        self.asked.lock().push(remote);
        if self.banned.lock().contains(&remote) { Err(Refusal::Banned) } else { Ok(()) }
    }

    fn tls(&self, _gateway: &str, _listener: &Listener) -> Result<Option<Arc<Acceptor>>, String> {
        Ok(self.tls.lock().clone())
    }
}

const NO: Refusal = Refusal::Unavailable;

impl Verbs for Nobody {
    fn authenticate(
        &self,
        _: &mut Turn,
        _: &Credentials<'_>,
        _: (Seat, RequestId),
    ) -> Outcome<Authenticated> {
        Outcome::Done(Err(NO))
    }
    fn open(&self, _: &mut Turn, _: &PrincipalRef, _: OpenOptions, _: (Seat, RequestId)) -> Outcome<Opened> {
        Outcome::Done(Err(NO))
    }
    fn publish(
        &self,
        _: &mut Turn,
        _: &Lease,
        _: &Draft<'_>,
        _: Option<u32>,
        _: RequestId,
    ) -> Outcome<Published> {
        Outcome::Done(Err(NO))
    }
    fn publish_as(
        &self,
        _: &mut Turn,
        _: &Principal,
        _: &Draft<'_>,
        _: (Seat, RequestId),
    ) -> Outcome<Published> {
        Outcome::Done(Err(NO))
    }
    fn subscribe(&self, _: &mut Turn, _: &Lease, _: &[SubscribeDraft<'_>], _: RequestId) -> Outcome<Granted> {
        Outcome::Done(Err(NO))
    }
    fn unsubscribe(
        &self,
        _: &mut Turn,
        _: &Lease,
        _: &[(Option<&str>, &str)],
        _: RequestId,
    ) -> Outcome<Removed> {
        Outcome::Done(Err(NO))
    }
    fn pull(&self, _: &mut Turn, _: &Lease, _: Budget) -> Result<PullEnd, Refusal> {
        Err(NO)
    }
    fn settle(&self, _: &mut Turn, _: &Lease, _: u32, _: Settlement, _: RequestId) -> Outcome<()> {
        Outcome::Done(Err(NO))
    }
    fn free(&self, _: &mut Turn, _: &Lease, _: u32, _: RequestId) -> Outcome<()> {
        Outcome::Done(Err(NO))
    }
    fn forget(&self, _: &mut Turn, _: &Lease, _: u32, _: RequestId) -> Outcome<()> {
        Outcome::Done(Err(NO))
    }
    fn credit(&self, _: &Lease, _: u16) -> Result<(), Refusal> {
        Err(NO)
    }
    fn expire_after(&self, _: &Lease, _: Duration) -> Result<Duration, Refusal> {
        Err(NO)
    }
    fn detach(&self, _: &mut Turn, _: &Lease, _: Detach) -> Outcome<()> {
        Outcome::Done(Err(NO))
    }
    fn reseat(&self, _: &Lease, _: Seat) {}
}
