//! What somebody tries who wants more than he may: each attack on a running broker, and what comes of it.
//!
//! Rules stand in a file that a test changes under the running broker; users are who they say they are. What passwords
//! prove is [`passwords`], [`scram`] and [`super::floods`].

mod aliases;
pub(crate) mod certificates;
mod changed_rules;
mod changed_sessions;
mod client_ids;
mod expelled;
mod filters;
pub(crate) mod guarded;
mod half_open;
mod odd_topics;
mod passwords;
mod proxies;
mod scram;
pub(crate) mod visitor;
mod wills;

use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::{Version, kind};

/// The code by which a version refuses a subscription.
pub(crate) fn refused_subscription(version: Version) -> u8 {
    if version == Version::V5 { 0x87 } else { 0x80 }
}

/// Everything that came for `client` up to now, acknowledged: payloads, in order.
pub(crate) fn drained(client: &mut Client) -> Vec<String> {
    client.send(&[kind::PINGREQ << 4, 0]).unwrap();
    let mut payloads = Vec::new();
    loop {
        match client.receive().unwrap() {
            Packet::PingResp => return payloads,
            Packet::Publish(message) => {
                if message.qos == 1 {
                    client.acknowledge(kind::PUBACK, message.id).unwrap();
                }
                payloads.push(String::from_utf8(message.payload).unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
}

/// As many as the system lets this process have: a crowd has a socket each.
pub(crate) fn allow_many_descriptors() {
    drop(rlimit::increase_nofile_limit(u64::MAX));
}
