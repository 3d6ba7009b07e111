//! The session: asked for, granted, told in the CONNACK.

use mqtt_codec::Version;
use tidegate_gateway::{ClientId, Context, OpenOptions, Opened, PrincipalRef, Protocol, Refusal};

use super::connack::Granted;
use super::extra::Proof;
use super::owed::Owing;
use super::{MqttChannel, Stage};
use crate::reason;

/// Packet identifiers run from 1 to this.
const HANDLES: u32 = 65_535;

const fn protocol(version: Version) -> &'static Protocol {
    match version {
        Version::V3 => &Protocol { gateway: "mqtt", name: "MQTT 3.1" },
        Version::V4 => &Protocol { gateway: "mqtt", name: "MQTT 3.1.1" },
        Version::V5 => &Protocol { gateway: "mqtt", name: "MQTT 5.0" },
    }
}

impl MqttChannel {
    /// Asks for the session. Another connection with the same id is closed by it [MQTT-3.1.4-3]
    /// [MQTT3-3.1.4-2]; with a clean start what it left is discarded [MQTT-3.1.2-4] [MQTT3-3.1.2-6], else it is
    /// resumed or made [MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT3-3.1.2-4] [MQTT-3.1.4-4] [MQTT3-3.1.4-3]. The id names it
    /// [MQTT-3.1.3-2] [MQTT3-3.1.3-2], and the will belongs to it [MQTT-3.1.2-7].
    pub(super) fn open(&mut self, cx: &mut Context<'_>, principal: &PrincipalRef) {
        let Some(introduction) = &mut self.introduction else { return };
        let Some(asked) = &mut introduction.asked else { return };
        // The client may go by another id here than the one it sent: the name of its user, or of its certificate. It
        // is told only where it sent none [MQTT-3.2.2-16]: there are clients that take another id for a broken packet.
        let client = principal.client.clone().unwrap_or_else(|| ClientId::new(&asked.client));
        if client.as_str() != &*asked.client {
            asked.client = client.as_str().into();
        }
        let mut will = asked.will.take();
        if let Some(will) = &mut will {
            will.principal = PrincipalRef::clone(principal);
        }
        let options = OpenOptions {
            realm: self.settings.realm,
            client,
            clean: asked.clean,
            expiry: asked.expiry.min(self.settings.max_session_expiry),
            credit: asked.credit,
            handles: HANDLES,
            will,
            protocol: protocol(self.version),
            remote: introduction.peer.remote,
        };
        self.stage = Stage::Opening;
        let outcome = cx.door.open(principal, options);
        if let Some(result) = self.take_answer(outcome, || Owing::Session) {
            self.handle_opened(cx, result);
        }
    }

    /// There is a session, or not. The CONNACK is the first packet the client gets (but for AUTH), as the driver
    /// pulls only after this [MQTT-3.2.0-1] [MQTT3-3.2.0-1] [MQTT-3.2.0-2] [MQTT-3.1.4-5] [MQTT3-3.1.4-4].
    pub(super) fn handle_opened(&mut self, cx: &mut Context<'_>, result: Result<Opened, Refusal>) {
        let opened = match result {
            Ok(opened) => opened,
            Err(refusal) => return self.refuse(cx, reason::of_connect(refusal), &refusal.to_string()),
        };
        let Some(introduction) = self.introduction.take() else { return };
        let Some(asked) = introduction.asked else { return };
        self.keep_alive = asked.keep_alive;
        self.stage = Stage::Open;
        self.send_connack(cx, &asked, Granted { resumed: opened.resumed, expiry: opened.expiry });
        if let (Some(extra), Some(method)) = (&mut self.extra, asked.method) {
            let (peer, client, user) = (introduction.peer, asked.client, asked.user);
            extra.proof =
                Some(Box::new(Proof { peer, client, user, method, exchange: None, under_way: false }));
        }
    }
}
