//! Who gets one publish, and under which subscriptions.

use std::sync::Arc;

use tidegate_types::PublisherId;

use crate::door::Identifiers;
use crate::group::Group;
use crate::router::{Options, Target};
use crate::session::Session;

/// Who can be subscribed.
#[derive(Clone)]
pub(crate) enum Receiver {
    /// One session.
    Session(Arc<Session>),
    /// A group of them.
    Group(Arc<Group>),
}

impl Target for Receiver {
    fn key(&self) -> usize {
        match self {
            Self::Session(session) => Arc::as_ptr(session).addr(),
            Self::Group(group) => Arc::as_ptr(group).addr(),
        }
    }
}

/// A receiver of one publish, with what its subscriptions ask for together.
pub(crate) struct Match {
    pub(crate) receiver: Receiver,
    pub(crate) options: Options,
    pub(crate) more_identifiers: Vec<u32>,
}

impl std::fmt::Debug for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Match").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Match {
    pub(crate) fn new(receiver: &Receiver, options: Options) -> Self {
        Self { receiver: receiver.clone(), options, more_identifiers: Vec::new() }
    }

    /// The same receiver, under another filter or several.
    fn add(&mut self, options: &Options, more: &[u32]) {
        self.options.guarantee = self.options.guarantee.max(options.guarantee);
        self.options.retain_as_published |= options.retain_as_published;
        self.more_identifiers.extend(options.identifier.map(std::num::NonZeroU32::get));
        self.more_identifiers.extend_from_slice(more);
    }
}

/// Notes a receiver, at once together with the one noted last if it is the same: one receiver's overlapping filters
/// come one after the other where no others match. [`merge`] does the rest.
pub(crate) fn note(matches: &mut Vec<Match>, receiver: &Receiver, options: Options, publisher: PublisherId) {
    if is_own(receiver, &options, publisher) {
        return;
    }
    match matches.last_mut() {
        Some(last) if last.receiver.key() == receiver.key() => last.add(&options, &[]),
        _ => matches.push(Match::new(receiver, options)),
    }
}

/// Whether a filter's no-local keeps the message from its publisher.
fn is_own(receiver: &Receiver, options: &Options, publisher: PublisherId) -> bool {
    match receiver {
        Receiver::Session(session) => options.no_local && session.id == publisher,
        Receiver::Group(_) => false,
    }
}

/// The numbers of a delivery.
pub(crate) fn identifiers(options: &Options, more: &[u32]) -> Identifiers {
    match (options.identifier, more) {
        (None, []) => Identifiers::None,
        (Some(one), []) => Identifiers::One(one.get()),
        (one, more) => Identifiers::Many(
            one.map(std::num::NonZeroU32::get).into_iter().chain(more.iter().copied()).collect(),
        ),
    }
}

/// Makes one match of the several a receiver has through overlapping filters: one delivery with the highest
/// guarantee and every number [MQTT-3.3.4-2] [MQTT-3.3.4-3]. Each filter's no-local is judged by itself.
pub(crate) fn merge(matches: &mut Vec<Match>, publisher: PublisherId) {
    matches.retain(|found| !is_own(&found.receiver, &found.options, publisher));
    if matches.len() < 2 {
        return;
    }
    matches.sort_by_key(|found| found.receiver.key());
    matches.dedup_by(|again, first| {
        let same = again.receiver.key() == first.receiver.key();
        // A group of one name has a receiver of its own for each filter, so only sessions are ever the same.
        if same {
            first.add(&again.options, &again.more_identifiers);
        }
        same
    });
}
