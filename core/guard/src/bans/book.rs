//! The tables of the bans, under one lock.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use foldhash::quality::RandomState;
use hashbrown::{Equivalent, HashMap};
use ipnet::IpNet;
use tidegate_types::Text;

use super::{Ban, BanError, BanKey, BanLimits, Suspect};

type Map<K> = HashMap<K, Arc<Ban>, RandomState>;

/// Looks a text up without making one.
#[derive(Hash)]
struct Name<'a>(&'a [u8]);

impl Equivalent<Text> for Name<'_> {
    fn equivalent(&self, text: &Text) -> bool {
        self.0 == text.as_bytes()
    }
}

#[derive(Debug)]
pub(super) struct Book {
    limits: BanLimits,
    clients: Map<Text>,
    users: Map<Text>,
    /// Addresses too, as networks of one.
    networks: Map<IpNet>,
    /// How many networks there are of each prefix length, IPv4 and IPv6: what has to be looked for.
    lengths: [BTreeMap<u8, usize>; 2],
    patterns: Vec<Arc<Ban>>,
    automatic: usize,
    bytes: usize,
    /// No ban is over before.
    soonest: Option<SystemTime>,
}

impl Book {
    pub(super) fn new(limits: BanLimits) -> Self {
        Self {
            limits,
            clients: Map::default(),
            users: Map::default(),
            networks: Map::default(),
            lengths: [BTreeMap::new(), BTreeMap::new()],
            patterns: Vec::new(),
            automatic: 0,
            bytes: 0,
            soonest: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.clients.len() + self.users.len() + self.networks.len() + self.patterns.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Ban>> {
        self.clients.values().chain(self.users.values()).chain(self.networks.values()).chain(&self.patterns)
    }

    pub(super) fn get(&self, key: &BanKey) -> Option<&Arc<Ban>> {
        match key {
            BanKey::ClientId(id) => self.clients.get(id),
            BanKey::User(name) => self.users.get(name),
            BanKey::Address(_) | BanKey::Network(_) => self.networks.get(&key.network()?),
            _ => self.patterns.iter().find(|ban| ban.what == *key),
        }
    }

    pub(super) fn set(&mut self, ban: &Ban) -> Result<Option<Arc<Ban>>, BanError> {
        self.room_for(ban)?;
        let replaced = self.remove(&ban.what);
        self.automatic += usize::from(ban.automatic);
        self.bytes += ban.bytes();
        self.soonest = self.soonest.into_iter().chain(ban.until).min();
        let ban = Arc::new(ban.clone());
        match &ban.what {
            BanKey::ClientId(id) => drop(self.clients.insert(id.clone(), ban)),
            BanKey::User(name) => drop(self.users.insert(name.clone(), ban)),
            BanKey::Address(_) | BanKey::Network(_) => {
                if let Some(network) = ban.what.network() {
                    *self.lengths[family(network)].entry(network.prefix_len()).or_default() += 1;
                    self.networks.insert(network, ban);
                }
            }
            _ => self.patterns.push(ban),
        }
        Ok(replaced)
    }

    /// Whether `ban` has room when the one with its key is gone.
    fn room_for(&self, ban: &Ban) -> Result<(), BanError> {
        let old = self.get(&ban.what);
        if ban.automatic && old.is_some_and(|old| !old.automatic) {
            return Err(BanError::Stands);
        }
        let limits = &self.limits;
        let mine = usize::from(old.is_some());
        if self.len() - mine >= limits.bans {
            return Err(BanError::Full { limit: limits.bans });
        }
        let half = limits.bans / 2;
        if ban.automatic && self.automatic - mine >= half {
            return Err(BanError::Full { limit: half });
        }
        if is_pattern(&ban.what) && self.patterns.len() - mine >= limits.patterns {
            return Err(BanError::TooManyPatterns { limit: limits.patterns });
        }
        let bytes = self.bytes - old.map_or(0, |old| old.bytes());
        if bytes.saturating_add(ban.bytes()) > limits.bytes {
            return Err(BanError::TooLong { limit: limits.bytes });
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &BanKey) -> Option<Arc<Ban>> {
        let ban = match key {
            BanKey::ClientId(id) => self.clients.remove(id),
            BanKey::User(name) => self.users.remove(name),
            BanKey::Address(_) | BanKey::Network(_) => self.remove_network(key.network()?),
            _ => {
                let at = self.patterns.iter().position(|ban| ban.what == *key)?;
                Some(self.patterns.remove(at))
            }
        }?;
        self.automatic -= usize::from(ban.automatic);
        self.bytes -= ban.bytes();
        Some(ban)
    }

    fn remove_network(&mut self, network: IpNet) -> Option<Arc<Ban>> {
        let ban = self.networks.remove(&network)?;
        let lengths = &mut self.lengths[family(network)];
        if let Some(count) = lengths.get_mut(&network.prefix_len()) {
            *count -= 1;
            if *count == 0 {
                lengths.remove(&network.prefix_len());
            }
        }
        Some(ban)
    }

    /// The first ban that holds; those met on the way that are over go into `over`.
    pub(super) fn find(
        &self,
        suspect: &Suspect<'_>,
        now: SystemTime,
        over: &mut Vec<Arc<Ban>>,
    ) -> Option<Arc<Ban>> {
        let client = suspect.client.and_then(|client| self.clients.get(&Name(client.as_bytes())));
        let user = suspect.user.and_then(|user| self.users.get(&Name(user.as_bytes())));
        let networks = suspect.address.into_iter().flat_map(|address| self.networks_of(address));
        let patterns = self.patterns.iter().filter(|ban| ban.what.covers(suspect));
        let mut met = client.into_iter().chain(user).chain(networks).chain(patterns);
        met.find(|ban| {
            let over_now = ban.is_over(now);
            if over_now {
                over.push(Arc::clone(ban));
            }
            !over_now
        })
        .cloned()
    }

    /// The networks that `address` lies in, the longest first.
    fn networks_of(&self, address: IpAddr) -> impl Iterator<Item = &Arc<Ban>> {
        let address = address.to_canonical();
        self.lengths[usize::from(address.is_ipv6())].keys().rev().filter_map(move |length| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            self.networks.get(&network)
        })
    }

    /// Whether nothing is left, also of what is counted.
    #[cfg(test)]
    pub(super) fn is_bare(&self) -> bool {
        self.len() + self.automatic + self.bytes == 0 && self.lengths.iter().all(BTreeMap::is_empty)
    }

    /// Removes those that are over. Costs nothing while none can be: a full list that is offered more and more
    /// must not be read through each time.
    pub(super) fn sweep(&mut self, now: SystemTime) -> Vec<Arc<Ban>> {
        if self.soonest.is_none_or(|soonest| now < soonest) {
            return Vec::new();
        }
        let over: Vec<Arc<Ban>> = self.all().filter(|ban| ban.is_over(now)).cloned().collect();
        for ban in &over {
            self.remove(&ban.what);
        }
        self.soonest = self.all().filter_map(|ban| ban.until).min();
        over
    }
}

fn is_pattern(key: &BanKey) -> bool {
    matches!(
        key,
        BanKey::ClientPattern(_) | BanKey::UserPattern(_) | BanKey::ClientRegex(_) | BanKey::UserRegex(_)
    )
}

fn family(network: IpNet) -> usize {
    usize::from(matches!(network, IpNet::V6(_)))
}
