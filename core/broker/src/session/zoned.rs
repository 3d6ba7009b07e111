//! What a session's zone says of it: its rates, and what its user may have.

use std::sync::Arc;
use std::time::Duration;

use tidegate_guard::{Hold, Kind, Quotas, Tick};
use tidegate_types::{Refusal, SessionKey, Text};

use super::{Session, State};
use crate::principal::Principal;
use crate::seat::Seat;
use crate::sync::Ordering;
use crate::zone::{ClientMeter, Load, Zone};

/// What is remembered of a client while it is connected.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) decisions: super::decisions::Decisions,
    /// What it has used of its rates, from the first time that is asked.
    meter: Option<ClientMeter>,
}

/// A session and its subscriptions, counted for its user until this is dropped.
#[derive(Debug)]
pub(crate) struct UserHold {
    user: Text,
    /// Held for what its dropping gives back.
    _session: Hold,
    subscriptions: Hold,
}

impl UserHold {
    /// Counts a session, unless its user has as many as he may. `None`: nobody counts.
    pub(crate) fn take(
        quotas: &Arc<Quotas>,
        zone: &Zone,
        principal: &Principal,
        limit: Option<u64>,
    ) -> Result<Option<Self>, Refusal> {
        let counts = zone.quotas.sessions.is_some() || zone.quotas.subscriptions.is_some();
        let Some(user) = principal.user.as_ref().filter(|_| counts) else { return Ok(None) };
        let full = |_| Refusal::QuotaExceeded;
        let limit = limit.unwrap_or(u64::MAX);
        let session = quotas.take(user, Kind::Sessions, 1, limit).map_err(full)?;
        let subscriptions = quotas.take(user, Kind::Subscriptions, 0, u64::MAX).map_err(full)?;
        Ok(Some(Self { user: user.clone(), _session: session, subscriptions }))
    }
}

/// How far behind its rates a client may be and still have its will published: far more than whoever is slowed when
/// he does too much.
const WILL_ARREARS: Duration = Duration::from_secs(10);

impl Session {
    /// Whether what its client does is measured.
    #[inline]
    pub(crate) fn is_metered(&self) -> bool {
        self.metered.load(Ordering::Relaxed)
    }

    /// Takes what the client does from its rates and its zone's; answers how long it is to pause.
    pub(crate) fn charge(&self, epoch: u32, now: Tick, load: Load) -> Duration {
        let charged = self.leased(epoch, |state| {
            let zone = Arc::clone(&state.zone);
            let own = if zone.rates.is_limited() {
                state.meter(&self.key).charge(&zone.rates, now, load)
            } else {
                Duration::ZERO
            };
            Ok((zone, own))
        });
        charged.map_or(Duration::ZERO, |(zone, own)| own.max(zone.meters.rates.charge(now, load)))
    }

    /// How long the client that came with `epoch` is to pause for what it did before it went.
    pub(crate) fn arrears(&self, epoch: u32, now: Tick) -> Duration {
        let arrears = self.leased(epoch, |state| {
            let rates = state.zone.rates;
            Ok(if rates.is_limited() { state.meter(&self.key).wait(&rates, now) } else { Duration::ZERO })
        });
        arrears.unwrap_or_default()
    }

    /// Takes a will from the client's rates and its zone's. Refused, and not taken, when the client would have to pause
    /// for more than [`WILL_ARREARS`] already: nobody can be slowed for what is left of him.
    pub(crate) fn charge_will(&self, now: Tick, load: Load) -> Result<(), Refusal> {
        let mut state = self.state.lock();
        let zone = Arc::clone(&state.zone);
        let rates = &zone.rates;
        if rates.is_limited() {
            let charge = |meter: &mut ClientMeter| {
                let within = meter.wait(rates, now) <= WILL_ARREARS;
                within.then(|| meter.charge(rates, now, load)).ok_or(Refusal::RateExceeded)
            };
            if state.seat.is_some() && !state.ended {
                charge(state.meter(&self.key))?;
            } else {
                zone.meters.with_away(&self.key, rates, now, charge)?;
            }
        }
        zone.meters.rates.charge(now, load);
        Ok(())
    }

    pub(crate) fn zone(&self) -> Arc<Zone> {
        Arc::clone(&self.state.lock().zone)
    }

    pub(crate) fn seat(&self) -> Option<Seat> {
        self.state.lock().seat
    }

    pub(crate) fn with_principal<R>(&self, act: impl FnOnce(&Principal) -> R) -> R {
        let principal = Arc::clone(&self.state.lock().principal);
        act(&principal)
    }

    /// Counts the session for its user; instead of for whoever had it before.
    pub(crate) fn hold(&self, hold: Option<UserHold>) {
        let mut state = self.state.lock();
        if state.ended {
            return;
        }
        let known = state.extra.as_ref().and_then(|extra| extra.held.as_ref());
        if known.map(|known| &known.user) == hold.as_ref().map(|hold| &hold.user) {
            return;
        }
        let subscriptions = u64::try_from(state.subscriptions.len()).unwrap_or(u64::MAX);
        state.extra().held = hold.and_then(|mut hold| {
            hold.subscriptions.add(subscriptions, u64::MAX).ok()?;
            Some(Box::new(hold))
        });
    }

    /// The user for whom the session is counted.
    pub(crate) fn held_for(&self) -> Option<Text> {
        let state = self.state.lock();
        state.extra.as_ref().and_then(|extra| Some(extra.held.as_ref()?.user.clone()))
    }
}

impl State {
    /// What its client has used of its zone's rates.
    fn meter(&mut self, client: &SessionKey) -> &mut ClientMeter {
        let meters = &self.zone.meters;
        self.memory.get_or_insert_default().meter.get_or_insert_with(|| meters.meter_of(client))
    }

    /// Leaves that with the zone, where whoever comes under the same name finds it. Under the session's lock, so that
    /// nobody comes before it is there.
    pub(super) fn leave_meter(&mut self, client: &SessionKey) {
        if let Some(meter) = self.memory.as_mut().and_then(|memory| memory.meter.take()) {
            self.zone.meters.keep(client, &self.zone.rates, meter);
        }
    }

    /// Counts a subscription more for the user.
    pub(super) fn count_subscription(&mut self) -> Result<(), Refusal> {
        let limit = self.zone.quotas.subscriptions.unwrap_or(u64::MAX);
        match self.extra.as_mut().and_then(|extra| extra.held.as_mut()) {
            Some(held) => held.subscriptions.add(1, limit).map_err(|_| Refusal::QuotaExceeded),
            None => Ok(()),
        }
    }

    /// Counts one less.
    pub(super) fn give_subscription_back(&mut self) {
        if let Some(held) = self.extra.as_mut().and_then(|extra| extra.held.as_mut()) {
            held.subscriptions.give_back(1);
        }
    }
}
