//! What each option of a listener means.

use crate::{OptionDoc, Reload};

const fn live(key: &'static str, unit: &'static str, doc: &'static str, cost: &'static str) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload: Reload::Live, example: None }
}

const fn new(key: &'static str, unit: &'static str, doc: &'static str, cost: &'static str) -> OptionDoc {
    OptionDoc { reload: Reload::NewConnections, ..live(key, unit, doc, cost) }
}

const fn unset(option: OptionDoc, example: &'static str) -> OptionDoc {
    OptionDoc { example: Some(example), ..option }
}

/// The options of a [`super::ListenerConfig`], for a gateway whose section has them under `listeners`.
pub const LISTENER_OPTIONS: &[OptionDoc] = &[
    live(
        "listeners.<name>.transport",
        "\"tcp\", \"tls\", \"ws\" or \"wss\"",
        "What carries the protocol: a byte stream over TCP, the same over TLS, WebSocket, WebSocket over TLS. A \
         listener with TLS stays closed while neither [tls] nor its own tls table has a certificate.",
        "TLS and WebSocket cost time for each byte and memory for each connection",
    ),
    live(
        "listeners.<name>.bind",
        "address",
        "Where it listens. Changed, the listener is closed and opened again; connections made through it stay.",
        "",
    ),
    unset(
        live(
            "listeners.<name>.path",
            "path",
            "A Unix socket to listen on instead of `bind`. Peers on it count as coming from 127.0.0.1. A file that \
             nobody listens on is replaced; the file goes when the listener closes.",
            "",
        ),
        "\"/run/tidegate/mqtt.sock\"",
    ),
    live(
        "listeners.<name>.path_mode",
        "octal file mode",
        "Who may connect to the Unix socket: the mode of its file. Without `path` it means nothing.",
        "",
    ),
    live("listeners.<name>.enabled", "true or false", "Whether the listener is open.", ""),
    unset(
        new(
            "listeners.<name>.zone",
            "name",
            "Whose options hold for the clients that come through it: those of [zones.<zone>], and of the zone of \
             this name in the gateway's own section. Unset, [zones.default] and the section itself.",
            "",
        ),
        "\"sensors\"",
    ),
    live(
        "listeners.<name>.max_connections",
        "connections",
        "How many connections made through it are held; one more is closed at once, and counted.",
        "memory for each connection",
    ),
    live(
        "listeners.<name>.max_connections_per_address",
        "connections",
        "How many connections of one address (of one /64 network with IPv6) are held; one more is closed at once, and \
         counted. Behind a proxy that says so, the client's address counts. Many devices may share one address.",
        "a lower value protects the others, and locks out who shares an address with many",
    ),
    unset(
        live(
            "listeners.<name>.max_connection_rate",
            "rate of connections",
            "How fast connections are accepted. Peers beyond it are not refused: they wait in the system's backlog.",
            "clients wait while many come back at once",
        ),
        "\"1000/s burst 5000\"",
    ),
    live(
        "listeners.<name>.backlog",
        "connections",
        "How many peers may wait in the system's backlog to be accepted, where the system's own bound \
         (net.core.somaxconn on Linux) is not lower. Changed, the listener is closed and opened again.",
        "",
    ),
    live(
        "listeners.<name>.allow",
        "networks or addresses",
        "Who is let in, by the client's address: where a trusted proxy speaks for it, the one that the proxy names. Empty \
         for all. Others are closed at once, and counted.",
        "",
    ),
    live("listeners.<name>.deny", "networks or addresses", "Who is turned away, whatever `allow` says.", ""),
    live(
        "listeners.<name>.proxy_protocol",
        "true or false",
        "Whether every connection begins with a PROXY protocol header, version 1 or 2, that says for whom the proxy \
         speaks. A connection without one, or from somebody not in `trusted_proxies`, is closed.",
        "",
    ),
    live(
        "listeners.<name>.trusted_proxies",
        "networks or addresses",
        "Who may say for whom it speaks: by a PROXY header, if `proxy_protocol` is on, or by X-Forwarded-For in a \
         WebSocket's request. Nobody else is believed.",
        "whoever is in it can claim any address",
    ),
    new(
        "listeners.<name>.handshake_timeout",
        "duration",
        "How long PROXY header, TLS handshake and WebSocket request may take together. Then the connection is closed.",
        "a descriptor for each peer that says nothing, for so long",
    ),
    new(
        "listeners.<name>.socket.no_delay",
        "true or false",
        "Whether small packets leave at once (TCP_NODELAY).",
        "more packets on the network",
    ),
    // Unset turns it off; a default that can be turned off would need a word for "none".
    new(
        "listeners.<name>.socket.keep_alive",
        "duration",
        "After how much silence the system asks the peer whether it is still there (SO_KEEPALIVE, TCP_KEEPIDLE). The \
         protocol's own keep alive is usually quicker.",
        "",
    ),
    unset(
        new(
            "listeners.<name>.socket.receive_buffer",
            "size",
            "The system's receive buffer of each connection (SO_RCVBUF). Unset, the system chooses and adapts it.",
            "up to twice that much of the system's memory a connection",
        ),
        "\"64KiB\"",
    ),
    unset(
        new(
            "listeners.<name>.socket.send_buffer",
            "size",
            "The system's send buffer of each connection (SO_SNDBUF). Unset, the system chooses and adapts it.",
            "up to twice that much of the system's memory a connection",
        ),
        "\"64KiB\"",
    ),
    unset(
        new(
            "listeners.<tls>.tls.certificate",
            "path",
            "The certificate chain (PEM, the server's own first) of this listener alone, instead of the one in [tls].",
            "",
        ),
        "\"/etc/tidegate/inner.crt\"",
    ),
    unset(
        new("listeners.<tls>.tls.key", "path", "The private key (PEM) of that certificate.", ""),
        "\"/etc/tidegate/inner.key\"",
    ),
    unset(
        new(
            "listeners.<tls>.tls.client_ca",
            "path",
            "Who may issue client certificates (PEM) for this listener, instead of tls.client_ca.",
            "",
        ),
        "\"/etc/tidegate/devices-ca.crt\"",
    ),
    unset(
        new(
            "listeners.<tls>.tls.client_certificate",
            "\"none\", \"optional\" or \"required\"",
            "Whether clients of this listener show a certificate, instead of tls.client_certificate.",
            "",
        ),
        "\"required\"",
    ),
    new(
        "listeners.<ws>.websocket.path",
        "path of a URL",
        "The path that a client asks for; any other is answered 404. What follows a ? is not looked at.",
        "",
    ),
    new(
        "listeners.<ws>.websocket.origins",
        "origins",
        "The pages that may connect, as browsers name them (\"https://panel.example.org\"); others are answered 403. \
         Empty, only pages loaded from this machine may (localhost, 127.0.0.0/8, [::1]), whatever their port; \
         [\"*\"] lets all in. It protects the users of browsers; a program can say what it likes.",
        "",
    ),
    new(
        "listeners.<ws>.websocket.allow_missing_origin",
        "true or false",
        "Whether a client that names no origin, as programs do, may connect. Browsers always name one.",
        "",
    ),
    new(
        "listeners.<ws>.websocket.require_subprotocol",
        "true or false",
        "Whether a client must offer one of the gateway's sub-protocols; if so, one that offers none is answered 400.",
        "",
    ),
    new(
        "listeners.<ws>.websocket.max_frame_size",
        "size",
        "The longest WebSocket frame taken; a longer one closes the connection (1009). Packets may be spread over any \
         number of frames.",
        "",
    ),
    unset(
        new(
            "listeners.<ws>.websocket.ping_interval",
            "duration",
            "After how much silence a peer is pinged; it is closed after as much again. Unset, the broker sends no \
             pings of WebSocket's own: the protocol within has its keep alive.",
            "",
        ),
        "\"1m\"",
    ),
];
