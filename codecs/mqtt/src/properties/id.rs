//! Which properties there are and where each may stand (table 2-4 of MQTT 5).

/// The identifier of a property. Every one fits into one byte of a variable byte integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the specification's; `Property` documents each")]
pub enum PropertyId {
    PayloadFormatIndicator = 0x01,
    MessageExpiryInterval = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionIdentifier = 0x0B,
    SessionExpiryInterval = 0x11,
    AssignedClientIdentifier = 0x12,
    ServerKeepAlive = 0x13,
    AuthenticationMethod = 0x15,
    AuthenticationData = 0x16,
    RequestProblemInformation = 0x17,
    WillDelayInterval = 0x18,
    RequestResponseInformation = 0x19,
    ResponseInformation = 0x1A,
    ServerReference = 0x1C,
    ReasonString = 0x1F,
    ReceiveMaximum = 0x21,
    TopicAliasMaximum = 0x22,
    TopicAlias = 0x23,
    MaximumQos = 0x24,
    RetainAvailable = 0x25,
    UserProperty = 0x26,
    MaximumPacketSize = 0x27,
    WildcardSubscriptionAvailable = 0x28,
    SubscriptionIdentifierAvailable = 0x29,
    SharedSubscriptionAvailable = 0x2A,
}

impl PropertyId {
    /// This identifier's place in a set of identifiers.
    pub(super) const fn bit(self) -> u64 {
        1_u64 << (self as u8)
    }
}

/// A set holding the identifiers given.
const fn set_of(ids: &[PropertyId]) -> u64 {
    let (mut bits, mut rest) = (0, ids);
    while let [first, others @ ..] = rest {
        bits |= first.bit();
        rest = others;
    }
    bits
}

/// What a block of properties belongs to: the packet, or the will inside a CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the packets'")]
pub enum PropertySet {
    Connect,
    Will,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    Disconnect,
    Auth,
}

impl PropertySet {
    /// Every owner of properties.
    pub const ALL: &'static [Self] = &[
        Self::Connect,
        Self::Will,
        Self::ConnAck,
        Self::Publish,
        Self::PubAck,
        Self::PubRec,
        Self::PubRel,
        Self::PubComp,
        Self::Subscribe,
        Self::SubAck,
        Self::Unsubscribe,
        Self::UnsubAck,
        Self::Disconnect,
        Self::Auth,
    ];

    /// Whether a property may stand here.
    #[must_use]
    pub const fn allows(self, id: PropertyId) -> bool {
        self.allowed() & id.bit() != 0
    }

    #[inline]
    pub(super) const fn allowed(self) -> u64 {
        match self {
            Self::Connect => CONNECT,
            Self::Will => WILL,
            Self::ConnAck => CONNACK,
            Self::Publish => PUBLISH,
            Self::Subscribe => SUBSCRIBE,
            Self::Unsubscribe => UNSUBSCRIBE,
            Self::Disconnect => DISCONNECT,
            Self::Auth => AUTH,
            Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp | Self::SubAck | Self::UnsubAck => ACK,
        }
    }

    /// What may stand here more than once.
    #[inline]
    pub(super) const fn repeatable(self) -> u64 {
        match self {
            Self::Publish => REPEATED_IN_PUBLISH,
            _ => USER,
        }
    }
}

use PropertyId as P;

const USER: u64 = P::UserProperty.bit();
const REPEATED_IN_PUBLISH: u64 = set_of(&[P::UserProperty, P::SubscriptionIdentifier]);
const ACK: u64 = set_of(&[P::ReasonString, P::UserProperty]);
const SUBSCRIBE: u64 = set_of(&[P::SubscriptionIdentifier, P::UserProperty]);
const UNSUBSCRIBE: u64 = USER;
const DISCONNECT: u64 =
    set_of(&[P::SessionExpiryInterval, P::ServerReference, P::ReasonString, P::UserProperty]);
const AUTH: u64 = set_of(&[P::AuthenticationMethod, P::AuthenticationData, P::ReasonString, P::UserProperty]);
const PUBLISH: u64 = set_of(&[
    P::PayloadFormatIndicator,
    P::MessageExpiryInterval,
    P::ContentType,
    P::ResponseTopic,
    P::CorrelationData,
    P::SubscriptionIdentifier,
    P::TopicAlias,
    P::UserProperty,
]);
const WILL: u64 = set_of(&[
    P::PayloadFormatIndicator,
    P::MessageExpiryInterval,
    P::ContentType,
    P::ResponseTopic,
    P::CorrelationData,
    P::WillDelayInterval,
    P::UserProperty,
]);
const CONNECT: u64 = set_of(&[
    P::SessionExpiryInterval,
    P::AuthenticationMethod,
    P::AuthenticationData,
    P::RequestProblemInformation,
    P::RequestResponseInformation,
    P::ReceiveMaximum,
    P::TopicAliasMaximum,
    P::UserProperty,
    P::MaximumPacketSize,
]);
const CONNACK: u64 = set_of(&[
    P::SessionExpiryInterval,
    P::AssignedClientIdentifier,
    P::ServerKeepAlive,
    P::AuthenticationMethod,
    P::AuthenticationData,
    P::ResponseInformation,
    P::ServerReference,
    P::ReasonString,
    P::ReceiveMaximum,
    P::TopicAliasMaximum,
    P::MaximumQos,
    P::RetainAvailable,
    P::UserProperty,
    P::MaximumPacketSize,
    P::WildcardSubscriptionAvailable,
    P::SubscriptionIdentifierAvailable,
    P::SharedSubscriptionAvailable,
]);

/// What a broker hands on with a message as it came.
pub(super) const FORWARDABLE: u64 = set_of(&[
    P::PayloadFormatIndicator,
    P::ContentType,
    P::ResponseTopic,
    P::CorrelationData,
    P::UserProperty,
]);
