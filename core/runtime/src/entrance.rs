//! A listener's door: its settings, its counters and its guests.

mod counts;
mod guest;
mod house;
mod pace;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tidegate_config::ListenerConfig;
use tidegate_gateway::{Gateway, Listener};
use tidegate_tls::Acceptor;
use tidegate_types::Refusal;
use websocket_codec::Policy;

use crate::connection::InputBudget;
use crate::host::Host;
use crate::worker::guarded;
use counts::Counters;
use guest::Addresses;
use pace::Pace;

pub use counts::{ListenerCounts, TurnedAway};
pub(crate) use guest::{Guest, Origin};
pub(crate) use house::House;

/// What can change while a listener is open.
pub(crate) struct Settings {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) listener: Listener,
    /// The listener's name among those of all gateways.
    pub(crate) name: Arc<str>,
    /// Where connections get their TLS configuration.
    pub(crate) tls: Option<Arc<Acceptor>>,
    /// Whom its WebSocket lets in, if it is one.
    pub(crate) policy: Option<Policy>,
}

impl Settings {
    pub(crate) fn new(gateway: Arc<dyn Gateway>, listener: Listener, tls: Option<Arc<Acceptor>>) -> Self {
        let policy = policy(&*gateway, &listener);
        let name = listener.whole_name(gateway.name());
        Self { gateway, listener, name, tls, policy }
    }

    /// Whether `address` may say for whom it speaks.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        covers(&self.listener.config.trusted_proxies, address)
    }

    /// Whether a peer at `address` is yet to say for whom it speaks.
    pub(crate) fn is_named_later(&self, address: IpAddr) -> bool {
        let config = &self.listener.config;
        config.proxy_protocol || config.transport.is_websocket() && self.trusts(address)
    }
}

/// Whom a listener's WebSocket lets in, if it is one.
pub(crate) fn policy(gateway: &dyn Gateway, listener: &Listener) -> Option<Policy> {
    let config = listener.config.transport.is_websocket().then_some(&listener.config.websocket)?;
    Some(Policy {
        path: config.path.clone(),
        protocols: gateway.subprotocols().iter().map(|name| (*name).to_owned()).collect(),
        require_protocol: config.require_subprotocol,
        origins: config.origins.clone(),
        allow_missing_origin: config.allow_missing_origin,
    })
}

fn covers(networks: &[ipnet::IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// One listener of one gateway, whatever sockets it has.
pub(crate) struct Entrance {
    pub(crate) number: u32,
    house: Arc<House>,
    settings: RwLock<Settings>,
    closing: AtomicBool,
    counters: Counters,
    addresses: Addresses,
    pace: Mutex<Pace>,
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entrance").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Entrance {
    pub(crate) fn new(number: u32, workers: u16, house: Arc<House>, settings: Settings) -> Self {
        Self {
            number,
            house,
            settings: RwLock::new(settings),
            closing: AtomicBool::new(false),
            counters: Counters::new(workers),
            addresses: Addresses::default(),
            pace: Mutex::default(),
        }
    }

    /// What new peers meet from now on.
    pub(crate) fn change(&self, settings: Settings) {
        *self.settings.write() = settings;
    }

    pub(crate) fn settings<R>(&self, read: impl FnOnce(&Settings) -> R) -> R {
        read(&self.settings.read())
    }

    pub(crate) fn config<R>(&self, read: impl FnOnce(&ListenerConfig) -> R) -> R {
        read(&self.settings.read().listener.config)
    }

    pub(crate) fn input(&self) -> &Arc<InputBudget> {
        self.house.input()
    }

    /// Of what whoever is in a handshake is counted.
    pub(crate) fn strangers(&self) -> &Arc<InputBudget> {
        self.house.strangers()
    }

    /// From now on nobody is let in.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(crate) fn count_refused(&self, why: TurnedAway) {
        self.counters.refuse(why);
    }

    pub(crate) fn count_bytes(&self, worker: u16, read: u64, written: u64) {
        self.counters.bytes(worker, read, written);
    }

    pub(crate) fn counts(&self) -> ListenerCounts {
        self.counters.read()
    }

    /// How long nobody may be accepted, because so many came lately.
    pub(crate) fn throttle(&self, now: Instant) -> Option<Duration> {
        let rate = self.config(|config| config.max_connection_rate)?;
        self.pace.lock().wait(rate, now)
    }

    /// Somebody was accepted, if only to be turned away.
    pub(crate) fn count_arrival(&self, now: Instant) {
        if let Some(rate) = self.config(|config| config.max_connection_rate) {
            self.pace.lock().count(rate, now);
        }
    }

    /// Lets one more in, unless that is one too many. Called from the one worker that accepts. `somewhere` is where
    /// those come from whose address need not be known.
    pub(crate) fn admit(
        self: &Arc<Self>,
        somewhere: &Arc<Origin>,
        address: IpAddr,
        host: &dyn Host,
    ) -> Result<Guest, TurnedAway> {
        if self.is_closing() {
            return Err(TurnedAway::Closing);
        }
        let (most, later, trusted) = self.settings(|settings| {
            let most = u64::from(settings.listener.config.max_connections);
            (most, settings.is_named_later(address), settings.trusts(address))
        });
        if later && !trusted {
            return Err(TurnedAway::NotTrusted);
        }
        if self.counters.open() >= most {
            return Err(TurnedAway::ListenerFull);
        }
        if self.house.is_full() {
            return Err(TurnedAway::BrokerFull);
        }
        if !later {
            self.check_address(address, host)?;
        }
        self.house.enter();
        self.counters.accepted.fetch_add(1, Ordering::Release);
        let mut guest = Guest::new(Arc::clone(somewhere));
        if !later {
            guest.come_from(address, false, self.most_per_address())?;
        }
        Ok(guest)
    }

    /// As [`Entrance::admit`], for a guest whose address a proxy has named.
    pub(crate) fn admit_named(
        &self,
        guest: &mut Guest,
        address: IpAddr,
        host: &dyn Host,
    ) -> Result<(), TurnedAway> {
        self.check_address(address, host)?;
        guest.come_from(address, true, self.most_per_address())
    }

    fn check_address(&self, address: IpAddr, host: &dyn Host) -> Result<(), TurnedAway> {
        self.settings(|settings| {
            let config = &settings.listener.config;
            let allowed = config.allow.is_empty() || covers(&config.allow, address);
            if !allowed || covers(&config.deny, address) {
                return Err(TurnedAway::Address);
            }
            let address = address.to_canonical();
            let admitted =
                guarded("the broker, asked whom to admit,", || host.admit(&settings.name, address));
            admitted.unwrap_or(Err(Refusal::Unavailable)).map_err(|_| TurnedAway::Barred)
        })
    }

    /// How many connections one address may have. They are counted whatever it is: it can be lowered.
    fn most_per_address(&self) -> u32 {
        self.config(|config| config.max_connections_per_address)
    }
}
