//! What both clients are told about the connection.

use std::num::NonZeroU16;

use anyhow::{Context as _, bail};
use clap::ArgAction;

use super::wire::TlsArgs;
use mqtt_codec::{
    Connect, Packet, Properties, PropertiesBuf, Property, PropertySet, Qos, Secret, Version, Will,
};

/// How to connect.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConnectArgs {
    /// The broker's host
    #[arg(short = 'h', long, default_value = "127.0.0.1", value_name = "HOST")]
    pub(crate) host: String,

    /// The broker's port; 1883, or 8883 with --cafile, if left out
    #[arg(short = 'p', long, value_name = "PORT")]
    port: Option<u16>,

    #[command(flatten)]
    pub(super) tls: TlsArgs,

    /// The version of MQTT: 3.1, 3.1.1 or 5
    #[arg(short = 'V', long = "protocol-version", default_value = "5", value_parser = version)]
    pub(crate) version: Version,

    /// The user's name
    #[arg(short = 'u', long, value_name = "USER")]
    username: Option<String>,

    /// The user's password; every user of this machine can see it in the list of processes
    #[arg(short = 'P', long, value_name = "PASSWORD", requires = "username")]
    password: Option<String>,

    /// The client id; one that nobody has, if left out
    #[arg(short = 'i', long, value_name = "ID")]
    id: Option<String>,

    /// Seconds after which a silent connection is pinged; 0 for never
    #[arg(short = 'k', long = "keep-alive", default_value_t = 60, value_name = "SECONDS")]
    pub(crate) keep_alive: u16,

    /// Keep the session when the connection ends, and take it up again; needs -i
    #[arg(short = 'c', long = "keep-session", requires = "id")]
    keep_session: bool,

    /// How long a kept session lives (version 5)
    #[arg(short = 'x', long = "session-expiry", value_name = "SECONDS", requires = "keep_session")]
    session_expiry: Option<u32>,

    /// Where the broker publishes if this client is lost
    #[arg(long, value_name = "TOPIC")]
    will_topic: Option<String>,

    /// What it publishes then
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, requires = "will_topic")]
    will_payload: String,

    /// Its quality of service
    #[arg(long, value_name = "0|1|2", default_value = "0", value_parser = qos, requires = "will_topic")]
    will_qos: Qos,

    /// Whether it is retained
    #[arg(long, requires = "will_topic")]
    will_retain: bool,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

impl ConnectArgs {
    /// The broker's port.
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls.cafile.is_some() { 8883 } else { 1883 })
    }

    /// The CONNECT, as bytes.
    pub(super) fn connect_packet(&self) -> anyhow::Result<Vec<u8>> {
        let made = format!("tidegate-{:016x}", crate::numbers::unguessable() >> 64);
        let mut properties = PropertiesBuf::new(PropertySet::Connect);
        if self.version.is_v5() && self.keep_session {
            properties.push(Property::SessionExpiryInterval(self.session_expiry.unwrap_or(u32::MAX)))?;
        }
        let will = self.will_topic.as_ref().map(|topic| Will {
            qos: self.will_qos,
            retain: self.will_retain,
            properties: Properties::EMPTY,
            topic,
            payload: self.will_payload.as_bytes(),
        });
        if will.is_some_and(|will| mqtt_codec::check_topic_name(will.topic).is_err()) {
            bail!("--will-topic: a topic has at least one character and no wildcard");
        }
        let connect = Connect {
            version: self.version,
            clean_start: !self.keep_session,
            keep_alive: self.keep_alive,
            properties: properties.properties(),
            client_id: self.id.as_deref().unwrap_or(&made),
            will,
            user_name: self.username.as_deref(),
            password: self.password.as_deref().map(|password| Secret::new(password.as_bytes())),
        };
        let mut bytes = Vec::new();
        Packet::Connect(connect).encode(self.version, &mut bytes).context("this cannot be said in MQTT")?;
        Ok(bytes)
    }
}

/// The names that people use for the versions.
fn version(text: &str) -> Result<Version, String> {
    match text {
        "3.1" | "31" | "mqttv31" => Ok(Version::V3),
        "3.1.1" | "311" | "mqttv311" => Ok(Version::V4),
        "5" | "5.0" | "mqttv5" => Ok(Version::V5),
        _ => Err("expected 3.1, 3.1.1 or 5".to_owned()),
    }
}

/// A quality of service.
pub(super) fn qos(text: &str) -> Result<Qos, String> {
    text.parse().ok().and_then(Qos::new).ok_or_else(|| "expected 0, 1 or 2".to_owned())
}

/// A property of the user's own, as `name=value`.
pub(super) fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The packet id of everything these clients send: one thing is in flight at a time.
pub(super) const ONLY_ID: NonZeroU16 = NonZeroU16::MIN;
