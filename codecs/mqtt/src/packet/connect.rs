//! CONNECT.

use super::Frame;
use crate::error::fault;
use crate::reader::Reader;
use crate::sink::{self, Body, Sink};
use crate::{EncodeError, Error, Properties, PropertySet, Qos, Secret, Version, check_topic_name};

mod prefix;

pub use prefix::connect_version;
pub(crate) use prefix::{Prefix, check_prefix};

/// A CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version the client speaks from here on.
    pub version: Version,
    /// Clean Start; Clean Session in 3.x.
    pub clean_start: bool,
    /// Seconds; 0: none.
    pub keep_alive: u16,
    /// None in 3.x.
    pub properties: Properties<'a>,
    /// Empty where the server is to choose one.
    pub client_id: &'a str,
    /// What is published when the client is lost.
    pub will: Option<Will<'a>>,
    /// The user's name.
    pub user_name: Option<&'a str>,
    /// Hidden from `Debug`.
    pub password: Option<Secret<'a>>,
}

/// The will inside a CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// Its guarantee.
    pub qos: Qos,
    /// Whether it is to be kept [MQTT-3.1.2-14] [MQTT-3.1.2-15].
    pub retain: bool,
    /// None in 3.x.
    pub properties: Properties<'a>,
    /// A topic name.
    pub topic: &'a str,
    /// The application's bytes.
    pub payload: &'a [u8],
}

const USER_NAME: u8 = 0x80;
const PASSWORD: u8 = 0x40;
const WILL_RETAIN: u8 = 0x20;
const WILL_QOS: u8 = 0x18;
const WILL: u8 = 0x04;
const CLEAN_START: u8 = 0x02;
const RESERVED: u8 = 0x01;

/// What the connect flags must not say.
fn check_connect_flags(flags: u8, version: Version) -> Result<(), Error> {
    // 3.1 calls bit 0, and the will's bits without a will, unused and not zero.
    if version != Version::V3 {
        if flags & RESERVED != 0 {
            return Err(fault!(
                MalformedPacket,
                "[MQTT-3.1.2-3] [MQTT3-3.1.2-3]",
                "the reserved connect flag is set"
            ));
        }
        if flags & WILL == 0 && flags & (WILL_QOS | WILL_RETAIN) != 0 {
            return Err(fault!(
                MalformedPacket,
                "[MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT3-3.1.2-11] [MQTT3-3.1.2-13] \
                 [MQTT3-3.1.2-15]",
                "will QoS or will retain without a will"
            ));
        }
    }
    if flags & WILL != 0 && flags & WILL_QOS == WILL_QOS {
        return Err(fault!(MalformedPacket, "[MQTT-3.1.2-12] [MQTT3-3.1.2-14]", "the will has QoS 3"));
    }
    if flags & PASSWORD != 0 && flags & USER_NAME == 0 && !version.is_v5() {
        return Err(fault!(
            MalformedPacket,
            "[MQTT3-3.1.2-22] MQTT 3.1 §3.1",
            "a password without a user name"
        ));
    }
    Ok(())
}

impl<'a> Connect<'a> {
    /// Reads a body whose front [`check_prefix`] has seen. The fields follow in this order [MQTT-3.1.3-1]
    /// [MQTT3-3.1.3-1].
    pub(super) fn read(frame: Frame, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let version = frame.version;
        reader.binary()?;
        reader.u8()?;
        let flags = reader.u8()?;
        check_connect_flags(flags, version)?;
        let keep_alive = reader.u16()?;
        let properties =
            if version.is_v5() { Properties::read(reader, PropertySet::Connect)? } else { Properties::EMPTY };
        // [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT3-3.1.3-3] [MQTT3-3.1.3-4]
        let client_id = reader.text()?;
        check_client_id(client_id, flags & CLEAN_START != 0, version)?;
        // Present exactly where the flags say so: [MQTT-3.1.2-9] [MQTT-3.1.2-16] [MQTT-3.1.2-17]
        // [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT3-3.1.2-9] [MQTT3-3.1.2-18] [MQTT3-3.1.2-19] [MQTT3-3.1.2-20]
        // [MQTT3-3.1.2-21]
        let will = if flags & WILL != 0 { Some(Will::read(flags, version, reader)?) } else { None };
        // The user name is UTF-8 [MQTT-3.1.3-12] [MQTT3-3.1.3-11].
        let user_name = if present(flags, USER_NAME, version, reader) { Some(reader.text()?) } else { None };
        let password = if present(flags, PASSWORD, version, reader) {
            Some(Secret::new(reader.binary()?))
        } else {
            None
        };
        Ok(Self {
            version,
            clean_start: flags & CLEAN_START != 0,
            keep_alive,
            properties,
            client_id,
            will,
            user_name,
            password,
        })
    }

    fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean_start {
            flags |= CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= WILL | (will.qos.level() << 3);
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        flags
    }

    /// Bytes this packet takes on the wire, fixed header included.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encoded_len(&self) -> Result<usize, EncodeError> {
        sink::encoded_len(self, self.version)
    }

    /// Appends this packet to `out`, in the version it names.
    ///
    /// # Errors
    /// [`EncodeError`] where the wire cannot say it; `out` is then as it was.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        sink::encode(self, self.version, out)
    }
}

/// Whether a field that the flags announce is there. 3.1 lets the remaining length overrule the flags.
fn present(flags: u8, flag: u8, version: Version, reader: &Reader<'_>) -> bool {
    flags & flag != 0 && (version != Version::V3 || !reader.is_empty())
}

/// An empty client identifier: never in 3.1, only with a clean session in 3.1.1 [MQTT3-3.1.3-7]
/// [MQTT3-3.1.3-8] [MQTT3-3.1.3-9], always in MQTT 5. Longer ones than 23 bytes are taken in every version.
fn check_client_id(client_id: &str, clean: bool, version: Version) -> Result<(), Error> {
    match version {
        Version::V3 if client_id.is_empty() => {
            Err(fault!(ClientIdentifierNotValid, "MQTT 3.1 §3.1", "the client identifier is empty"))
        }
        Version::V4 if client_id.is_empty() && !clean => Err(fault!(
            ClientIdentifierNotValid,
            "[MQTT3-3.1.3-8]",
            "the client identifier is empty and the session is to be kept"
        )),
        _ => Ok(()),
    }
}

impl<'a> Will<'a> {
    fn read(flags: u8, version: Version, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let properties =
            if version.is_v5() { Properties::read(reader, PropertySet::Will)? } else { Properties::EMPTY };
        // The will topic is UTF-8 [MQTT-3.1.3-11] [MQTT3-3.1.3-10] and will be published to, so it is a name.
        let topic = reader.text()?;
        check_topic_name(topic)?;
        let payload = reader.binary()?;
        let qos = Qos::new((flags & WILL_QOS) >> 3).unwrap_or_default();
        Ok(Self { qos, retain: flags & WILL_RETAIN != 0, properties, topic, payload })
    }
}

impl Body for Connect<'_> {
    fn first_byte(&self) -> u8 {
        0x10
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.password.is_some() && self.user_name.is_none() && !self.version.is_v5() {
            return Err(EncodeError::Inconsistent("a password without a user name in 3.x"));
        }
        Ok(())
    }

    fn write(&self, version: Version, sink: &mut impl Sink) {
        sink.text(version.protocol_name());
        sink.u8(version.level());
        sink.u8(self.flags());
        sink.u16(self.keep_alive);
        if version.is_v5() {
            self.properties.write(sink);
        }
        sink.text(self.client_id);
        if let Some(will) = &self.will {
            if version.is_v5() {
                will.properties.write(sink);
            }
            sink.text(will.topic);
            sink.binary(will.payload);
        }
        if let Some(user_name) = self.user_name {
            sink.text(user_name);
        }
        if let Some(password) = &self.password {
            sink.binary(password.expose());
        }
    }
}
