//! SUBSCRIBE.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{
    EncodeError, Error, PacketId, Properties, PropertySet, Qos, Version, check_topic_filter,
    parse_shared_filter,
};

/// A SUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Subscribe<'a> {
    /// To be repeated in the SUBACK [MQTT-3.8.4-2].
    pub packet_id: PacketId,
    /// Subscription identifier and user properties; none in 3.x.
    pub properties: Properties<'a>,
    /// What is subscribed to, at least one.
    pub subscriptions: Subscriptions<'a>,
}

/// When retained messages are sent for a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// Whenever it is made [MQTT-3.3.1-9]; the only way in 3.x.
    #[default]
    Send = 0,
    /// Only when it did not exist before [MQTT-3.3.1-10].
    SendIfNew = 1,
    /// Never [MQTT-3.3.1-11].
    DoNotSend = 2,
}

/// The options of a subscription; all but the QoS are MQTT 5's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubscriptionOptions {
    /// The highest QoS wanted.
    pub qos: Qos,
    /// Not what this client published itself [MQTT-3.8.3-3].
    pub no_local: bool,
    /// Keep RETAIN as the publisher set it [MQTT-3.3.1-12] [MQTT-3.3.1-13].
    pub retain_as_published: bool,
    /// When retained messages are sent.
    pub retain_handling: RetainHandling,
}

/// One entry of a SUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// A well-formed topic filter; in MQTT 5 a `$share/…` filter has the form [`parse_shared_filter`] takes.
    pub filter: &'a str,
    /// Its options.
    pub options: SubscriptionOptions,
}

impl SubscriptionOptions {
    /// Reads the options byte. Reserved bits are 0 [MQTT-3.8.3-5] [MQTT3-3.8.3-4], which in 3.x are six.
    fn read(byte: u8, version: Version) -> Result<Self, Error> {
        let reserved = if version.is_v5() { 0xC0 } else { 0xFC };
        if byte & reserved != 0 {
            return Err(fault!(
                MalformedPacket,
                "[MQTT-3.8.3-5] [MQTT3-3.8.3-4]",
                "a reserved bit of subscription options is set"
            ));
        }
        let Some(qos) = Qos::new(byte & 3) else {
            return Err(fault!(
                ProtocolError,
                "MQTT 5.0 §3.8.3.1 [MQTT3-3.8.3-4]",
                "a subscription asks for QoS 3"
            ));
        };
        let retain_handling = match (byte >> 4) & 3 {
            0 => RetainHandling::Send,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => {
                return Err(fault!(
                    ProtocolError,
                    "MQTT 5.0 §3.8.3.1",
                    "a subscription has retain handling 3"
                ));
            }
        };
        Ok(Self { qos, no_local: byte & 4 != 0, retain_as_published: byte & 8 != 0, retain_handling })
    }

    const fn byte(self, version: Version) -> u8 {
        if !version.is_v5() {
            return self.qos.level();
        }
        self.qos.level()
            | ((self.no_local as u8) << 2)
            | ((self.retain_as_published as u8) << 3)
            | ((self.retain_handling as u8) << 4)
    }
}

impl<'a> Subscription<'a> {
    fn read(reader: &mut Reader<'a>, version: Version) -> Result<Self, Error> {
        // Filters are UTF-8 strings [MQTT-3.8.3-1] [MQTT3-3.8.3-1].
        let filter = reader.text()?;
        let options = SubscriptionOptions::read(reader.u8()?, version)?;
        Ok(Self { filter, options })
    }

    fn check(&self, version: Version) -> Result<(), Error> {
        check_topic_filter(self.filter)?;
        if version.is_v5() && parse_shared_filter(self.filter)?.is_some() && self.options.no_local {
            return Err(fault!(ProtocolError, "[MQTT-3.8.3-4]", "no local on a shared subscription"));
        }
        Ok(())
    }
}

impl<'a> Subscribe<'a> {
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet_id = reader.packet_id()?;
        let properties = if frame.version.is_v5() {
            Properties::read(reader, PropertySet::Subscribe)?
        } else {
            Properties::EMPTY
        };
        let bytes = reader.take(reader.rest().len())?;
        let subscriptions = Subscriptions::checked(bytes, frame.version)?;
        Ok(Self { packet_id, properties, subscriptions })
    }
}

/// The entries of a SUBSCRIBE: bytes that were checked, or a list of our own.
#[derive(Clone, Copy)]
pub struct Subscriptions<'a>(Entries<'a>);

#[derive(Clone, Copy)]
enum Entries<'a> {
    Wire { bytes: &'a [u8], count: usize },
    List(&'a [Subscription<'a>]),
}

impl<'a> Subscriptions<'a> {
    /// Entries to be sent.
    #[must_use]
    pub const fn from_slice(list: &'a [Subscription<'a>]) -> Self {
        Self(Entries::List(list))
    }

    fn checked(bytes: &'a [u8], version: Version) -> Result<Self, Error> {
        let (mut reader, mut count) = (Reader::new(bytes), 0_usize);
        while !reader.is_empty() {
            Subscription::read(&mut reader, version)?.check(version)?;
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Err(fault!(
                ProtocolError,
                "[MQTT-3.8.3-2] [MQTT3-3.8.3-3]",
                "a SUBSCRIBE holds no topic filter"
            ));
        }
        Ok(Self(Entries::Wire { bytes, count }))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Entries::Wire { count, .. } => count,
            Entries::List(list) => list.len(),
        }
    }

    /// Whether there is none; a decoded SUBSCRIBE has at least one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in the order sent.
    #[must_use]
    pub fn iter(&self) -> SubscriptionIter<'a> {
        SubscriptionIter(match self.0 {
            Entries::Wire { bytes, .. } => Cursor::Wire(Reader::new(bytes)),
            Entries::List(list) => Cursor::List(list.iter()),
        })
    }
}

/// The entries of a SUBSCRIBE, one after the other.
#[derive(Clone)]
pub struct SubscriptionIter<'a>(Cursor<'a>);

#[derive(Clone)]
enum Cursor<'a> {
    Wire(Reader<'a>),
    List(std::slice::Iter<'a, Subscription<'a>>),
}

impl<'a> Iterator for SubscriptionIter<'a> {
    type Item = Subscription<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            // Checked when it was decoded; 3.x options are a subset of MQTT 5's.
            Cursor::Wire(reader) => Subscription::read(reader, Version::V5).ok(),
            Cursor::List(list) => list.next().copied(),
        }
    }
}

impl std::fmt::Debug for SubscriptionIter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl std::fmt::Debug for Subscriptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Subscriptions<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a> IntoIterator for &Subscriptions<'a> {
    type Item = Subscription<'a>;
    type IntoIter = SubscriptionIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Body for Subscribe<'_> {
    fn first_byte(&self) -> u8 {
        // Reserved flags 0010 [MQTT-3.8.1-1] [MQTT3-3.8.1-1].
        0x82
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.subscriptions.is_empty() {
            return Err(EncodeError::Inconsistent("a SUBSCRIBE without a topic filter"));
        }
        Ok(())
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.u16(self.packet_id.get());
        if version.is_v5() {
            self.properties.write(sink);
        }
        for subscription in &self.subscriptions {
            sink.text(subscription.filter);
            sink.u8(subscription.options.byte(version));
        }
    }
}

encodable!(Subscribe);
