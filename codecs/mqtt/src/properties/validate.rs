//! The one pass that checks a block of properties and notes what a broker needs of it.

use std::num::NonZeroU16;

use super::{PropertyId, PropertySet};
use crate::error::fault;
use crate::reader::Reader;
use crate::{Error, check_topic_name, text};

/// What the pass found out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Checked {
    /// The identifiers that are there, as bits.
    pub(super) seen: u64,
    pub(super) message_expiry: Option<u32>,
    pub(super) topic_alias: Option<NonZeroU16>,
}

/// Checks every property of a block: known and allowed here, not there twice, value in its range, strings
/// well formed, nothing cut off.
#[inline]
pub(super) fn validate(block: &[u8], set: PropertySet) -> Result<Checked, Error> {
    let (allowed, repeatable) = (set.allowed(), set.repeatable());
    let mut checked = Checked { seen: 0, message_expiry: None, topic_alias: None };
    let mut reader = Reader::new(block);
    while !reader.is_empty() {
        let id = reader.u8()?;
        let bit = 1_u64.checked_shl(u32::from(id)).unwrap_or(0);
        if allowed & bit == 0 {
            return Err(not_allowed(id));
        }
        if checked.seen & !repeatable & bit != 0 {
            return Err(fault!(
                ProtocolError,
                "MQTT 5.0 §2.2.2.2, §3.1.2.11, §3.3.2.3",
                "a property that may stand once stands twice"
            ));
        }
        checked.seen |= bit;
        match id {
            0x26 => {
                text::check(reader.binary()?)?;
                text::check(reader.binary()?)?;
            }
            0x02 => checked.message_expiry = Some(reader.u32()?),
            0x23 => checked.topic_alias = Some(topic_alias(reader.u16()?)?),
            _ => check_value(id, &mut reader)?,
        }
    }
    check_together(checked.seen)?;
    Ok(checked)
}

/// The properties that a PUBLISH rarely has.
fn check_value(id: u8, reader: &mut Reader<'_>) -> Result<(), Error> {
    match id {
        // Payload format indicator, request problem information, request response information, maximum QoS,
        // retain, wildcard subscription, subscription identifier, shared subscription available.
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2A => flag(reader.u8()?),
        // Content type [MQTT-3.3.2-19], assigned client identifier, authentication method, response
        // information, server reference, reason string.
        0x03 | 0x12 | 0x15 | 0x1A | 0x1C | 0x1F => text::check(reader.binary()?),
        // Response topic [MQTT-3.3.2-13].
        0x08 => response_topic(reader.text()?),
        // Correlation data, authentication data.
        0x09 | 0x16 => reader.binary().map(drop),
        // Session expiry, will delay.
        0x11 | 0x18 => reader.u32().map(drop),
        // Server keep alive, topic alias maximum.
        0x13 | 0x22 => reader.u16().map(drop),
        0x0B => non_zero(reader.varint()?),
        0x21 => non_zero(u32::from(reader.u16()?)),
        0x27 => non_zero(reader.u32()?),
        other => Err(not_allowed(other)),
    }
}

#[cold]
fn not_allowed(id: u8) -> Error {
    if id & 0x80 != 0 {
        // A variable byte integer of more than one byte: unknown, or one byte too long [MQTT-1.5.5-1].
        return fault!(MalformedPacket, "MQTT 5.0 §2.2.2.2", "a property identifier is not known");
    }
    fault!(MalformedPacket, "MQTT 5.0 §2.2.2.2", "a property is not known or not allowed in this packet")
}

#[inline]
fn topic_alias(value: u16) -> Result<NonZeroU16, Error> {
    NonZeroU16::new(value).ok_or_else(|| {
        fault!(TopicAliasInvalid, "[MQTT-3.3.2-8] MQTT 5.0 §3.3.2.3.4", "a topic alias is zero")
    })
}

fn flag(value: u8) -> Result<(), Error> {
    if value <= 1 {
        return Ok(());
    }
    Err(fault!(
        ProtocolError,
        "MQTT 5.0 §3.1.2.11.6, §3.1.2.11.7, §3.2.2.3, §3.3.2.3.2",
        "a property that is 0 or 1 has another value"
    ))
}

fn non_zero(value: u32) -> Result<(), Error> {
    if value != 0 {
        return Ok(());
    }
    Err(fault!(
        ProtocolError,
        "MQTT 5.0 §3.1.2.11.3, §3.1.2.11.4, §3.3.2.3.8, §3.8.2.1.2",
        "a receive maximum, maximum packet size or subscription identifier is zero"
    ))
}

fn response_topic(topic: &str) -> Result<(), Error> {
    check_topic_name(topic).map_err(|_| {
        fault!(
            TopicNameInvalid,
            "[MQTT-3.3.2-14] [MQTT-4.7.3-1]",
            "a response topic is empty or holds a wildcard"
        )
    })
}

/// Authentication data needs a method.
#[inline]
fn check_together(seen: u64) -> Result<(), Error> {
    if seen & PropertyId::AuthenticationData.bit() != 0 && seen & PropertyId::AuthenticationMethod.bit() == 0
    {
        return Err(fault!(
            ProtocolError,
            "MQTT 5.0 §3.1.2.11.10",
            "authentication data without an authentication method"
        ));
    }
    Ok(())
}
