//! Clients that come and go too often.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use foldhash::quality::RandomState;
use tidegate_types::Text;

use crate::bans::{Ban, BanKey};
use crate::table::{Key, Table};
use crate::tally::Tally;
use crate::{AddressBounds, Threshold, Tick};

/// Finds clients, or addresses, that lose their connection too often, and says how to ban them.
///
/// Note only what a client did that had been let in: counted before it proved who it is, anybody could have
/// somebody else's client id banned. Two devices that were given one client id take it from each other for ever
/// and are found by this too. By address it hits everybody behind one; leave it off where many share one.
///
/// Holds 65,536 names by default, 48 bytes each, hashed with a key so that a long client id costs no more than a
/// short one. When full, the name with the fewest events among the next few is forgotten.
#[derive(Debug)]
pub struct Flapping {
    table: Table<Tally>,
    bounds: AddressBounds,
    hash: [RandomState; 2],
}

impl Flapping {
    /// 15 in a minute, five minutes: far more often than a device loses its connection, less often than one that
    /// connects anew as soon as it lost it.
    pub const USUAL: Threshold =
        Threshold { count: 15, window: Duration::from_secs(60), keep_out: Duration::from_secs(300) };

    /// Counts at most `bounds.entries` names.
    #[must_use]
    pub fn new(bounds: AddressBounds) -> Self {
        Self {
            table: Table::new(bounds.entries),
            bounds,
            hash: [RandomState::default(), RandomState::default()],
        }
    }

    /// `client`'s connection ended. `Some` when that was once too often: the ban to [`set`](crate::Bans::set).
    pub fn note_client(&self, rule: &Threshold, client: &str, now: Tick, wall: SystemTime) -> Option<Ban> {
        let broken = self.broken(rule, hashed(&self.hash, &(0, client)), now);
        broken.then(|| ban(rule, BanKey::ClientId(Text::from(client)), wall))
    }

    /// A connection from `address` ended. `Some` when that was once too often: the ban to set, of the address or
    /// its IPv6 prefix.
    pub fn note_address(
        &self,
        rule: &Threshold,
        address: IpAddr,
        now: Tick,
        wall: SystemTime,
    ) -> Option<Ban> {
        let broken = self.broken(rule, hashed(&self.hash, &(1, self.bounds.key(address))), now);
        broken.then(|| ban(rule, BanKey::from(self.bounds.network(address)), wall))
    }

    /// Drops what none of the rules that count here counts any longer, and gives memory back. All of them have to be
    /// named: what those left out count is dropped.
    pub fn sweep<'a>(&self, rules: impl IntoIterator<Item = &'a Threshold>, now: Tick) {
        self.table.sweep(&Threshold::longest_of(rules), now);
    }

    /// Names counted at the moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether none is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn broken(&self, rule: &Threshold, key: Key, now: Tick) -> bool {
        // Whoever is banned holds nothing here: the ban is what is remembered.
        let rule = Threshold { keep_out: Duration::ZERO, ..*rule };
        self.table.with(key, &rule, now, |tally, _| tally.note(&rule, now))
    }
}

/// 128 bits that stand for `name`; nobody outside can find two names with the same.
pub(crate) fn hashed(hash: &[RandomState; 2], name: &impl std::hash::Hash) -> Key {
    let [high, low] = hash;
    ((u128::from(high.hash_one(name)) << 64) | u128::from(low.hash_one(name))).to_be_bytes()
}

fn ban(rule: &Threshold, what: BanKey, wall: SystemTime) -> Ban {
    let why = format!("{} connections ended within {:?}", rule.count, rule.window);
    Ban {
        what,
        until: wall.checked_add(rule.keep_out),
        why: Text::from(why.as_str()),
        by: Text::from("flapping"),
        made: wall,
        automatic: true,
    }
}

#[cfg(test)]
mod tests;
