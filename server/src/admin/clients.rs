//! Clients: who is there, what they have, and how to end them.

use std::time::Instant;

use serde_json::{Value, json};
use tidegate_broker::{Alone, Broker, ClientInfo, SubscriptionInfo};
use tidegate_types::{ClientId, Realm, SessionKey};

use super::{Call, Operator, Reply};

/// The query of a page.
pub(super) const PAGE: &[(&str, &str)] = &[
    ("limit", "How many clients, from 1 to 1000; 100 if it is left out."),
    ("after", "The cursor of the page before: its `next`."),
];

pub(super) fn list(operator: &Operator, call: &Call) -> Reply {
    let limit = match call.page_size() {
        Ok(limit) => limit,
        Err(reply) => return reply,
    };
    let after = match call.query("after").map(read_cursor) {
        None => None,
        Some(Some(key)) => Some(key),
        Some(None) => return Reply::problem(400, "after: expected the `next` of the page before"),
    };
    let broker = &operator.server.desk().broker;
    let page = broker.clients(after.as_ref(), limit);
    let next = page.last().filter(|_| page.len() == limit).map(|last| cursor(&last.key));
    let now = Instant::now();
    let clients: Vec<Value> = page.iter().map(|client| describe(broker, client, now)).collect();
    Reply::json(json!({ "clients": clients, "next": next }))
}

pub(super) fn show(operator: &Operator, call: &Call) -> Reply {
    let broker = &operator.server.desk().broker;
    let Some((realm, id)) = named(broker, call) else { return no_client(call) };
    let (Some(client), Some(subscriptions)) =
        (broker.client(realm, &id), broker.subscriptions_of(realm, &id))
    else {
        return no_client(call);
    };
    let mut described = describe(broker, &client, Instant::now());
    let subscriptions: Vec<Value> = subscriptions.iter().map(subscription).collect();
    if let Some(described) = described.as_object_mut() {
        described.insert("subscription_list".to_owned(), subscriptions.into());
    }
    Reply::json(described)
}

pub(super) fn kick(operator: &Operator, call: &Call) -> Reply {
    let desk = operator.server.desk();
    let Some((realm, id)) = named(&desk.broker, call) else { return no_client(call) };
    if desk.turn(|broker, turn| broker.kick(turn, realm, &id)) { Reply::done() } else { no_client(call) }
}

fn no_client(call: &Call) -> Reply {
    let detail = format!("no client {:?} in the realm {:?}", call.parameter("id"), call.parameter("realm"));
    Reply::problem(404, detail)
}

/// The client a path names. Asking for a realm must not make it.
fn named(broker: &Broker<Alone>, call: &Call) -> Option<(Realm, ClientId)> {
    let wanted = call.parameter("realm");
    let realms = (0..u16::MAX).map(Realm).map(|realm| (realm, broker.realm_name(realm)));
    let mut known = realms.take_while(|(_, name)| !name.is_empty());
    let (realm, _) = known.find(|(_, name)| name == wanted)?;
    Some((realm, ClientId::new(call.parameter("id"))))
}

fn describe(broker: &Broker<Alone>, client: &ClientInfo, now: Instant) -> Value {
    let connection = client.connected.map(|connection| {
        json!({
            "remote": connection.remote,
            "gateway": connection.protocol.gateway,
            "protocol": connection.protocol.name,
            "seconds": now.saturating_duration_since(connection.since).as_secs(),
        })
    });
    json!({
        "realm": broker.realm_name(client.key.realm),
        "id": client.key.client.as_str(),
        "user": client.user.as_ref().map(|user| user.as_str()),
        "connection": connection,
        "expiry_seconds": client.expiry.as_secs(),
        "subscriptions": client.subscriptions,
        "queued_messages": client.queued,
        "queued_bytes": client.queued_bytes,
        "unsettled": client.unsettled,
    })
}

fn subscription(subscription: &SubscriptionInfo) -> Value {
    json!({
        "filter": subscription.filter.as_str(),
        "group": subscription.group.as_ref().map(|group| group.as_str()),
        "qos": subscription.guarantee as u8,
    })
}

/// A place in the order of clients.
fn cursor(key: &SessionKey) -> String {
    format!("{}:{}", key.realm.0, key.client)
}

fn read_cursor(cursor: &str) -> Option<SessionKey> {
    let (realm, client) = cursor.split_once(':')?;
    Some(SessionKey { realm: Realm(realm.parse().ok()?), client: ClientId::new(client) })
}
