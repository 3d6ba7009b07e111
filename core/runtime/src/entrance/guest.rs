//! A connection as the counters see it, and what connections of one address share.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use super::{Entrance, TurnedAway};

/// Where guests come from. One for all of a listener that are not known yet, one an address, one a connection where a
/// proxy named the address.
pub(crate) struct Origin {
    entrance: Arc<Entrance>,
    /// What is counted, or the whole address if a proxy named it.
    address: Option<IpAddr>,
    named: bool,
}

impl Origin {
    /// Somewhere.
    pub(crate) fn unknown(entrance: Arc<Entrance>) -> Arc<Self> {
        Arc::new(Self { entrance, address: None, named: false })
    }
}

/// How many guests each address has. There are never more addresses than guests.
#[derive(Default)]
pub(super) struct Addresses(Mutex<HashMap<IpAddr, Place>>);

/// What the guests of one address share, unless proxies named it, and how many they are.
type Place = (Option<Arc<Origin>>, u32);

impl Addresses {
    fn enter(
        &self,
        entrance: &Arc<Entrance>,
        address: IpAddr,
        named: bool,
        most: u32,
    ) -> Result<Arc<Origin>, TurnedAway> {
        let counted = countable(address);
        let mut all = self.0.lock();
        if all.get(&counted).map_or(0, |(_, count)| *count) >= most {
            return Err(TurnedAway::AddressFull);
        }
        let (shared, count) = all.entry(counted).or_default();
        *count += 1;
        let origin = |address| {
            let entrance = Arc::clone(entrance);
            Arc::new(Origin { entrance, address: Some(address), named })
        };
        Ok(if named { origin(address) } else { Arc::clone(shared.get_or_insert_with(|| origin(counted))) })
    }

    fn leave(&self, address: IpAddr) {
        let mut all = self.0.lock();
        if let Entry::Occupied(mut place) = all.entry(countable(address)) {
            let (_, count) = place.get_mut();
            *count = count.saturating_sub(1);
            if *count == 0 {
                place.remove();
            }
        }
        if all.is_empty() && all.capacity() > 1024 {
            all.shrink_to_fit();
        }
    }
}

/// An address as connections are counted by: whoever has one IPv6 address has its whole /64.
pub(super) fn countable(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        four => four,
    }
}

/// One connection, wherever it is; not counted any more when dropped.
pub(crate) struct Guest(Arc<Origin>);

impl Guest {
    pub(super) fn new(origin: Arc<Origin>) -> Self {
        Self(origin)
    }

    pub(crate) fn entrance(&self) -> &Arc<Entrance> {
        &self.0.entrance
    }

    /// The address that a proxy named.
    pub(crate) fn named(&self) -> Option<IpAddr> {
        self.0.address.filter(|_| self.0.named)
    }

    /// Its address counts from now on, and is remembered if a proxy `named` it.
    pub(super) fn come_from(&mut self, address: IpAddr, named: bool, most: u32) -> Result<(), TurnedAway> {
        let entrance = Arc::clone(self.entrance());
        let origin = entrance.addresses.enter(&entrance, address, named, most)?;
        self.leave_origin();
        self.0 = origin;
        Ok(())
    }

    fn leave_origin(&self) {
        if let Some(address) = self.0.address {
            self.0.entrance.addresses.leave(address);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.leave_origin();
        self.0.entrance.counters.closed.fetch_add(1, Ordering::Release);
        self.0.entrance.house.leave();
    }
}
