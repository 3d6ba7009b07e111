//! PUBLISH.

use std::num::NonZeroU16;

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{self, Body, Sink, encodable, varint_len};
use crate::{
    EncodeError, Error, PacketId, Properties, PropertyId, PropertySet, Qos, Role, SubscriptionId, Version,
    check_topic_name,
};

/// A PUBLISH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Sent before, perhaps.
    pub dup: bool,
    /// The guarantee.
    pub qos: Qos,
    /// To the server: keep it. To a client: it was kept.
    pub retain: bool,
    /// The topic name; empty only where a topic alias stands for it.
    pub topic: &'a str,
    /// There if and only if the QoS is 1 or 2 [MQTT-2.2.1-2] [MQTT3-2.3.1-5].
    pub packet_id: Option<PacketId>,
    /// None in 3.x.
    pub properties: Properties<'a>,
    /// The application's bytes.
    pub payload: &'a [u8],
}

/// Checks the flags of a PUBLISH from the first byte alone.
#[inline]
pub(crate) fn check_flags(flags: u8) -> Result<Qos, Error> {
    // Not both QoS bits [MQTT-3.3.1-4] [MQTT3-3.3.1-4].
    let Some(qos) = Qos::new((flags >> 1) & 3) else {
        return Err(fault!(
            MalformedPacket,
            "[MQTT-3.3.1-4] [MQTT3-3.3.1-4]",
            "a PUBLISH has both QoS bits set"
        ));
    };
    if qos == Qos::AtMostOnce && flags & 8 != 0 {
        return Err(fault!(
            MalformedPacket,
            "[MQTT-3.3.1-2] [MQTT-4.3.1-1] [MQTT3-3.3.1-2]",
            "a PUBLISH of QoS 0 has DUP set"
        ));
    }
    Ok(qos)
}

impl<'a> Publish<'a> {
    #[inline]
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let qos = check_flags(frame.flags)?;
        // The topic comes first, as a UTF-8 string [MQTT-3.3.2-1] [MQTT3-3.3.2-1].
        let topic = reader.topic()?;
        let packet_id = match qos {
            Qos::AtMostOnce => None,
            Qos::AtLeastOnce | Qos::ExactlyOnce => Some(reader.packet_id()?),
        };
        let properties =
            if frame.version.is_v5() { read_properties(frame.role, reader)? } else { Properties::EMPTY };
        if !topic.is_empty() {
            check_topic_name(topic)?;
        } else if properties.topic_alias().is_none() {
            return Err(no_topic(frame.version));
        }
        Ok(Self {
            dup: frame.flags & 8 != 0,
            qos,
            retain: frame.flags & 1 != 0,
            topic,
            packet_id,
            properties,
            payload: reader.rest(),
        })
    }
}

#[inline]
fn read_properties<'a>(role: Role, reader: &mut Reader<'a>) -> Result<Properties<'a>, Error> {
    let properties = Properties::read(reader, PropertySet::Publish)?;
    if role == Role::Server && properties.contains(PropertyId::SubscriptionIdentifier) {
        return Err(fault!(
            ProtocolError,
            "[MQTT-3.3.4-6]",
            "a client sent a subscription identifier with a PUBLISH"
        ));
    }
    Ok(properties)
}

#[cold]
fn no_topic(version: Version) -> Error {
    if version.is_v5() {
        return fault!(
            ProtocolError,
            "[MQTT-4.7.3-1] MQTT 5.0 §3.3.2.1",
            "a PUBLISH has neither a topic nor a topic alias"
        );
    }
    fault!(TopicNameInvalid, "[MQTT3-4.7.3-1]", "a PUBLISH has an empty topic")
}

impl Body for Publish<'_> {
    #[inline]
    fn first_byte(&self) -> u8 {
        first_byte(self.dup, self.qos, self.retain)
    }

    fn check(&self) -> Result<(), EncodeError> {
        check_consistent(self.dup, self.qos, self.packet_id)
    }

    #[inline]
    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.text(self.topic);
        if let Some(packet_id) = self.packet_id {
            sink.u16(packet_id.get());
        }
        if version.is_v5() {
            self.properties.write(sink);
        }
        sink.raw(self.payload);
    }
}

encodable!(Publish);

#[inline]
const fn first_byte(dup: bool, qos: Qos, retain: bool) -> u8 {
    0x30 | ((dup as u8) << 3) | (qos.level() << 1) | (retain as u8)
}

/// A packet identifier for QoS 1 and 2 and for nothing else [MQTT-2.2.1-2] [MQTT3-2.3.1-5], DUP not with QoS 0
/// [MQTT-3.3.1-2] [MQTT3-3.3.1-2].
#[inline]
fn check_consistent(dup: bool, qos: Qos, packet_id: Option<PacketId>) -> Result<(), EncodeError> {
    if (qos == Qos::AtMostOnce) != packet_id.is_none() {
        return Err(EncodeError::Inconsistent("QoS and packet identifier do not fit together"));
    }
    if dup && qos == Qos::AtMostOnce {
        return Err(EncodeError::Inconsistent("DUP with QoS 0"));
    }
    Ok(())
}

/// The hot path of a broker: a PUBLISH put together from what is stored and what belongs to this delivery,
/// written straight into the output buffer up to the payload. The payload is the caller's to append, to the
/// same buffer or as a segment of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishHead<'a> {
    /// Set when this delivery was sent before [MQTT-3.3.1-1] [MQTT3-3.3.1-1].
    pub dup: bool,
    /// The guarantee.
    pub qos: Qos,
    /// The RETAIN flag.
    pub retain: bool,
    /// The topic name; may be empty where `topic_alias` stands for it.
    pub topic: &'a str,
    /// For QoS 1 and 2, and only for them.
    pub packet_id: Option<PacketId>,
    /// Written before the stored properties; nothing of this and the following in 3.x.
    pub topic_alias: Option<NonZeroU16>,
    /// What is left of the message's expiry, in seconds [MQTT-3.3.2-6].
    pub message_expiry_interval: Option<u32>,
    /// Those of all matching subscriptions [MQTT-3.3.4-3] [MQTT-3.3.4-4].
    pub subscription_ids: &'a [SubscriptionId],
    /// Properties in the wire's layout, copied as they are: what [`Properties::forwardable`] gave.
    pub properties: &'a [u8],
    /// Bytes of payload that will follow.
    pub payload_len: usize,
}

impl PublishHead<'_> {
    /// Bytes of the whole packet on the wire, payload included; to be held against the peer's Maximum Packet
    /// Size [MQTT-3.1.2-24].
    ///
    /// # Errors
    /// As [`Self::encode`].
    #[inline]
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        sink::encoded_len(self, version)
    }

    /// Appends everything but the payload to `out`.
    ///
    /// # Errors
    /// [`EncodeError`] where the wire cannot say it; `out` is then as it was.
    #[inline]
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        sink::encode(self, version, out)
    }

    /// Bytes of all properties, without their length before them.
    #[inline]
    fn properties_len(&self) -> usize {
        let alias = if self.topic_alias.is_some() { 3 } else { 0 };
        let expiry = if self.message_expiry_interval.is_some() { 5 } else { 0 };
        self.subscription_ids
            .iter()
            .fold(self.properties.len().saturating_add(alias).saturating_add(expiry), |sum, id| {
                sum.saturating_add(varint_len(as_usize(*id))).saturating_add(1)
            })
    }
}

#[inline]
fn as_usize(id: SubscriptionId) -> usize {
    usize::try_from(id.get()).unwrap_or(usize::MAX)
}

impl Body for PublishHead<'_> {
    #[inline]
    fn first_byte(&self) -> u8 {
        first_byte(self.dup, self.qos, self.retain)
    }

    #[inline]
    fn check(&self) -> Result<(), EncodeError> {
        if self.subscription_ids.iter().any(|id| as_usize(*id) > sink::MAX_REMAINING) {
            return Err(EncodeError::Inconsistent("a subscription identifier above 268435455"));
        }
        check_consistent(self.dup, self.qos, self.packet_id)
    }

    #[inline]
    fn detached_len(&self) -> usize {
        self.payload_len
    }

    #[inline]
    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.text(self.topic);
        if let Some(packet_id) = self.packet_id {
            sink.u16(packet_id.get());
        }
        if !version.is_v5() {
            return;
        }
        sink.varint(self.properties_len());
        if let Some(alias) = self.topic_alias {
            sink.u8(PropertyId::TopicAlias as u8);
            sink.u16(alias.get());
        }
        if let Some(seconds) = self.message_expiry_interval {
            sink.u8(PropertyId::MessageExpiryInterval as u8);
            sink.u32(seconds);
        }
        for id in self.subscription_ids {
            sink.u8(PropertyId::SubscriptionIdentifier as u8);
            sink.varint(as_usize(*id));
        }
        sink.raw(self.properties);
    }
}
