//! MQTT 5 properties, by number: no check that they fit the packet they are put into.

use std::io;

use super::encode::{put_bytes, put_varint};
use super::{broken, varint};

/// Property identifiers used by the tests [MQTT 5.0, 2.2.2.2].
pub mod id {
    /// Message Expiry Interval, seconds.
    pub const MESSAGE_EXPIRY: u8 = 0x02;
    /// Response Topic.
    pub const RESPONSE_TOPIC: u8 = 0x08;
    /// Subscription Identifier.
    pub const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
    /// Session Expiry Interval, seconds.
    pub const SESSION_EXPIRY: u8 = 0x11;
    /// Assigned Client Identifier.
    pub const ASSIGNED_CLIENT_ID: u8 = 0x12;
    /// Server Keep Alive, seconds.
    pub const SERVER_KEEP_ALIVE: u8 = 0x13;
    /// Receive Maximum.
    pub const RECEIVE_MAXIMUM: u8 = 0x21;
    /// Topic Alias Maximum.
    pub const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;
    /// Topic Alias.
    pub const TOPIC_ALIAS: u8 = 0x23;
    /// Will Delay Interval, seconds.
    pub const WILL_DELAY: u8 = 0x18;
    /// User Property.
    pub const USER_PROPERTY: u8 = 0x26;
    /// Maximum Packet Size, bytes.
    pub const MAXIMUM_PACKET_SIZE: u8 = 0x27;
}

/// A property's value, by its wire type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One byte.
    Byte(u8),
    /// Two bytes.
    Short(u16),
    /// Four bytes.
    Long(u32),
    /// Variable byte integer.
    Varint(usize),
    /// Text or binary data.
    Bytes(Vec<u8>),
    /// Two texts: a user property.
    Pair(Vec<u8>, Vec<u8>),
}

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property(pub u8, pub Value);

/// Appends a property block with its length.
pub fn put_block(out: &mut Vec<u8>, properties: &[Property]) {
    let mut block = Vec::new();
    for Property(id, value) in properties {
        block.push(*id);
        match value {
            Value::Byte(v) => block.push(*v),
            Value::Short(v) => block.extend(v.to_be_bytes()),
            Value::Long(v) => block.extend(v.to_be_bytes()),
            Value::Varint(v) => put_varint(&mut block, *v),
            Value::Bytes(v) => put_bytes(&mut block, v),
            Value::Pair(name, value) => {
                put_bytes(&mut block, name);
                put_bytes(&mut block, value);
            }
        }
    }
    put_varint(out, block.len());
    out.extend(block);
}

/// A cursor over a packet's body.
#[derive(Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, len: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(|| broken("packet too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> io::Result<u8> {
        self.take(1).map(|taken| taken.iter().copied().sum())
    }

    pub(super) fn short(&mut self) -> io::Result<u16> {
        Ok(u16::from(self.byte()?) << 8 | u16::from(self.byte()?))
    }

    fn long(&mut self) -> io::Result<u32> {
        Ok(u32::from(self.short()?) << 16 | u32::from(self.short()?))
    }

    pub(super) fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let len = self.short()?;
        self.take(usize::from(len))
    }

    fn varint(&mut self) -> io::Result<usize> {
        let (value, used) = varint(self.0)?.ok_or_else(|| broken("packet too short"))?;
        self.take(used)?;
        Ok(value)
    }

    /// A property block with its length; empty when the packet ends before it.
    pub(super) fn properties(&mut self) -> io::Result<Vec<Property>> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let len = self.varint()?;
        let mut block = Cursor(self.take(len)?);
        let mut properties = Vec::new();
        while !block.0.is_empty() {
            let id = block.byte()?;
            properties.push(Property(id, block.value(id)?));
        }
        Ok(properties)
    }

    fn value(&mut self, id: u8) -> io::Result<Value> {
        Ok(match id {
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2A => Value::Byte(self.byte()?),
            0x13 | 0x21..=0x23 => Value::Short(self.short()?),
            0x02 | 0x11 | 0x18 | 0x27 => Value::Long(self.long()?),
            0x0B => Value::Varint(self.varint()?),
            0x26 => Value::Pair(self.bytes()?.to_vec(), self.bytes()?.to_vec()),
            0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1A | 0x1C | 0x1F => {
                Value::Bytes(self.bytes()?.to_vec())
            }
            _ => return Err(broken("unknown property")),
        })
    }
}
