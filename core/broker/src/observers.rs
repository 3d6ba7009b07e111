//! Who watches, and how they are told.

use std::sync::Arc;
use std::sync::atomic::AtomicU8;

use crate::ports::{Event, EventKind, Interest, Observer};
use crate::sync::{Ordering, RwLock};

/// The observers, and what any of them wants to see.
#[derive(Default)]
pub(crate) struct Observers {
    list: RwLock<Arc<Vec<Arc<dyn Observer>>>>,
    interest: AtomicU8,
}

impl Observers {
    pub(crate) fn add(&self, observer: Arc<dyn Observer>) {
        let interest = Interest::from_bits(self.interest.load(Ordering::Relaxed)).union(observer.interest());
        let mut list = self.list.write();
        let mut all = list.as_ref().clone();
        all.push(observer);
        *list = Arc::new(all);
        self.interest.store(interest.bits(), Ordering::Release);
    }

    /// A mask test when nobody listens.
    #[inline]
    pub(crate) fn want(&self, kind: EventKind) -> bool {
        Interest::from_bits(self.interest.load(Ordering::Relaxed)).has(kind)
    }

    #[inline]
    pub(crate) fn emit(&self, kind: EventKind, event: &Event<'_>) {
        if self.want(kind) {
            self.tell(kind, event);
        }
    }

    #[cold]
    fn tell(&self, kind: EventKind, event: &Event<'_>) {
        let list = Arc::clone(&self.list.read());
        list.iter().filter(|observer| observer.interest().has(kind)).for_each(|o| o.notice(event));
    }
}
