//! MQTT takes part, in each of its versions.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Publish, Will, put_subscribe};
use tidegate_interop_tests::wire::{Version, kind};

use super::speaker::{Answer, Guest, Speaker, Who, Words};
use crate::interop::attacks::visitor::{Entrance, Visitor, socket_from};

/// The version it speaks.
pub(super) struct Mqtt(pub(super) Version);

struct Talker(Client, Version);

impl Speaker for Mqtt {
    fn name(&self) -> &'static str {
        match self.0 {
            Version::V31 => "MQTT 3.1",
            Version::V311 => "MQTT 3.1.1",
            Version::V5 => "MQTT 5",
        }
    }

    fn listeners(&self, settings: Settings, certificates: &str) -> Settings {
        settings
            .with_text("tls.certificate", format_args!("{certificates}/server.crt"))
            .with_text("tls.key", format_args!("{certificates}/server.key"))
            .with_text("tls.client_ca", format_args!("{certificates}/ca.crt"))
            .with_text("tls.client_certificate", "required")
    }

    fn connect(&self, broker: &Running, who: &Who, will: Option<&Words<'_>>) -> Option<Box<dyn Guest>> {
        let mut visitor = Visitor::new(self.0, who.id);
        if let Some(user) = who.user {
            visitor = visitor.user(user);
        }
        if let Some(Words { topic, payload, qos, retain }) = *will.unwrap_or(&NOTHING)
            .then_if(will.is_some())
        {
            visitor = visitor.will(Will { topic, payload: payload.as_bytes(), qos, retain, properties: &[] });
        }
        todo!()
    }
}
