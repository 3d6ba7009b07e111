//! One client's state machine: its parts, and which part a packet goes to.

mod ack;
mod alias;
mod auth;
mod connack;
mod connect;
mod deliver;
mod disconnect;
mod extra;
mod fault;
mod inflight_in;
mod inflight_out;
mod introduction;
mod keepalive;
mod open;
mod owed;
mod publish;
mod subscribe;
mod unsubscribe;

use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::{Limits, PINGRESP, Packet, ReasonCode, Version};
use tidegate_gateway::{Accepted, Channel, CloseReason, Context, Decoded, Moment, Reply, RequestId};

use crate::config::Settings;
use crate::gateway::IdSource;

pub use fault::Fault;

use extra::Extra;
use introduction::Introduction;
use owed::Debts;

/// One client.
///
/// ```text
///            CONNECT              principal              session, CONNACK
///   Fresh ────────────▶ Proving ─────────────▶ Opening ──────────────────▶ Open
///     │                  │   ▲ AUTH              │                         │ DISCONNECT, broken rule,
///     │ no CONNECT       └───┘ refused: CONNACK  │ refused: CONNACK        │ keep alive, close
///     └──────────────────────┴───────────────────┴─────────────────────────┴──▶ Finished
/// ```
///
/// What a connected 3.x client needs is in the struct itself; everything else is behind a pointer that is empty
/// for it: the introduction until it is let in, v5 state, answers that are not there yet.
pub struct MqttChannel {
    settings: Arc<Settings>,
    introduction: Option<Box<Introduction>>,
    extra: Option<Box<Extra>>,
    debts: Debts,
    /// When it came or was last heard.
    heard: Instant,
    /// Bytes of an unfinished packet that came since.
    unfinished: u16,
    /// Seconds; 0 for none.
    keep_alive: u16,
    version: Version,
    stage: Stage,
}

const _: () = assert!(size_of::<MqttChannel>() <= 56, "a channel is part of what an idle connection costs");

/// See [`MqttChannel`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Fresh,
    Proving,
    Opening,
    Open,
    Finished,
}

impl MqttChannel {
    /// For a peer that has just come.
    pub(crate) fn new(settings: Arc<Settings>, ids: IdSource, peer: Accepted) -> Self {
        Self {
            settings,
            heard: peer.now,
            unfinished: 0,
            introduction: Some(Box::new(Introduction::new(peer, ids))),
            extra: None,
            debts: Debts::default(),
            keep_alive: 0,
            version: Version::V4,
            stage: Stage::Fresh,
        }
    }

    fn is_v5(&self) -> bool {
        self.version.is_v5()
    }

    fn handle_open(&mut self, cx: &mut Context<'_>, packet: Packet<'_>) {
        match packet {
            Packet::Publish(packet) => self.handle_publish(cx, &packet),
            Packet::PubAck(ack) => self.handle_puback(cx, &ack),
            Packet::PubRec(ack) => self.handle_pubrec(cx, &ack),
            Packet::PubRel(ack) => self.handle_pubrel(cx, &ack),
            Packet::PubComp(ack) => self.handle_pubcomp(cx, &ack),
            Packet::Subscribe(packet) => self.handle_subscribe(cx, &packet),
            Packet::Unsubscribe(packet) => self.handle_unsubscribe(cx, &packet),
            // [MQTT-3.12.4-1] [MQTT3-3.12.4-1]
            Packet::PingReq => cx.out.buffer().extend_from_slice(&PINGRESP),
            Packet::Disconnect(packet) => self.handle_disconnect(cx, &packet),
            Packet::Auth(packet) => self.handle_reauthentication(cx, &packet),
            // A second CONNECT [MQTT-3.1.0-2] [MQTT3-3.1.0-2]; the others are a server's to send.
            _ => self.end(cx, ReasonCode::ProtocolError, "a packet that a client may not send now"),
        }
    }
}

impl Channel for MqttChannel {
    type Packet<'a> = Packet<'a>;
    type Error = Fault;

    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Decoded<Packet<'a>>, Fault> {
        let (largest, version) = match self.stage {
            Stage::Fresh => (self.settings.max_introduction_size, None),
            Stage::Proving | Stage::Opening => (self.settings.max_introduction_size, Some(self.version)),
            Stage::Open | Stage::Finished => (self.settings.max_packet_size, Some(self.version)),
        };
        match mqtt_codec::decode(bytes, &Limits::server(largest), version) {
            Ok(mqtt_codec::Decoded::Packet { packet, len }) => Ok(Decoded::Packet(packet, len)),
            Ok(mqtt_codec::Decoded::NeedMore { at_least }) => Ok(Decoded::NeedMore(at_least)),
            Err(error) => Err(Fault::new(error, version, bytes)),
        }
    }

    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: Packet<'_>) {
        self.hear(cx.now.at);
        match (self.stage, packet) {
            (Stage::Open, packet) => self.handle_open(cx, packet),
            (Stage::Fresh, Packet::Connect(packet)) => self.handle_connect(cx, &packet),
            (Stage::Proving, Packet::Auth(packet)) => self.handle_auth(cx, &packet),
            (Stage::Finished, _) => {}
            (Stage::Proving, Packet::Disconnect(_)) => self.leave_unannounced(),
            // Nothing else comes before the CONNACK of a client that proves itself in steps [MQTT-3.1.2-30].
            (Stage::Proving, _) => self.refuse(cx, ReasonCode::ProtocolError, "AUTH is expected"),
            // The first packet is a CONNECT [MQTT-3.1.0-1] [MQTT3-3.1.0-1].
            _ => self.leave_unannounced(),
        }
    }

    fn handle_progress(&mut self, now: Moment, bytes: usize) {
        self.note_progress(now.at, bytes);
    }

    fn handle_malformed(&mut self, cx: &mut Context<'_>, fault: &Fault) {
        self.handle_fault(cx, fault);
    }

    fn handle_reply(&mut self, cx: &mut Context<'_>, id: RequestId, reply: Reply) {
        // Nobody reads a peer that waits for us; its silence is not its fault.
        self.heard = cx.now.at;
        self.pay(cx, id, reply);
    }

    fn pull(&mut self, cx: &mut Context<'_>) {
        if self.stage == Stage::Open {
            self.deliver(cx);
        }
    }

    fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.handle_silence(cx);
    }

    fn handle_close(&mut self, cx: &mut Context<'_>, why: CloseReason) {
        self.close(cx, why);
    }

    fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadline()
    }
}

impl std::fmt::Debug for MqttChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MqttChannel")
            .field("version", &self.version)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
