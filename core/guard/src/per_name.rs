//! What is known of names: of clients, say.

#[cfg(test)]
mod tests;

use std::hash::Hash;

use foldhash::quality::RandomState;

use crate::flapping::hashed;
use crate::table::{Key, Table};
use crate::{Tick, Worth};

/// One `T` for each name, bounded.
///
/// A name is kept as a hash of sixteen bytes with a key of its own, so that a long one costs no more than a short one
/// and nobody can make two that meet. When the table is full a new name takes the place of the least worth among
/// sixteen, see [`crate::PerAddress`].
#[derive(Debug)]
pub struct PerName<T> {
    table: Table<T>,
    hash: [RandomState; 2],
}

impl<T: Default + Worth> PerName<T> {
    /// An empty table of at most `entries` names (one at least).
    #[must_use]
    pub fn new(entries: usize) -> Self {
        Self { table: Table::new(entries), hash: [RandomState::default(), RandomState::default()] }
    }

    /// Does `act` with what is known of `name`, from nothing if need be. A lock is held meanwhile.
    pub fn with<R>(&self, name: &impl Hash, rule: &T::Rule, now: Tick, act: impl FnOnce(&mut T) -> R) -> R {
        self.table.with(self.key(name), rule, now, |state, _| act(state))
    }

    /// Does `act` with what is known of `name`, if anything is.
    pub fn known<R>(&self, name: &impl Hash, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.table.known(self.key(name), |state, _| act(state))
    }

    /// Drops what says nothing any more and gives memory back. Once a minute is plenty.
    pub fn sweep(&self, rule: &T::Rule, now: Tick) {
        self.table.sweep(rule, now);
    }

    /// Names known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names that were forgotten although something was known of them.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.table.forgotten()
    }

    fn key(&self, name: &impl Hash) -> Key {
        hashed(&self.hash, name)
    }
}
