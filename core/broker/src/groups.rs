//! The groups there are.

use std::sync::Arc;

use hashbrown::HashMap;
use tidegate_types::{Filter, GroupName};

use crate::group::Group;
use crate::matches::Receiver;
use crate::router::{Options, Router};
use crate::session::Session;
use crate::sync::Mutex;

type Known = HashMap<(Filter, GroupName), Arc<Group>, foldhash::fast::RandomState>;

/// Groups by filter and name. The lock is held while a member joins or leaves, so that a group is in the router
/// exactly while it has members.
#[derive(Default)]
pub(crate) struct Groups(Mutex<Known>);

/// What joining or leaving did.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) group: Arc<Group>,
    /// The session was no member before.
    pub(crate) new: bool,
    /// The filter got its first subscriber, or lost its last.
    pub(crate) interest: bool,
}

impl Groups {
    pub(crate) fn join(
        &self,
        router: &Router<Receiver>,
        (filter, name): (&Filter, &GroupName),
        session: &Arc<Session>,
        options: Options,
        durable: bool,
    ) -> Change {
        let mut known = self.0.lock();
        let mut interest = false;
        let group = known.entry((filter.clone(), name.clone())).or_insert_with(|| {
            let group = Arc::new(Group::new(filter.clone(), name.clone()));
            interest = router.insert(filter, Receiver::Group(Arc::clone(&group)), Options::default()).first;
            group
        });
        let new = group.join(session, options, durable);
        Change { group: Arc::clone(group), new, interest }
    }

    pub(crate) fn leave(
        &self,
        router: &Router<Receiver>,
        (filter, name): (&Filter, &GroupName),
        session: &Session,
    ) -> Option<Change> {
        let mut known = self.0.lock();
        let key = (filter.clone(), name.clone());
        let group = Arc::clone(known.get(&key)?);
        let mut interest = false;
        if group.leave(session) {
            known.remove(&key);
            let receiver = Receiver::Group(Arc::clone(&group));
            interest = router.remove(filter, crate::router::Target::key(&receiver)).last;
        }
        Some(Change { group, new: false, interest })
    }
}
