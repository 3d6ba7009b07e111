//! What holds for any input whatever. The mutation test, the corpus and the fuzz target all come here.
//!
//! An input is a selector byte (who decodes, on which connection, under which limit) and the peer's bytes.

use mqtt_codec::{
    Decoded, Error, Limits, Packet, Properties, Property, PropertyId, PropertySet, Role, Version, decode,
};

/// Which cuts of an input are tried: all of a short one, of a long one the ends and some between.
const ALL_CUTS_UP_TO: usize = 48;
const CUTS_BETWEEN: usize = 13;

/// What the selector byte says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) limits: Limits,
    pub(crate) version: Option<Version>,
}

impl Setting {
    pub(crate) const fn of(selector: u8) -> Self {
        let role = if selector & 1 == 0 { Role::Server } else { Role::Client };
        let version = match (selector >> 1) & 3 {
            0 => None,
            1 => Some(Version::V3),
            2 => Some(Version::V4),
            _ => Some(Version::V5),
        };
        let max_packet_size = if selector & 8 == 0 { 1 << 20 } else { 64 };
        Self { limits: Limits { max_packet_size, role }, version }
    }

    /// The selector for a connection.
    #[allow(dead_code, reason = "the fuzz target takes selectors and makes none")]
    pub(crate) const fn selector(role: Role, version: Option<Version>) -> u8 {
        let role = match role {
            Role::Server => 0,
            Role::Client => 1,
        };
        let version = match version {
            None => 0,
            Some(Version::V3) => 1,
            Some(Version::V4) => 2,
            Some(Version::V5) => 3,
        };
        role | (version << 1)
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Decoded<'a>, Error> {
        decode(bytes, &self.limits, self.version)
    }
}

/// How an input ended; for counting how far inputs reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Packet,
    NeedMore,
    Refused,
}

/// Checks one input. Panics where something does not hold.
pub(crate) fn check(input: &[u8]) -> Outcome {
    let Some((&selector, bytes)) = input.split_first() else {
        return Outcome::NeedMore;
    };
    let setting = Setting::of(selector);
    let whole = setting.decode(bytes);
    for cut in cuts(bytes.len()) {
        check_prefix(cut, setting.decode(&bytes[..cut]), &whole);
    }
    match whole {
        Ok(Decoded::Packet { packet, len }) => {
            assert!(len <= bytes.len());
            assert!(len <= usize::try_from(setting.limits.max_packet_size).unwrap());
            check_written_again(&setting, &packet, len);
            walk(&packet);
            Outcome::Packet
        }
        Ok(Decoded::NeedMore { at_least }) => {
            assert!(at_least > bytes.len());
            Outcome::NeedMore
        }
        Err(error) => {
            assert!(error.reason().is_error() && !error.clause().is_empty() && !error.what().is_empty());
            Outcome::Refused
        }
    }
}

fn cuts(len: usize) -> impl Iterator<Item = usize> {
    let step = if len <= ALL_CUTS_UP_TO { 1 } else { len / CUTS_BETWEEN };
    (0..len).step_by(step.max(1)).chain(len.checked_sub(1))
}

/// A prefix of what decodes to `whole` says the same, or less: a packet that is in it is the same packet, an
/// error is the same error, and what asks for more does not ask for more than is right.
fn check_prefix(cut: usize, prefix: Result<Decoded<'_>, Error>, whole: &Result<Decoded<'_>, Error>) {
    match (prefix, whole) {
        (Ok(Decoded::NeedMore { at_least }), whole) => {
            assert!(at_least > cut, "asks for {at_least} with {cut}");
            match whole {
                Ok(Decoded::Packet { len, .. }) => assert!(at_least <= *len && cut < *len),
                Ok(Decoded::NeedMore { at_least: later }) => assert!(at_least <= *later),
                Err(_) => {}
            }
        }
        (prefix, whole) => assert_eq!(prefix, *whole, "with {cut}"),
    }
}

/// A decoded packet encodes to bytes that are no longer, that `encoded_len` foretold, and that decode to it.
fn check_written_again(setting: &Setting, packet: &Packet<'_>, len: usize) {
    let version = match (packet, setting.version) {
        (Packet::Connect(connect), _) => connect.version,
        (_, Some(version)) => version,
        (other, None) => panic!("{other:?} before there was a version"),
    };
    let mut written = Vec::new();
    packet.encode(version, &mut written).expect("what was decoded can be encoded");
    assert!(written.len() <= len);
    assert_eq!(packet.encoded_len(version), Ok(written.len()));
    assert_eq!(setting.decode(&written), Ok(Decoded::Packet { packet: *packet, len: written.len() }));
}

/// Reads everything a packet offers on demand.
fn walk(packet: &Packet<'_>) {
    match packet {
        Packet::Connect(packet) => {
            walk_properties(&packet.properties);
            if let Some(will) = &packet.will {
                walk_properties(&will.properties);
                check_forwardable(&will.properties);
            }
        }
        Packet::ConnAck(packet) => walk_properties(&packet.properties),
        Packet::Publish(packet) => {
            walk_properties(&packet.properties);
            check_forwardable(&packet.properties);
            assert!(!packet.topic.is_empty() || packet.properties.topic_alias().is_some());
        }
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            walk_properties(&ack.properties);
        }
        Packet::Subscribe(packet) => {
            walk_properties(&packet.properties);
            assert_eq!(packet.subscriptions.iter().count(), packet.subscriptions.len());
            assert!(!packet.subscriptions.is_empty());
        }
        Packet::SubAck(packet) => {
            walk_properties(&packet.properties);
            assert_eq!(packet.codes.iter().count(), packet.codes.len());
        }
        Packet::Unsubscribe(packet) => {
            walk_properties(&packet.properties);
            assert_eq!(packet.filters.iter().count(), packet.filters.len());
            assert!(!packet.filters.is_empty());
        }
        Packet::UnsubAck(packet) => {
            walk_properties(&packet.properties);
            assert_eq!(packet.codes.iter().count(), packet.codes.len());
        }
        Packet::Disconnect(packet) => walk_properties(&packet.properties),
        Packet::Auth(packet) => walk_properties(&packet.properties),
        Packet::PingReq | Packet::PingResp => {}
    }
}

/// The properties read on demand are those of the block: as long together, and where one is noted, it is there.
fn walk_properties(properties: &Properties<'_>) {
    let mut expiry = None;
    let mut alias = None;
    for property in properties {
        assert!(properties.contains(property.id()));
        match property {
            Property::MessageExpiryInterval(seconds) => expiry = Some(seconds),
            Property::TopicAlias(number) => alias = Some(number),
            _ => {}
        }
    }
    assert_eq!(properties.is_empty(), properties.iter().next().is_none());
    assert_eq!((properties.message_expiry_interval(), properties.topic_alias()), (expiry, alias));
    let users = properties.iter().filter(|property| property.id() == PropertyId::UserProperty).count();
    assert_eq!(properties.user_properties().count(), users);
}

/// The forwardable slices are the block without what belongs to one hop, in order, none empty.
fn check_forwardable(properties: &Properties<'_>) {
    let runs: Vec<&[u8]> = properties.forwardable().collect();
    assert!(runs.iter().all(|run| !run.is_empty()));
    let joined = runs.concat();
    assert_eq!(joined.len(), properties.forwardable().total_len());
    let forwarded = Properties::new(&joined, PropertySet::Publish).expect("slices of a valid block");
    let kept = properties.iter().filter(|property| {
        matches!(
            property.id(),
            PropertyId::PayloadFormatIndicator
                | PropertyId::ContentType
                | PropertyId::ResponseTopic
                | PropertyId::CorrelationData
                | PropertyId::UserProperty
        )
    });
    assert!(forwarded.iter().eq(kept));
}
