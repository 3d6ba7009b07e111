//! Who the client is: at CONNECT, in steps with AUTH, and again later.

use mqtt_codec::{Auth, PropertiesBuf, Property, PropertySet, ReasonCode, Secret};
use tidegate_gateway::{Authenticated, Context, Credentials, Realm, Refusal};

use super::extra::Proof;
use super::introduction::Introduction;
use super::owed::Owing;
use super::{MqttChannel, Stage};
use crate::reason;

impl Introduction {
    /// What the client says of itself.
    fn credentials<'a>(
        &'a self,
        realm: Realm,
        password: Option<&'a [u8]>,
        data: &'a [u8],
    ) -> Credentials<'a> {
        let asked = self.asked.as_ref();
        Credentials {
            realm,
            client: asked.map_or("", |asked| &asked.client),
            user: asked.and_then(|asked| asked.user.as_deref()),
            password,
            method: asked.and_then(|asked| asked.method.as_deref()).map(|method| (method, data)),
            exchange: asked.and_then(|asked| asked.exchange.as_ref()),
            remote: self.peer.remote,
            listener: &self.peer.listener,
            loopback: self.peer.is_loopback(),
            certificate: self.peer.certificate.as_ref(),
        }
    }
}

impl MqttChannel {
    /// Asks who the client is [MQTT-3.1.4-2].
    pub(super) fn prove(&mut self, cx: &mut Context<'_>, password: Option<&[u8]>, data: &[u8]) {
        let Some(introduction) = &self.introduction else { return };
        let outcome = cx.door.authenticate(&introduction.credentials(self.settings.realm, password, data));
        if let Some(result) = self.take_answer(outcome, || Owing::Entrance) {
            self.handle_authenticated(cx, result);
        }
    }

    /// Who the client is, before it has a session.
    pub(super) fn handle_authenticated(
        &mut self,
        cx: &mut Context<'_>,
        result: Result<Authenticated, Refusal>,
    ) {
        match result {
            Ok(Authenticated::Principal(principal, proof)) => {
                if let Some(asked) = self.asked() {
                    asked.proof = proof;
                }
                self.open(cx, &principal);
            }
            Ok(Authenticated::Challenge(data, exchange)) => {
                if let Some(asked) = self.asked() {
                    asked.exchange = Some(exchange);
                }
                // Another step, with the method of the CONNECT [MQTT-4.12.0-2] [MQTT-4.12.0-5].
                let method = self.asked().and_then(|asked| asked.method.clone());
                match method {
                    Some(method) => self.send_auth(cx, ReasonCode::ContinueAuthentication, &method, &data),
                    // Nobody answers a challenge without a method [MQTT-4.12.0-6].
                    None => self.refuse(cx, ReasonCode::NotAuthorized, "a challenge without a method"),
                }
            }
            // [MQTT-4.12.0-1] [MQTT-4.12.0-4]
            Err(refusal) => self.refuse(cx, reason::of_connect(refusal), &refusal.to_string()),
        }
    }

    /// The client's next step before it has a session: code 0x18 and the method of its CONNECT
    /// [MQTT-4.12.0-3] [MQTT-4.12.0-5].
    pub(super) fn handle_auth(&mut self, cx: &mut Context<'_>, packet: &Auth<'_>) {
        let method = self.asked().and_then(|asked| asked.method.clone());
        if method.is_none() || packet.properties.authentication_method() != method.as_deref() {
            return self.refuse(cx, ReasonCode::BadAuthenticationMethod, "not the method of the CONNECT");
        }
        if packet.reason != ReasonCode::ContinueAuthentication {
            return self.refuse(cx, ReasonCode::ProtocolError, "an AUTH that does not continue");
        }
        let data = packet.properties.authentication_data().map_or(&[][..], |data| data.expose());
        self.prove(cx, None, data);
    }

    fn asked(&mut self) -> Option<&mut super::introduction::Asked> {
        self.introduction.as_mut()?.asked.as_mut()
    }

    /// A connected client proves itself again, by the method of its CONNECT [MQTT-4.12.1-1]; one that used none
    /// may not send AUTH [MQTT-4.12.0-7].
    pub(super) fn handle_reauthentication(&mut self, cx: &mut Context<'_>, packet: &Auth<'_>) {
        let Some(proof) = self.extra.as_mut().and_then(|extra| extra.proof.as_mut()) else {
            return self.end(cx, ReasonCode::ProtocolError, "AUTH without an authentication method");
        };
        let starts = packet.reason == ReasonCode::ReAuthenticate;
        if packet.properties.authentication_method() != Some(&*proof.method) || starts == proof.under_way {
            return self.end(cx, ReasonCode::ProtocolError, "not a step of the authentication under way");
        }
        proof.under_way = true;
        let data = packet.properties.authentication_data().map_or(&[][..], |data| data.expose());
        let outcome = cx.door.authenticate(&proof.credentials(self.settings.realm, data));
        if let Some(result) = self.take_answer(outcome, || Owing::Proof) {
            self.handle_proved(cx, result);
        }
    }

    /// Whether a connected client proved itself again; if not, it is closed [MQTT-4.12.1-2].
    pub(super) fn handle_proved(&mut self, cx: &mut Context<'_>, result: Result<Authenticated, Refusal>) {
        let Some(proof) = self.extra.as_mut().and_then(|extra| extra.proof.as_mut()) else { return };
        let method = proof.method.clone();
        match result {
            Ok(Authenticated::Principal(principal, data)) => {
                proof.under_way = false;
                proof.exchange = None;
                if let Err(refusal) = cx.door.renew(&principal) {
                    return self.end(cx, reason::of_disconnect(refusal), "proved to be somebody else");
                }
                self.send_auth(cx, ReasonCode::Success, &method, &data);
            }
            Ok(Authenticated::Challenge(data, exchange)) => {
                proof.exchange = Some(exchange);
                self.send_auth(cx, ReasonCode::ContinueAuthentication, &method, &data);
            }
            Err(refusal) => self.end(cx, reason::of_disconnect(refusal), "re-authentication failed"),
        }
    }

    /// Method and data; neither a reason string nor a user property [MQTT-3.15.2-2] [MQTT-3.15.2-3].
    fn send_auth(&mut self, cx: &mut Context<'_>, reason: ReasonCode, method: &str, data: &[u8]) {
        let mut buffer = PropertiesBuf::new(PropertySet::Auth);
        let mut written = buffer.push(Property::AuthenticationMethod(method));
        if !data.is_empty() {
            written = written.and_then(|()| buffer.push(Property::AuthenticationData(Secret::new(data))));
        }
        let packet = Auth { reason, properties: buffer.properties() };
        let takes =
            |extra: &super::extra::Extra| packet.encoded_len(self.version).is_ok_and(|len| extra.takes(len));
        if written.is_ok() && self.extra.as_deref().is_some_and(takes) {
            self.sent(packet.encode(self.version, cx.out.buffer()));
        } else if self.stage == Stage::Open {
            self.end(cx, ReasonCode::PacketTooLarge, "the next step does not fit into a packet");
        } else {
            self.refuse(cx, ReasonCode::PacketTooLarge, "the next step does not fit into a packet");
        }
    }
}

impl Proof {
    fn credentials<'a>(&'a self, realm: Realm, data: &'a [u8]) -> Credentials<'a> {
        Credentials {
            realm,
            client: &self.client,
            user: self.user.as_deref(),
            password: None,
            method: Some((&self.method, data)),
            exchange: self.exchange.as_ref(),
            remote: self.peer.remote,
            listener: &self.peer.listener,
            loopback: self.peer.is_loopback(),
            certificate: self.peer.certificate.as_ref(),
        }
    }
}
