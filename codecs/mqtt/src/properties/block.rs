//! A validated block of properties.

use std::num::{NonZeroU16, NonZeroU32};

use super::validate::{Checked, validate};
use super::{Forwardable, Property, PropertyId, PropertySet, Secret, SubscriptionId};
use crate::reader::Reader;
use crate::sink::Sink;
use crate::{Error, Qos};

/// The properties of one packet: the bytes behind the property length, known to be valid where they stand.
///
/// Typed accessors and [`Self::iter`] read them on demand. What a broker needs of every PUBLISH (topic alias,
/// message expiry) was noted while the block was checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Properties<'a> {
    block: &'a [u8],
    checked: Checked,
}

impl Default for Properties<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a> Properties<'a> {
    /// No properties.
    pub const EMPTY: Self =
        Self { block: &[], checked: Checked { seen: 0, message_expiry: None, topic_alias: None } };

    /// Takes bytes in the wire's layout, without the property length, after checking that they may stand in
    /// `set`.
    ///
    /// # Errors
    /// With the rule that is broken.
    #[inline]
    pub fn new(block: &'a [u8], set: PropertySet) -> Result<Self, Error> {
        Ok(Self { block, checked: validate(block, set)? })
    }

    /// Takes property length and block from the front of `reader`.
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>, set: PropertySet) -> Result<Self, Error> {
        let len = reader.varint()?;
        if len == 0 {
            return Ok(Self::EMPTY);
        }
        Self::new(reader.take(usize::try_from(len).unwrap_or(usize::MAX))?, set)
    }

    /// A block that [`validate`] has seen before.
    pub(super) const fn trusted(block: &'a [u8], checked: Checked) -> Self {
        Self { block, checked }
    }

    /// Appends property length and block: zero when there are none [MQTT-2.2.2-1].
    #[inline]
    pub(crate) fn write(&self, sink: &mut impl Sink) {
        sink.varint(self.block.len());
        sink.raw(self.block);
    }

    /// The bytes of the block, without the property length.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.block
    }

    /// Whether there are none.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// Whether a property is there.
    #[must_use]
    #[inline]
    pub const fn contains(&self, id: PropertyId) -> bool {
        self.checked.seen & id.bit() != 0
    }

    #[inline]
    pub(super) const fn seen(&self) -> u64 {
        self.checked.seen
    }

    /// Every property in the order sent.
    #[must_use]
    pub const fn iter(&self) -> PropertyIter<'a> {
        PropertyIter { rest: Reader::new(self.block) }
    }

    /// The parts of the block that a broker hands on with the message unaltered and in order: payload format,
    /// content type, response topic, correlation data, user properties [MQTT-3.3.2-4] [MQTT-3.3.2-15]
    /// [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]. Neighbours are one slice, so mostly
    /// there is one, or none.
    #[must_use]
    #[inline]
    pub const fn forwardable(&self) -> Forwardable<'a> {
        Forwardable::new(self)
    }

    /// Seconds a message may wait; noted during validation, costs nothing.
    #[must_use]
    #[inline]
    pub const fn message_expiry_interval(&self) -> Option<u32> {
        self.checked.message_expiry
    }

    /// The topic alias; noted during validation, costs nothing.
    #[must_use]
    #[inline]
    pub const fn topic_alias(&self) -> Option<NonZeroU16> {
        self.checked.topic_alias
    }

    /// Subscription identifiers in the order sent; more than one only in a PUBLISH from a server.
    pub fn subscription_ids(&self) -> impl Iterator<Item = SubscriptionId> + use<'a> {
        let any = self.contains(PropertyId::SubscriptionIdentifier);
        self.iter().take_while(move |_| any).filter_map(|property| match property {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        })
    }

    /// User properties in the order sent.
    pub fn user_properties(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let any = self.contains(PropertyId::UserProperty);
        self.iter().take_while(move |_| any).filter_map(|property| match property {
            Property::UserProperty(name, value) => Some((name, value)),
            _ => None,
        })
    }
}

/// Accessors of properties that stand at most once.
macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $value:ty;)*) => {
        impl<'a> Properties<'a> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<$value> {
                    if !self.contains(PropertyId::$variant) {
                        return None;
                    }
                    self.iter().find_map(|property| match property {
                        Property::$variant(value) => Some(value),
                        _ => None,
                    })
                }
            )*
        }
    };
}

accessors! {
    /// Whether the payload is said to be UTF-8 text.
    payload_format_indicator: PayloadFormatIndicator -> bool;
    /// What the payload is.
    content_type: ContentType -> &'a str;
    /// Where an answer is expected.
    response_topic: ResponseTopic -> &'a str;
    /// What an answer is recognised by.
    correlation_data: CorrelationData -> &'a [u8];
    /// Seconds the session outlives the connection.
    session_expiry_interval: SessionExpiryInterval -> u32;
    /// The client identifier the server chose.
    assigned_client_identifier: AssignedClientIdentifier -> &'a str;
    /// Seconds; replaces the client's keep alive.
    server_keep_alive: ServerKeepAlive -> u16;
    /// Name of the method of an extended authentication.
    authentication_method: AuthenticationMethod -> &'a str;
    /// What the method exchanges.
    authentication_data: AuthenticationData -> Secret<'a>;
    /// Whether reason strings and user properties are wanted with failures; absent: yes.
    request_problem_information: RequestProblemInformation -> bool;
    /// Seconds between the end of a connection and its will; absent: 0.
    will_delay_interval: WillDelayInterval -> u32;
    /// Whether response information is asked for; absent: no.
    request_response_information: RequestResponseInformation -> bool;
    /// What response topics are to begin with.
    response_information: ResponseInformation -> &'a str;
    /// Another server to use.
    server_reference: ServerReference -> &'a str;
    /// For humans: why.
    reason_string: ReasonString -> &'a str;
    /// Unacknowledged messages the sender takes at once; absent: 65,535.
    receive_maximum: ReceiveMaximum -> NonZeroU16;
    /// The highest topic alias the sender takes; absent: 0.
    topic_alias_maximum: TopicAliasMaximum -> u16;
    /// The highest QoS the server takes; absent: 2.
    maximum_qos: MaximumQos -> Qos;
    /// Whether the server keeps retained messages; absent: yes.
    retain_available: RetainAvailable -> bool;
    /// The longest packet the sender takes, in bytes.
    maximum_packet_size: MaximumPacketSize -> NonZeroU32;
    /// Whether the server takes wildcard subscriptions; absent: yes.
    wildcard_subscription_available: WildcardSubscriptionAvailable -> bool;
    /// Whether the server takes subscription identifiers; absent: yes.
    subscription_identifier_available: SubscriptionIdentifierAvailable -> bool;
    /// Whether the server takes shared subscriptions; absent: yes.
    shared_subscription_available: SharedSubscriptionAvailable -> bool;
}

impl std::fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The properties of a block, one after the other.
#[derive(Clone)]
pub struct PropertyIter<'a> {
    rest: Reader<'a>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        // The block was validated, so neither an error nor an unknown identifier can come.
        Property::read(&mut self.rest).ok().flatten()
    }
}

impl std::fmt::Debug for PropertyIter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
