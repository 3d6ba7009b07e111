//! MQTT takes part, in each of its versions.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Publish, Will};
use tidegate_interop_tests::wire::{Version, kind};

use super::speaker::{Answer, Guest, Speaker, Who, Words};
use crate::interop::attacks::visitor::{Entrance, Visitor, socket_from};

/// The version it speaks.
pub(super) struct Mqtt(pub(super) Version);

struct Talker {
    client: Client,
    version: Version,
}

impl Speaker for Mqtt {
    fn name(&self) -> &'static str {
        match self.0 {
            Version::V31 => "MQTT 3.1",
            Version::V311 => "MQTT 3.1.1",
            Version::V5 => "MQTT 5",
        }
    }

    fn listeners(&self, settings: Settings, certificates: &Path) -> Settings {
        let file = |name: &str| certificates.join(name).display().to_string();
        settings
            .with_text("tls.certificate", file("server.crt"))
            .with_text("tls.key", file("server.key"))
            .with_text("tls.client_ca", file("ca.crt"))
            .with_text("tls.client_certificate", "required")
    }

    fn connect(
        &self,
        broker: &Running,
        certificates: &Path,
        who: &Who,
        will: Option<&Words<'_>>,
    ) -> Option<Box<dyn Guest>> {
        let version = self.0;
        let mut visitor = Visitor::new(version, who.id);
        if let Some(user) = who.user {
            visitor = visitor.user(user);
        }
        if let Some(Words { topic, payload, qos, retain }) = will {
            let (payload, properties) = (payload.as_bytes(), &[][..]);
            visitor = visitor.will(Will { topic, payload, qos: *qos, retain: *retain, properties });
        }
        let source = Ipv4Addr::new(127, 0, 0, who.address);
        let client = match who.certificate {
            None => Client::over(socket_from(source, broker.address).unwrap(), version),
            Some(name) => {
                let socket = socket_from(source, broker.listener("tls").unwrap()).unwrap();
                let tls = ClientConnection::new(shown(certificates, name), server()).unwrap();
                Client::over(StreamOwned::new(tls, socket), version)
            }
        };
        match visitor.enter_by(client) {
            Entrance::In(client, _) => Some(Box::new(Talker { client, version })),
            Entrance::Refused(_) => None,
            Entrance::Closed => panic!("closed without a word"),
        }
    }
}

fn server() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// A client with a certificate of `tidegate cert dev`.
fn shown(certificates: &Path, name: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates.join("ca.crt")).unwrap()).unwrap();
    let chain = CertificateDer::pem_file_iter(certificates.join(format!("{name}.crt"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates.join(format!("{name}.key"))).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let chain = chain.map(Result::unwrap).collect();
    Arc::new(builder.with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap())
}

impl Talker {
    /// The next packet that is no message; `None` when the broker has closed.
    fn answer(&mut self) -> Option<Packet> {
        match self.client.receive() {
            Ok(Packet::Disconnect(..)) => {
                assert_eq!(self.client.closed().unwrap(), []);
                None
            }
            Ok(packet) => Some(packet),
            Err(error) => {
                let late = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut];
                assert!(!late.contains(&error.kind()), "no answer: {error}");
                None
            }
        }
    }

    /// What a code of an acknowledgement says; 3.x has none.
    fn read(&self, code: u8) -> Answer {
        match (self.version, code) {
            (Version::V5, 0..0x80) => Answer::Allowed,
            (Version::V5, 0x87) => Answer::Refused,
            (Version::V5, other) => panic!("refused for another reason: {other:#x}"),
            _ => Answer::Unsaid,
        }
    }
}

impl Guest for Talker {
    fn publish(&mut self, words: &Words<'_>) -> Answer {
        let Words { topic, payload, qos, retain } = *words;
        let (version, payload, properties) = (self.version, payload.as_bytes(), &[][..]);
        let publish = Publish { version, topic, payload, qos, id: 7, retain, properties };
        self.client.send_with(|out| publish.put(out)).unwrap();
        if qos == 0 {
            drop(self.client.send(&[kind::PINGREQ << 4, 0]));
        }
        match self.answer() {
            None => Answer::Closed,
            Some(Packet::PingResp) if qos == 0 => Answer::Unsaid,
            Some(Packet::Ack(kind::PUBACK, 7, code)) if qos == 1 => self.read(code),
            Some(Packet::Ack(kind::PUBREC, 7, code)) if qos == 2 => {
                let answer = self.read(code);
                if answer == Answer::Refused {
                    return answer;
                }
                self.client.acknowledge(kind::PUBREL, 7).unwrap();
                match self.answer() {
                    Some(Packet::Ack(kind::PUBCOMP, 7, 0)) => answer,
                    None => Answer::Closed,
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn subscribe(&mut self, filter: &str, group: Option<&str>, qos: u8) -> Answer {
        let filter = group.map_or_else(|| filter.to_owned(), |group| format!("$share/{group}/{filter}"));
        let version = self.version;
        self.client
            .send_with(|out| {
                tidegate_interop_tests::wire::encode::put_subscribe(out, version, 1, &filter, qos, &[]);
            })
            .unwrap();
        match self.answer() {
            None => Answer::Closed,
            Some(Packet::SubAck(1, codes)) => match (version, codes.as_slice()) {
                (_, [granted]) if *granted == qos => Answer::Allowed,
                (Version::V5, [0x87]) | (Version::V31 | Version::V311, [0x80]) => Answer::Refused,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn heard(&mut self) -> Option<Vec<String>> {
        // A connection that the broker has closed may refuse to be written to.
        drop(self.client.send(&[kind::PINGREQ << 4, 0]));
        let mut payloads = Vec::new();
        loop {
            match self.answer()? {
                Packet::PingResp => return Some(payloads),
                Packet::Publish(message) => payloads.push(String::from_utf8(message.payload).unwrap()),
                other => panic!("{other:?}"),
            }
        }
    }
}
