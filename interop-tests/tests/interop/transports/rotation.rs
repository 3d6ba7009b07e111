//! New certificates while a thousand clients are connected.

use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::Connect;
use tidegate_interop_tests::wire::{Version, kind, tls};

use super::certificates::Certificates;
use super::tidegate;

const CLIENTS: usize = 1_000;
const ROTATIONS: usize = 5;
/// Messages at most: as many as every client's connection holds unread.
const MOST: u32 = 400;

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
    // Messages flow while the whole set, authority included, is replaced again and again.
    let mut publisher = Client::over(tls::connect(address, &before).unwrap(), Version::V5);
    publisher.log_in(&Connect::clean(Version::V5, "publisher")).unwrap();
    let published = std::thread::scope(|scope| {
        let rotation = scope.spawn(|| {
            for _ in 0..ROTATIONS {
                certificates.replace();
                broker.reload().unwrap();
            }
        });
        let mut published = 0_u32;
        while !rotation.is_finished() && published < MOST {
            assert_eq!(publisher.publish("news", &published.to_be_bytes(), &[]).unwrap(), 0);
            published += 1;
        }
        published
    });
    assert!(published > 0);
    for number in 0..published {
        everybody_gets(&mut clients, &number.to_be_bytes());
    }

    assert!(tls::connect(address, &before).is_err(), "the new certificate is not of the old authority");
    let after = tls::trusting(&certificates.file("ca.crt")).unwrap();
    let stream = tls::connect(address, &after).unwrap();
    assert_ne!(tls::shown(&stream).unwrap(), shown);
    let mut newcomer = Client::over(stream, Version::V5);
    newcomer.log_in(&Connect::clean(Version::V5, "newcomer")).unwrap();
    assert_eq!(newcomer.publish("news", b"from the newcomer", &[]).unwrap(), 0);
    everybody_gets(&mut clients, b"from the newcomer");
}

fn everybody_gets(clients: &mut [Client], payload: &[u8]) {
    for client in clients {
        let message = client.message().unwrap();
        assert_eq!(message.payload, payload);
        if message.qos > 0 {
            client.acknowledge(kind::PUBACK, message.id).unwrap();
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
