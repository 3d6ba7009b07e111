//! A timing wheel: many deadlines, most of which move before they come.
//!
//! ```text
//! level 0   64 slots of a tick           due when their tick is reached
//! level 1   64 slots of 64 ticks         dealt out to level 0 when reached
//!   …
//! level 4   64 slots of 64^4 ticks
//! far       blocks of 64^5 ticks         dealt out to the levels when reached
//! ```
//!
//! An entry lies on the level of the highest digit (to base 64) in which its tick differs from the current one. So
//! all entries of a level come before those of the next, and the first occupied slot of the lowest occupied level
//! is the next thing to do: idle time is skipped, not stepped through.
//!
//! It deliberately lacks cancelling: an entry costs four bytes beside its key, and its owner checks when it fires
//! whether it still means something and inserts it again for what has moved.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 5;
/// Ticks within the levels, as a mask; the rest of a tick's number is its block.
const BLOCK_MASK: u64 = (1 << BLOCK_BITS) - 1;
/// Six bits a level.
const BLOCK_BITS: u32 = BITS * 5;
/// A slot that held more gives its memory back.
const KEEP: usize = 64;

/// Deadlines of keys. An entry never fires before its deadline, and at the latest at the first [`Wheel::advance`] to
/// a time a tick or more after it.
#[derive(Debug)]
pub struct Wheel<K> {
    start: Instant,
    /// Nanoseconds a tick.
    tick: u64,
    /// Ticks since the start that are done.
    current: u64,
    len: usize,
    levels: [Level<K>; LEVELS],
    far: BTreeMap<u64, Vec<(u32, K)>>,
    /// Due already.
    ready: Vec<K>,
}

#[derive(Debug)]
struct Level<K> {
    /// A bit a slot that has entries.
    occupied: u64,
    /// Keys, with their tick within the block.
    slots: [Vec<(u32, K)>; SLOTS],
}

/// What there is to do next.
#[derive(Clone, Copy, Debug)]
enum Event {
    Slot { level: usize, slot: usize, at: u64 },
    Block { block: u64, at: u64 },
}

impl Event {
    fn at(self) -> u64 {
        match self {
            Self::Slot { at, .. } | Self::Block { at, .. } => at,
        }
    }
}

impl<K> Wheel<K> {
    /// An empty wheel whose time begins at `start`; a `tick` is a nanosecond at least.
    #[must_use]
    pub fn new(start: Instant, tick: Duration) -> Self {
        Self {
            start,
            tick: u64::try_from(tick.as_nanos()).unwrap_or(u64::MAX).max(1),
            current: 0,
            len: 0,
            levels: std::array::from_fn(|_| Level {
                occupied: 0,
                slots: std::array::from_fn(|_| Vec::new()),
            }),
            far: BTreeMap::new(),
            ready: Vec::new(),
        }
    }

    /// Entries that have not fired.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an entry. A deadline that has passed fires at the next [`Wheel::advance`].
    pub fn insert(&mut self, deadline: Instant, key: K) {
        self.len += 1;
        let since = deadline.saturating_duration_since(self.start).as_nanos();
        let tick = u64::try_from(since.div_ceil(u128::from(self.tick))).unwrap_or(u64::MAX);
        self.place(tick, key);
    }

    /// Moves time on and adds to `due` what has come, in no order within a tick. Time that goes backwards is
    /// ignored.
    pub fn advance(&mut self, now: Instant, due: &mut Vec<K>) {
        let before = due.len();
        due.append(&mut self.ready);
        let since = now.saturating_duration_since(self.start).as_nanos() / u128::from(self.tick);
        let target = u64::try_from(since).unwrap_or(u64::MAX);
        while let Some(event) = self.event().filter(|event| event.at() <= target) {
            self.current = event.at();
            match event {
                Event::Slot { level: 0, slot, .. } => self.fire(slot, due),
                Event::Slot { level, slot, .. } => self.deal_slot(level, slot),
                Event::Block { block, .. } => self.deal_block(block),
            }
            due.append(&mut self.ready);
        }
        self.current = self.current.max(target);
        self.len = self.len.saturating_sub(due.len() - before);
    }

    /// The earliest time at which [`Wheel::advance`] has something to do; it may fire nothing yet. `None` while
    /// nothing waits.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        if !self.ready.is_empty() {
            return Some(self.time(self.current));
        }
        self.event().map(|event| self.time(event.at()))
    }

    fn time(&self, tick: u64) -> Instant {
        let nanos = |tick: u64| u128::from(tick) * u128::from(self.tick);
        let at = |tick| self.start.checked_add(Duration::from_nanos_u128(nanos(tick).min(NANOS_MAX)));
        // The last tick that an `Instant` can hold may end beyond it.
        at(tick).or_else(|| at(tick.saturating_sub(1))).unwrap_or(self.start)
    }

    fn place(&mut self, tick: u64, key: K) {
        if tick <= self.current {
            self.ready.push(key);
            return;
        }
        let (block, within) = split(tick);
        if block != self.current >> BLOCK_BITS {
            self.far.entry(block).or_default().push((within, key));
            return;
        }
        let level = digit_that_differs(tick ^ self.current);
        let slot = slot(tick, level);
        if let Some(level) = self.levels.get_mut(level)
            && let Some(entries) = level.slots.get_mut(slot)
        {
            level.occupied |= 1 << slot;
            entries.push((within, key));
        }
    }

    /// The next thing to do: on the lowest occupied level, else in the nearest block.
    fn event(&self) -> Option<Event> {
        for (number, level) in self.levels.iter().enumerate() {
            if level.occupied != 0 {
                let slot = level.occupied.trailing_zeros();
                let shift = shift(number);
                let above = (self.current >> shift >> BITS) << BITS;
                let at = (above | u64::from(slot)) << shift;
                return Some(Event::Slot { level: number, slot: index(slot), at });
            }
        }
        let block = *self.far.first_key_value()?.0;
        Some(Event::Block { block, at: block << BLOCK_BITS })
    }

    fn fire(&mut self, slot: usize, due: &mut Vec<K>) {
        if let Some(level) = self.levels.first_mut() {
            level.empty(slot, |entries| due.extend(entries.drain(..).map(|(_, key)| key)));
        }
    }

    fn deal_slot(&mut self, level: usize, slot: usize) {
        let mut entries = Vec::new();
        if let Some(level) = self.levels.get_mut(level) {
            level.occupied &= !(1 << slot);
            if let Some(slot) = level.slots.get_mut(slot) {
                entries = std::mem::take(slot);
            }
        }
        self.deal(entries);
    }

    fn deal_block(&mut self, block: u64) {
        let entries = self.far.remove(&block).unwrap_or_default();
        self.deal(entries);
    }

    fn deal(&mut self, entries: Vec<(u32, K)>) {
        let block = self.current & !BLOCK_MASK;
        for (within, key) in entries {
            self.place(block | u64::from(within), key);
        }
    }
}

impl<K> Level<K> {
    fn empty(&mut self, slot: usize, f: impl FnOnce(&mut Vec<(u32, K)>)) {
        self.occupied &= !(1 << slot);
        if let Some(entries) = self.slots.get_mut(slot) {
            f(entries);
            entries.shrink_to(if entries.capacity() > KEEP { 0 } else { KEEP });
        }
    }
}

/// The longest time a `Duration` holds, in nanoseconds.
const NANOS_MAX: u128 = Duration::MAX.as_nanos();

fn split(tick: u64) -> (u64, u32) {
    (tick >> BLOCK_BITS, u32::try_from(tick & BLOCK_MASK).unwrap_or(u32::MAX))
}

fn shift(level: usize) -> u32 {
    BITS * u32::try_from(level).unwrap_or(0)
}

fn slot(tick: u64, level: usize) -> usize {
    usize::try_from((tick >> shift(level)) % (1 << BITS)).unwrap_or(0)
}

fn index(bit: u32) -> usize {
    usize::try_from(bit).unwrap_or(0)
}

/// Which digit to base 64 is the highest that is not zero.
fn digit_that_differs(ticks: u64) -> usize {
    index(ticks.checked_ilog2().unwrap_or(0) / BITS)
}

#[cfg(test)]
mod tests;
