//! What each option means, for the reference file and `tidegate check`.

use tidegate_config::{LISTENER_OPTIONS, OptionDoc, Reload, together};

/// Declares the options of the section and of a zone: whether there is a default (`set`) or not (`unset`), key, unit,
/// an example, what it decides, what it costs.
macro_rules! options {
    (@example set $example:literal) => { None };
    (@example unset $example:literal) => { Some($example) };
    ($($kind:ident $key:literal, $unit:literal, $example:literal, $doc:literal, $cost:literal;)*) => {
        /// Options of the section itself.
        const SECTION: &[OptionDoc] = &[
            $(OptionDoc {
                key: $key,
                unit: $unit,
                doc: $doc,
                cost: $cost,
                reload: Reload::NewConnections,
                example: options!(@example $kind $example),
            },)*
        ];
        /// The same of a zone, where nothing has a default.
        const ZONE: &[OptionDoc] = &[
            $(OptionDoc {
                key: concat!("zones.<name>.", $key),
                unit: $unit,
                doc: concat!("As mqtt.", $key, ", for the clients of this zone."),
                cost: $cost,
                reload: Reload::NewConnections,
                example: Some($example),
            },)*
        ];
    };
}

options! {
    set "max_packet_size", "size", "\"1MiB\"",
        "The longest packet taken from a client, told to v5 clients. A longer one is refused from its first bytes \
         (0x95) and the connection closed. What all unfinished packets together may hold is bounded too.",
        "a client may make the broker hold this much while its packet comes in";
    set "max_connect_size", "size", "\"16KiB\"",
        "The longest packet taken from a client that has not been let in: its CONNECT, with will, user name, \
         password and properties, and each AUTH. A longer one is refused (0x95 in v5) and the connection closed. \
         Raise it for wills of about 60 KiB and more, which may have up to 64 KiB of payload. Where \
         `max_packet_size` is lower, that holds.",
        "any stranger may make the broker hold this much until `connect_timeout`";
    set "receive_maximum", "messages", "100",
        "How many messages of QoS 1 and 2 a v5 client may have sent without an answer (Receive Maximum). One more \
         closes the connection (0x93).",
        "two bytes a message and client while they are open";
    set "max_inflight", "messages", "20",
        "How many unanswered messages of QoS 1 and 2 a client is sent at most; a v5 client's own Receive Maximum \
         holds if it is lower. What is above it waits in the session's queue.",
        "memory for the unanswered messages of slow clients";
    set "topic_alias_maximum", "aliases", "0",
        "How many topic aliases a v5 client may set; 0 for none. A higher number closes the connection (0x94).",
        "a topic's length for each alias a client sets";
    set "outbound_topic_aliases", "aliases", "0",
        "How many topic aliases the broker sets at most towards a v5 client that takes them; 0 for none. The first \
         topics sent to a client get them.",
        "a topic's length for each alias and client";
    set "max_qos", "0, 1 or 2", "1",
        "The highest quality of service clients may publish with, told to v5 clients. A v5 client above it is \
         closed (0x9B); what a 3.x client sends above it is taken at this level's guarantee and answered as sent.",
        "";
    set "retain_available", "true or false", "false",
        "Whether clients may retain messages. If not, a v5 client that does is closed (0x9A), and a 3.x client's \
         message is delivered but not retained.",
        "";
    set "wildcard_available", "true or false", "false",
        "Whether clients may subscribe with wildcards. If not, a v5 client that does is closed (0xA2) and a 3.x \
         client's subscription fails.",
        "";
    set "shared_available", "true or false", "false",
        "Whether clients may share subscriptions ($share/group/filter). If not, a v5 client that does is closed \
         (0x9E) and a 3.x client's subscription fails.",
        "";
    set "subscription_identifiers_available", "true or false", "false",
        "Whether v5 clients may number their subscriptions. If not, one that does is closed (0xA1).",
        "";
    set "max_filters_per_packet", "filters", "100",
        "Topic filters in one SUBSCRIBE or UNSUBSCRIBE. All filters of a longer one are refused (0x97).",
        "time for which a worker's other clients wait";
    set "suppress_own_messages", "true or false", "true",
        "Whether 3.x clients do not get what they publish themselves, as if each of their subscriptions had MQTT \
         5's No Local. Shared subscriptions are left as they are.",
        "";
    unset "max_topic_levels", "levels", "8",
        "Levels of the topics and filters that these clients use, where limits.max_topic_levels is not lower. A \
         publication beyond it is refused (0x90), and so are a subscription (0x8F) and a will (0x90).",
        "";
    set "max_session_expiry", "duration", "\"1d\"",
        "How long a session is kept without a connection, at most: what a v5 client gets that asks for more. \
         `session.max_expiry` (or the zone's) holds above it.",
        "memory for the sessions of clients that never come back";
    unset "session_expiry_3x", "duration", "\"2h\"",
        "How long the session of a 3.x client is kept that asks to keep it. Unset, max_session_expiry.",
        "memory for the sessions of clients that never come back";
    unset "default_message_expiry", "duration", "\"1d\"",
        "How long a message is kept for those who are not there, if its publisher does not say; those of 3.x \
         clients never do. It holds for wills and retained messages too: a retained message goes when it has \
         passed. In whole seconds. Unset, without end.",
        "";
    unset "max_message_expiry", "duration", "\"7d\"",
        "How long a message is kept at most, whatever its publisher says; receivers are told the shorter time. A \
         message that has no expiry gets this one. In whole seconds. Unset, as long as its publisher says.",
        "";
    unset "server_keep_alive", "duration", "\"5m\"",
        "The keep alive every v5 client is told to use instead of its own, in whole seconds. Unset, clients choose. \
         3.x has no way to say it; those clients keep their own.",
        "shorter: more pings; longer: dead connections are found later";
    unset "max_keep_alive", "duration", "\"1h\"",
        "The longest keep alive, in whole seconds. A v5 client that asks for a longer one, or for none, is told to use \
         this one; a 3.x client that does is refused (return code 2), as it cannot be told. Unset, any is taken.",
        "";
    set "keep_alive_multiplier", "factor", "2.0",
        "How many times its keep alive a client may be silent before it is closed (0x8D). The protocol asks for 1.5.",
        "dead connections are found later";
    set "connect_timeout", "duration", "\"30s\"",
        "How long a new connection may take until its CONNECT is accepted, authentication included. Then it is \
         closed without a word.",
        "a descriptor for each silent peer for so long";
    set "accept_versions", "\"3.1\", \"3.1.1\", \"5\"", "[\"3.1.1\", \"5\"]",
        "The versions that clients may speak. Another is refused (0x84, return code 1).",
        "";
    set "allow_empty_client_id", "true or false", "false",
        "Whether a client may come without an id and be given one (v5; 3.1.1 if it asks for no session). 3.1 never \
         may.",
        "";
    set "auto_id_prefix", "text, at most 64 bytes", "\"guest-\"",
        "What the ids begin with that clients are given who come without one; 32 hexadecimal digits follow.",
        "";
    set "max_client_id_length", "size", "64",
        "The longest client id taken. A longer one is refused (0x85, return code 2).",
        "memory for each session";
    set "validate_payload_format", "true or false", "true",
        "Whether a payload that its v5 publisher calls text is checked to be UTF-8 and refused (0x99) if it is not.",
        "time that grows with the payload";
    unset "response_information", "text", "\"answers/{client}/\"",
        "What a v5 client that asks for response information is told: the beginning of the topics on which it \
         expects answers. `{client}` stands for its client id. Unset, nothing is told.",
        "";
    unset "server_reference", "text", "\"broker-2.example.org:1883\"",
        "Another server for v5 clients, told when this broker goes down (0x9C). Unset, they are told only that it \
         does (0x8B).",
        "";
}

/// The highest QoS of some subscriptions: an array of tables.
const QOS_RULES: &[OptionDoc] = &[
    OptionDoc {
        key: "subscription_max_qos",
        unit: "tables with filter and qos",
        doc: "The highest QoS granted to some subscriptions: the first entry within whose filter a subscription's \
              filter lies. One that reaches further than an entry's filter is not bound by it. The client is told in \
              its SUBACK. Empty: what the client asks for.",
        cost: "time for each subscription",
        reload: Reload::NewConnections,
        example: None,
    },
    OptionDoc {
        key: "subscription_max_qos[].filter",
        unit: "topic filter",
        doc: "Which subscriptions: those that match no topic but the filter's. For shared ones, what is shared counts.",
        cost: "",
        reload: Reload::NewConnections,
        example: Some("\"telemetry/#\""),
    },
    OptionDoc {
        key: "subscription_max_qos[].qos",
        unit: "0, 1 or 2",
        doc: "The highest QoS that they are granted.",
        cost: "",
        reload: Reload::NewConnections,
        example: Some("0"),
    },
];

/// The same of a zone, as an array in one line.
const ZONE_QOS_RULES: &[OptionDoc] = &[OptionDoc {
    key: "zones.<name>.subscription_max_qos",
    unit: "tables with filter and qos",
    doc: "As mqtt.subscription_max_qos, for the clients of this zone and instead of it.",
    cost: "time for each subscription",
    reload: Reload::NewConnections,
    example: Some("[{ filter = \"telemetry/#\", qos = 0 }]"),
}];

const OWN: [OptionDoc; SECTION.len() + QOS_RULES.len()] = together(SECTION, QOS_RULES);
const ZONED: [OptionDoc; ZONE.len() + ZONE_QOS_RULES.len()] = together(ZONE, ZONE_QOS_RULES);
const WITH_ZONES: [OptionDoc; OWN.len() + ZONED.len()] = together(&OWN, &ZONED);
const WITH_LISTENERS: [OptionDoc; WITH_ZONES.len() + LISTENER_OPTIONS.len()] =
    together(&WITH_ZONES, LISTENER_OPTIONS);

/// Every option of the section.
pub(super) const ALL: &[OptionDoc] = &WITH_LISTENERS;
