//! Why somebody is not let in, not obeyed or closed, in the words of each version.

use std::sync::Arc;
use std::time::Duration;

use mqtt_codec::{Packet, Property, PropertySet, Publish, Qos, Version};
use tidegate_broker::{
    Action, Anonymous, Authenticator, Authorizer, Decision, Hearing, Principal, PrincipalRef, Verdict,
};
use tidegate_gateway::{Authenticated, CloseReason, Credentials, Refusal};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{Client, World, all, hello, properties, publish};

const V3: Version = Version::V3;
const V4: Version = Version::V4;
const V5: Version = Version::V5;

/// Refuses everybody for one reason.
struct Says(Refusal);

impl Authenticator for Says {
    fn authenticate(&self, _: &Credentials<'_>, _: &Hearing<'_>) -> Verdict {
        Verdict::Answer(Err(self.0))
    }
}

/// Allows everything but topics that begin with `secret` and, to publish, `trap`.
struct Guard;

impl Authorizer for Guard {
    fn authorize(&self, _: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Publish { topic, .. } if topic.starts_with("secret") => Decision::Deny,
            Action::Publish { topic: "trap", .. } => Decision::Expel,
            _ => Decision::Allow,
        }
    }
}

fn guarded() -> World {
    let anonymous = Anonymous { loopback_only: true, names_unproven: true };
    World::guarded(&MqttConfig::default(), vec![Arc::new(anonymous)], vec![Arc::new(Guard)])
}

#[test]
fn who_is_refused_is_told_in_the_words_of_its_version() {
    for (refusal, v3, v5) in [
        (Refusal::Banned, 5, 0x8A),
        (Refusal::RateExceeded, 3, 0x9F),
        (Refusal::BadCredentials, 4, 0x86),
        (Refusal::NotAuthorized, 5, 0x87),
        (Refusal::Busy, 3, 0x89),
        (Refusal::Unavailable, 3, 0x88),
        (Refusal::QuotaExceeded, 3, 0x97),
    ] {
        let mut world = World::guarded(&MqttConfig::default(), vec![Arc::new(Says(refusal))], Vec::new());
        for (version, code) in [(V3, v3), (V4, v3), (V5, v5)] {
            let client = world.arrive();
            world.send(client, version, &[Packet::Connect(hello(version, "c"))]);
            assert_eq!(world.take(client)[3], code, "{refusal:?} {version:?}");
            assert!(world.is_closed(client));
        }
    }
}

/// The reason code of the DISCONNECT at the end of what a client got.
fn farewell(world: &mut World, client: Client) -> Option<u8> {
    let bytes = world.take(client);
    all(V5, &bytes).iter().rev().find_map(|packet| match packet {
        Packet::Disconnect(disconnect) => Some(disconnect.reason.code()),
        _ => None,
    })
}

#[test]
fn who_is_closed_is_told_why() {
    for (why, code) in [
        (CloseReason::Expired, 0xA0),
        (CloseReason::Refused(Refusal::Banned), 0x98),
        (CloseReason::Refused(Refusal::NotAuthorized), 0x87),
        (CloseReason::Refused(Refusal::RateExceeded), 0x96),
        (CloseReason::Kicked, 0x98),
    ] {
        let mut world = World::new();
        let client = world.connect(&hello(V5, "c"));
        world.close(client, why);
        assert_eq!(farewell(&mut world, client), Some(code), "{why:?}");
        let older = world.connect(&hello(V4, "d"));
        world.close(older, why);
        assert_eq!(world.take(older), [], "3.x has no word for it");
        assert!(world.is_closed(older) && world.is_closed(client));
    }
}

#[test]
fn a_rule_may_end_the_connection_that_broke_it() {
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
        let mut world = guarded();
        for version in [V4, V5] {
            let client = world.connect(&hello(version, "c"));
            let id = u16::from(qos != Qos::AtMostOnce);
            world.send(client, version, &[Packet::Publish(publish(qos, id, "secret", b""))]);
            world.take(client);
            assert!(!world.is_closed(client), "denied, no more");
            world.send(client, version, &[Packet::Publish(publish(qos, id, "trap", b""))]);
            assert!(world.is_closed(client));
            if version == V5 {
                assert_eq!(farewell(&mut world, client), Some(0x87));
            }
        }
    }
}

/// Publishes with an alias, with its topic or by it alone; the reason code of the answer.
fn aliased(world: &mut World, client: Client, topic: &str, alias: u16) -> u8 {
    let alias = properties(PropertySet::Publish, &[Property::TopicAlias(crate::world::id(alias))]);
    let packet = Publish { properties: alias.properties(), ..publish(Qos::AtLeastOnce, 7, topic, b"x") };
    world.send(client, V5, &[Packet::Publish(packet)]);
    let bytes = world.take(client);
    let [Packet::PubAck(ack)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
    ack.reason.code()
}

/// An alias is judged by the topic it stands for, each time it is used.
#[test]
fn an_alias_opens_no_way_to_a_topic() {
    let mut world = guarded();
    let reader = world.connect(&hello(V5, "reader"));
    world.subscribe(reader, V5, "#", Qos::AtMostOnce);
    let client = world.connect(&hello(V5, "c"));
    assert_eq!(aliased(&mut world, client, "secret/a", 1), 0x87, "denied when it is set");
    assert_eq!(aliased(&mut world, client, "", 1), 0x87, "and when it is used");
    assert_eq!(aliased(&mut world, client, "open", 1), 0, "set anew to what is allowed");
    assert_eq!(aliased(&mut world, client, "", 1), 0);
    assert_eq!(aliased(&mut world, client, "secret/b", 1), 0x87, "and back");
    assert_eq!(aliased(&mut world, client, "", 1), 0x87);
    assert_eq!(all(V5, &world.take(reader)).len(), 2, "what was allowed and nothing else");
}

/// Denies everything from now on.
struct Wall;

impl Authorizer for Wall {
    fn authorize(&self, _: &Principal, _: Action<'_>) -> Decision {
        Decision::Deny
    }
}

#[test]
fn an_alias_that_was_allowed_once_is_judged_by_the_rules_of_today() {
    let mut world = guarded();
    let client = world.connect(&hello(V5, "c"));
    assert_eq!(aliased(&mut world, client, "open", 1), 0x10);
    world.broker().set_rules(vec![Arc::new(Wall)]);
    assert_eq!(aliased(&mut world, client, "", 1), 0x87);
    assert!(!world.is_closed(client));
}

/// Believes everybody for five seconds.
struct Briefly(std::time::Instant);

impl Authenticator for Briefly {
    fn authenticate(&self, _: &Credentials<'_>, _: &Hearing<'_>) -> Verdict {
        let expires = Some(self.0 + Duration::from_secs(5));
        let principal = PrincipalRef::new(Principal { expires, ..Principal::default() });
        Verdict::Answer(Ok(Authenticated::Principal(principal, Box::default())))
    }
}

#[test]
fn a_proof_that_has_expired_ends_the_connection() {
    let briefly = Briefly(std::time::Instant::now());
    let mut world = World::guarded(&MqttConfig::default(), vec![Arc::new(briefly)], Vec::new());
    for (version, id) in [(V4, "c"), (V5, "d")] {
        world.connect(&hello(version, id));
    }
    world.pass(Duration::from_secs(4));
    assert!(!world.is_closed(0) && !world.is_closed(1));
    world.pass(Duration::from_secs(2));
    assert!(world.is_closed(0) && world.is_closed(1));
    assert_eq!(farewell(&mut world, 1), Some(0xA0));
}
