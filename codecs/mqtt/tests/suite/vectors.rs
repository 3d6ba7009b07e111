//! Golden vectors: bytes written by hand after the specifications, and the packet they are.

use std::num::NonZeroU16;

use mqtt_codec::{Packet, PacketId, Properties, PropertySet, Role, Version};

use crate::hex;

mod ending;
mod opening;
mod publishing;
mod subscribing;

/// One packet, both ways.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    /// Of the connection; a CONNECT is decoded before there is one.
    pub(crate) version: Version,
    /// Who decodes it.
    pub(crate) role: Role,
    pub(crate) bytes: &'static [u8],
    pub(crate) packet: Packet<'static>,
    /// Whether encoding gives these bytes; other forms are allowed for some packets.
    pub(crate) canonical: bool,
}

impl Vector {
    /// What `decode` is told about the connection.
    pub(crate) fn connection(&self) -> Option<Version> {
        (!matches!(self.packet, Packet::Connect(_))).then_some(self.version)
    }

    fn not_canonical(mut self) -> Self {
        self.canonical = false;
        self
    }
}

fn vector(name: &'static str, version: Version, role: Role, line: &str, packet: Packet<'static>) -> Vector {
    Vector { name, version, role, bytes: hex::leaked(line), packet, canonical: true }
}

pub(crate) fn id(id: u16) -> PacketId {
    NonZeroU16::new(id).unwrap()
}

pub(crate) fn properties(set: PropertySet, line: &str) -> Properties<'static> {
    Properties::new(hex::leaked(line), set).unwrap()
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    [opening::vectors(), publishing::vectors(), subscribing::vectors(), ending::vectors()]
        .into_iter()
        .flatten()
        .collect()
}
