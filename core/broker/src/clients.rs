//! What an operator sees of clients, and may do to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_types::{ClientId, CloseReason, Draft, Filter, GroupName, Guarantee, Realm, SessionKey, Text};

use crate::broker::Broker;
use crate::door::{Protocol, Published};
use crate::outcome::Outcome;
use crate::ports::{Event, EventKind, Fabric};
use crate::principal::Principal;
use crate::publish::From;
use crate::seat::Notice;
use crate::session::Session;
use crate::turn::Turn;

/// A client's session.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// Its key.
    pub key: SessionKey,
    /// Its user name.
    pub user: Option<Text>,
    /// Its connection; `None` while it is away.
    pub connected: Option<ConnectionInfo>,
    /// How long it outlives its connection.
    pub expiry: Duration,
    /// How many subscriptions it has.
    pub subscriptions: usize,
    /// Messages that wait for it.
    pub queued: usize,
    /// Bytes that wait for it.
    pub queued_bytes: usize,
    /// Deliveries it has not settled.
    pub unsettled: usize,
}

/// A client's connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionInfo {
    /// Where it comes from.
    pub remote: SocketAddr,
    /// Since when.
    pub since: Instant,
    /// What it speaks.
    pub protocol: &'static Protocol,
}

/// A client's subscription.
#[derive(Clone, Debug)]
pub struct SubscriptionInfo {
    /// The filter.
    pub filter: Filter,
    /// Its group.
    pub group: Option<GroupName>,
    /// The highest guarantee wanted.
    pub guarantee: Guarantee,
}

impl<F: Fabric> Broker<F> {
    /// A page of clients in the order of realm and id: those after `after`, at most `limit`.
    #[must_use]
    pub fn clients(&self, after: Option<&SessionKey>, limit: usize) -> Vec<ClientInfo> {
        // The smallest `limit` keys after the cursor, in one pass over the table.
        let order = |key: &SessionKey| (key.realm, key.client.clone());
        let after = after.map(order);
        let mut page = std::collections::BTreeMap::new();
        self.sessions.for_each(|session| {
            let key = order(&session.key);
            if after.as_ref().is_some_and(|after| key <= *after) {
                return;
            }
            page.insert(key, Arc::clone(session));
            if page.len() > limit {
                page.pop_last();
            }
        });
        page.values().filter(|session| !session.is_ended()).map(|session| session.describe()).collect()
    }

    /// One client.
    #[must_use]
    pub fn client(&self, realm: Realm, client: &ClientId) -> Option<ClientInfo> {
        let session = self.sessions.get(realm, client)?;
        (!session.is_ended()).then(|| session.describe())
    }

    /// A client's subscriptions.
    #[must_use]
    pub fn subscriptions_of(&self, realm: Realm, client: &ClientId) -> Option<Vec<SubscriptionInfo>> {
        let session = self.sessions.get(realm, client)?;
        let all = session.subscriptions().into_iter().map(|subscription| SubscriptionInfo {
            filter: subscription.filter,
            group: subscription.group,
            guarantee: subscription.options.guarantee,
        });
        Some(all.collect())
    }

    /// Ends a client's connection and its session. `false`: there is no such client.
    pub fn kick(&self, turn: &mut Turn, realm: Realm, client: &ClientId) -> bool {
        let Some(session) = self.sessions.get(realm, client) else { return false };
        self.end_session(turn, &session, CloseReason::Kicked)
    }

    /// The proofs of the principals that `covers` names are not valid any longer: their connections are told to go
    /// ([`CloseReason::Expired`]), and they may prove themselves again. With `sessions`, what they left with the broker
    /// ends too, also of clients that are away. Answers how many connections and sessions that were.
    ///
    /// `covers` is called under no lock. Who proved himself before and opens his session later is not found here: see
    /// to it first that his proof is refused.
    pub fn expire(&self, turn: &mut Turn, covers: &dyn Fn(&Principal) -> bool, sessions: bool) -> usize {
        let covered = self.sessions_of(covers);
        self.put_out(turn, &covered, CloseReason::Expired, sessions)
    }

    /// The sessions whose principals are covered.
    pub(crate) fn sessions_of(&self, covers: &dyn Fn(&Principal) -> bool) -> Vec<Arc<Session>> {
        let mut covered = Vec::new();
        self.sessions.for_each(|session| {
            if session.with_principal(covers) {
                covered.push(Arc::clone(session));
            }
        });
        covered
    }

    /// Ends connections, or whole sessions; answers how many there were to end.
    pub(crate) fn put_out(
        &self,
        turn: &mut Turn,
        covered: &[Arc<Session>],
        reason: CloseReason,
        sessions: bool,
    ) -> usize {
        let mut count = 0;
        for session in covered {
            let ended = if sessions {
                self.end_session(turn, session, reason)
            } else {
                self.close_connection(turn, session, reason)
            };
            count += usize::from(ended);
        }
        count
    }

    /// Tells a session's connection to go. `false`: it has none.
    pub(crate) fn close_connection(&self, turn: &mut Turn, session: &Session, reason: CloseReason) -> bool {
        let Some(seat) = session.seat() else { return false };
        turn.notices.push((seat, Notice::Close(reason)));
        self.emit(EventKind::Client, &Event::ClientClosed { key: &session.key, reason });
        true
    }

    /// Ends a session and its connection. `false`: it had ended before.
    pub(crate) fn end_session(&self, turn: &mut Turn, session: &Arc<Session>, reason: CloseReason) -> bool {
        let Some(ended) = session.end(turn) else { return false };
        self.sessions.remove(session);
        if let Some(seat) = ended.displaced {
            turn.notices.push((seat, Notice::Close(reason)));
            self.count_connected(false);
            self.emit(EventKind::Client, &Event::ClientClosed { key: &session.key, reason });
        }
        self.clean_up(turn, session, ended, false);
        true
    }

    /// Another node owns the session now: it ends here without a will and without a word to its client but that it
    /// was taken over. `false`: there is no such session.
    pub fn fence(&self, turn: &mut Turn, realm: Realm, client: &ClientId) -> bool {
        let Some(session) = self.sessions.get(realm, client) else { return false };
        let Some(mut ended) = session.end(turn) else { return false };
        self.sessions.remove(&session);
        ended.will = None;
        ended.shared.clear();
        self.clean_up(turn, &session, ended, true);
        true
    }

    /// Publishes in the name of the broker itself.
    pub fn publish_as_broker(&self, turn: &mut Turn, draft: &Draft<'_>) -> Outcome<Published> {
        let principal = Principal::broker();
        let publisher = tidegate_types::PublisherId::default();
        let from =
            From { principal: &principal, publisher, lease: None, once: None, question: None, zone: None };
        self.take(turn, from, draft)
    }
}
