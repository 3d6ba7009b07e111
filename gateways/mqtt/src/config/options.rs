//! What each option means, for the reference file and `tidegate check`.

use tidegate_config::{OptionDoc, Reload};

const fn option(key: &'static str, unit: &'static str, doc: &'static str, cost: &'static str) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload: Reload::NewConnections, example: None }
}

const fn unset(option: OptionDoc, example: &'static str) -> OptionDoc {
    OptionDoc { example: Some(example), ..option }
}

const fn live(option: OptionDoc) -> OptionDoc {
    OptionDoc { reload: Reload::Live, ..option }
}

pub(super) const OPTIONS: &[OptionDoc] = &[
    option(
        "max_packet_size",
        "size",
        "The longest packet taken from a client, told to v5 clients. A longer one is refused from its first bytes \
         (0x95) and the connection closed. What all unfinished packets together may hold is bounded too.",
        "a client may make the broker hold this much while its packet comes in",
    ),
    option(
        "max_connect_size",
        "size",
        "The longest packet taken from a client that has not been let in: its CONNECT, with will, user name, \
         password and properties, and each AUTH. A longer one is refused (0x95 in v5) and the connection closed. \
         Raise it for wills of about 60 KiB and more, which may have up to 64 KiB of payload. Where \
         `max_packet_size` is lower, that holds.",
        "any stranger may make the broker hold this much until `connect_timeout`",
    ),
    option(
        "receive_maximum",
        "messages",
        "How many messages of QoS 1 and 2 a v5 client may have sent without an answer (Receive Maximum). One more \
         closes the connection (0x93).",
        "two bytes a message and client while they are open",
    ),
    option(
        "max_inflight",
        "messages",
        "How many unanswered messages of QoS 1 and 2 a client is sent at most; a v5 client's own Receive Maximum \
         holds if it is lower. What is above it waits in the session's queue.",
        "memory for the unanswered messages of slow clients",
    ),
    option(
        "topic_alias_maximum",
        "aliases",
        "How many topic aliases a v5 client may set; 0 for none. A higher number closes the connection (0x94).",
        "a topic's length for each alias a client sets",
    ),
    option(
        "outbound_topic_aliases",
        "aliases",
        "How many topic aliases the broker sets at most towards a v5 client that takes them; 0 for none. The first \
         topics sent to a client get them.",
        "a topic's length for each alias and client",
    ),
    option(
        "max_qos",
        "0, 1 or 2",
        "The highest quality of service clients may publish with, told to v5 clients. A v5 client above it is \
         closed (0x9B); what a 3.x client sends above it is taken at this level's guarantee and answered as sent.",
        "",
    ),
    option(
        "retain_available",
        "true or false",
        "Whether clients may retain messages. If not, a v5 client that does is closed (0x9A), and a 3.x client's \
         message is delivered but not retained.",
        "",
    ),
    option(
        "wildcard_available",
        "true or false",
        "Whether clients may subscribe with wildcards. If not, a v5 client that does is closed (0xA2) and a 3.x \
         client's subscription fails.",
        "",
    ),
    option(
        "shared_available",
        "true or false",
        "Whether clients may share subscriptions ($share/group/filter). If not, a v5 client that does is closed \
         (0x9E) and a 3.x client's subscription fails.",
        "",
    ),
    option(
        "subscription_identifiers_available",
        "true or false",
        "Whether v5 clients may number their subscriptions. If not, one that does is closed (0xA1).",
        "",
    ),
    option(
        "max_filters_per_packet",
        "filters",
        "Topic filters in one SUBSCRIBE or UNSUBSCRIBE. All filters of a longer one are refused (0x97).",
        "time for which a worker's other clients wait",
    ),
    option(
        "max_session_expiry",
        "duration",
        "How long a session is kept without a connection, at most: what a v5 client gets that asks for more, and \
         what every 3.x client gets that asks to keep its session. `session.max_expiry` holds above it.",
        "memory for the sessions of clients that never come back",
    ),
    unset(
        option(
            "server_keep_alive",
            "duration",
            "The keep alive every v5 client is told to use instead of its own, in whole seconds. Unset, clients \
             choose. 3.x has no way to say it; those clients keep their own.",
            "shorter: more pings; longer: dead connections are found later",
        ),
        "\"5m\"",
    ),
    option(
        "keep_alive_multiplier",
        "factor",
        "How many times its keep alive a client may be silent before it is closed (0x8D). The protocol asks for \
         1.5.",
        "dead connections are found later",
    ),
    option(
        "connect_timeout",
        "duration",
        "How long a new connection may take until its CONNECT is accepted, authentication included. Then it is \
         closed without a word.",
        "a descriptor for each silent peer for so long",
    ),
    option(
        "allow_empty_client_id",
        "true or false",
        "Whether a client may come without an id and be given one (v5; 3.1.1 if it asks for no session). 3.1 never \
         may.",
        "",
    ),
    option(
        "max_client_id_length",
        "size",
        "The longest client id taken. A longer one is refused (0x85, return code 2).",
        "memory for each session",
    ),
    option(
        "validate_payload_format",
        "true or false",
        "Whether a payload that its v5 publisher calls text is checked to be UTF-8 and refused (0x99) if it is not.",
        "time that grows with the payload",
    ),
    unset(
        option(
            "response_information",
            "text",
            "What a v5 client that asks for response information is told: the beginning of the topics on which it \
             expects answers. `{client}` stands for its client id. Unset, nothing is told.",
            "",
        ),
        "\"answers/{client}/\"",
    ),
    unset(
        option(
            "server_reference",
            "text",
            "Another server for v5 clients, told when this broker goes down (0x9C). Unset, they are told only that \
             it does (0x8B).",
            "",
        ),
        "\"broker-2.example.org:1883\"",
    ),
    live(option(
        "listeners.<name>.bind",
        "address",
        "Where the listener binds. Changed, the listener is closed and opened again; connections made through it \
         stay.",
        "",
    )),
    live(option("listeners.<name>.enabled", "true or false", "Whether the listener is open.", "")),
    live(option(
        "listeners.<name>.max_connections",
        "connections",
        "How many connections made through this listener are held; one more is closed at once, and counted.",
        "memory for each connection",
    )),
];
