use tidegate_config::{Bind, ByteSize, ListenerConfig, Loader, Registration, Sources, Transport};

use super::*;

fn load(text: &str) -> Result<MqttConfig, String> {
    let sources = Sources::new().with_file("f", text);
    let loaded = Loader::empty().with(Registration::of::<MqttConfig>()).load(&sources);
    Ok(loaded.map_err(|problems| problems.to_string())?.section().unwrap())
}

#[test]
fn every_option_is_explained_and_the_defaults_hold() {
    assert_eq!(tidegate_config::lint::<MqttConfig>(), Vec::<String>::new());
}

#[test]
fn a_listener_on_a_free_port_binds_one_address() {
    let free = ListenerConfig { bind: Bind::loopback(0), ..ListenerConfig::default() };
    assert_eq!(free.addresses().len(), 1);
    assert_eq!(ListenerConfig::default().addresses().len(), 2);
}

#[test]
fn a_zone_overrides_what_it_says() {
    let config = load(
        "[mqtt]\nmax_qos = 1\nserver_keep_alive = \"1m\"\n\
         [mqtt.zones.slow]\nmax_inflight = 1\nserver_keep_alive = \"1h\"\n\
         subscription_max_qos = [{ filter = \"log/#\", qos = 0 }]\n\
         [mqtt.listeners.lan]\nbind = 1\nzone = \"slow\"\n",
    )
    .unwrap();
    let slow = config.in_zone(Some("slow"));
    assert_eq!((slow.max_qos, slow.max_inflight), (1, 1));
    assert_eq!(slow.server_keep_alive.unwrap().to_string(), "1h");
    assert_eq!(slow.subscription_max_qos.len(), 1);
    for plain in [config.in_zone(None), config.in_zone(Some("other"))] {
        assert_eq!((plain.max_qos, plain.max_inflight), (1, 512));
        assert_eq!(plain.server_keep_alive.unwrap().to_string(), "1m");
    }
}

#[test]
fn what_cannot_hold_is_refused_where_it_stands() {
    for (text, expected) in [
        ("[mqtt]\nmax_qos = 3", "f:2:11: mqtt.max_qos: expected from 0 to 2, got 3"),
        ("[mqtt.zones.a]\nmax_qos = 3", "f:2:11: mqtt.zones.a.max_qos: expected from 0 to 2, got 3"),
        (
            "[mqtt.zones.a]\nmax_packet_size = 1",
            "f:2:19: mqtt.zones.a.max_packet_size: expected from 128B to",
        ),
        (
            "[mqtt]\nmax_message_expiry = \"1h\"\n[mqtt.zones.a]\ndefault_message_expiry = \"2h\"",
            "f:4:26: mqtt.zones.a.default_message_expiry: must not be more than max_message_expiry, 1h",
        ),
        (
            "[mqtt]\nsession_expiry_3x = \"30d\"",
            "f:2:21: mqtt.session_expiry_3x: must not be more than max_session_expiry, 7d",
        ),
        (
            "[[mqtt.subscription_max_qos]]\nfilter = \"a/#\"\nqos = 0\n[[mqtt.subscription_max_qos]]\nfilter = \"a/#/b\"\nqos = 4",
            "f:5:10: mqtt.subscription_max_qos[1].filter: \"a/#/b\" is no topic filter\nf:6:7: \
             mqtt.subscription_max_qos[1].qos: expected from 0 to 2, got 4",
        ),
        ("[mqtt.zones.default]\nmax_qos = 1", "f:1:1: mqtt.zones.default: what holds where no zone"),
        ("[mqtt.zones.a]\nmax_quality = 3", "f:2:1: mqtt.zones.a.max_quality: unknown key"),
        (
            "[mqtt.listeners.lan]\nbind = 1883",
            "f:2:8: mqtt.listeners.lan.bind: the listener default binds the same",
        ),
    ] {
        let refused = load(text).unwrap_err();
        assert!(refused.starts_with(expected), "{text}: {refused}");
    }
}

#[test]
fn the_usual_ports_are_on_loopback() {
    let usual = MqttConfig::default().listeners;
    let shown: Vec<_> = usual.iter().map(|(name, of)| (name.as_str(), of.transport, of.bind.port)).collect();
    assert_eq!(
        shown,
        [
            ("default", Transport::Tcp, 1883),
            ("tls", Transport::Tls, 8883),
            ("ws", Transport::Ws, 8083),
            ("wss", Transport::Wss, 8084),
        ]
    );
    assert!(usual.values().all(|listener| listener.enabled && listener.bind.is_loopback()));
    assert_eq!(MqttConfig::default().max_packet_size, ByteSize::mib(16));
}
