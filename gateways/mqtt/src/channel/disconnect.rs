//! How a connection ends: the client's DISCONNECT, ours, and none.

use mqtt_codec::{Disconnect, PropertiesBuf, Property, PropertySet, ReasonCode};
use tidegate_gateway::{CloseReason, Context, Detach};

use super::owed::Owing;
use super::{MqttChannel, Stage};
use crate::{mapping, reason};

impl MqttChannel {
    /// The client leaves. With reason 0 its will is forgotten [MQTT-3.14.4-3] [MQTT-3.1.2-10]
    /// [MQTT3-3.14.4-3] [MQTT3-3.1.2-10]; any other asks for it.
    pub(super) fn handle_disconnect(&mut self, cx: &mut Context<'_>, packet: &Disconnect<'_>) {
        if let Some(seconds) = packet.properties.session_expiry_interval() {
            let ends = self.extra.as_ref().is_some_and(|extra| extra.ends_with_connection);
            if ends && seconds != 0 {
                // What was to end with the connection may not be prolonged (MQTT 5.0 §3.14.2.2.2).
                return self.end(cx, ReasonCode::ProtocolError, "the session was to end with the connection");
            }
            let expiry = mapping::expiry(seconds).min(self.settings.max_session_expiry);
            // A lease that another has taken has nothing to change.
            cx.door.expire_after(expiry).ok();
        }
        let clean = packet.reason == ReasonCode::Success;
        self.leave(cx, if clean { Detach::Clean } else { Detach::CleanWithWill });
    }

    /// The client broke a rule: it is told why, where its version has words for that, and closed
    /// [MQTT-4.13.1-1] [MQTT-4.13.2-1] [MQTT3-4.8.0-1]. Its will is published.
    pub(super) fn end(&mut self, cx: &mut Context<'_>, reason: ReasonCode, why: &'static str) {
        cx.door.complain(why);
        self.say_goodbye(cx, reason, why);
        self.leave(cx, Detach::Lost);
    }

    /// The driver or the kernel ends the connection.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, why: CloseReason) {
        match (self.stage, reason::of_close(why)) {
            (Stage::Open, Some(code)) => self.say_goodbye(cx, code, &why.to_string()),
            (Stage::Proving | Stage::Opening, Some(ReasonCode::ServerShuttingDown)) => {
                self.refuse(cx, ReasonCode::ServerUnavailable, "the server is shutting down");
            }
            _ => {}
        }
        self.leave(cx, Detach::Lost);
    }

    /// Tells a connected v5 client why its connection ends. 3.x has no such packet, and nobody gets one before
    /// a CONNACK [MQTT-3.14.0-1]. No user property is sent [MQTT-3.14.2-4], and never a session expiry
    /// [MQTT-3.14.2-2].
    pub(super) fn say_goodbye(&mut self, cx: &mut Context<'_>, reason: ReasonCode, why: &str) {
        let Some(extra) = self.extra.as_ref().filter(|_| self.stage == Stage::Open) else { return };
        let mut buffer = PropertiesBuf::new(PropertySet::Disconnect);
        let mut reason = reason;
        if reason == ReasonCode::ServerShuttingDown
            && let Some(elsewhere) = &self.settings.server_reference
            && buffer.push(Property::ServerReference(elsewhere)).is_ok()
        {
            reason = ReasonCode::UseAnotherServer;
        }
        let mark = buffer.mark();
        let said = buffer.push(Property::ReasonString(why)).is_ok();
        let length = |buffer: &PropertiesBuf| {
            let packet = Disconnect { reason, properties: buffer.properties() };
            packet.encoded_len(self.version).unwrap_or(usize::MAX)
        };
        // A reason string goes only where it fits [MQTT-3.14.2-3].
        if said && !extra.takes(length(&buffer)) {
            buffer.rewind(mark);
        }
        if extra.takes(length(&buffer)) {
            let packet = Disconnect { reason, properties: buffer.properties() };
            self.sent(packet.encode(self.version, cx.out.buffer()));
        }
    }

    /// The connection is over: the session is left, the driver closes it [MQTT-3.14.4-1] [MQTT-3.14.4-2].
    pub(super) fn leave(&mut self, cx: &mut Context<'_>, how: Detach) {
        self.leave_unannounced();
        if cx.door.is_open() {
            let outcome = cx.door.detach(how);
            self.take_answer(outcome, || Owing::Nothing);
        }
    }

    /// The same for a peer that has no session.
    pub(super) fn leave_unannounced(&mut self) {
        self.stage = Stage::Finished;
        self.introduction = None;
        self.extra = None;
    }
}
