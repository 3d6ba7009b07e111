//! The targets of one filter: one, or many.

use hashbrown::HashTable;

use super::{Options, Target};

/// From this many on, targets are found by an index instead of by looking through them.
const INDEX_FROM: usize = 32;

/// One target and what it asked for.
pub(super) struct Subscriber<T> {
    target: T,
    options: Options,
}

/// Never empty. As wide as one subscriber: the other kind hides in the gaps of its options.
pub(super) enum Subscribers<T> {
    One(Subscriber<T>),
    Many(Box<Many<T>>),
}

/// Targets side by side, so that a fan-out reads memory in order.
pub(super) struct Many<T> {
    list: Vec<Subscriber<T>>,
    /// Places in the list, by key; only while the list is long.
    index: Option<HashTable<u32>>,
}

/// What became of a removal. What was removed is handed out, to be dropped without a lock.
pub(super) enum Taken<T> {
    /// There is no such target.
    Absent,
    /// It is gone; others stay.
    Some(Subscriber<T>),
    /// It is the only one and still there: the owner removes the whole.
    Last,
}

impl<T: Target> Subscribers<T> {
    pub(super) fn one(target: T, options: Options) -> Self {
        Self::One(Subscriber { target, options })
    }

    #[inline]
    pub(super) fn each(&self, f: &mut impl FnMut(&T, Options)) {
        for one in self.as_slice() {
            f(&one.target, one.options);
        }
    }

    #[inline]
    fn as_slice(&self) -> &[Subscriber<T>] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => &many.list,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(super) fn get(&self, key: usize) -> Option<Options> {
        let found = match self {
            Self::One(one) => (one.target.key() == key).then_some(one),
            Self::Many(many) => many.find(key).and_then(|at| many.list.get(at)),
        };
        found.map(|one| one.options)
    }

    /// Answers what the same target had asked for before, and its old handle.
    pub(super) fn insert(&mut self, target: T, options: Options) -> Option<(Options, T)> {
        match self {
            Self::One(one) if one.target.key() == target.key() => Some(one.replace(target, options)),
            Self::One(one) => {
                let first = Subscriber { target: one.target.clone(), options: one.options };
                let list = vec![first, Subscriber { target, options }];
                *self = Self::Many(Box::new(Many { list, index: None }));
                None
            }
            Self::Many(many) => many.insert(target, options),
        }
    }

    pub(super) fn remove(&mut self, key: usize) -> Taken<T> {
        let Self::Many(many) = self else {
            return if self.get(key).is_some() { Taken::Last } else { Taken::Absent };
        };
        let Some(gone) = many.remove(key) else { return Taken::Absent };
        if many.list.len() == 1
            && let Some(left) = many.list.pop()
        {
            *self = Self::One(left);
        }
        Taken::Some(gone)
    }
}

impl<T> Subscriber<T> {
    fn replace(&mut self, target: T, options: Options) -> (Options, T) {
        let old = std::mem::replace(self, Self { target, options });
        (old.options, old.target)
    }
}

impl<T: Target> Many<T> {
    fn find(&self, key: usize) -> Option<usize> {
        match &self.index {
            None => self.list.iter().position(|one| one.target.key() == key),
            Some(index) => {
                index.find(spread(key), |at| key_at(&self.list, *at) == Some(key)).map(|at| place(*at))
            }
        }
    }

    fn insert(&mut self, target: T, options: Options) -> Option<(Options, T)> {
        let key = target.key();
        if let Some(one) = self.find(key).and_then(|at| self.list.get_mut(at)) {
            return Some(one.replace(target, options));
        }
        let at = number(self.list.len());
        self.list.push(Subscriber { target, options });
        if let Some(index) = &mut self.index {
            index.insert_unique(spread(key), at, |at| spread(key_at(&self.list, *at).unwrap_or(0)));
        } else if self.list.len() > INDEX_FROM {
            self.build_index();
        }
        None
    }

    fn build_index(&mut self) {
        let mut index = HashTable::with_capacity(self.list.len());
        for (at, one) in self.list.iter().enumerate() {
            // There is room for all of them, so that nothing is hashed again.
            index.insert_unique(spread(one.target.key()), number(at), |_| 0);
        }
        self.index = Some(index);
    }

    /// Takes the last of the list to the place of what goes.
    fn remove(&mut self, key: usize) -> Option<Subscriber<T>> {
        let at = self.find(key)?;
        let last = self.list.len().checked_sub(1)?;
        if let Some(index) = &mut self.index {
            if let Ok(entry) = index.find_entry(spread(key), |it| place(*it) == at) {
                entry.remove();
            }
            let moved = self.list.get(last)?.target.key();
            if let Some(it) = index.find_mut(spread(moved), |it| place(*it) == last) {
                *it = number(at);
            }
        }
        let gone = self.list.swap_remove(at);
        self.shrink();
        Some(gone)
    }

    fn shrink(&mut self) {
        let len = self.list.len();
        if len <= INDEX_FROM / 2 {
            self.index = None;
        }
        if self.list.capacity() > 8 && len < self.list.capacity() / 4 {
            self.list.shrink_to(len * 2);
            let list = &self.list;
            if let Some(index) = &mut self.index {
                index.shrink_to(len * 2, |at| spread(key_at(list, *at).unwrap_or(0)));
            }
        }
    }
}

fn key_at<T: Target>(list: &[Subscriber<T>], at: u32) -> Option<usize> {
    list.get(place(at)).map(|one| one.target.key())
}

/// Four billion targets do not fit into memory.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn place(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// Keys are addresses: even, close to each other, not chosen by a peer.
fn spread(key: usize) -> u64 {
    let mixed = u64::try_from(key).unwrap_or(u64::MAX).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    impl Target for Arc<u32> {
        fn key(&self) -> usize {
            Arc::as_ptr(self).addr()
        }
    }

    #[test]
    fn one_target_takes_sixteen_bytes() {
        assert_eq!(size_of::<Options>(), 8);
        assert_eq!(size_of::<Subscribers<Arc<u32>>>(), 16);
        assert_eq!(size_of::<Option<Subscribers<Arc<u32>>>>(), 16);
    }

    #[test]
    fn comes_and_goes_through_every_size() {
        let all: Vec<Arc<u32>> = (0..200).map(Arc::new).collect();
        let mut subscribers = Subscribers::one(all[0].clone(), Options::default());
        for target in &all[1..] {
            assert!(subscribers.insert(target.clone(), Options::default()).is_none());
        }
        let loud = Options { no_local: true, ..Options::default() };
        assert!(subscribers.insert(all[77].clone(), loud).is_some());
        assert_eq!(subscribers.len(), 200);
        assert_eq!(subscribers.get(all[77].key()), Some(loud));
        // Every third first, then the rest: the moved ones must be found where they went.
        let (first, rest): (Vec<_>, Vec<_>) = all.iter().partition(|it| ***it % 3 == 0);
        let order: Vec<_> = first.into_iter().chain(rest).collect();
        for (done, target) in order.iter().enumerate() {
            let expect_last = done + 1 == all.len();
            match subscribers.remove(target.key()) {
                Taken::Some(gone) => assert!(!expect_last && gone.target.key() == target.key()),
                Taken::Last => assert!(expect_last),
                Taken::Absent => panic!("{target} is lost"),
            }
            assert!(expect_last || matches!(subscribers.remove(target.key()), Taken::Absent));
        }
    }
}
