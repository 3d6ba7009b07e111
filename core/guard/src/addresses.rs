//! What is known of addresses: how fast they connect, how many connections they hold.
//!
//! An IPv4 address stands for itself, also where it arrives as an IPv4-mapped IPv6 one (RFC 4291 §2.5.5.2). An
//! IPv6 address stands for its prefix, /64 by default, as one host has a whole /64 to choose from (RFC 4291
//! §2.5.4). Half of the room is kept for each family, so that the many prefixes of IPv6 cannot crowd IPv4 out.
//!
//! A full table forgets the address it knows least about, see [`PerAddress`]. Whoever owns a /48 has 65,536
//! prefixes and a fresh rate for each: against him stand the listener's and the broker's [`SharedBucket`]s and
//! connection limits, or a shorter prefix here.
//!
//! [`SharedBucket`]: crate::SharedBucket

mod seats;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ipnet::{IpNet, Ipv6Net};

pub use seats::{Crowded, Open, OpenConnections, Seat};

use crate::table::{Key, Table};
use crate::{Bucket, Rate, Tick, Worth};

/// How many addresses are told apart, and how finely.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AddressBounds {
    /// Entries, half of them for each family. Default 65,536.
    pub entries: usize,
    /// Leading bits of an IPv6 address that are looked at, 128 at most. Default 64.
    pub prefix6: u8,
}

impl Default for AddressBounds {
    fn default() -> Self {
        Self { entries: 65_536, prefix6: 64 }
    }
}

impl AddressBounds {
    /// What `address` stands for: itself, or the network of its IPv6 prefix. Bans made of an address are of this.
    #[must_use]
    pub fn network(&self, address: IpAddr) -> IpNet {
        match address.to_canonical() {
            IpAddr::V4(address) => IpNet::from(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                IpNet::V6(Ipv6Net::new(address, self.prefix6).unwrap_or_else(|_| address.into()).trunc())
            }
        }
    }

    pub(crate) fn key(&self, address: IpAddr) -> Key {
        match address.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix6.min(128))).unwrap_or(0);
                (address.to_bits() & mask).to_be_bytes()
            }
        }
    }
}

/// One `T` for each address, bounded.
///
/// When its family's half is full, a new address takes the place of one that says nothing any more (a full bucket,
/// no connection), and when there is none among the sixteen entries looked at, of the one worth the least. So a
/// flood of addresses is always served, memory does not grow, and an address about which much was noted (near its
/// limit, turned away) outlives those that were seen once: flooding frees nobody of what he did before.
#[derive(Debug)]
pub struct PerAddress<T> {
    four: Table<T>,
    six: Table<T>,
    bounds: AddressBounds,
}

impl<T: Default + Worth> PerAddress<T> {
    /// An empty table.
    #[must_use]
    pub fn new(bounds: AddressBounds) -> Self {
        let half = bounds.entries / 2;
        Self { four: Table::new(half), six: Table::new(half), bounds }
    }

    /// What it was made with.
    #[must_use]
    pub fn bounds(&self) -> &AddressBounds {
        &self.bounds
    }

    /// Does `act` with what is known of `address`, from nothing if need be. A lock is held meanwhile.
    pub fn with<R>(&self, address: IpAddr, rule: &T::Rule, now: Tick, act: impl FnOnce(&mut T) -> R) -> R {
        let key = self.bounds.key(address);
        self.of(&key).with(key, rule, now, |state, _| act(state))
    }

    /// Does `act` with what is known of `address`, if anything is.
    pub fn known<R>(&self, address: IpAddr, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        let key = self.bounds.key(address);
        self.of(&key).known(key, |state, _| act(state))
    }

    /// Drops what says nothing any more and gives memory back. Once a minute is plenty.
    pub fn sweep(&self, rule: &T::Rule, now: Tick) {
        self.four.sweep(rule, now);
        self.six.sweep(rule, now);
    }

    /// Addresses known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.four.len() + self.six.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Addresses that were forgotten although something was known of them. When this grows, somebody floods the
    /// table or it is too small.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.four.forgotten() + self.six.forgotten()
    }

    fn of(&self, key: &Key) -> &Table<T> {
        if Ipv6Addr::from(*key).to_ipv4_mapped().is_some() { &self.four } else { &self.six }
    }
}

impl PerAddress<Bucket> {
    /// Takes `cost` of what `address` may in a time.
    ///
    /// # Errors
    /// How long it would have to wait.
    pub fn take(&self, address: IpAddr, rate: &Rate, now: Tick, cost: u64) -> Result<(), Duration> {
        self.with(address, rate, now, |bucket| bucket.take(rate, now, cost))
    }

    /// Takes `cost` in any case and says how long `address` has to pause.
    pub fn charge(&self, address: IpAddr, rate: &Rate, now: Tick, cost: u64) -> Duration {
        self.with(address, rate, now, |bucket| bucket.charge(rate, now, cost))
    }
}
