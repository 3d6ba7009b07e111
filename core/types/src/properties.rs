//! What a message carries beside topic and payload.
//!
//! Kept as one block of tagged values, because most messages pass through without anybody looking: a gateway
//! whose wire has the same layout copies the block as it is. The tags and the layout are the ones most
//! publishers already send, so that the common path is one copy:
//!
//! | tag | value | layout after the tag |
//! |---|---|---|
//! | 0x01 | payload format (0 bytes, 1 text) | one byte |
//! | 0x03 | content type | length (16 bits, big-endian), UTF-8 |
//! | 0x08 | response topic | length, UTF-8 |
//! | 0x09 | correlation data | length, bytes |
//! | 0x26 | user property | length, UTF-8 name, length, UTF-8 value; any number, order kept |

/// One property of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Property<'a> {
    /// Whether the payload is text.
    PayloadIsText(bool),
    /// What the payload is, in its publisher's words.
    ContentType(&'a str),
    /// Where an answer is expected.
    ResponseTopic(&'a str),
    /// By which the asker recognises the answer.
    CorrelationData(&'a [u8]),
    /// A name and a value of the publisher's own.
    User(&'a str, &'a str),
}

/// Why bytes are no property block.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a property block")]
pub struct PropertiesError;

/// A checked property block.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Properties<'a>(&'a [u8]);

impl<'a> Properties<'a> {
    /// No properties.
    pub const NONE: Properties<'static> = Properties(&[]);

    /// Checks a block that another layer laid out.
    ///
    /// # Errors
    /// When a tag is unknown, a length runs over the end, or a text is not UTF-8.
    pub fn from_block(block: &'a [u8]) -> Result<Self, PropertiesError> {
        let mut rest = block;
        while !rest.is_empty() {
            rest = take(rest).ok_or(PropertiesError)?.1;
        }
        Ok(Self(block))
    }

    pub(crate) fn trusted(block: &'a [u8]) -> Self {
        Self(block)
    }

    /// The block as laid out above.
    #[must_use]
    pub fn block(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The properties in their order.
    pub fn iter(self) -> impl Iterator<Item = Property<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (property, after) = take(rest)?;
            rest = after;
            Some(property)
        })
    }
}

fn take(block: &[u8]) -> Option<(Property<'_>, &[u8])> {
    let (tag, rest) = block.split_first()?;
    Some(match tag {
        0x01 => {
            let (format, rest) = rest.split_first()?;
            (Property::PayloadIsText(*format == 1), rest)
        }
        0x03 => {
            let (text, rest) = take_text(rest)?;
            (Property::ContentType(text), rest)
        }
        0x08 => {
            let (text, rest) = take_text(rest)?;
            (Property::ResponseTopic(text), rest)
        }
        0x09 => {
            let (data, rest) = take_data(rest)?;
            (Property::CorrelationData(data), rest)
        }
        0x26 => {
            let (name, rest) = take_text(rest)?;
            let (value, rest) = take_text(rest)?;
            (Property::User(name, value), rest)
        }
        _ => return None,
    })
}

fn take_data(block: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = block.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

fn take_text(block: &[u8]) -> Option<(&str, &[u8])> {
    let (data, rest) = take_data(block)?;
    Some((std::str::from_utf8(data).ok()?, rest))
}

/// Lays out a property block.
#[derive(Clone, Debug, Default)]
pub struct PropertiesBuilder(Vec<u8>);

impl PropertiesBuilder {
    /// An empty block.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one property.
    ///
    /// # Errors
    /// When a text or the data is longer than 65,535 bytes; the block is unchanged then.
    pub fn push(&mut self, property: Property<'_>) -> Result<&mut Self, PropertiesError> {
        let before = self.0.len();
        let fits = match property {
            Property::PayloadIsText(text) => {
                self.0.extend([0x01, u8::from(text)]);
                true
            }
            Property::ContentType(text) => self.tagged(0x03, text.as_bytes()),
            Property::ResponseTopic(text) => self.tagged(0x08, text.as_bytes()),
            Property::CorrelationData(data) => self.tagged(0x09, data),
            Property::User(name, value) => self.tagged(0x26, name.as_bytes()) && self.data(value.as_bytes()),
        };
        if fits {
            return Ok(self);
        }
        self.0.truncate(before);
        Err(PropertiesError)
    }

    fn tagged(&mut self, tag: u8, data: &[u8]) -> bool {
        self.0.push(tag);
        self.data(data)
    }

    fn data(&mut self, data: &[u8]) -> bool {
        let Ok(length) = u16::try_from(data.len()) else { return false };
        self.0.extend(length.to_be_bytes());
        self.0.extend_from_slice(data);
        true
    }

    /// The block built so far.
    #[must_use]
    pub fn as_properties(&self) -> Properties<'_> {
        Properties(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_block_reads_back_in_order() {
        let all = [
            Property::PayloadIsText(true),
            Property::ContentType("text/plain"),
            Property::ResponseTopic("answers/7"),
            Property::CorrelationData(&[0, 255]),
            Property::User("a", "1"),
            Property::User("a", "2"),
        ];
        let mut builder = PropertiesBuilder::new();
        for property in all {
            builder.push(property).unwrap();
        }
        let block = builder.as_properties().block().to_vec();
        let read: Vec<_> = Properties::from_block(&block).unwrap().iter().collect();
        assert_eq!(read, all);
        for cut in 0..block.len() {
            if let Ok(shorter) = Properties::from_block(&block[..cut]) {
                assert!(shorter.iter().count() < all.len(), "a prefix is a shorter list or refused");
            }
        }
    }

    #[test]
    fn what_is_too_long_leaves_the_block_alone() {
        let long = "x".repeat(65_536);
        let mut builder = PropertiesBuilder::new();
        assert!(builder.push(Property::User("name", &long)).is_err());
        assert!(builder.as_properties().is_empty());
    }
}
