//! The rules in force, and how their change is noticed.
//!
//! Each change counts the generation up, after the new rules are in place. Whatever was judged (a remembered decision,
//! a session's subscriptions) bears the generation read before it was judged; where that is not the present one, it is
//! judged anew before anything is let through. So nothing new passes under old rules once [`Rules::replace`] has
//! returned.

use std::sync::Arc;

use crate::ports::{Action, Authorizer, Decision};
use crate::principal::Principal;
use crate::sync::{AtomicBool, AtomicU32, Ordering, RwLock};

/// The chain of authorizers.
#[derive(Default)]
pub(crate) struct Access {
    authorizers: Vec<Arc<dyn Authorizer>>,
}

impl Access {
    /// Whether nobody guards anything.
    pub(crate) fn is_open(&self) -> bool {
        self.authorizers.is_empty()
    }

    /// Whether the same question has the same answer until the rules are replaced.
    pub(crate) fn holds(&self) -> bool {
        self.authorizers.iter().all(|authorizer| authorizer.holds())
    }

    /// Asks the authorizers in order; never abstains. What all abstain from is denied.
    pub(crate) fn decide(&self, who: &Principal, action: Action<'_>) -> Decision {
        if self.is_open() || who.superuser {
            return Decision::Allow;
        }
        let decided = self.authorizers.iter().map(|authorizer| authorizer.authorize(who, action));
        decided.into_iter().find(|decision| *decision != Decision::Abstain).unwrap_or(Decision::Deny)
    }
}

/// The rules, shared by all workers.
pub(crate) struct Rules {
    access: RwLock<Arc<Access>>,
    /// Whether any authorizer is there: an ordinary publish takes no lock to find that there is none.
    guarded: AtomicBool,
    generation: AtomicU32,
}

impl Default for Rules {
    fn default() -> Self {
        let generation = AtomicU32::new(Self::NEVER + 1);
        Self { access: RwLock::default(), guarded: AtomicBool::new(false), generation }
    }
}

impl Rules {
    /// No generation of rules.
    pub(crate) const NEVER: u32 = 0;

    /// Puts other rules in force.
    pub(crate) fn replace(&self, authorizers: Vec<Arc<dyn Authorizer>>) {
        let mut access = self.access.write();
        self.guarded.store(!authorizers.is_empty(), Ordering::SeqCst);
        *access = Arc::new(Access { authorizers });
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    #[inline]
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Acquire)
    }

    /// Counts the changes.
    #[inline]
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access.read())
    }
}
