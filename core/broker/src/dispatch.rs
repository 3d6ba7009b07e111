//! What a group decided is carried out, and what a member leaves goes to the others.

use std::sync::Arc;

use tidegate_types::{DropReason, Guarantee, Message};

use crate::broker::Broker;
use crate::group::{Chosen, Dispatch, Group};
use crate::ports::Fabric;
use crate::session::{Origin, Push, Queued, Seen};
use crate::turn::Turn;

impl<F: Fabric> Broker<F> {
    pub(crate) fn deliver_group(&self, turn: &mut Turn, group: &Arc<Group>, message: &Message) -> bool {
        let dispatch = group.dispatch(message, &self.group_limits);
        self.finish_dispatch(turn, dispatch, message)
    }

    /// Carries out what a group decided.
    pub(crate) fn finish_dispatch(&self, turn: &mut Turn, dispatch: Dispatch, message: &Message) -> bool {
        match dispatch {
            Dispatch::Waits { wake, oldest } => {
                if let Some(session) = wake {
                    session.wake(turn);
                }
                for entry in oldest {
                    self.dropped(turn, None, &entry.message, DropReason::QueueFull);
                }
                true
            }
            Dispatch::Direct(chosen) => self.push_to_member(turn, chosen, message),
            Dispatch::Refused => {
                self.dropped(turn, None, message, DropReason::QueueFull);
                false
            }
        }
    }

    /// Queues an entry for the member a group chose. One that ended or left since it was chosen is passed over.
    fn push_to_member(&self, turn: &mut Turn, chosen: Chosen, message: &Message) -> bool {
        let Chosen { session: member, entry, left } = chosen;
        let Origin::Group(origin) = &entry.origin else {
            return self.push(turn, &member, *entry, Seen::Now) > 0;
        };
        let group = Arc::clone(&origin.0);
        match member.push(*entry, turn, Seen::Group(left)) {
            Push::Passed(entry) if entry.guarantee.is_tracked() => {
                let dispatch = group.give_back(entry);
                self.finish_dispatch(turn, dispatch, message)
            }
            pushed => self.pushed(turn, &member, pushed, message) > 0,
        }
    }

    /// Gives what a member of groups left to the others, in order: to the head of a group's queue from the last to
    /// the first, straight to other members from the first to the last. `repeat` marks them for whoever gets them
    /// next.
    pub(crate) fn give_back(&self, turn: &mut Turn, entries: Vec<Queued>, repeat: bool) {
        let kept = |entry: &Queued| matches!(&entry.origin, Origin::Group(origin) if origin.0.keeps());
        let (kept, direct): (Vec<_>, Vec<_>) = entries.into_iter().partition(kept);
        for mut entry in kept.into_iter().rev().chain(direct) {
            let Origin::Group(origin) = &entry.origin else { continue };
            let group = Arc::clone(&origin.0);
            // At most once is not sent a second time.
            entry.repeat = repeat;
            if entry.guarantee == Guarantee::AtMostOnce {
                continue;
            }
            let message = entry.message.clone();
            let dispatch = group.give_back(entry);
            self.finish_dispatch(turn, dispatch, &message);
        }
    }
}
