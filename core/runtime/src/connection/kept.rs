//! Bytes read and not used yet, counted for the whole runtime: law 4 holds for all connections together, not only
//! for each.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes all connections of a runtime may keep.
#[derive(Debug)]
pub(crate) struct InputBudget {
    limit: usize,
    taken: AtomicUsize,
}

/// One connection keeps at most this part of what the others leave free.
const PART: usize = 4;

/// What any connection may keep while there is room at all.
const SMALL: usize = 64 * 1024;

/// The budget has no room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

impl InputBudget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0) }
    }

    /// Bytes kept now.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Lets a connection that keeps `own` bytes keep `wanted`. None gets more than a part of what the others leave
    /// free: a few that begin long packets and never end them leave room for everybody else's.
    fn take(&self, own: usize, wanted: usize) -> Result<(), Full> {
        let fits = |taken: usize| {
            let free = self.limit.saturating_sub(taken.saturating_sub(own));
            (wanted <= free && wanted <= (free / PART).max(SMALL)).then(|| taken - own + wanted)
        };
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        taken.map(|_| ()).map_err(|_| Full)
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What a budget was charged with; given back when dropped, wherever the connection is then.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<InputBudget>,
    bytes: usize,
}

impl Charge {
    pub(crate) fn new(budget: Arc<InputBudget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// From now on so many bytes are kept.
    pub(crate) fn set(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes > self.bytes {
            self.budget.take(self.bytes, bytes)?;
        } else if bytes < self.bytes {
            self.budget.give_back(self.bytes - bytes);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

/// A buffer that counts with all it has allocated, used or not.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    charge: Option<Charge>,
}

impl Kept {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes the bytes out, to be used in this turn. They do not count any more.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self).bytes
    }

    /// Appends `new`. The buffer doubles as bytes really come, but not past `need`: what a peer only announces
    /// takes no memory.
    pub(super) fn append(&mut self, budget: &Arc<InputBudget>, new: &[u8], need: usize) -> Result<(), Full> {
        let (length, capacity) = (self.bytes.len(), self.bytes.capacity());
        let wanted = length.saturating_add(new.len());
        if wanted > capacity {
            let target = capacity.saturating_mul(2).min(need).max(wanted);
            let room = self.charge(budget, target).map(|()| target);
            let room = room.or_else(|_| self.charge(budget, wanted).map(|()| wanted))?;
            self.bytes.reserve_exact(room - length);
        }
        self.bytes.extend_from_slice(new);
        Ok(())
    }

    fn charge(&mut self, budget: &Arc<InputBudget>, bytes: usize) -> Result<(), Full> {
        let charge = self.charge.get_or_insert_with(|| Charge::new(Arc::clone(budget)));
        charge.set(bytes.max(charge.bytes))
    }
}
