//! One property with its value: read, written.

use std::num::{NonZeroU16, NonZeroU32};

use super::PropertyId;
use crate::reader::Reader;
use crate::sink::Sink;
use crate::{Error, Qos};

/// A subscription identifier, 1 to 268,435,455.
pub type SubscriptionId = NonZeroU32;

/// Bytes that `Debug` does not show: a password, authentication data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    /// Wraps bytes that must not be printed.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be checked and not kept.
    #[must_use]
    pub const fn expose(&self) -> &'a [u8] {
        self.0
    }
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// A property and its value. Times are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property<'a> {
    /// Whether the payload is UTF-8 text (1) or just bytes (0).
    PayloadFormatIndicator(bool),
    /// Seconds a message may wait before delivery begins.
    MessageExpiryInterval(u32),
    /// What the payload is, in words the applications agree on.
    ContentType(&'a str),
    /// Where an answer is expected; a topic name.
    ResponseTopic(&'a str),
    /// What an answer is recognised by.
    CorrelationData(&'a [u8]),
    /// The client's number for a subscription.
    SubscriptionIdentifier(SubscriptionId),
    /// Seconds the session outlives the connection; 0xFFFFFFFF: for ever.
    SessionExpiryInterval(u32),
    /// The client identifier the server chose.
    AssignedClientIdentifier(&'a str),
    /// Seconds; replaces the client's keep alive.
    ServerKeepAlive(u16),
    /// Name of the method of an extended authentication.
    AuthenticationMethod(&'a str),
    /// What the method exchanges.
    AuthenticationData(Secret<'a>),
    /// Whether the client wants reason strings and user properties with failures.
    RequestProblemInformation(bool),
    /// Seconds between the end of a connection and its will.
    WillDelayInterval(u32),
    /// Whether the client asks for response information.
    RequestResponseInformation(bool),
    /// What response topics are to begin with.
    ResponseInformation(&'a str),
    /// Another server to use.
    ServerReference(&'a str),
    /// For humans: why.
    ReasonString(&'a str),
    /// How many unacknowledged messages of QoS 1 and 2 the sender takes at once; absent: 65,535.
    ReceiveMaximum(NonZeroU16),
    /// The highest topic alias the sender takes; absent: 0, none.
    TopicAliasMaximum(u16),
    /// A number that stands for the topic on this connection.
    TopicAlias(NonZeroU16),
    /// The highest QoS the server takes, 0 or 1; absent: 2.
    MaximumQos(Qos),
    /// Whether the server keeps retained messages; absent: yes.
    RetainAvailable(bool),
    /// A name and a value the protocol knows nothing of.
    UserProperty(&'a str, &'a str),
    /// The longest packet the sender takes, in bytes; absent: no limit of its own.
    MaximumPacketSize(NonZeroU32),
    /// Whether the server takes wildcard subscriptions; absent: yes.
    WildcardSubscriptionAvailable(bool),
    /// Whether the server takes subscription identifiers; absent: yes.
    SubscriptionIdentifierAvailable(bool),
    /// Whether the server takes shared subscriptions; absent: yes.
    SharedSubscriptionAvailable(bool),
}

impl<'a> Property<'a> {
    /// Reads from a block that was validated; an error or `None` there means its end.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Error> {
        let id = reader.u8()?;
        Ok(Some(match id {
            0x01 => Self::PayloadFormatIndicator(reader.u8()? == 1),
            0x02 => Self::MessageExpiryInterval(reader.u32()?),
            0x03 => Self::ContentType(reader.text()?),
            0x08 => Self::ResponseTopic(reader.text()?),
            0x09 => Self::CorrelationData(reader.binary()?),
            0x0B => return Ok(NonZeroU32::new(reader.varint()?).map(Self::SubscriptionIdentifier)),
            0x11 => Self::SessionExpiryInterval(reader.u32()?),
            0x12 => Self::AssignedClientIdentifier(reader.text()?),
            0x13 => Self::ServerKeepAlive(reader.u16()?),
            0x15 => Self::AuthenticationMethod(reader.text()?),
            0x16 => Self::AuthenticationData(Secret(reader.binary()?)),
            0x17 => Self::RequestProblemInformation(reader.u8()? == 1),
            0x18 => Self::WillDelayInterval(reader.u32()?),
            0x19 => Self::RequestResponseInformation(reader.u8()? == 1),
            0x1A => Self::ResponseInformation(reader.text()?),
            0x1C => Self::ServerReference(reader.text()?),
            0x1F => Self::ReasonString(reader.text()?),
            0x21 => return Ok(NonZeroU16::new(reader.u16()?).map(Self::ReceiveMaximum)),
            0x22 => Self::TopicAliasMaximum(reader.u16()?),
            0x23 => return Ok(NonZeroU16::new(reader.u16()?).map(Self::TopicAlias)),
            0x24 => return Ok(Qos::new(reader.u8()?).map(Self::MaximumQos)),
            0x25 => Self::RetainAvailable(reader.u8()? == 1),
            0x26 => Self::UserProperty(reader.text()?, reader.text()?),
            0x27 => return Ok(NonZeroU32::new(reader.u32()?).map(Self::MaximumPacketSize)),
            0x28 => Self::WildcardSubscriptionAvailable(reader.u8()? == 1),
            0x29 => Self::SubscriptionIdentifierAvailable(reader.u8()? == 1),
            0x2A => Self::SharedSubscriptionAvailable(reader.u8()? == 1),
            _ => return Ok(None),
        }))
    }

    /// Passes over one property of a block that was validated.
    #[inline]
    pub(super) fn skip(reader: &mut Reader<'a>) -> Result<(), Error> {
        match reader.u8()? {
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2A => reader.u8().map(drop),
            0x13 | 0x21..=0x23 => reader.u16().map(drop),
            0x02 | 0x11 | 0x18 | 0x27 => reader.u32().map(drop),
            0x0B => reader.varint().map(drop),
            0x26 => {
                reader.binary()?;
                reader.binary().map(drop)
            }
            _ => reader.binary().map(drop),
        }
    }

    /// Appends identifier and value.
    pub(super) fn write(&self, sink: &mut impl Sink) {
        sink.u8(self.id() as u8);
        match *self {
            Self::PayloadFormatIndicator(flag)
            | Self::RequestProblemInformation(flag)
            | Self::RequestResponseInformation(flag)
            | Self::RetainAvailable(flag)
            | Self::WildcardSubscriptionAvailable(flag)
            | Self::SubscriptionIdentifierAvailable(flag)
            | Self::SharedSubscriptionAvailable(flag) => sink.u8(u8::from(flag)),
            Self::MaximumQos(qos) => sink.u8(qos.level()),
            Self::ServerKeepAlive(value) | Self::TopicAliasMaximum(value) => sink.u16(value),
            Self::ReceiveMaximum(value) | Self::TopicAlias(value) => sink.u16(value.get()),
            Self::MessageExpiryInterval(value)
            | Self::SessionExpiryInterval(value)
            | Self::WillDelayInterval(value) => sink.u32(value),
            Self::MaximumPacketSize(value) => sink.u32(value.get()),
            Self::SubscriptionIdentifier(value) => {
                sink.varint(usize::try_from(value.get()).unwrap_or(usize::MAX));
            }
            Self::ContentType(text)
            | Self::ResponseTopic(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => sink.text(text),
            Self::CorrelationData(bytes) => sink.binary(bytes),
            Self::AuthenticationData(secret) => sink.binary(secret.expose()),
            Self::UserProperty(name, value) => {
                sink.text(name);
                sink.text(value);
            }
        }
    }

    /// Which property this is.
    #[must_use]
    pub const fn id(&self) -> PropertyId {
        match self {
            Self::PayloadFormatIndicator(_) => PropertyId::PayloadFormatIndicator,
            Self::MessageExpiryInterval(_) => PropertyId::MessageExpiryInterval,
            Self::ContentType(_) => PropertyId::ContentType,
            Self::ResponseTopic(_) => PropertyId::ResponseTopic,
            Self::CorrelationData(_) => PropertyId::CorrelationData,
            Self::SubscriptionIdentifier(_) => PropertyId::SubscriptionIdentifier,
            Self::SessionExpiryInterval(_) => PropertyId::SessionExpiryInterval,
            Self::AssignedClientIdentifier(_) => PropertyId::AssignedClientIdentifier,
            Self::ServerKeepAlive(_) => PropertyId::ServerKeepAlive,
            Self::AuthenticationMethod(_) => PropertyId::AuthenticationMethod,
            Self::AuthenticationData(_) => PropertyId::AuthenticationData,
            Self::RequestProblemInformation(_) => PropertyId::RequestProblemInformation,
            Self::WillDelayInterval(_) => PropertyId::WillDelayInterval,
            Self::RequestResponseInformation(_) => PropertyId::RequestResponseInformation,
            Self::ResponseInformation(_) => PropertyId::ResponseInformation,
            Self::ServerReference(_) => PropertyId::ServerReference,
            Self::ReasonString(_) => PropertyId::ReasonString,
            Self::ReceiveMaximum(_) => PropertyId::ReceiveMaximum,
            Self::TopicAliasMaximum(_) => PropertyId::TopicAliasMaximum,
            Self::TopicAlias(_) => PropertyId::TopicAlias,
            Self::MaximumQos(_) => PropertyId::MaximumQos,
            Self::RetainAvailable(_) => PropertyId::RetainAvailable,
            Self::UserProperty(..) => PropertyId::UserProperty,
            Self::MaximumPacketSize(_) => PropertyId::MaximumPacketSize,
            Self::WildcardSubscriptionAvailable(_) => PropertyId::WildcardSubscriptionAvailable,
            Self::SubscriptionIdentifierAvailable(_) => PropertyId::SubscriptionIdentifierAvailable,
            Self::SharedSubscriptionAvailable(_) => PropertyId::SharedSubscriptionAvailable,
        }
    }
}
