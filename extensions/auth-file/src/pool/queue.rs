//! Who waits, and who is next.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};

/// Whom a job is counted to: an IPv4 address, or the /64 that an IPv6 peer chooses its addresses from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Origin {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// A bounded queue that takes turns between origins.
///
/// An origin may hold as many places as are left free: alone it gets half of the queue, two get a third each, and
/// whoever comes after a flood still finds room. Who is next goes round the origins, not round the jobs, so that a
/// newcomer waits for one job of each of the others at most.
#[derive(Debug)]
pub(crate) struct FairQueue<J> {
    lanes: HashMap<Origin, VecDeque<J>>,
    /// Origins with jobs, each once, the next first.
    turns: VecDeque<Origin>,
    waiting: usize,
    capacity: usize,
}

impl<J> FairQueue<J> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { lanes: HashMap::new(), turns: VecDeque::new(), waiting: 0, capacity: capacity.max(1) }
    }

    pub(crate) fn has_room(&self, origin: Origin) -> bool {
        let own = self.lanes.get(&origin).map_or(0, VecDeque::len);
        own < self.capacity.saturating_sub(self.waiting)
    }

    /// Takes a job, or gives it back when its origin has no room.
    pub(crate) fn push(&mut self, origin: Origin, job: J) -> Result<(), J> {
        if !self.has_room(origin) {
            return Err(job);
        }
        let lane = self.lanes.entry(origin).or_default();
        if lane.is_empty() {
            self.turns.push_back(origin);
        }
        lane.push_back(job);
        self.waiting += 1;
        Ok(())
    }

    /// The oldest job of some origin, if it is such a one; whose turn it is does not matter.
    pub(crate) fn pop_if(&mut self, is_such: impl Fn(&J) -> bool) -> Option<J> {
        let (origin, lane) = self.lanes.iter_mut().find(|(_, lane)| lane.front().is_some_and(&is_such))?;
        let (origin, job) = (*origin, lane.pop_front()?);
        self.waiting -= 1;
        if lane.is_empty() {
            self.lanes.remove(&origin);
            self.turns.retain(|waiting| *waiting != origin);
        }
        Some(job)
    }

    /// The next job: the oldest of the origin whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<J> {
        let origin = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&origin)?;
        let job = lane.pop_front()?;
        self.waiting -= 1;
        if lane.is_empty() {
            self.lanes.remove(&origin);
        } else {
            self.turns.push_back(origin);
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Origin {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn fill(queue: &mut FairQueue<(Origin, u32)>, origin: Origin, jobs: u32) -> usize {
        (0..jobs).filter(|job| queue.push(origin, (origin, *job)).is_ok()).count()
    }

    #[test]
    fn one_origin_gets_half_and_the_next_half_of_the_rest() {
        let mut queue = FairQueue::new(256);
        assert_eq!(fill(&mut queue, from("192.0.2.1"), 20_000), 128);
        assert_eq!(fill(&mut queue, from("192.0.2.2"), 20_000), 64);
        assert_eq!(fill(&mut queue, from("192.0.2.3"), 1), 1);
        let honest = (10..70).filter(|last| queue.has_room(from(&format!("192.0.2.{last}")))).count();
        assert_eq!(honest, 60);
    }

    #[test]
    fn the_whole_is_bounded() {
        let mut queue = FairQueue::new(16);
        let origin = |n: u32| Origin::V4(Ipv4Addr::from(n));
        let taken = (0..1_000).filter(|n| queue.push(origin(*n), *n).is_ok()).count();
        assert_eq!(taken, 16);
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), 16);
        assert!(queue.lanes.is_empty() && queue.turns.is_empty() && queue.waiting == 0);
    }

    #[test]
    fn turns_go_round_the_origins_and_each_keeps_its_order() {
        let (flood, honest, late) = (from("192.0.2.1"), from("192.0.2.2"), from("192.0.2.3"));
        let mut queue = FairQueue::new(64);
        fill(&mut queue, flood, 20);
        fill(&mut queue, honest, 2);
        let first: Vec<_> = (0..3).filter_map(|_| queue.pop()).collect();
        assert_eq!(first, [(flood, 0), (honest, 0), (flood, 1)]);
        fill(&mut queue, late, 1);
        let next: Vec<_> = (0..5).filter_map(|_| queue.pop()).collect();
        assert_eq!(next, [(honest, 1), (flood, 2), (late, 0), (flood, 3), (flood, 4)]);
    }

    #[test]
    fn such_as_are_asked_for_come_out_of_turn() {
        let mut queue = FairQueue::new(64);
        let (flood, honest) = (from("192.0.2.1"), from("192.0.2.2"));
        fill(&mut queue, flood, 3);
        fill(&mut queue, honest, 1);
        assert_eq!(queue.pop_if(|(who, _)| *who == honest), Some((honest, 0)));
        assert_eq!(queue.pop_if(|(_, job)| *job == 0), Some((flood, 0)));
        // No other than the oldest of an origin is looked at.
        assert_eq!(queue.pop_if(|(_, job)| *job == 2), None);
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [(flood, 1), (flood, 2)]);
        assert!(queue.lanes.is_empty() && queue.turns.is_empty() && queue.waiting == 0);
    }

    #[test]
    fn addresses_of_one_network_are_one_origin() {
        assert_eq!(from("2001:db8:1:2::1"), from("2001:db8:1:2:ffff::9"));
        assert_ne!(from("2001:db8:1:2::1"), from("2001:db8:1:3::1"));
        assert_eq!(from("::ffff:192.0.2.1"), from("192.0.2.1"));
        assert_ne!(from("192.0.2.1"), from("192.0.2.2"));
    }
}
