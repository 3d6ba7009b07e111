//! Who is kept out, and who has been asked too often.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tidegate_guard::{
    AddressBounds, BanLimits, Bans, FailureRules, Failures, Flapping, Origin, Quotas, Suspect, Tick,
};
use tidegate_types::{Limits, Moment, Refusal, Text};

use crate::broker::Broker;
use crate::door::{Authenticated, Credentials};
use crate::ports::Fabric;
use crate::principal::Principal;
use crate::sync::{AtomicU64, Ordering};
use crate::zone::{Zone, Zones};

/// How often what is over is thrown away.
const HOUSEKEEPING_SECONDS: u64 = 60;

/// The tables, shared with logins that are answered late.
#[derive(Debug)]
pub(crate) struct Defences {
    pub(crate) bans: Bans,
    pub(crate) failures: Failures,
    pub(crate) flapping: Flapping,
    pub(crate) quotas: Arc<Quotas>,
    /// What ticks are counted from: the first moment anybody told.
    origin: OnceLock<Origin>,
    swept: AtomicU64,
}

impl Default for Defences {
    fn default() -> Self {
        let bounds = AddressBounds::default();
        Self {
            bans: Bans::default(),
            failures: Failures::new(bounds),
            flapping: Flapping::new(bounds),
            quotas: Arc::default(),
            origin: OnceLock::new(),
            swept: AtomicU64::new(0),
        }
    }
}

/// Who a principal is, as bans are looked up.
pub(crate) fn suspect(principal: &Principal) -> Suspect<'_> {
    Suspect {
        client: principal.client.as_ref().map(tidegate_types::ClientId::as_str),
        user: principal.user.as_ref().map(Text::as_str),
        address: principal.remote.map(|remote| remote.ip()),
    }
}

impl Defences {
    pub(crate) fn new(limits: &Limits) -> Self {
        let bans = BanLimits { bans: limits.bans, patterns: limits.pattern_bans, ..BanLimits::default() };
        Self { bans: Bans::new(bans), ..Self::default() }
    }

    pub(crate) fn tick(&self, now: Instant) -> Tick {
        self.origin.get_or_init(|| Origin::new(now)).tick(now)
    }

    /// Whether a principal is banned.
    pub(crate) fn check(&self, principal: &Principal, now: Moment) -> Result<(), Refusal> {
        let banned = self.bans.find(&suspect(principal), now.wall).is_some();
        if banned { Err(Refusal::Banned) } else { Ok(()) }
    }

    /// Whether anybody is to be asked about these credentials: before a hash is computed or a back-end bothered.
    pub(crate) fn may_try(&self, zone: &Zone, came: &Credentials<'_>, now: Moment) -> Result<(), Refusal> {
        let address = came.remote.ip();
        let client = Some(came.client).filter(|client| !client.is_empty());
        let suspect = Suspect { client, user: came.user, address: Some(address) };
        if self.bans.find(&suspect, now.wall).is_some() {
            return Err(Refusal::Banned);
        }
        let tried = self.failures.may_try(&zone.failures, address, came.user, self.tick(now.at));
        tried.map_err(|_| Refusal::RateExceeded)
    }

    /// Counts what came of a login.
    pub(crate) fn note(
        &self,
        zone: &Zone,
        came: &Credentials<'_>,
        answer: &Result<Authenticated, Refusal>,
        now: Moment,
    ) {
        let address = came.remote.ip();
        match answer {
            Ok(Authenticated::Principal(..)) => self.failures.succeeded(address, came.user),
            Err(Refusal::BadCredentials | Refusal::NotAuthorized | Refusal::BadMethod) => {
                let turned_away = self.failures.failed(&zone.failures, address, came.user, self.tick(now.at));
                if let Some(turned_away) = turned_away {
                    tracing::warn!(%address, listener = came.listener, "{turned_away}");
                }
            }
            Ok(Authenticated::Challenge(..)) | Err(_) => {}
        }
    }

    /// Throws away what is over; answers the bans among it.
    pub(crate) fn sweep(&self, now: Moment, zones: &Zones) -> Vec<Arc<tidegate_guard::Ban>> {
        let tick = self.tick(now.at);
        let seconds = tick.0 / 1_000_000_000;
        if seconds < self.swept.load(Ordering::Relaxed).saturating_add(HOUSEKEEPING_SECONDS) {
            return Vec::new();
        }
        self.swept.store(seconds, Ordering::Relaxed);
        for zone in zones.all() {
            zone.meters.sweep(tick);
            self.failures.sweep(&zone.failures, tick);
            if let Some(rule) = &zone.flapping {
                self.flapping.sweep(rule, tick);
            }
        }
        self.bans.sweep(now.wall)
    }
}

impl<F: Fabric> Broker<F> {
    /// Whether somebody at `address` may connect to a listener: asked by the driver, before anything is read.
    ///
    /// # Errors
    /// `Banned` by address; `RateExceeded` for one from which too many logins failed or that connects too often.
    pub fn admit(&self, now: Moment, listener: &str, address: IpAddr) -> Result<(), Refusal> {
        let (zone, defences) = (self.zone(listener), self.defences());
        let suspect = Suspect { address: Some(address), ..Suspect::default() };
        if defences.bans.find(&suspect, now.wall).is_some() {
            return Err(Refusal::Banned);
        }
        let tick = defences.tick(now.at);
        // Whoever it is: only what counts against the address as a whole.
        let rules = FailureRules { by_pair: None, ..zone.failures.clone() };
        defences.failures.may_try(&rules, address, None, tick).map_err(|_| Refusal::RateExceeded)?;
        if zone.meters.may_connect(address, tick) { Ok(()) } else { Err(Refusal::RateExceeded) }
    }
}
