//! What a session subscribes to.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use tidegate_types::{Filter, GroupName, Refusal};

use super::{RetainedCursor, Session, State};
use crate::group::Group;
use crate::ports::Action;
use crate::router::Options;

/// One subscription, as its session remembers it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subscription {
    pub(crate) filter: Filter,
    pub(crate) group: Option<GroupName>,
    pub(crate) options: Options,
}

impl Subscription {
    /// Subscribing, as rules are asked about it.
    pub(crate) fn action(&self) -> Action<'_> {
        Action::Subscribe {
            filter: self.filter.as_str(),
            group: self.group.as_ref().map(GroupName::as_str),
            guarantee: self.options.guarantee,
        }
    }

    fn is(&self, filter: &Filter, group: Option<&GroupName>) -> bool {
        self.filter == *filter && self.group.as_ref() == group
    }

    /// Bytes of its text.
    fn bytes(&self) -> usize {
        self.filter.as_bytes().len() + self.group.as_ref().map_or(0, |group| group.as_str().len())
    }
}

/// From so many on they are found by hash.
const FEW: usize = 16;

/// What a session subscribes to: a list while it is short, which is nearly always.
#[derive(Debug)]
pub(crate) enum Subscriptions {
    Few(Vec<Subscription>),
    Many(Box<Index>),
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    table: HashTable<Subscription>,
    hasher: foldhash::fast::RandomState,
    bytes: usize,
}

impl Index {
    fn hash(&self, filter: &Filter, group: Option<&GroupName>) -> u64 {
        self.hasher.hash_one((filter, group))
    }

    fn insert(&mut self, subscription: Subscription) {
        let hash = self.hash(&subscription.filter, subscription.group.as_ref());
        self.bytes += subscription.bytes();
        let hasher = &self.hasher;
        self.table.insert_unique(hash, subscription, |known| {
            hasher.hash_one((&known.filter, known.group.as_ref()))
        });
    }
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Subscriptions {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(index) => index.table.len(),
        }
    }

    /// Bytes of their texts.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Few(few) => few.iter().map(Subscription::bytes).sum(),
            Self::Many(index) => index.bytes,
        }
    }

    pub(super) fn get(&self, filter: &Filter, group: Option<&GroupName>) -> Option<&Subscription> {
        match self {
            Self::Few(few) => few.iter().find(|known| known.is(filter, group)),
            Self::Many(index) => index.table.find(index.hash(filter, group), |known| known.is(filter, group)),
        }
    }

    /// Adds a subscription, or changes what a known one asks for.
    fn put(&mut self, subscription: Subscription) {
        let (filter, group) = (subscription.filter.clone(), subscription.group.clone());
        match self {
            Self::Few(few) => {
                if let Some(known) = few.iter_mut().find(|known| known.is(&filter, group.as_ref())) {
                    known.options = subscription.options;
                } else if few.len() < FEW {
                    few.reserve_exact(usize::from(few.is_empty()));
                    few.push(subscription);
                } else {
                    let mut index = Box::<Index>::default();
                    few.drain(..).for_each(|known| index.insert(known));
                    index.insert(subscription);
                    *self = Self::Many(index);
                }
            }
            Self::Many(index) => {
                let hash = index.hash(&filter, group.as_ref());
                match index.table.find_mut(hash, |known| known.is(&filter, group.as_ref())) {
                    Some(known) => known.options = subscription.options,
                    None => index.insert(subscription),
                }
            }
        }
    }

    fn remove(&mut self, filter: &Filter, group: Option<&GroupName>) -> bool {
        match self {
            Self::Few(few) => {
                let Some(index) = few.iter().position(|known| known.is(filter, group)) else { return false };
                few.swap_remove(index);
                if few.is_empty() {
                    *few = Vec::new();
                }
            }
            Self::Many(index) => {
                let hash = index.hash(filter, group);
                let Ok(known) = index.table.find_entry(hash, |known| known.is(filter, group)) else {
                    return false;
                };
                let (gone, _) = known.remove();
                index.bytes -= gone.bytes();
                if index.table.is_empty() {
                    *self = Self::default();
                }
            }
        }
        true
    }

    /// Whether one of them, groups apart, brings messages of `topic`.
    pub(super) fn bring(&self, topic: &[u8]) -> bool {
        let brings = |known: &Subscription| known.group.is_none() && known.filter.matches(topic);
        match self {
            Self::Few(few) => few.iter().any(brings),
            Self::Many(index) => index.table.iter().any(brings),
        }
    }

    /// A copy of them.
    pub(crate) fn to_vec(&self) -> Vec<Subscription> {
        match self {
            Self::Few(few) => few.clone(),
            Self::Many(index) => index.table.iter().cloned().collect(),
        }
    }
}

impl Session {
    /// Forgets a subscription. Deliveries already queued under it may still be sent [MQTT-3.10.4-3].
    pub(crate) fn note_unsubscribed(&self, filter: &Filter, group: Option<&GroupName>) -> bool {
        let mut state = self.state.lock();
        if !state.subscriptions.remove(filter, group) {
            return false;
        }
        state.give_subscription_back();
        if let Some(extra) = state.extra.as_mut() {
            match group {
                Some(group) => extra.groups.retain(|known| !known.is(filter, group)),
                None => extra.cursors.remove(filter),
            }
        }
        true
    }

    /// A copy of the subscriptions, for operators.
    pub(crate) fn subscriptions(&self) -> Vec<Subscription> {
        self.state.lock().subscriptions.to_vec()
    }
}

impl State {
    /// Whether there is room for a subscription; always for one that is known.
    pub(super) fn check_room(&self, subscription: &Subscription) -> Result<(), Refusal> {
        let (all, limits) = (&self.subscriptions, self.limits());
        let room = all.len() < limits.subscriptions
            && all.bytes() + subscription.bytes() <= limits.subscription_bytes;
        if room || all.get(&subscription.filter, subscription.group.as_ref()).is_some() {
            Ok(())
        } else {
            Err(Refusal::QuotaExceeded)
        }
    }

    /// Remembers a subscription; unless its user has as many as he may.
    pub(super) fn put_subscription(
        &mut self,
        subscription: Subscription,
        group: Option<Arc<Group>>,
        cursor: Option<RetainedCursor>,
    ) -> Result<(), Refusal> {
        if self.subscriptions.get(&subscription.filter, subscription.group.as_ref()).is_none() {
            self.count_subscription()?;
        }
        self.subscriptions.put(subscription);
        if let Some(group) = group
            && !self.extra().groups.iter().any(|known| Arc::ptr_eq(known, &group))
        {
            self.extra().groups.push(group);
        }
        if let Some(cursor) = cursor {
            self.extra().cursors.add(cursor);
        }
        Ok(())
    }

    /// What this member asked of a group.
    pub(super) fn group_options(&self, group: &Group) -> Option<Options> {
        let (filter, name) = group.key();
        self.subscriptions.get(filter, Some(name)).map(|known| known.options)
    }
}
