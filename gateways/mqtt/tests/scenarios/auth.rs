//! Proof in steps, at CONNECT and later: the mechanism, with a method made for this test.

use std::sync::Arc;

use mqtt_codec::{Auth, Connect, Packet, PropertiesBuf, Property, PropertySet, ReasonCode, Secret, Version};
use tidegate_broker::{Authenticator, Exchange, Hearing, Principal, PrincipalRef, Verdict};
use tidegate_gateway::{Authenticated, Credentials, Refusal};
use tidegate_gateway_mqtt::MqttConfig;

use crate::world::{World, all, hello, properties};

const V5: Version = Version::V5;

/// Wants to be told the opposite: `?` is answered with the challenge `yes`, to which `no` is the answer.
struct Contrary;

impl Authenticator for Contrary {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let Some(("CONTRARY", data)) = credentials.method else { return Verdict::Abstain };
        let principal = || PrincipalRef::new(Principal::default());
        Verdict::Answer(match data {
            b"?" => Ok(Authenticated::Challenge(b"yes"[..].into(), Exchange(Arc::new(())))),
            b"no" => Ok(Authenticated::Principal(principal(), b"indeed"[..].into())),
            _ => Err(Refusal::NotAuthorized),
        })
    }
}

fn world() -> World {
    World::guarded(&MqttConfig::default(), vec![Arc::new(Contrary)], Vec::new())
}

fn says(set: PropertySet, method: &str, data: &[u8]) -> PropertiesBuf {
    properties(
        set,
        &[Property::AuthenticationMethod(method), Property::AuthenticationData(Secret::new(data))],
    )
}

fn step(world: &mut World, client: usize, reason: ReasonCode, method: &str, data: &[u8]) {
    let buffer = says(PropertySet::Auth, method, data);
    world.send(client, V5, &[Packet::Auth(Auth { reason, properties: buffer.properties() })]);
}

fn begin(world: &mut World, method: &str) -> usize {
    let client = world.arrive();
    let buffer = says(PropertySet::Connect, method, b"?");
    let connect = Connect { properties: buffer.properties(), ..hello(V5, "c") };
    world.send(client, V5, &[Packet::Connect(connect)]);
    client
}

/// The reason of the one packet sent, and its authentication data.
fn reply(world: &mut World, client: usize) -> (u8, u8, Vec<u8>) {
    let bytes = world.take(client);
    let (kind, reason, properties) = match all(V5, &bytes)[..] {
        [Packet::ConnAck(packet)] => (2, packet.reason, packet.properties),
        [Packet::Auth(packet)] => (15, packet.reason, packet.properties),
        [Packet::Disconnect(packet)] => (14, packet.reason, packet.properties),
        ref other => panic!("{other:?}"),
    };
    let data = properties.authentication_data().map_or(Vec::new(), |data| data.expose().to_vec());
    (kind, reason.code(), data)
}

#[test]
fn a_client_proves_itself_in_steps_and_again_later() {
    let mut world = world();
    let client = begin(&mut world, "CONTRARY");
    assert_eq!(reply(&mut world, client), (15, 0x18, b"yes".to_vec()));
    step(&mut world, client, ReasonCode::ContinueAuthentication, "CONTRARY", b"no");
    assert_eq!(reply(&mut world, client), (2, 0, b"indeed".to_vec()));

    step(&mut world, client, ReasonCode::ReAuthenticate, "CONTRARY", b"?");
    assert_eq!(reply(&mut world, client), (15, 0x18, b"yes".to_vec()));
    world.send(client, V5, &[Packet::PingReq]);
    assert_eq!(world.take(client), mqtt_codec::PINGRESP, "everything else goes on meanwhile");
    step(&mut world, client, ReasonCode::ContinueAuthentication, "CONTRARY", b"no");
    assert_eq!(reply(&mut world, client), (15, 0, b"indeed".to_vec()));

    step(&mut world, client, ReasonCode::ReAuthenticate, "CONTRARY", b"wrong");
    assert_eq!(reply(&mut world, client).1, 0x87);
    assert!(world.is_closed(client));
}

#[test]
fn a_wrong_step_is_refused() {
    let mut world = world();
    let client = begin(&mut world, "CONTRARY");
    world.take(client);
    step(&mut world, client, ReasonCode::ContinueAuthentication, "CONTRARY", b"yes");
    assert_eq!(reply(&mut world, client), (2, 0x87, Vec::new()));
    let other = begin(&mut world, "CONTRARY");
    world.take(other);
    step(&mut world, other, ReasonCode::ContinueAuthentication, "OTHER", b"no");
    assert_eq!(reply(&mut world, other).1, 0x8C);
    let eager = begin(&mut world, "CONTRARY");
    world.take(eager);
    world.send(eager, V5, &[Packet::PingReq]);
    assert_eq!(reply(&mut world, eager).1, 0x82);
}

#[test]
fn an_unknown_method_is_told() {
    let mut world = world();
    let client = begin(&mut world, "UNKNOWN");
    assert_eq!(reply(&mut world, client), (2, 0x8C, Vec::new()));
    assert!(world.is_closed(client));
}

#[test]
fn who_used_no_method_may_not_send_auth() {
    let mut world = World::new();
    let client = world.connect(&hello(V5, "c"));
    step(&mut world, client, ReasonCode::ReAuthenticate, "CONTRARY", b"?");
    assert_eq!(reply(&mut world, client).1, 0x82);
    assert!(world.is_closed(client));
}

#[test]
fn a_step_that_was_not_begun_ends_the_connection() {
    for (begins, reason) in [(false, ReasonCode::ContinueAuthentication), (true, ReasonCode::ReAuthenticate)]
    {
        let mut world = world();
        let client = begin(&mut world, "CONTRARY");
        step(&mut world, client, ReasonCode::ContinueAuthentication, "CONTRARY", b"no");
        if begins {
            step(&mut world, client, ReasonCode::ReAuthenticate, "CONTRARY", b"?");
        }
        world.take(client);
        step(&mut world, client, reason, "CONTRARY", b"no");
        assert_eq!(reply(&mut world, client).1, 0x82);
    }
}

#[test]
fn another_method_than_at_connect_ends_the_connection() {
    let mut world = world();
    let client = begin(&mut world, "CONTRARY");
    step(&mut world, client, ReasonCode::ContinueAuthentication, "CONTRARY", b"no");
    world.take(client);
    step(&mut world, client, ReasonCode::ReAuthenticate, "OTHER", b"?");
    assert_eq!(reply(&mut world, client).1, 0x82);
}
