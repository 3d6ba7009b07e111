//! What is known of a peer until it is let in; freed then.

use std::time::Duration;

use mqtt_codec::{Connect, Version};
use tidegate_gateway::{Accepted, Exchange, WillDraft};

use crate::config::Settings;
use crate::gateway::IdSource;
use crate::mapping;

/// A peer that has not been let in.
pub(super) struct Introduction {
    pub(super) peer: Accepted,
    pub(super) ids: IdSource,
    /// What its CONNECT said, once there was one.
    pub(super) asked: Option<Asked>,
}

/// What a CONNECT asked for.
pub(super) struct Asked {
    /// Its id, or the one it was given; once it is let in, the one it goes by here.
    pub(super) client: Box<str>,
    /// Whether it was given one.
    pub(super) assigned: bool,
    pub(super) user: Option<Box<str>>,
    pub(super) clean: bool,
    /// What it asked for, before our maximum.
    pub(super) expiry: Duration,
    pub(super) keep_alive: u16,
    /// Whether it has to be told, as it is not the one it asked for.
    pub(super) keep_alive_is_ours: bool,
    pub(super) credit: u16,
    pub(super) will: Option<WillDraft>,
    /// The method by which it proves itself in steps.
    pub(super) method: Option<Box<str>>,
    /// Whether it wants to know where answers go.
    pub(super) wants_response_information: bool,
    /// What its authenticator keeps between two steps.
    pub(super) exchange: Option<Exchange>,
    /// The last word of its proof, for the CONNACK.
    pub(super) proof: Box<[u8]>,
}

impl Introduction {
    pub(super) fn new(peer: Accepted, ids: IdSource) -> Self {
        Self { peer, ids, asked: None }
    }
}

impl Asked {
    pub(super) fn new(connect: &Connect<'_>, ids: &IdSource, settings: &Settings) -> Self {
        let properties = &connect.properties;
        let assigned = connect.client_id.is_empty();
        let client = if assigned {
            // Unique, and treated as if the client had sent it [MQTT-3.1.3-6] [MQTT3-3.1.3-6]; it is told in
            // the CONNACK.
            format!("{}{:032x}", settings.auto_id_prefix, ids()).into_boxed_str()
        } else {
            connect.client_id.into()
        };
        let keep_alive = keep_alive(connect, settings);
        let window = properties.receive_maximum().map_or(u16::MAX, std::num::NonZeroU16::get);
        Self {
            client,
            assigned,
            user: connect.user_name.map(Box::from),
            clean: connect.clean_start,
            expiry: expiry(connect, settings),
            keep_alive,
            keep_alive_is_ours: settings.server_keep_alive.is_some() || keep_alive != connect.keep_alive,
            // Never more unanswered messages than either side wants [MQTT-3.3.4-9].
            credit: window.min(settings.max_inflight),
            will: will(connect, settings),
            method: properties.authentication_method().map(Box::from),
            wants_response_information: properties.request_response_information().unwrap_or(false),
            exchange: None,
            proof: Box::default(),
        }
    }
}

/// v5: Session Expiry Interval, absent 0. 3.x: a clean session ends with its connection [MQTT3-3.1.2-6], any
/// other is kept as long as we keep those of 3.x clients.
fn expiry(connect: &Connect<'_>, settings: &Settings) -> Duration {
    match (connect.version, connect.clean_start) {
        (Version::V5, _) => mapping::expiry(connect.properties.session_expiry_interval().unwrap_or(0)),
        (_, true) => Duration::ZERO,
        (_, false) => settings.session_expiry_3x,
    }
}

/// A v5 client is told the server's keep alive, or the longest one, and uses it [MQTT-3.2.2-21] [MQTT-3.2.2-22].
fn keep_alive(connect: &Connect<'_>, settings: &Settings) -> u16 {
    if !connect.version.is_v5() {
        return connect.keep_alive;
    }
    let wanted = settings.server_keep_alive.unwrap_or(connect.keep_alive);
    settings.max_keep_alive.filter(|_| settings.is_too_long(wanted)).unwrap_or(wanted)
}

/// The will, for a 3.x client within what is available here; a v5 client beyond it was refused.
fn will(connect: &Connect<'_>, settings: &Settings) -> Option<WillDraft> {
    let mut will = mapping::will(connect)?;
    will.guarantee = will.guarantee.min(mapping::guarantee(settings.max_qos));
    will.retain &= settings.retain_available;
    will.expiry_seconds = settings.message_expiry(will.expiry_seconds);
    Some(will)
}
