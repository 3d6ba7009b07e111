//! What clients do is measured, and who does too much waits.
//!
//! What somebody with a connection sends is taken in whole and then its connection is not read for a while
//! ([`Turn::slowed_until`]): nothing is lost, and nobody else waits unless he shares the limit. What comes without a
//! connection to slow is refused. What a client used is remembered when it goes: it pauses when it comes again. Wills are
//! taken from the same, and one of a client that is far behind already is not published.

use std::sync::Arc;

use tidegate_types::{Draft, Refusal};

use crate::broker::Broker;
use crate::lease::Lease;
use crate::ports::Fabric;
use crate::session::Session;
use crate::sync::Ordering;
use crate::turn::Turn;
use crate::zone::{Load, SharedRates, Zone};

impl Load {
    pub(crate) fn publish(draft: &Draft<'_>) -> Self {
        let bytes = draft.topic.len() + draft.properties.block().len() + draft.payload.len();
        Self { messages: 1, bytes: u64::try_from(bytes).unwrap_or(u64::MAX), subscribes: 0 }
    }

    pub(crate) fn subscribe(filters: usize) -> Self {
        Self { subscribes: u64::try_from(filters).unwrap_or(u64::MAX), ..Self::default() }
    }

    pub(crate) fn and(self, more: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(more.messages),
            bytes: self.bytes.saturating_add(more.bytes),
            subscribes: self.subscribes.saturating_add(more.subscribes),
        }
    }
}

impl<F: Fabric> Broker<F> {
    /// Replaces what all clients together may publish in how long.
    pub fn set_rates(&self, rates: SharedRates) {
        self.metered.store(rates.is_limited(), Ordering::Release);
        *self.rates.write() = Arc::new(rates);
    }

    /// Measures what the holder of a lease does; two tests where nothing is limited.
    #[inline]
    pub(crate) fn charge(&self, turn: &mut Turn, lease: &Lease, load: impl FnOnce() -> Load) {
        if lease.session.is_metered() || self.metered.load(Ordering::Relaxed) {
            self.charge_metered(turn, lease, load());
        }
    }

    fn charge_metered(&self, turn: &mut Turn, lease: &Lease, load: Load) {
        let now = self.defences().tick(turn.now.at);
        let own = lease.session.charge(lease.epoch, now, load);
        let pause = own.max(Arc::clone(&self.rates.read()).charge(now, load));
        if !pause.is_zero()
            && let Some(until) = turn.now.at.checked_add(pause)
        {
            turn.slow_until(until);
        }
    }

    /// Lets a client that comes pause for what it did before it went, so that going away is worth nothing.
    pub(crate) fn slow_arrears(&self, turn: &mut Turn, session: &Session, epoch: u32) {
        if !session.is_metered() {
            return;
        }
        let pause = session.arrears(epoch, self.defences().tick(turn.now.at));
        if !pause.is_zero()
            && let Some(until) = turn.now.at.checked_add(pause)
        {
            turn.slow_until(until);
        }
    }

    /// Measures a will.
    pub(crate) fn charge_will(
        &self,
        turn: &Turn,
        session: &Session,
        draft: &Draft<'_>,
    ) -> Result<(), Refusal> {
        let whole = self.metered.load(Ordering::Relaxed);
        if !whole && !session.is_metered() {
            return Ok(());
        }
        let (now, load) = (self.defences().tick(turn.now.at), Load::publish(draft));
        session.charge_will(now, load)?;
        if whole {
            Arc::clone(&self.rates.read()).charge(now, load);
        }
        Ok(())
    }

    /// Measures a publish without a connection.
    pub(crate) fn charge_single(&self, turn: &Turn, zone: &Zone, draft: &Draft<'_>) -> Result<(), Refusal> {
        let shared = &zone.meters.rates;
        if !shared.is_limited() && !self.metered.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (now, load) = (self.defences().tick(turn.now.at), Load::publish(draft));
        let within = shared.take(now, load) && Arc::clone(&self.rates.read()).take(now, load);
        if within { Ok(()) } else { Err(Refusal::RateExceeded) }
    }
}
