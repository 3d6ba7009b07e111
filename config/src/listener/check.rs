//! Rules between a listener's options.

use std::collections::BTreeMap;

use super::{ListenerConfig, TlsOverride, WebSocketConfig};
use crate::{ByteSize, Checks, Duration};

/// Checks the table `listeners` of a gateway's section.
pub fn check_listeners(listeners: &BTreeMap<String, ListenerConfig>, checks: &mut Checks<'_>) {
    let mut taken: Vec<(&str, &ListenerConfig)> = Vec::new();
    for (name, listener) in listeners {
        let at = format!("listeners.{name}");
        place(&at, listener, checks);
        bounds(&at, listener, checks);
        layers(&at, listener, checks);
        let clash = taken.iter().find(|(_, other)| clashes(listener, other));
        if let Some((other, _)) = clash {
            let key = if listener.path.is_some() { "path" } else { "bind" };
            checks.refuse(&format!("{at}.{key}"), format_args!("the listener {other} binds the same"));
        }
        if listener.enabled {
            taken.push((name, listener));
        }
    }
}

fn clashes(one: &ListenerConfig, other: &ListenerConfig) -> bool {
    one.enabled
        && match (&one.path, &other.path) {
            (Some(one), Some(other)) => one == other,
            (None, None) => one.bind == other.bind && one.bind.port != 0,
            _ => false,
        }
}

/// Where it listens and who may speak for others.
fn place(at: &str, listener: &ListenerConfig, checks: &mut Checks<'_>) {
    if let Some(path) = &listener.path {
        if path.as_os_str().is_empty() {
            checks.refuse(&format!("{at}.path"), "a path is expected");
        }
        if checks.is_set(&format!("{at}.bind")) {
            checks.refuse(&format!("{at}.path"), "a listener has a bind or a path, not both");
        }
    }
    if listener.proxy_protocol && listener.trusted_proxies.is_empty() {
        let reason = "nobody is trusted to send the header: name the proxy's network in trusted_proxies, such as \
                      [\"127.0.0.1\"]; a peer on a Unix socket counts as 127.0.0.1";
        checks.refuse(&format!("{at}.proxy_protocol"), reason);
    }
    if listener.zone.as_ref().is_some_and(String::is_empty) {
        checks.refuse(&format!("{at}.zone"), "the name of a zone is expected");
    }
}

/// Counts and times.
fn bounds(at: &str, listener: &ListenerConfig, checks: &mut Checks<'_>) {
    let key = |name: &str| format!("{at}.{name}");
    checks.at_least(&key("max_connections"), listener.max_connections, 1);
    checks.at_least(&key("max_connections_per_address"), listener.max_connections_per_address, 1);
    checks.within(&key("backlog"), listener.backlog, 1, 65_535);
    let (shortest, longest) = (Duration::from_millis(100), Duration::from_mins(10));
    checks.within(&key("handshake_timeout"), listener.handshake_timeout, shortest, longest);
    if let Some(silence) = listener.socket.keep_alive {
        checks.within(
            &key("socket.keep_alive"),
            silence,
            Duration::from_secs(1),
            Duration::from_secs(32_767),
        );
    }
    let buffers = [
        ("socket.receive_buffer", listener.socket.receive_buffer),
        ("socket.send_buffer", listener.socket.send_buffer),
    ];
    for (name, size) in buffers {
        if let Some(size) = size {
            checks.within(&key(name), size, ByteSize::kib(1), ByteSize::gib(1));
        }
    }
}

/// TLS and WebSocket.
fn layers(at: &str, listener: &ListenerConfig, checks: &mut Checks<'_>) {
    let key = |name: &str| format!("{at}.{name}");
    if !listener.transport.is_tls() && listener.tls != TlsOverride::default() {
        checks.refuse(&key("tls"), "only a listener whose transport is \"tls\" or \"wss\" has TLS options");
    }
    if listener.tls.certificate.is_some() != listener.tls.key.is_some() {
        checks.refuse(&key("tls"), "certificate and key belong together: one of them is missing");
    }
    let websocket = &listener.websocket;
    if !listener.transport.is_websocket() && *websocket != WebSocketConfig::default() {
        checks.refuse(
            &key("websocket"),
            "only a listener whose transport is \"ws\" or \"wss\" has WebSocket options",
        );
    }
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#".contains(&byte);
    if !websocket.path.starts_with('/') || !websocket.path.bytes().all(plain) {
        let expected = "a path that begins with / and has no ?, # or blank";
        checks.expected(&key("websocket.path"), expected, format_args!("{:?}", websocket.path));
    }
    for (index, origin) in websocket.origins.iter().enumerate() {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains('/')) && origin != "null" && origin != "*"
        {
            let expected = "an origin such as \"https://panel.example.org\", without a path, or \"*\"";
            checks.expected(
                &key(&format!("websocket.origins[{index}]")),
                expected,
                format_args!("{origin:?}"),
            );
        }
    }
    let (smallest, largest) = (ByteSize::bytes(125), ByteSize::gib(1));
    checks.within(&key("websocket.max_frame_size"), websocket.max_frame_size, smallest, largest);
    if let Some(interval) = websocket.ping_interval {
        checks.within(
            &key("websocket.ping_interval"),
            interval,
            Duration::from_secs(1),
            Duration::from_days(1),
        );
    }
}
