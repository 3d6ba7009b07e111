//! CONNECT: what it asks for, and whether it may.

use mqtt_codec::{ConnAck, Connect, PropertiesBuf, Property, PropertySet, Qos, ReasonCode, Version};
use tidegate_gateway::Context;

use super::extra::Extra;
use super::introduction::Asked;
use super::{MqttChannel, Stage};
use crate::config::Settings;
use crate::mapping::Fault;

impl MqttChannel {
    pub(super) fn handle_connect(&mut self, cx: &mut Context<'_>, packet: &Connect<'_>) {
        self.version = packet.version;
        if packet.version.is_v5() {
            self.extra = Some(Box::new(Extra::new(packet, &self.settings)));
        }
        if let Err((reason, why)) = screen(packet, &self.settings) {
            return self.refuse(cx, reason, why);
        }
        let Some(introduction) = self.introduction.as_mut() else { return self.leave_unannounced() };
        introduction.asked = Some(Asked::new(packet, &introduction.ids, &self.settings));
        self.stage = Stage::Proving;
        let data = packet.properties.authentication_data().map_or(&[][..], |data| data.expose());
        self.prove(cx, packet.password.map(|password| password.expose()), data);
    }

    /// A CONNACK that lets nobody in, in the words of the client's version, and the connection is closed
    /// [MQTT-3.1.4-1] [MQTT-3.2.2-7] [MQTT3-3.2.2-5] [MQTT3-3.2.2-6]. It says that no session is present
    /// [MQTT-3.2.2-6] [MQTT3-3.2.2-4]. Nothing that comes behind is processed [MQTT-3.1.4-6] [MQTT3-3.1.4-5]. No
    /// user property is sent [MQTT-3.2.2-20].
    pub(super) fn refuse(&mut self, cx: &mut Context<'_>, reason: ReasonCode, why: &str) {
        cx.door.complain(why);
        let mut buffer = PropertiesBuf::new(PropertySet::ConnAck);
        let mut reason = reason;
        if self.is_v5() {
            if reason == ReasonCode::ServerUnavailable
                && let Some(elsewhere) = &self.settings.server_reference
                && buffer.push(Property::ServerReference(elsewhere)).is_ok()
            {
                reason = ReasonCode::UseAnotherServer;
            }
            // Texts of ours are short; one that is too long is not said.
            buffer.push(Property::ReasonString(why)).ok();
        }
        let mut packet = ConnAck { session_present: false, reason, properties: buffer.properties() };
        let length = packet.encoded_len(self.version).unwrap_or(usize::MAX);
        if self.extra.as_ref().is_some_and(|extra| !extra.takes(length)) {
            // [MQTT-3.2.2-19]
            packet = ConnAck::refused(reason);
        }
        self.sent(packet.encode(self.version, cx.out.buffer()));
        self.leave_unannounced();
    }
}

/// What can be refused without asking anybody.
fn screen(packet: &Connect<'_>, settings: &Settings) -> Result<(), Fault> {
    if !settings.accept_versions.contains(&packet.version) {
        // [MQTT-3.1.2-2] [MQTT3-3.1.2-2]
        return Err((ReasonCode::UnsupportedProtocolVersion, "the protocol version is not taken here"));
    }
    let id = packet.client_id;
    if id.len() > settings.max_client_id || (id.is_empty() && !settings.allow_empty_client_id) {
        // [MQTT-3.1.3-8] [MQTT3-3.1.3-9]; the codec has refused empty ids where the version forbids them.
        return Err((ReasonCode::ClientIdentifierNotValid, "the client identifier is not taken here"));
    }
    if packet.version != Version::V5 && settings.is_too_long(packet.keep_alive) {
        return Err((ReasonCode::ClientIdentifierNotValid, "the keep alive is longer than is taken here"));
    }
    let Some(will) = packet.will.as_ref() else { return Ok(()) };
    if !settings.is_shallow(will.topic) {
        return Err((ReasonCode::TopicNameInvalid, "the will's topic has more levels than are taken here"));
    }
    if packet.version != Version::V5 {
        return Ok(());
    }
    if will.qos > settings.max_qos {
        // [MQTT-3.2.2-12]
        return Err((ReasonCode::QosNotSupported, "the will's QoS is above the maximum"));
    }
    if will.retain && !settings.retain_available {
        // [MQTT-3.2.2-13]
        return Err((ReasonCode::RetainNotSupported, "retained messages are not available"));
    }
    if settings.validate_payload_format
        && will.properties.payload_format_indicator() == Some(true)
        && std::str::from_utf8(will.payload).is_err()
    {
        return Err((ReasonCode::PayloadFormatInvalid, "the will is said to be text and is not UTF-8"));
    }
    Ok(())
}

/// The lowest level at which [`Settings::max_qos`] says nothing.
pub(super) const EVERY_QOS: Qos = Qos::ExactlyOnce;
