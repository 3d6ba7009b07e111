//! UNSUBSCRIBE.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{Body, Sink, encodable};
use crate::{
    EncodeError, Error, PacketId, Properties, PropertySet, Version, check_topic_filter, parse_shared_filter,
};

/// An UNSUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unsubscribe<'a> {
    /// To be repeated in the UNSUBACK [MQTT-3.10.4-5].
    pub packet_id: PacketId,
    /// User properties; none in 3.x.
    pub properties: Properties<'a>,
    /// What is given up, at least one.
    pub filters: Filters<'a>,
}

impl<'a> Unsubscribe<'a> {
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let packet_id = reader.packet_id()?;
        let properties = if frame.version.is_v5() {
            Properties::read(reader, PropertySet::Unsubscribe)?
        } else {
            Properties::EMPTY
        };
        let bytes = reader.take(reader.rest().len())?;
        Ok(Self { packet_id, properties, filters: Filters::checked(bytes, frame.version)? })
    }
}

/// The filters of an UNSUBSCRIBE: bytes that were checked, or a list of our own.
#[derive(Clone, Copy)]
pub struct Filters<'a>(Entries<'a>);

#[derive(Clone, Copy)]
enum Entries<'a> {
    Wire { bytes: &'a [u8], count: usize },
    List(&'a [&'a str]),
}

impl<'a> Filters<'a> {
    /// Filters to be sent.
    #[must_use]
    pub const fn from_slice(list: &'a [&'a str]) -> Self {
        Self(Entries::List(list))
    }

    fn checked(bytes: &'a [u8], version: Version) -> Result<Self, Error> {
        let (mut reader, mut count) = (Reader::new(bytes), 0_usize);
        while !reader.is_empty() {
            // Filters are UTF-8 strings [MQTT-3.10.3-1] [MQTT3-3.10.3-1].
            let filter = reader.text()?;
            check_topic_filter(filter)?;
            if version.is_v5() {
                parse_shared_filter(filter)?;
            }
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Err(fault!(
                ProtocolError,
                "[MQTT-3.10.3-2] [MQTT3-3.10.3-2]",
                "an UNSUBSCRIBE holds no topic filter"
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

    /// Whether there is none; a decoded UNSUBSCRIBE has at least one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The filters in the order sent.
    #[must_use]
    pub fn iter(&self) -> FilterIter<'a> {
        FilterIter(match self.0 {
            Entries::Wire { bytes, .. } => Cursor::Wire(Reader::new(bytes)),
            Entries::List(list) => Cursor::List(list.iter()),
        })
    }
}

/// The filters of an UNSUBSCRIBE, one after the other.
#[derive(Clone)]
pub struct FilterIter<'a>(Cursor<'a>);

#[derive(Clone)]
enum Cursor<'a> {
    Wire(Reader<'a>),
    List(std::slice::Iter<'a, &'a str>),
}

impl<'a> Iterator for FilterIter<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cursor::Wire(reader) => reader.text().ok(),
            Cursor::List(list) => list.next().copied(),
        }
    }
}

impl std::fmt::Debug for FilterIter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl std::fmt::Debug for Filters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Filters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a> IntoIterator for &Filters<'a> {
    type Item = &'a str;
    type IntoIter = FilterIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Body for Unsubscribe<'_> {
    fn first_byte(&self) -> u8 {
        // Reserved flags 0010 [MQTT-3.10.1-1] [MQTT3-3.10.1-1].
        0xA2
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.filters.is_empty() {
            return Err(EncodeError::Inconsistent("an UNSUBSCRIBE without a topic filter"));
        }
        Ok(())
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.u16(self.packet_id.get());
        if version.is_v5() {
            self.properties.write(sink);
        }
        for filter in &self.filters {
            sink.text(filter);
        }
    }
}

encodable!(Unsubscribe);
