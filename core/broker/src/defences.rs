//! Who is kept out, and who has been asked too often.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tidegate_guard::{AddressBounds, BanLimits, Bans, Failures, Flapping, Origin, Quotas, Suspect, Tick};
use tidegate_types::{Limits, Moment, Refusal, Text};

use crate::broker::Broker;
use crate::door::{Authenticated, Credentials};
use crate::ports::Fabric;
use crate::principal::Principal;
use crate::sync::{AtomicU64, Ordering};
use crate::zone::{Zone, Zones};

/// How often what is over is thrown away.
const HOUSEKEEPING_SECONDS: u64 = 60;

/// A client id has no more bytes anywhere; gateways may take less.
const LONGEST_CLIENT_ID: usize = 65_535;

/// The tables, shared with logins that are answered late.
#[derive(Debug)]
pub(crate) struct Defences {
    pub(crate) bans: Bans,
    pub(crate) failures: Failures,
    pub(crate) flapping: Flapping,
    pub(crate) quotas: Arc<Quotas>,
    /// Bytes of a user name.
    names: usize,
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
            names: Limits::default().user_name_bytes,
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
        Self { bans: Bans::new(bans), names: limits.user_name_bytes, ..Self::default() }
    }

    pub(crate) fn tick(&self, now: Instant) -> Tick {
        self.origin.get_or_init(|| Origin::new(now)).tick(now)
    }

    /// Whether names are such that anybody is to be troubled with them. Patterns of bans are compared with them, and
    /// who may choose how long that takes holds a worker up.
    fn check_names(&self, client: Option<&str>, user: Option<&str>) -> Result<(), Refusal> {
        if user.is_some_and(|user| user.len() > self.names) {
            return Err(Refusal::BadCredentials);
        }
        if client.is_some_and(|client| client.len() > LONGEST_CLIENT_ID) {
            return Err(Refusal::BadClientId);
        }
        Ok(())
    }

    /// Whether a principal is banned, or has a name that nobody has.
    pub(crate) fn check(&self, principal: &Principal, now: Moment) -> Result<(), Refusal> {
        let Suspect { client, user, .. } = suspect(principal);
        self.check_names(client, user)?;
        let banned = self.bans.find(&suspect(principal), now.wall).is_some();
        if banned { Err(Refusal::Banned) } else { Ok(()) }
    }

    /// Whether anybody is to be asked about these credentials: before a hash is computed or a back-end bothered. Its
    /// failures are counted for `tried`.
    pub(crate) fn may_try(
        &self,
        zone: &Zone,
        came: &Credentials<'_>,
        tried: Option<&str>,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.check_names(Some(came.client), came.user)?;
        let address = came.remote.ip();
        let client = Some(came.client).filter(|client| !client.is_empty());
        let suspect = Suspect { client, user: came.user, address: Some(address) };
        if self.bans.find(&suspect, now.wall).is_some() {
            return Err(Refusal::Banned);
        }
        self.may_try_as(zone, came, tried, now)
    }

    /// Whether too many logins from there have failed, of this user or of all.
    pub(crate) fn may_try_as(
        &self,
        zone: &Zone,
        came: &Credentials<'_>,
        tried: Option<&str>,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.check_names(None, tried)?;
        let tried = self.failures.may_try(&zone.failures, came.remote.ip(), tried, self.tick(now.at));
        tried.map_err(|_| Refusal::RateExceeded)
    }

    /// Counts what came of a login that tried to be `tried`. One that succeeded clears the failures of who it proved to
    /// be, and of nobody else: without a name nothing is cleared.
    pub(crate) fn note(
        &self,
        zone: &Zone,
        came: &Credentials<'_>,
        tried: Option<&str>,
        answer: &Result<Authenticated, Refusal>,
        now: Moment,
    ) {
        let address = came.remote.ip();
        match answer {
            Ok(Authenticated::Principal(who, _)) => {
                if let Some(user) = &who.user {
                    self.failures.succeeded(address, Some(user.as_str()));
                }
            }
            Err(Refusal::BadCredentials | Refusal::NotAuthorized | Refusal::BadMethod) => {
                let turned_away = self.failures.failed(&zone.failures, address, tried, self.tick(now.at));
                if let Some(turned_away) = turned_away {
                    tracing::warn!(%address, listener = came.listener, "{turned_away}");
                }
            }
            Ok(Authenticated::Challenge(..)) | Err(_) => {}
        }
    }

    /// Throws away what is over, if it is time; answers whether it is.
    pub(crate) fn sweep(&self, now: Moment, zones: &Zones) -> bool {
        let tick = self.tick(now.at);
        let seconds = tick.0 / 1_000_000_000;
        if seconds < self.swept.load(Ordering::Relaxed).saturating_add(HOUSEKEEPING_SECONDS) {
            return false;
        }
        self.swept.store(seconds, Ordering::Relaxed);
        zones.all().for_each(|zone| zone.meters.sweep(&zone.rates, tick));
        // In one table for all zones: what any of them counts stays.
        let zones: Vec<_> = zones.all().collect();
        self.failures.sweep(zones.iter().map(|zone| &zone.failures), tick);
        self.flapping.sweep(zones.iter().filter_map(|zone| zone.flapping.as_ref()), tick);
        true
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
        let tried = defences.failures.may_connect(&zone.failures, address, tick);
        tried.map_err(|_| Refusal::RateExceeded)?;
        if zone.meters.may_connect(address, tick) { Ok(()) } else { Err(Refusal::RateExceeded) }
    }
}
