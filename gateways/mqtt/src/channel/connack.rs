//! The CONNACK that lets a client in: what it is granted, where that differs from what it assumes.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use mqtt_codec::{ConnAck, EncodeError, PropertiesBuf, Property, PropertySet, ReasonCode, Secret};
use tidegate_gateway::{Context, Detach};

use super::MqttChannel;
use super::connect::EVERY_QOS;
use super::introduction::Asked;
use crate::config::Settings;
use crate::mapping;

/// What the kernel granted.
#[derive(Clone, Copy)]
pub(super) struct Granted {
    pub(super) resumed: bool,
    pub(super) expiry: Duration,
}

impl MqttChannel {
    /// Session present says what the kernel found [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT3-3.2.2-1]
    /// [MQTT3-3.2.2-2] [MQTT3-3.2.2-3].
    pub(super) fn send_connack(&mut self, cx: &mut Context<'_>, asked: &Asked, granted: Granted) {
        let mut buffer = PropertiesBuf::new(PropertySet::ConnAck);
        let written =
            if self.is_v5() { properties(&mut buffer, asked, granted, &self.settings) } else { Ok(()) };
        let packet = ConnAck {
            session_present: granted.resumed,
            reason: ReasonCode::Success,
            properties: buffer.properties(),
        };
        let length = written.and_then(|()| packet.encoded_len(self.version)).unwrap_or(usize::MAX);
        if self.extra.as_ref().is_none_or(|extra| extra.takes(length)) {
            self.sent(packet.encode(self.version, cx.out.buffer()));
        } else {
            // What it has to be told does not fit [MQTT-3.1.2-24].
            self.leave(cx, Detach::Lost);
        }
    }
}

/// Nothing is said that the client assumes anyway.
fn properties(
    buffer: &mut PropertiesBuf,
    asked: &Asked,
    granted: Granted,
    settings: &Settings,
) -> Result<(), EncodeError> {
    if mapping::expiry_seconds(granted.expiry) != mapping::expiry_seconds(asked.expiry) {
        let seconds = mapping::expiry_seconds(granted.expiry);
        buffer.push(Property::SessionExpiryInterval(seconds))?;
    }
    if asked.assigned {
        // [MQTT-3.2.2-16] [MQTT-3.1.3-7]
        buffer.push(Property::AssignedClientIdentifier(&asked.client))?;
    }
    if asked.keep_alive_is_ours {
        buffer.push(Property::ServerKeepAlive(asked.keep_alive))?;
    }
    limits(buffer, settings)?;
    if let Some(beginning) =
        settings.response_information.as_ref().filter(|_| asked.wants_response_information)
    {
        // Only to those who asked [MQTT-3.1.2-28].
        let beginning = beginning.replace("{client}", &asked.client);
        buffer.push(Property::ResponseInformation(&beginning))?;
    }
    if let Some(method) = &asked.method {
        buffer.push(Property::AuthenticationMethod(method))?;
        if !asked.proof.is_empty() {
            buffer.push(Property::AuthenticationData(Secret::new(&asked.proof)))?;
        }
    }
    Ok(())
}

/// What is available here.
fn limits(buffer: &mut PropertiesBuf, settings: &Settings) -> Result<(), EncodeError> {
    if let Some(most) = NonZeroU16::new(settings.receive_maximum).filter(|most| *most != NonZeroU16::MAX) {
        buffer.push(Property::ReceiveMaximum(most))?;
    }
    if settings.max_qos < EVERY_QOS {
        // [MQTT-3.2.2-9]
        buffer.push(Property::MaximumQos(settings.max_qos))?;
    }
    if !settings.retain_available {
        buffer.push(Property::RetainAvailable(false))?;
    }
    if let Some(most) = NonZeroU32::new(settings.max_packet_size) {
        buffer.push(Property::MaximumPacketSize(most))?;
    }
    if settings.topic_alias_maximum != 0 {
        buffer.push(Property::TopicAliasMaximum(settings.topic_alias_maximum))?;
    }
    if !settings.wildcard_available {
        buffer.push(Property::WildcardSubscriptionAvailable(false))?;
    }
    if !settings.subscription_identifiers_available {
        buffer.push(Property::SubscriptionIdentifierAvailable(false))?;
    }
    if !settings.shared_available {
        buffer.push(Property::SharedSubscriptionAvailable(false))?;
    }
    Ok(())
}
