//! The packets: one file each, with what it is, how it is read and how it is written.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod ping;
mod publish;
mod reason_codes;
mod suback;
mod subscribe;
mod unsuback;
mod unsubscribe;

pub use ack::{Ack, AckKind};
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will, connect_version};
pub use disconnect::Disconnect;
pub use ping::{PINGREQ, PINGRESP};
pub use publish::{Publish, PublishHead};
pub use reason_codes::ReasonCodes;
pub use suback::SubAck;
pub use subscribe::{
    RetainHandling, Subscribe, Subscription, SubscriptionIter, SubscriptionOptions, Subscriptions,
};
pub use unsuback::UnsubAck;
pub use unsubscribe::{FilterIter, Filters, Unsubscribe};

pub(crate) use connect::{Prefix, check_prefix};
pub(crate) use publish::check_flags;

use crate::reader::Reader;
use crate::{EncodeError, Error, PacketType, Role, Version};

/// Any packet. Texts, payload and properties are borrowed from the bytes it was decoded from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Packet<'a> {
    /// Client to server.
    Connect(Connect<'a>),
    /// Server to client.
    ConnAck(ConnAck<'a>),
    /// Both ways.
    Publish(Publish<'a>),
    /// Both ways; answers QoS 1.
    PubAck(Ack<'a>),
    /// Both ways; first answer to QoS 2.
    PubRec(Ack<'a>),
    /// Both ways; answers PUBREC.
    PubRel(Ack<'a>),
    /// Both ways; answers PUBREL.
    PubComp(Ack<'a>),
    /// Client to server.
    Subscribe(Subscribe<'a>),
    /// Server to client.
    SubAck(SubAck<'a>),
    /// Client to server.
    Unsubscribe(Unsubscribe<'a>),
    /// Server to client.
    UnsubAck(UnsubAck<'a>),
    /// Client to server.
    PingReq,
    /// Server to client.
    PingResp,
    /// Client to server; in MQTT 5 both ways.
    Disconnect(Disconnect<'a>),
    /// MQTT 5 only, both ways.
    Auth(Auth<'a>),
}

/// What a body is read under.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) packet_type: PacketType,
    /// The low half of the first byte.
    pub(crate) flags: u8,
    pub(crate) role: Role,
    /// The connection's version; of a CONNECT, the version it names.
    pub(crate) version: Version,
}

impl<'a> Packet<'a> {
    /// Reads a whole body.
    #[inline]
    pub(crate) fn read(frame: Frame, body: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        // Most packets are these; everything else may cost a call.
        match frame.packet_type {
            PacketType::Publish => Publish::read(frame, &mut reader).map(Self::Publish),
            PacketType::PubAck => Ack::read(frame, &mut reader).map(Self::PubAck),
            _ => Self::read_other(frame, &mut reader),
        }
    }

    fn read_other(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet = match frame.packet_type {
            PacketType::Connect => Self::Connect(Connect::read(frame, reader)?),
            PacketType::ConnAck => Self::ConnAck(ConnAck::read(frame, reader)?),
            PacketType::Publish => Self::Publish(Publish::read(frame, reader)?),
            PacketType::PubAck => Self::PubAck(Ack::read(frame, reader)?),
            PacketType::PubRec => Self::PubRec(Ack::read(frame, reader)?),
            PacketType::PubRel => Self::PubRel(Ack::read(frame, reader)?),
            PacketType::PubComp => Self::PubComp(Ack::read(frame, reader)?),
            PacketType::Subscribe => Self::Subscribe(Subscribe::read(frame, reader)?),
            PacketType::SubAck => Self::SubAck(SubAck::read(frame, reader)?),
            PacketType::Unsubscribe => Self::Unsubscribe(Unsubscribe::read(frame, reader)?),
            PacketType::UnsubAck => Self::UnsubAck(UnsubAck::read(frame, reader)?),
            PacketType::PingReq => Self::PingReq,
            PacketType::PingResp => Self::PingResp,
            PacketType::Disconnect => Self::Disconnect(Disconnect::read(frame, reader)?),
            PacketType::Auth => Self::Auth(Auth::read(frame, reader)?),
        };
        reader.finish()?;
        Ok(packet)
    }

    /// Which type this is.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    /// Bytes this packet takes on the wire, fixed header included. A CONNECT is written in the version it
    /// names, everything else in `version`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        match self {
            Self::Connect(packet) => packet.encoded_len(),
            Self::ConnAck(packet) => packet.encoded_len(version),
            Self::Publish(packet) => packet.encoded_len(version),
            Self::PubAck(ack) => ack.encoded_len(AckKind::PubAck, version),
            Self::PubRec(ack) => ack.encoded_len(AckKind::PubRec, version),
            Self::PubRel(ack) => ack.encoded_len(AckKind::PubRel, version),
            Self::PubComp(ack) => ack.encoded_len(AckKind::PubComp, version),
            Self::Subscribe(packet) => packet.encoded_len(version),
            Self::SubAck(packet) => packet.encoded_len(version),
            Self::Unsubscribe(packet) => packet.encoded_len(version),
            Self::UnsubAck(packet) => packet.encoded_len(version),
            Self::PingReq | Self::PingResp => Ok(2),
            Self::Disconnect(packet) => packet.encoded_len(version),
            Self::Auth(packet) => packet.encoded_len(version),
        }
    }

    /// Appends this packet to `out`. A CONNECT is written in the version it names, everything else in
    /// `version`; what that version has no place for (properties and reason codes in 3.x) is left out.
    ///
    /// # Errors
    /// [`EncodeError`] where the wire cannot say it; `out` is then as it was.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Connect(packet) => packet.encode(out),
            Self::ConnAck(packet) => packet.encode(version, out),
            Self::Publish(packet) => packet.encode(version, out),
            Self::PubAck(ack) => ack.encode(AckKind::PubAck, version, out),
            Self::PubRec(ack) => ack.encode(AckKind::PubRec, version, out),
            Self::PubRel(ack) => ack.encode(AckKind::PubRel, version, out),
            Self::PubComp(ack) => ack.encode(AckKind::PubComp, version, out),
            Self::Subscribe(packet) => packet.encode(version, out),
            Self::SubAck(packet) => packet.encode(version, out),
            Self::Unsubscribe(packet) => packet.encode(version, out),
            Self::UnsubAck(packet) => packet.encode(version, out),
            Self::PingReq => {
                out.extend_from_slice(&PINGREQ);
                Ok(())
            }
            Self::PingResp => {
                out.extend_from_slice(&PINGRESP);
                Ok(())
            }
            Self::Disconnect(packet) => packet.encode(version, out),
            Self::Auth(packet) => packet.encode(version, out),
        }
    }
}
