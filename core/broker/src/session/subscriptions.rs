//! What a session subscribes to.

use std::sync::Arc;

use tidegate_types::{Filter, GroupName, Refusal};

use super::{RetainedCursor, Session, State};
use crate::group::Group;
use crate::router::Options;

/// One subscription, as its session remembers it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subscription {
    pub(crate) filter: Filter,
    pub(crate) group: Option<GroupName>,
    pub(crate) options: Options,
}

impl Subscription {
    fn is(&self, filter: &Filter, group: Option<&GroupName>) -> bool {
        self.filter == *filter && self.group.as_ref() == group
    }
}

impl Session {
    /// Whether there is room for `count` more subscriptions.
    pub(crate) fn check_room(&self, epoch: u32, count: usize, limit: usize) -> Result<usize, Refusal> {
        self.leased(epoch, |state| Ok(limit.saturating_sub(state.subscriptions.len()).min(count)))
    }

    /// Remembers a subscription the router has. `false`: the session ended meanwhile and the caller takes it out
    /// of the router again.
    pub(crate) fn note_subscribed(
        &self,
        subscription: Subscription,
        group: Option<Arc<Group>>,
        cursor: Option<RetainedCursor>,
    ) -> bool {
        let mut state = self.state.lock();
        if state.ended {
            return false;
        }
        let known = state
            .subscriptions
            .iter_mut()
            .find(|known| known.is(&subscription.filter, subscription.group.as_ref()));
        match known {
            Some(known) => known.options = subscription.options,
            None => {
                if state.subscriptions.capacity() == 0 {
                    state.subscriptions.reserve_exact(1);
                }
                state.subscriptions.push(subscription);
            }
        }
        if let Some(group) = group
            && !state.extra().groups.iter().any(|known| Arc::ptr_eq(known, &group))
        {
            state.extra().groups.push(group);
        }
        if let Some(cursor) = cursor {
            let extra = state.extra();
            extra.cursors.retain(|open| open.filter() != cursor.filter());
            extra.cursors.insert(0, cursor);
        }
        true
    }

    /// Forgets a subscription. Deliveries already queued under it may still be sent [MQTT-3.10.4-3].
    pub(crate) fn note_unsubscribed(&self, filter: &Filter, group: Option<&GroupName>) -> bool {
        let mut state = self.state.lock();
        let Some(index) = state.subscriptions.iter().position(|known| known.is(filter, group)) else {
            return false;
        };
        state.subscriptions.swap_remove(index);
        if state.subscriptions.is_empty() {
            state.subscriptions = Vec::new();
        }
        if let Some(extra) = state.extra.as_mut() {
            match group {
                Some(group) => extra.groups.retain(|known| !known.is(filter, group)),
                None => extra.cursors.retain(|open| open.filter() != filter),
            }
        }
        true
    }

    /// Whether the session has this subscription.
    pub(crate) fn subscribes(&self, filter: &Filter, group: Option<&GroupName>) -> bool {
        self.state.lock().subscriptions.iter().any(|known| known.is(filter, group))
    }

    /// A copy of the subscriptions, for operators.
    pub(crate) fn subscriptions(&self) -> Vec<Subscription> {
        self.state.lock().subscriptions.clone()
    }
}

impl State {
    /// What this member asked of a group.
    pub(super) fn group_options(&self, group: &Group) -> Option<Options> {
        self.subscriptions
            .iter()
            .find(|known| known.group.as_ref().is_some_and(|name| group.is(&known.filter, name)))
            .map(|known| known.options)
    }
}
