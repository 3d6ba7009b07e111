//! New certificates while a thousand clients are connected.

use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::Connect;
use tidegate_interop_tests::wire::{Version, tls};

use super::certificates::Certificates;
use super::tidegate;

const CLIENTS: usize = 1_000;

#[test]
fn certificates_change_under_a_thousand_connections() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let address = broker.listener("tls").unwrap();
    let before = tls::trusting(&certificates.file("ca.crt")).unwrap();
    let mut shown = Vec::new();
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|number| {
            let stream = tls::connect(address, &before).unwrap();
            shown = tls::shown(&stream).unwrap();
            let mut client = Client::over(stream, Version::V5);
            client.log_in(&Connect::clean(Version::V5, &format!("live-{number}"))).unwrap();
            assert_eq!(client.subscribe("news", 1, &[]).unwrap(), 1);
            client
        })
        .collect();
    everybody_hears(&mut clients, b"before");

    certificates.replace();
    broker.reload().unwrap();
    everybody_hears(&mut clients, b"after");

    assert!(tls::connect(address, &before).is_err(), "the new certificate is not of the old authority");
    let after = tls::trusting(&certificates.file("ca.crt")).unwrap();
    let stream = tls::connect(address, &after).unwrap();
    assert_ne!(tls::shown(&stream).unwrap(), shown);
    let mut newcomer = Client::over(stream, Version::V5);
    newcomer.log_in(&Connect::clean(Version::V5, "newcomer")).unwrap();
    assert_eq!(newcomer.publish("news", b"from the newcomer", &[]).unwrap(), 0);
    everybody_gets(&mut clients, b"from the newcomer");
}

/// The first client tells all of them, itself included.
fn everybody_hears(clients: &mut [Client], payload: &[u8]) {
    let (version, topic) = (Version::V5, "news");
    let properties = &[];
    let publish = tidegate_interop_tests::wire::encode::Publish {
        version,
        topic,
        payload,
        qos: 0,
        id: 0,
        retain: false,
        properties,
    };
    clients[0].send_with(|out| publish.put(out)).unwrap();
    everybody_gets(clients, payload);
}

fn everybody_gets(clients: &mut [Client], payload: &[u8]) {
    for client in clients {
        let message = client.message().unwrap();
        assert_eq!(message.payload, payload);
        if message.qos > 0 {
            client.acknowledge(tidegate_interop_tests::wire::kind::PUBACK, message.id).unwrap();
        }
    }
}

#[test]
fn a_certificate_that_cannot_be_read_changes_nothing() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let address = broker.listener("tls").unwrap();
    let trusted = tls::trusting(&certificates.file("ca.crt")).unwrap();
    std::fs::write(certificates.file("server.crt"), "nothing of the kind").unwrap();
    assert!(broker.reload().is_err());
    tls::connect(address, &trusted).unwrap();
}
