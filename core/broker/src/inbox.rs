//! Inboxes: a session's own topics, below `$inbox/`.
//!
//! `$inbox/<token>/…` may be subscribed to by the session whose token it is and by nobody else, whatever rules say;
//! everybody may publish there, and nothing is retained there. What lies under `$inbox/<token>/reply/` answers the
//! kernel's own requests and is never queued.
//!
//! A token names its session and proves that this broker made it: the session's number, after a hash of it keyed with
//! what only this process knows. It is unique and hard to guess, but it is told to everybody who is to answer, so it
//! is no secret; what keeps others from reading is the rule above.

use std::hash::BuildHasher;

use tidegate_types::{Draft, PublisherId};

const ROOT: &str = "$inbox/";
const REPLY: &str = "reply/";

/// Makes and recognises tokens.
#[derive(Debug, Default)]
pub(crate) struct Inboxes(foldhash::fast::RandomState);

/// Whose inbox a filter would read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reads {
    /// Nobody's.
    None,
    /// The subscriber's own.
    Own,
    /// Another's, or several.
    Foreign,
}

impl Inboxes {
    fn proof(&self, session: PublisherId) -> u64 {
        self.0.hash_one(session.0)
    }

    /// The prefix of a session's inbox topics, with its last separator.
    pub(crate) fn prefix(&self, session: PublisherId) -> String {
        format!("{ROOT}{:016x}{:x}/", self.proof(session), session.0)
    }

    /// Where the answer to a request is published.
    pub(crate) fn reply_topic(&self, session: PublisherId, number: u32) -> String {
        format!("{}{REPLY}{number:x}", self.prefix(session))
    }

    /// Which session's request a topic answers.
    pub(crate) fn asked(&self, topic: &str) -> Option<(PublisherId, u32)> {
        let (token, rest) = topic.strip_prefix(ROOT)?.split_once('/')?;
        let (proof, session) = token.split_at_checked(16)?;
        let session = PublisherId(u64::from_str_radix(session, 16).ok()?);
        let proved = u64::from_str_radix(proof, 16).ok()? == self.proof(session);
        let number = u32::from_str_radix(rest.strip_prefix(REPLY)?, 16).ok()?;
        proved.then_some((session, number))
    }

    /// Whose inbox `filter` reads, if it is a subscription of `session`. Filters that begin with a wildcard read
    /// none, as every inbox's topic begins with `$`.
    pub(crate) fn reads(&self, filter: &str, session: PublisherId) -> Reads {
        match filter.strip_prefix("$inbox") {
            Some("") => Reads::Foreign,
            Some(rest) if rest.starts_with('/') => {
                let own = filter.starts_with(&self.prefix(session));
                if own { Reads::Own } else { Reads::Foreign }
            }
            _ => Reads::None,
        }
    }
}

/// Whether a topic lies in an inbox.
pub(crate) fn is_inbox(topic: &str) -> bool {
    topic.starts_with(ROOT)
}

/// Whether a topic is for answers to requests.
pub(crate) fn is_reply(topic: &str) -> bool {
    let below = topic.strip_prefix(ROOT).and_then(|rest| rest.split_once('/'));
    below.is_some_and(|(_, rest)| rest.starts_with(REPLY))
}

/// What goes to an inbox is not retained: its owner is there or gets nothing.
pub(crate) fn unretained(draft: Draft<'_>) -> Draft<'_> {
    Draft { retain: draft.retain && !is_inbox(draft.topic), ..draft }
}
