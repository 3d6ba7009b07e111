//! What MQTT listens on when nobody says otherwise.

use std::collections::BTreeMap;

use tidegate_config::{Bind, ListenerConfig, Transport};

/// The registered ports (1883, 8883) and those that MQTT over WebSocket usually has, on loopback. Those with TLS stay
/// closed until there is a certificate.
pub(super) fn defaults() -> BTreeMap<String, ListenerConfig> {
    let usual = [
        ("default", Transport::Tcp, 1883),
        ("tls", Transport::Tls, 8883),
        ("ws", Transport::Ws, 8083),
        ("wss", Transport::Wss, 8084),
    ];
    let listener = |(name, transport, port): (&str, Transport, u16)| {
        let config = ListenerConfig { transport, bind: Bind::loopback(port), ..ListenerConfig::default() };
        (name.to_owned(), config)
    };
    usual.map(listener).into()
}
