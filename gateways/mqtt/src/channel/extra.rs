//! What a v5 client brought along; a 3.x client has none of it.

use mqtt_codec::{Connect, PacketId};
use tidegate_gateway::{Accepted, Exchange};

use super::alias::{Inbound, Outbound};
use crate::config::Settings;

/// A v5 client's state.
pub(super) struct Extra {
    /// The longest packet it takes [MQTT-3.1.2-24].
    pub(super) max_packet_size: u32,
    /// Whether it wants reason strings with acknowledgements [MQTT-3.1.2-29].
    pub(super) problem_information: bool,
    /// Its session was to end with the connection, so it may not be prolonged (MQTT 5.0 §3.14.2.2.2).
    pub(super) ends_with_connection: bool,
    /// Inbound messages that are not finished, against our Receive Maximum.
    pub(super) unfinished: Vec<PacketId>,
    /// Aliases it has set.
    pub(super) inbound: Inbound,
    /// Aliases we have set.
    pub(super) outbound: Outbound,
    /// By what it may prove itself again.
    pub(super) proof: Option<Box<Proof>>,
}

const _: () = assert!(size_of::<Extra>() <= 104, "every v5 client has one");

/// A client that proved itself by a method.
pub(super) struct Proof {
    pub(super) peer: Accepted,
    pub(super) client: Box<str>,
    pub(super) user: Option<Box<str>>,
    pub(super) method: Box<str>,
    /// What its authenticator keeps between two steps.
    pub(super) exchange: Option<Exchange>,
    /// A step of a further proof is under way.
    pub(super) under_way: bool,
}

impl Extra {
    pub(super) fn new(connect: &Connect<'_>, settings: &Settings) -> Self {
        let properties = &connect.properties;
        let aliases = properties.topic_alias_maximum().unwrap_or(0).min(settings.outbound_topic_aliases);
        Self {
            max_packet_size: properties.maximum_packet_size().map_or(u32::MAX, std::num::NonZeroU32::get),
            problem_information: properties.request_problem_information().unwrap_or(true),
            ends_with_connection: properties.session_expiry_interval().unwrap_or(0) == 0,
            unfinished: Vec::new(),
            inbound: Inbound::default(),
            outbound: Outbound::new(aliases),
            proof: None,
        }
    }

    /// Whether the client takes a packet of `len` bytes.
    pub(super) fn takes(&self, len: usize) -> bool {
        u32::try_from(len).is_ok_and(|len| len <= self.max_packet_size)
    }

    /// An exchange is over.
    pub(super) fn finish(&mut self, id: PacketId) {
        if let Some(at) = self.unfinished.iter().position(|open| *open == id) {
            self.unfinished.swap_remove(at);
        }
    }
}
