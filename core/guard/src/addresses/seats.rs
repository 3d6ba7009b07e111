//! How many connections an address holds.

use std::net::IpAddr;
use std::sync::Arc;

use super::{AddressBounds, PerAddress};
use crate::table::Key;
use crate::{Tick, Worth};

/// Connections an address holds open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open(u32);

impl Worth for Open {
    type Rule = ();

    fn worth(&self, (): &(), _: Tick) -> u64 {
        u64::from(self.0)
    }
}

/// The connections open, by address.
///
/// In a full table an address may be forgotten while it holds connections, the fewest first. Its count then starts
/// anew, so that it may open more than its limit; it is never refused for connections it does not have, and the
/// listener's own limit holds.
#[derive(Debug)]
pub struct OpenConnections(PerAddress<Open>);

/// The address has as many connections as it may.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the address holds {open} connections already")]
pub struct Crowded {
    /// Connections it holds.
    pub open: u32,
}

impl OpenConnections {
    /// None open.
    #[must_use]
    pub fn new(bounds: AddressBounds) -> Self {
        Self(PerAddress::new(bounds))
    }

    /// Counts a connection of `address`, which may have `most`, until the seat is dropped.
    ///
    /// # Errors
    /// When it has as many already.
    pub fn enter(self: &Arc<Self>, address: IpAddr, most: u32) -> Result<Seat, Crowded> {
        let key = self.0.bounds.key(address);
        let entered = self.0.of(&key).with(key, &(), Tick(0), |open, birth| {
            if open.0 >= most {
                return Err(Crowded { open: open.0 });
            }
            open.0 += 1;
            Ok(birth)
        });
        entered.map(|birth| Seat { of: Arc::clone(self), key, birth })
    }

    /// Connections that `address` holds.
    #[must_use]
    pub fn open(&self, address: IpAddr) -> u32 {
        self.0.known(address, |open| open.0).unwrap_or(0)
    }

    /// The table: its size, what was forgotten, and [`PerAddress::sweep`].
    #[must_use]
    pub fn table(&self) -> &PerAddress<Open> {
        &self.0
    }
}

/// A connection's place among those of its address; given back when dropped.
#[derive(Debug)]
#[must_use = "dropped at once it counts nothing"]
pub struct Seat {
    of: Arc<OpenConnections>,
    key: Key,
    birth: u32,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let leave = |open: &mut Open, birth: u32| {
            if birth == self.birth {
                open.0 = open.0.saturating_sub(1);
            }
        };
        // An address that was forgotten meanwhile has nothing to give back to.
        let _: Option<()> = self.of.0.of(&self.key).known(self.key, leave);
    }
}
