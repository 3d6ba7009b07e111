//! How much in how long, for the clients of a zone and for each of them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tidegate_guard::{AddressBounds, Bucket, PerAddress, PerName, Rate, SharedBucket, Tick, Worth};
use tidegate_types::SessionKey;

/// What one client may do in how long; `None` is without limit. Over it, its connection is read no further for a
/// while; nothing is lost and nobody else waits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ClientRates {
    /// Messages it publishes.
    pub messages: Option<Rate>,
    /// Bytes of their topics, properties and payloads.
    pub bytes: Option<Rate>,
    /// Filters it subscribes to.
    pub subscribes: Option<Rate>,
}

impl ClientRates {
    pub(crate) fn is_limited(&self) -> bool {
        self.messages.is_some() || self.bytes.is_some() || self.subscribes.is_some()
    }
}

/// What one client has used of its rates.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClientMeter {
    /// When it was used last.
    used: Tick,
    messages: Bucket,
    bytes: Bucket,
    subscribes: Bucket,
}

impl ClientMeter {
    /// Takes what the client does; answers how long it is to pause.
    pub(crate) fn charge(&mut self, rates: &ClientRates, now: Tick, load: Load) -> Duration {
        let of = |bucket: &mut Bucket, rate: &Option<Rate>, cost| match rate {
            Some(rate) if cost > 0 => bucket.charge(rate, now, cost),
            _ => Duration::ZERO,
        };
        self.used = now;
        let messages = of(&mut self.messages, &rates.messages, load.messages);
        let bytes = of(&mut self.bytes, &rates.bytes, load.bytes);
        messages.max(bytes).max(of(&mut self.subscribes, &rates.subscribes, load.subscribes))
    }

    /// How long the client is to pause for what it did.
    pub(crate) fn wait(&self, rates: &ClientRates, now: Tick) -> Duration {
        let of = |bucket: &Bucket, rate: &Option<Rate>| {
            rate.as_ref().map_or(Duration::ZERO, |rate| bucket.wait(rate, now))
        };
        let (messages, bytes) = (of(&self.messages, &rates.messages), of(&self.bytes, &rates.bytes));
        messages.max(bytes).max(of(&self.subscribes, &rates.subscribes))
    }
}

impl Worth for ClientMeter {
    type Rule = ClientRates;

    fn worth(&self, rates: &ClientRates, now: Tick) -> u64 {
        let of =
            |bucket: &Bucket, rate: &Option<Rate>| rate.as_ref().map_or(0, |rate| bucket.worth(rate, now));
        let all = [
            of(&self.messages, &rates.messages),
            of(&self.bytes, &rates.bytes),
            of(&self.subscribes, &rates.subscribes),
        ];
        all.into_iter().fold(0, u64::saturating_add)
    }
}

/// What somebody does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) subscribes: u64,
}

/// What a number of clients together may publish in how long.
#[derive(Debug, Default)]
pub struct SharedRates {
    messages: Option<SharedBucket>,
    bytes: Option<SharedBucket>,
}

impl SharedRates {
    /// Limits for all of them together; `None` is without limit.
    #[must_use]
    pub fn new(messages: Option<Rate>, bytes: Option<Rate>) -> Self {
        Self { messages: messages.map(SharedBucket::new), bytes: bytes.map(SharedBucket::new) }
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.messages.is_some() || self.bytes.is_some()
    }

    fn each(&self, load: Load) -> impl Iterator<Item = (&SharedBucket, u64)> {
        let messages = self.messages.as_ref().map(|bucket| (bucket, load.messages));
        let bytes = self.bytes.as_ref().map(|bucket| (bucket, load.bytes));
        messages.into_iter().chain(bytes).filter(|(_, cost)| *cost > 0)
    }

    /// Takes what is done, and answers how long whoever does it is to pause.
    pub(crate) fn charge(&self, now: Tick, load: Load) -> Duration {
        self.each(load).map(|(bucket, cost)| bucket.charge(now, cost)).max().unwrap_or_default()
    }

    /// Whether what is done is within the rates; it is taken then, also where it is more than comes at once.
    pub(crate) fn take(&self, now: Tick, load: Load) -> bool {
        let within = self.each(load).all(|(bucket, _)| bucket.wait(now).is_zero());
        if within {
            self.charge(now, load);
        }
        within
    }
}

/// What a zone's clients have used together, connections by address, and what clients that are away had used of their
/// own rates: coming again gives nobody a fresh start. Zones with the same rates may share it.
///
/// Of clients that are away it remembers 65,536, some 100 bytes each, until what they used has come back; one too many
/// takes the place of one that had used little.
#[derive(Clone, Debug)]
pub struct ZoneMeters {
    /// What they publish.
    pub rates: Arc<SharedRates>,
    /// How often one address (of IPv6 its prefix) may connect; `None` is without limit.
    pub connects: Option<Rate>,
    connected: Arc<PerAddress<Bucket>>,
    away: Arc<PerName<ClientMeter>>,
}

/// Clients whose meters are kept while they are away.
const AWAY: usize = 65_536;

/// How a client is named in that table.
fn name(key: &SessionKey) -> (u16, &[u8]) {
    (key.realm.0, key.client.as_bytes())
}

impl ZoneMeters {
    /// Meters at zero.
    #[must_use]
    pub fn new(rates: SharedRates, connects: Option<Rate>) -> Self {
        let connected = Arc::new(PerAddress::new(AddressBounds::default()));
        Self { rates: Arc::new(rates), connects, connected, away: Arc::new(PerName::new(AWAY)) }
    }

    /// Whether an address may connect now.
    pub(crate) fn may_connect(&self, address: IpAddr, now: Tick) -> bool {
        self.connects.is_none_or(|rate| self.connected.take(address, &rate, now, 1).is_ok())
    }

    /// Whether both remember the same clients.
    pub(crate) fn shares_clients_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.away, &other.away)
    }

    /// What a client that comes had used when it went.
    pub(crate) fn meter_of(&self, client: &SessionKey) -> ClientMeter {
        self.away.known(&name(client), |meter| *meter).unwrap_or_default()
    }

    /// Keeps what a client that goes has used.
    pub(crate) fn keep(&self, client: &SessionKey, rates: &ClientRates, meter: ClientMeter) {
        self.away.with(&name(client), rates, meter.used, |kept| *kept = meter);
    }

    /// Does `act` with the meter of a client that is away.
    pub(crate) fn with_away<R>(
        &self,
        client: &SessionKey,
        rates: &ClientRates,
        now: Tick,
        act: impl FnOnce(&mut ClientMeter) -> R,
    ) -> R {
        self.away.with(&name(client), rates, now, act)
    }

    pub(crate) fn sweep(&self, rates: &ClientRates, now: Tick) {
        if let Some(rate) = &self.connects {
            self.connected.sweep(rate, now);
        }
        self.away.sweep(rates, now);
    }
}

impl Default for ZoneMeters {
    fn default() -> Self {
        Self::new(SharedRates::default(), None)
    }
}

/// What one user may have at once, over all his clients in zones that say so; `None` is without limit. Clients without
/// a user name are not counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UserQuotas {
    /// Sessions, connected and away.
    pub sessions: Option<u64>,
    /// Subscriptions of all of them.
    pub subscriptions: Option<u64>,
    /// Retained messages he published last.
    pub retained_messages: Option<u64>,
    /// Bytes of them, as held.
    pub retained_bytes: Option<u64>,
}
