//! Failed logins: who is turned away before anybody computes a hash for him.
//!
//! Failures are counted twice: for each *pair* of address and user name, and for each *address*. The defaults are
//! chosen for a fleet behind one NAT as well as against guessing:
//!
//! - **One bad device among honest ones, each with its own user name.** It is turned away by its pair after ten
//!   failures in a minute, for five minutes. While it is, its attempts cost no hash and are not counted for the
//!   address. Thirty such devices fit behind one address (300 failures in five minutes) before the others there
//!   notice: then all *new logins* from that address wait five minutes. Connections that stand are not touched.
//! - **One bad device in a fleet that shares a user name.** A login of the pair that succeeds clears the pair's
//!   failures, so that it takes ten failures in a row without a good login between them. When they come, the fleet's
//!   new logins from there wait five minutes. Give devices their own user names, switch `by_pair` off, or list the
//!   address in `spared`.
//! - **Guessing the password of one user from one address:** ten guesses in five minutes, 2,880 a day.
//!   **Trying one password with many users:** 300 in five to ten minutes. A success clears nothing of the
//!   address, so that who owns one account cannot wash off what he guessed of others.
//! - **Guessing one user's password from many addresses** is not stopped here: to lock a user out for what strangers
//!   do would hand them a way to. The pool of hashers and the listeners' rates bound it.
//!
//! Logins under way are not counted, so as many more may fail as the pool of hashers takes at once.

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use foldhash::quality::RandomState;
use ipnet::IpNet;

use crate::flapping::hashed;
use crate::table::{Key, Table};
use crate::tally::Tally;
use crate::{AddressBounds, PerAddress, Threshold, Tick};

/// When failed logins turn away. `None` switches a part off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailureRules {
    /// For a user name from an address. Default: 10 in a minute, five minutes.
    pub by_pair: Option<Threshold>,
    /// For an address, whatever the user name. Default: 300 in five minutes, five minutes.
    pub by_address: Option<Threshold>,
    /// Addresses that are never turned away. Default: none.
    pub spared: Vec<IpNet>,
}

impl Default for FailureRules {
    fn default() -> Self {
        const MINUTES_5: Duration = Duration::from_secs(300);
        let minute = Duration::from_secs(60);
        Self {
            by_pair: Some(Threshold { count: 10, window: minute, keep_out: MINUTES_5 }),
            by_address: Some(Threshold { count: 300, window: MINUTES_5, keep_out: MINUTES_5 }),
            spared: Vec::new(),
        }
    }
}

impl FailureRules {
    /// Nobody is ever turned away.
    #[must_use]
    pub fn off() -> Self {
        Self { by_pair: None, by_address: None, spared: Vec::new() }
    }

    fn spares(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.spared.iter().any(|network| network.contains(&address))
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Counted {
    /// This user name from this address.
    Pair,
    /// The address.
    Address,
}

/// Too many logins failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many failed logins; turned away for {left:?}")]
pub struct TurnedAway {
    /// For how long still.
    pub left: Duration,
    /// By which rule.
    pub by: Counted,
}

fn turned_away(left: Option<Duration>, by: Counted) -> Result<(), TurnedAway> {
    match left {
        Some(left) if !left.is_zero() => Err(TurnedAway { left, by }),
        _ => Ok(()),
    }
}

/// The failed logins. Holds `entries` addresses and as many pairs; when full, what is worth the least goes first, and
/// who is turned away is worth the most.
#[derive(Debug)]
pub struct Failures {
    addresses: PerAddress<Tally>,
    pairs: Table<Tally>,
    hash: [RandomState; 2],
}

impl Failures {
    /// None yet.
    #[must_use]
    pub fn new(bounds: AddressBounds) -> Self {
        Self {
            addresses: PerAddress::new(bounds),
            pairs: Table::new(bounds.entries),
            hash: [RandomState::default(), RandomState::default()],
        }
    }

    /// Asked before anything is looked up or computed. A client that names no user is asked for with `None`.
    ///
    /// # Errors
    /// When it is turned away.
    pub fn may_try(
        &self,
        rules: &FailureRules,
        address: IpAddr,
        user: Option<&str>,
        now: Tick,
    ) -> Result<(), TurnedAway> {
        if rules.spares(address) {
            return Ok(());
        }
        self.check_address(rules, address, now)?;
        if rules.by_pair.is_some() {
            let key = self.pair(address, user);
            turned_away(self.pairs.known(key, |tally, _| tally.left(now)), Counted::Pair)?;
        }
        Ok(())
    }

    /// Asked when nothing but the address is known: what counts against it as a whole.
    ///
    /// # Errors
    /// When it is turned away.
    pub fn may_connect(&self, rules: &FailureRules, address: IpAddr, now: Tick) -> Result<(), TurnedAway> {
        if rules.spares(address) { Ok(()) } else { self.check_address(rules, address, now) }
    }

    fn check_address(&self, rules: &FailureRules, address: IpAddr, now: Tick) -> Result<(), TurnedAway> {
        if rules.by_address.is_none() {
            return Ok(());
        }
        turned_away(self.addresses.known(address, |tally| tally.left(now)), Counted::Address)
    }

    /// A login was refused for what it proved, not because a back-end was down. `Some` when that was one too many,
    /// to be reported; both parts may come to it, then the address is named.
    pub fn failed(
        &self,
        rules: &FailureRules,
        address: IpAddr,
        user: Option<&str>,
        now: Tick,
    ) -> Option<TurnedAway> {
        if rules.spares(address) {
            return None;
        }
        let pair = rules.by_pair.as_ref().and_then(|rule| {
            let broken =
                self.pairs.with(self.pair(address, user), rule, now, |tally, _| tally.note(rule, now));
            broken.then_some(TurnedAway { left: rule.keep_out, by: Counted::Pair })
        });
        let whole = rules.by_address.as_ref().and_then(|rule| {
            let broken = self.addresses.with(address, rule, now, |tally| tally.note(rule, now));
            broken.then_some(TurnedAway { left: rule.keep_out, by: Counted::Address })
        });
        whole.or(pair)
    }

    /// A login was granted: the pair's failures are forgotten, nobody else's.
    pub fn succeeded(&self, address: IpAddr, user: Option<&str>) {
        let _: Option<()> = self.pairs.known(self.pair(address, user), |tally, _| tally.clear());
    }

    /// Drops what none of the rules that count here counts any longer, and gives memory back. All of them have to be
    /// named: what those left out count is dropped.
    pub fn sweep<'a>(&self, rules: impl IntoIterator<Item = &'a FailureRules> + Clone, now: Tick) {
        let by_address = rules.clone().into_iter().filter_map(|rules| rules.by_address.as_ref());
        self.addresses.sweep(&Threshold::longest_of(by_address), now);
        let by_pair = rules.into_iter().filter_map(|rules| rules.by_pair.as_ref());
        self.pairs.sweep(&Threshold::longest_of(by_pair), now);
    }

    /// Entries that were forgotten although something was known of them.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.addresses.forgotten() + self.pairs.forgotten()
    }

    fn pair(&self, address: IpAddr, user: Option<&str>) -> Key {
        hashed(&self.hash, &(self.addresses.bounds().key(address), user))
    }
}
