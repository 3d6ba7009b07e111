//! Clients that go by another id here than the one they send.

use std::sync::Arc;

use mqtt_codec::{Connect, Packet, Property, PropertySet, Qos, Version};
use tidegate_broker::{Anonymous, CertificateField, ClientFrom, Member, Naming, UserFrom, Zone};
use tidegate_gateway_mqtt::MqttConfig;
use tidegate_types::{Certificate, Text};

use crate::world::{Client, World, all, hello, properties};

const V4: Version = Version::V4;
const V5: Version = Version::V5;

/// A broker that takes names from where `naming` says.
fn world(naming: Naming) -> World {
    let response_information = Some("answers/{client}/".to_owned());
    let world = World::with(&MqttConfig { response_information, ..MqttConfig::default() });
    let anonymous = Anonymous { loopback_only: true, names_unproven: true };
    let chain = vec![Member::new("anonymous", Arc::new(anonymous))];
    world.broker().set_zones(Arc::new(Zone { chain, naming, ..Zone::default() }), Vec::new());
    world
}

fn certificate(name: &str) -> Certificate {
    Certificate {
        common_name: Some(Text::from(name)),
        subject: Text::from(format!("CN={name}").as_str()),
        names: Vec::new(),
        fingerprint: [0; 32],
    }
}

fn named<'a>(version: Version, id: &'a str, user: Option<&'a str>) -> Connect<'a> {
    Connect { user_name: user, ..hello(version, id) }
}

/// The id that a v5 client is told, and where its answers go.
fn told(world: &mut World, client: Client, connect: &Connect<'_>) -> (u8, Option<String>, Option<String>) {
    let asks = properties(PropertySet::Connect, &[Property::RequestResponseInformation(true)]);
    let connect = Connect { properties: asks.properties(), ..*connect };
    world.send(client, V5, &[Packet::Connect(connect)]);
    let bytes = world.take(client);
    let Some(Packet::ConnAck(connack)) = all(V5, &bytes).first().copied() else { panic!("{bytes:?}") };
    let assigned = connack.properties.assigned_client_identifier().map(str::to_owned);
    (connack.reason.code(), assigned, connack.properties.response_information().map(str::to_owned))
}

/// libmosquitto, for one, takes an assigned id beside its own for a broken packet.
#[test]
fn only_a_client_that_sent_no_id_is_told_the_one_it_goes_by() {
    let mut world = world(Naming { client: ClientFrom::User, ..Naming::default() });
    let client = world.arrive();
    let silently = (0, None, Some("answers/ann/".to_owned()));
    assert_eq!(told(&mut world, client, &named(V5, "sent", Some("ann"))), silently);
    let bare = world.arrive();
    let expected = (0, Some("ben".to_owned()), Some("answers/ben/".to_owned()));
    assert_eq!(told(&mut world, bare, &named(V5, "", Some("ben"))), expected);
    let nobody = world.arrive();
    assert_eq!(told(&mut world, nobody, &named(V5, "sent", None)).0, 0x85, "there is no name to take");
    assert!(world.is_closed(nobody) && !world.is_closed(client));
}

#[test]
fn one_id_is_one_session() {
    let mut world = world(Naming { client: ClientFrom::User, ..Naming::default() });
    let older = world.connect(&named(V4, "one", Some("ann")));
    world.subscribe(older, V4, "t", Qos::AtMostOnce);
    assert_eq!(world.take(older), []);
    let newer = world.connect(&named(V4, "another", Some("ann")));
    assert!(world.is_closed(older), "it is the same client");
    assert!(!world.is_closed(newer));
}

#[test]
fn names_may_come_from_the_certificate() {
    let naming = Naming {
        user: UserFrom::Certificate(CertificateField::CommonName),
        client: ClientFrom::Certificate(CertificateField::CommonName),
    };
    let mut world = world(naming);
    let client = world.arrive_through("default", Some(certificate("pump-7")));
    let expected = (0, None, Some("answers/pump-7/".to_owned()));
    assert_eq!(told(&mut world, client, &named(V5, "somebody", Some("root"))), expected);
    let bare = world.arrive();
    assert_eq!(told(&mut world, bare, &named(V5, "somebody", Some("root"))).0, 0x85);
}
