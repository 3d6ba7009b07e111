//! What each option of a zone means.

use crate::{OptionDoc, Reload};

const fn option(
    key: &'static str,
    unit: &'static str,
    doc: &'static str,
    cost: &'static str,
    example: Option<&'static str>,
) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload: Reload::NewConnections, example }
}

const fn live(option: OptionDoc) -> OptionDoc {
    OptionDoc { reload: Reload::Live, ..option }
}

pub(super) const OPTIONS: &[OptionDoc] = &[
    option(
        "<name>.chain",
        "names of methods",
        "The methods of authentication for these clients, in order, instead of auth.chain.",
        "",
        Some("[\"anonymous\"]"),
    ),
    option(
        "<name>.user_from",
        "\"client\", \"certificate-cn\", \"certificate-subject\", \"certificate-san-dns\", \
         \"certificate-san-email\" or \"certificate-san-uri\"",
        "Where a client's user name comes from, before its credentials are judged: what it says itself (\"client\", \
         which is what holds when unset), or a name in its verified certificate. Then a client that shows no \
         certificate, or one without that name, has no user name, whatever it says.",
        "",
        Some("\"certificate-cn\""),
    ),
    option(
        "<name>.client_id_from",
        "\"client\", \"user\", \"certificate-cn\", \"certificate-subject\", \"certificate-san-dns\", \
         \"certificate-san-email\" or \"certificate-san-uri\"",
        "Where its client id comes from: what it says itself (\"client\", which is what holds when unset), the name of \
         the user it proved to be, or a name in its certificate. A client that has none is refused. It is told \
         only where it sent none; two devices of one user take the session from each other.",
        "",
        Some("\"user\""),
    ),
    option(
        "<name>.attributes.<attribute>",
        "text with ${username}, ${clientid}, ${address}, ${listener}, ${cert_cn}, ${cert_subject}, ${cert_san_dns} or \
         ${cert_fingerprint}",
        "An attribute that clients get, for rules to ask for (attributes = [\"site=north\"], ${attr.site}). One that \
         needs something a client does not have is not given; what a method of authentication says of an attribute \
         goes before.",
        "",
        Some("\"north\""),
    ),
    option(
        "<name>.takeover",
        "\"same-user\" or \"anybody\"",
        "Who may take over the session of a client that comes again while it is kept: who proved to be the same user \
         (which is what holds when unset), or anybody who uses its client id.",
        "\"anybody\" gives whoever guesses a client id what waits for it",
        Some("\"same-user\""),
    ),
    option(
        "<name>.max_queued_messages",
        "messages",
        "As session.max_queued_messages.",
        "memory, for every client that is away or slow",
        Some("1000"),
    ),
    option(
        "<name>.max_queued_bytes",
        "size",
        "As session.max_queued_bytes.",
        "that much memory, for every client that is away or slow",
        Some("\"1MiB\""),
    ),
    option(
        "<name>.max_unsent_bytes",
        "size",
        "As session.max_unsent_bytes.",
        "that much memory, for every client that is slow",
        Some("\"1MiB\""),
    ),
    option(
        "<name>.keep_at_most_once",
        "true or false",
        "As session.keep_at_most_once.",
        "memory, for every client that is away",
        Some("true"),
    ),
    option(
        "<name>.offline_policy",
        "\"drop-oldest\" or \"refuse\"",
        "As limits.offline_policy.",
        "",
        Some("\"drop-oldest\""),
    ),
    option(
        "<name>.max_subscriptions",
        "subscriptions",
        "As limits.max_subscriptions_per_session.",
        "memory, and time when a session ends",
        Some("100"),
    ),
    option(
        "<name>.max_subscription_bytes",
        "size",
        "As limits.max_subscription_bytes_per_session.",
        "up to three times that much memory",
        Some("\"64KiB\""),
    ),
    option(
        "<name>.max_expiry",
        "duration or \"never\"",
        "As session.max_expiry.",
        "memory, for every client that does not come back",
        Some("\"1d\""),
    ),
    option("<name>.max_once_keys", "messages", "As session.max_once_keys.", "a few bytes each", Some("1000")),
    option(
        "<name>.max_message_rate",
        "rate of messages",
        "How fast one client may publish. Above it the broker stops reading from it for as long as it takes: nothing \
         is dropped, and nobody else waits. Unset, as fast as it can.",
        "",
        Some("\"100/s burst 500\""),
    ),
    option(
        "<name>.max_byte_rate",
        "rate of bytes",
        "How many bytes of topics, properties and payloads one client may publish; above it, as for max_message_rate.",
        "",
        Some("\"1MiB/s\""),
    ),
    option(
        "<name>.max_subscribe_rate",
        "rate of subscriptions",
        "How fast one client may subscribe, counted by filters; above it, as for max_message_rate.",
        "",
        Some("\"100/s burst 1000\""),
    ),
    live(option(
        "<name>.max_zone_message_rate",
        "rate of messages",
        "How fast all clients of the zone together may publish; above it the broker stops reading from those that \
         publish. Unset, as fast as they can.",
        "",
        Some("\"50000/s\""),
    )),
    live(option(
        "<name>.max_zone_byte_rate",
        "rate of bytes",
        "How many bytes of topics, properties and payloads all clients of the zone together may publish.",
        "",
        Some("\"50MiB/s\""),
    )),
    live(option(
        "<name>.max_connect_rate",
        "rate of connections",
        "How fast one address (one /64 network with IPv6) may connect, over all listeners of the zone. Above it a \
         connection is closed, or told \"connection rate exceeded\" where it could say who it is. Many devices may \
         share one address. The rate of a whole listener stands with the listener.",
        "a low value locks out who shares an address with many",
        Some("\"10/s burst 100\""),
    )),
    live(option(
        "<name>.failed_logins",
        "so many in a time, and a ban, or \"off\"",
        "When a user name fails to log in so often in a row from one address, logins of that name from there are \
         refused for a while, before any password is looked at. A login that succeeds clears the count.",
        "fewer, or longer: a device with an old password comes back later once it is mended",
        None,
    )),
    live(option(
        "<name>.failed_logins_per_address",
        "so many in a time, and a ban, or \"off\"",
        "When so many logins of whatever names fail from one address (one /64 network with IPv6), all new logins from \
         there are refused for a while; connections that stand stay. A login that succeeds clears nothing. Choose it \
         for the largest fleet behind one address.",
        "a low value locks out who shares an address with a bad device",
        None,
    )),
    live(option(
        "<name>.failed_logins_spared",
        "networks or addresses",
        "Addresses that are never turned away for failed logins.",
        "passwords can be tried from there as fast as they can be checked",
        Some("[\"192.0.2.7\"]"),
    )),
    live(option(
        "<name>.flapping",
        "so many in a time, and a ban, or \"off\"",
        "When a client loses its connection so often in so much time, its client id is banned for a while. Two devices \
         with one client id, which take it from each other, are found by this. Unset, nobody is.",
        "",
        Some("\"15/1m ban 5m\""),
    )),
    option(
        "<name>.max_sessions_per_user",
        "sessions",
        "Sessions of one user, those without a connection included. Beyond it a new client is refused (quota \
         exceeded). Clients without a user name are not counted.",
        "",
        Some("10"),
    ),
    option(
        "<name>.max_subscriptions_per_user",
        "subscriptions",
        "Subscriptions of all sessions of one user. Beyond it further ones are refused.",
        "",
        Some("1000"),
    ),
    option(
        "<name>.max_retained_messages_per_user",
        "messages",
        "Retained messages that one user published last. Beyond it a further topic's message is refused.",
        "",
        Some("1000"),
    ),
    option(
        "<name>.max_retained_bytes_per_user",
        "size",
        "Bytes held by them. Beyond it a message that is to be retained is refused.",
        "",
        Some("\"10MiB\""),
    ),
];
