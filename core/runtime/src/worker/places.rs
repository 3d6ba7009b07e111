//! A worker's table of connections.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::task::Waker;

use tidegate_broker::{Notice, Seat};

/// Places are made in blocks that never move: a table that is copied when it grows leaves as much memory behind as it
/// takes.
const BLOCK: usize = 256;

/// Who has a place.
///
/// ```text
/// Free ──take──▶ Here ──leave──▶ Moving ──forward──▶ Elsewhere
///   ▲             │ release                              │ release, when the connection is gone
///   └─────────────┴──────────────────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tenant {
    Free,
    Here,
    /// On its way to another worker; what comes for it is kept.
    Moving,
    /// At another seat; what comes for it is sent there.
    Elsewhere,
}

/// Boxed, as nearly every place has none at any time: 8 bytes instead of 24.
pub(crate) type Pending = Box<Vec<Notice>>;

/// One place. What an idle connection costs here, so every byte is one too many.
struct Place {
    waker: Option<Waker>,
    notices: Option<Pending>,
    /// The wheel's tick at which a live entry for this place comes due; 0 when there is none.
    armed: u32,
    /// Turns since the worker began to watch.
    turns: u32,
    entrance: u32,
    generation: u16,
    tenant: Tenant,
    /// Whether the connection was told to take a turn and has not yet.
    called: bool,
}

impl Place {
    fn free() -> Self {
        Self {
            waker: None,
            notices: None,
            armed: 0,
            turns: 0,
            entrance: 0,
            generation: 1,
            tenant: Tenant::Free,
            called: false,
        }
    }
}

fn at(blocks: &mut [Box<[Place]>], slot: u32) -> Option<&mut Place> {
    let slot = usize::try_from(slot).ok()?;
    blocks.get_mut(slot / BLOCK)?.get_mut(slot % BLOCK)
}

/// What a connection finds at the start of its turn.
pub(crate) struct Called {
    pub(crate) notices: Option<Pending>,
    pub(crate) move_to: Option<u16>,
}

/// What became of a notice.
pub(crate) enum Handed {
    /// Its receiver was called.
    Here,
    /// Its receiver sits there now.
    Elsewhere(Seat, Notice),
    /// Its receiver is gone.
    Nobody(Notice),
}

/// The table.
pub(crate) struct Places {
    worker: u16,
    blocks: Vec<Box<[Place]>>,
    free: Vec<u32>,
    /// Where those who left went, by the slot they left.
    gone: HashMap<u32, Seat>,
    /// Where those who came from another worker sat before, by their slot here.
    origin: HashMap<u32, Seat>,
    /// Who is asked to move, and where to.
    moves: HashMap<u32, u16>,
}

impl Places {
    pub(crate) fn new(worker: u16) -> Self {
        Self {
            worker,
            blocks: Vec::new(),
            free: Vec::new(),
            gone: HashMap::new(),
            origin: HashMap::new(),
            moves: HashMap::new(),
        }
    }

    /// A place for a new connection; `origin` is the seat it left on another worker.
    pub(crate) fn take(&mut self, entrance: u32, origin: Option<Seat>) -> Seat {
        let slot = self.free.pop().unwrap_or_else(|| self.grow());
        if let Some(origin) = origin {
            self.origin.insert(slot, origin);
        }
        let mut seat = Seat { worker: self.worker, generation: 0, slot };
        if let Some(place) = at(&mut self.blocks, slot) {
            place.tenant = Tenant::Here;
            place.entrance = entrance;
            place.turns = 0;
            place.called = true;
            seat.generation = place.generation;
        }
        seat
    }

    /// Makes a block of free places and answers the first.
    fn grow(&mut self) -> u32 {
        let first = self.blocks.len() * BLOCK;
        self.blocks.push((0..BLOCK).map(|_| Place::free()).collect());
        let slots = (first..first + BLOCK).filter_map(|slot| u32::try_from(slot).ok());
        self.free.extend(slots.rev());
        self.free.pop().unwrap_or(u32::MAX)
    }

    fn find(&mut self, seat: Seat) -> Option<&mut Place> {
        let place = at(&mut self.blocks, seat.slot)?;
        (place.generation == seat.generation && place.tenant != Tenant::Free).then_some(place)
    }

    /// A turn of the connection at `seat` begins.
    pub(crate) fn begin(&mut self, seat: Seat, waker: &Waker) -> Called {
        let moves = &mut self.moves;
        let Some(place) = at(&mut self.blocks, seat.slot) else {
            return Called { notices: None, move_to: None };
        };
        place.called = false;
        place.turns = place.turns.wrapping_add(1);
        if place.waker.is_none() {
            place.waker = Some(waker.clone());
        }
        let move_to = if moves.is_empty() { None } else { moves.remove(&seat.slot) };
        Called { notices: place.notices.take(), move_to }
    }

    fn call(place: &mut Place) {
        if !place.called {
            place.called = true;
            if let Some(waker) = &place.waker {
                waker.wake_by_ref();
            }
        }
    }

    /// Hands a notice to whoever sits at `seat`.
    pub(crate) fn notice(&mut self, seat: Seat, notice: Notice) -> Handed {
        let Some(place) = self.find(seat) else { return Handed::Nobody(notice) };
        if place.tenant == Tenant::Elsewhere {
            return match self.gone.get(&seat.slot) {
                Some(to) => Handed::Elsewhere(*to, notice),
                None => Handed::Nobody(notice),
            };
        }
        if !matches!(notice, Notice::Wake) {
            place.notices.get_or_insert_default().push(notice);
        }
        Self::call(place);
        Handed::Here
    }

    /// Calls whoever sits at `seat`, here; false when they moved away.
    pub(crate) fn wake(&mut self, seat: Seat) -> bool {
        match self.find(seat) {
            Some(place) if place.tenant == Tenant::Elsewhere => false,
            Some(place) => {
                Self::call(place);
                true
            }
            None => true,
        }
    }

    /// The connection is gone. Answers the seat that forwards to it, if it came from another worker, and what came
    /// for it too late.
    pub(crate) fn release(&mut self, seat: Seat) -> (Option<Seat>, Option<Pending>) {
        let Some(place) = self.find(seat) else { return (None, None) };
        place.tenant = Tenant::Free;
        place.generation = place.generation.wrapping_add(1);
        place.waker = None;
        let late = place.notices.take();
        place.armed = 0;
        self.free.push(seat.slot);
        self.gone.remove(&seat.slot);
        self.moves.remove(&seat.slot);
        (self.origin.remove(&seat.slot), late)
    }

    /// The connection leaves for another worker; its place keeps what comes for it until [`Places::forward`].
    pub(crate) fn leave(&mut self, seat: Seat) {
        if let Some(place) = self.find(seat) {
            place.tenant = Tenant::Moving;
            place.waker = None;
            place.armed = 0;
        }
    }

    /// The connection that left `seat` arrived at `to`. Answers what came for it meanwhile.
    pub(crate) fn forward(&mut self, seat: Seat, to: Seat) -> Vec<Notice> {
        let Some(place) = self.find(seat) else { return Vec::new() };
        place.tenant = Tenant::Elsewhere;
        let kept = place.notices.take().map(|kept| *kept).unwrap_or_default();
        self.gone.insert(seat.slot, to);
        kept
    }

    /// Whether a wheel entry has to be made so that this place is called at `tick`.
    pub(crate) fn arm(&mut self, seat: Seat, tick: u32) -> bool {
        self.find(seat).is_some_and(|place| {
            let earlier = place.armed == 0 || tick < place.armed;
            if earlier {
                place.armed = tick;
            }
            earlier
        })
    }

    /// A wheel entry came due: calls its place, unless a later entry replaced this one.
    pub(crate) fn due(&mut self, slot: u32, tick: u32) {
        if let Some(place) = at(&mut self.blocks, slot)
            && place.tenant == Tenant::Here
            && place.armed != 0
            && place.armed <= tick
        {
            place.armed = 0;
            Self::call(place);
        }
    }

    /// Begins to count turns anew.
    pub(crate) fn watch(&mut self) {
        for place in self.blocks.iter_mut().flatten() {
            place.turns = 0;
        }
    }

    /// Asks the busiest connections that together make about `share` thousandths of all turns to move to `to`.
    /// One that is busier than all that is to be given away stays: moving it would only move the problem.
    pub(crate) fn shed(&mut self, to: u16, share: u32, most: usize) {
        let here = self.blocks.iter().flatten().enumerate().filter(|(_, place)| place.tenant == Tenant::Here);
        let mut busiest: Vec<(u32, usize)> =
            here.filter(|(_, place)| place.turns > 0).map(|(slot, place)| (place.turns, slot)).collect();
        busiest.sort_unstable_by_key(|(turns, _)| std::cmp::Reverse(*turns));
        let total: u64 = busiest.iter().map(|(turns, _)| u64::from(*turns)).sum();
        let mut budget = total.saturating_mul(u64::from(share)) / 1000;
        let mut moved = 0;
        for (turns, slot) in busiest {
            if moved == most {
                break;
            }
            if u64::from(turns) <= budget {
                budget -= u64::from(turns);
                moved += 1;
                let slot = u32::try_from(slot).unwrap_or(u32::MAX);
                self.moves.insert(slot, to);
                if let Some(place) = at(&mut self.blocks, slot) {
                    Self::call(place);
                }
            }
        }
        self.watch();
    }

    /// Seats from slot `from` on, of one listener or of all, at most so many; and where to go on.
    pub(crate) fn some(&self, from: usize, entrance: Option<u32>, most: usize) -> (Vec<Seat>, usize) {
        let mut seats = Vec::new();
        for (slot, place) in self.blocks.iter().flatten().enumerate().skip(from) {
            if seats.len() == most {
                return (seats, slot);
            }
            let theirs = entrance.is_none_or(|entrance| entrance == place.entrance);
            if place.tenant == Tenant::Here && theirs {
                let slot = u32::try_from(slot).unwrap_or(u32::MAX);
                seats.push(Seat { worker: self.worker, generation: place.generation, slot });
            }
        }
        (seats, 0)
    }
}
